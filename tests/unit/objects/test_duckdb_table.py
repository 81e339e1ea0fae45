"""DuckDB answers questions about the files that were named, and can reach nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from s3kms.objects.queries.duckdb_table import DuckDbSettings, Sources, open_duckdb


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    kept: list[duckdb.DuckDBPyConnection] = []

    def select(connection: duckdb.DuckDBPyConnection) -> str:
        kept.append(connection)
        return "SELECT 1 AS one"

    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("secret\n")
    with open_duckdb(DuckDbSettings(folder), Sources(select)):
        yield kept[0]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/own/../secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "ATTACH '{folder}/some.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'http://127.0.0.1:1/x.parquet'",
        "SELECT * FROM read_parquet('s3://bucket/key')",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ],
)
def test_nothing_else_can_be_reached(
    locked: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str
) -> None:
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.CatalogException)):
        locked.execute(statement.format(folder=tmp_path)).fetchall()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["own", "secret.csv"]


def test_a_variable_of_python_is_not_a_table(locked: duckdb.DuckDBPyConnection) -> None:
    secret = duckdb.connect().sql("SELECT 1")

    assert secret
    with pytest.raises(duckdb.CatalogException):
        locked.execute("SELECT * FROM secret")


def test_the_process_has_no_more_memory_than_it_was_given(tmp_path: Path) -> None:
    found: list[str] = []

    def select(connection: duckdb.DuckDBPyConnection) -> str:
        found.extend(
            row[0] for row in connection.execute("SELECT current_setting('memory_limit')").fetchall()
        )
        return "SELECT 1 AS one"

    with open_duckdb(DuckDbSettings(tmp_path, memory=1024**3), Sources(select)):
        pass

    assert found == ["896.0 MiB"]


def ended(code: str) -> tuple[int, str]:
    """The exit code of a process and what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_a_signal_ends_a_query_with_what_its_handler_raises() -> None:
    """DuckDB in the main thread swallows it, and says `Query interrupted` of whatever it was."""
    code = (
        "import duckdb, os, signal, sys, threading\n"
        "from s3kms.objects.queries.duckdb_table import run_interruptibly\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "run_interruptibly(duckdb.connect(), 'SELECT count(*) FROM range(100000000000) AS t(i) WHERE hash(i) = 3')\n"
    )
    assert ended(code) == (143, "")


def test_a_signal_that_comes_while_the_query_begins_ends_it_too() -> None:
    code = (
        "import duckdb, os, signal, sys\n"
        "from s3kms.objects.queries.duckdb_table import run_interruptibly\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "found = duckdb.connect()\n"
        "class Late:\n"
        "    interrupt = found.interrupt\n"
        "    def execute(self, *given):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        return found.execute(*given)\n"
        "run_interruptibly(Late(), 'SELECT count(*) FROM range(100000000000) AS t(i) WHERE hash(i) = 3')\n"
    )
    assert ended(code) == (143, "")
