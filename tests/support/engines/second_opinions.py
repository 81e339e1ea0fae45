"""Trino's grammar and Spark, where they are installed: what they say of statements."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TRINO_GRAMMAR = ROOT / ".venv-trino"
_SPARK_SECONDS = 600
"""What Spark may take on a busy machine."""


def require_trino_grammar(folder: Path = TRINO_GRAMMAR) -> None:
    """Skip where the grammar or Node is missing, and say how to get it."""
    if not (folder / "ready").exists():
        pytest.skip(f"Trino's grammar is not installed ({folder}/ready is missing). To get it: make trino")
    if shutil.which("node") is None:
        pytest.skip("Trino's grammar needs node, which is not installed")


def grammar_errors(
    statements: Sequence[str], grammar: Literal["TrinoSQL", "HiveSQL"] = "TrinoSQL"
) -> list[list[str]]:
    """What a grammar says against each statement: nothing of one that it knows. Athena's DDL is Hive's."""
    command = ["node", str(HERE / "trino_parse.mjs"), str(TRINO_GRAMMAR), grammar]
    done = subprocess.run(
        command, input=json.dumps(statements), capture_output=True, text=True, check=True, timeout=120
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def require_spark() -> None:
    """Skip where Spark or Java is missing, and say how to get it."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("Spark is not installed. To get it: make spark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, which is not installed")


def run_in_spark(
    folder: Path, views: dict[str, dict[str, Any]], statements: dict[str, str]
) -> dict[str, list[list[Any]]]:
    """The rows of each statement, asked of views over files: `{"form": "parquet", "files": [...]}`."""
    asked, answered = folder / "asked.json", folder / "answered.json"
    asked.write_text(json.dumps({"views": views, "statements": statements}))
    environ = {**os.environ, "TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, str(HERE / "spark_run.py"), str(asked), str(answered)],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SPARK_SECONDS,
        env=environ,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, list[list[Any]]] = json.loads(answered.read_text())
    return found
