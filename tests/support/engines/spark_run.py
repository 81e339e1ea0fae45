"""A program: asks a local Spark statements over files, and writes the rows of each as JSON."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]


def main(asked: Path, answered: Path) -> None:
    """Read what is asked; write what Spark answers."""
    told = json.loads(asked.read_text())
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.driver.memory", "1g")
        .getOrCreate()
    )
    try:
        for name, view in told["views"].items():
            _read(session, view).createOrReplaceTempView(name)
        rows = {
            name: [[_plain(value) for value in row] for row in session.sql(sql).collect()]
            for name, sql in told["statements"].items()
        }
        answered.write_text(json.dumps(rows))
    finally:
        session.stop()


def _read(session: Any, view: dict[str, Any]) -> Any:
    if view["form"] == "csv":
        schema = ", ".join(f"{name} string" for name in view["columns"])
        options = {"header": "false", "quote": '"', "escape": '"', "nullValue": "\u0000"}
        return session.read.schema(schema).options(**options).csv(view["files"])
    return session.read.format(view["form"]).load(view["files"])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


main(Path(sys.argv[1]), Path(sys.argv[2]))
