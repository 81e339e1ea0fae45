"""Answers questions with DuckDB in this process: memory bounded, no network, no file but those that were named."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.objects.queries.question import ObjectQuestion
from s3kms.objects.queries.unpacking import UnpackingBudget
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
DEFAULT_MEMORY = 1024**3
"""Bytes."""
_OWN_MEMORY = 128 * 1024**2
"""What the process has beside DuckDB's limit: Python, the libraries, and what DuckDB does not count (measured: 60 to
100 MiB)."""
MIN_MEMORY = 2 * _OWN_MEMORY
"""Less, and DuckDB cannot read one row group of a Parquet file."""
_ROWS_AT_ONCE = 10_000
_CHECK_SECONDS = 0.25
"""Between looks at the disk while a report is unpacked."""
_INTERRUPT_SECONDS = 0.1
"""Between interruptions of a query that goes on."""
_MAX_REASON_CHARACTERS = 300
_LINE_OF_STATEMENT = re.compile(r"\s*LINE \d+:.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DuckDbSettings:
    """What DuckDB may use."""

    folder: Path
    """Private, and removed by whoever made it: what does not fit into memory is written here."""
    memory: int = DEFAULT_MEMORY
    """Bytes that the whole process may have."""
    threads: int | None = None
    """None is as many as there are processors."""
    keeps_order: bool = False
    """Whether rows come in the order of their files: keeping it takes memory, and one processor."""


class DuckDbTable:
    """A relation `objects` in DuckDB."""

    def __init__(
        self, connection: "duckdb.DuckDBPyConnection", names: Mapping[str, str], folder: Path
    ) -> None:
        """`names` are the files as a reader knows them, by the names that DuckDB knows; `folder` is its own."""
        self._connection = connection
        self._names = names
        self.folder = folder

    def ask(self, question: ObjectQuestion, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of the answer. Raises BadInput for files that are not what they should be, S3kmsError."""
        with translate_duckdb_errors(self._names):
            answer = run_interruptibly(self._connection, question.sql, question.given(values))
            while rows := _interruptibly(self._connection, partial(answer.fetchmany, _ROWS_AT_ONCE)):
                yield from rows

    def write_parquet(self, question: ObjectQuestion, values: Mapping[str, Any], file: Path) -> int:
        """Write the rows of the answer to a file below DuckDB's own folder; returns how many. Raises as `ask`."""
        in_utc = "* REPLACE (last_modified AT TIME ZONE 'UTC' AS last_modified)"
        rows = f"SELECT {in_utc} FROM ({question.sql}) AS answer"  # noqa: S608 - our own text
        with translate_duckdb_errors(self._names):
            copy = f"COPY ({rows}) TO '{quoted(file)}' (FORMAT parquet, COMPRESSION zstd)"
            answer = run_interruptibly(self._connection, copy, question.given(values)).fetchall()
        return int(answer[0][0])


@contextmanager
def open_duckdb(settings: DuckDbSettings, sources: "Sources") -> Iterator[DuckDbTable]:
    """DuckDB with the relation `objects`; it is closed at the end. Raises BadInput, S3kmsError."""
    connection = import_duckdb().connect(":memory:")
    try:
        with translate_duckdb_errors(sources.names):
            for statement in _lock_statements(settings, sources.paths):
                connection.execute(statement)
            for name, value in sources.arrow.items():
                connection.register(name, value)
            relation = sources.select(connection)
            if sources.is_read_once:
                relation = read_once(connection, relation, settings.folder, sources.unpacking)
            connection.execute(f"CREATE VIEW objects AS {relation}")
        yield DuckDbTable(connection, sources.names, settings.folder)
    finally:
        connection.close()


def run_interruptibly(
    connection: "duckdb.DuckDBPyConnection", sql: str, values: Mapping[str, Any] | None = None
) -> "duckdb.DuckDBPyConnection":
    """Run a statement; an interruption of this thread ends it, and is what is raised. Raises errors of DuckDB."""
    return _interruptibly(connection, partial(connection.execute, sql, dict(values or {})))


def _interruptibly(
    connection: "duckdb.DuckDBPyConnection", work: Callable[[], T], check: Callable[[], object] | None = None
) -> T:
    """DuckDB in a thread: in the main one it swallows what a signal's handler raises, SystemExit among others.

    What `check` raises, which is called meanwhile, ends the work, too.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            future = pool.submit(work)
            while check and wait((future,), _CHECK_SECONDS).not_done:
                check()
            return future.result()
        except BaseException:
            # It may come before there is a future, and an interruption may come before there is a query.
            is_over = pool.submit(int)
            connection.interrupt()
            while wait((is_over,), _INTERRUPT_SECONDS).not_done:
                connection.interrupt()
            raise


@dataclass(frozen=True, slots=True)
class Sources:
    """What the relation `objects` is made of."""

    select: "Callable[[duckdb.DuckDBPyConnection], str]"
    """The SELECT of the relation's columns; the connection may be used to read which columns the files have."""
    paths: Sequence[Path] = ()
    """The files that DuckDB may read, by names that no part of which is foreign."""
    names: Mapping[str, str] = field(default_factory=dict)
    arrow: Mapping[str, Any] = field(default_factory=dict)
    """Readers of pyarrow, by the names that the query knows them by."""
    is_read_once: bool = False
    """Whether reading is costly, so that each query reads a copy in Parquet: three reads cost more than a copy."""
    unpacking: UnpackingBudget = field(default_factory=UnpackingBudget)
    """For that copy."""


def read_once(
    connection: "duckdb.DuckDBPyConnection", relation: str, folder: Path, budget: UnpackingBudget
) -> str:
    """A copy of a relation in DuckDB's own folder; returns what is selected from then on.

    Raises BadInput, S3kmsError where the budget is exceeded; errors of DuckDB.
    """
    copy = folder / "objects.parquet"
    check = budget.disk_check(folder, (copy, copy.with_name(f"tmp_{copy.name}")))
    limited = f"SELECT * FROM ({relation}) AS report LIMIT {budget.rows + 1}"  # noqa: S608 - our own text
    statement = f"COPY ({limited}) TO '{quoted(copy)}' (FORMAT parquet, COMPRESSION snappy)"
    found = _interruptibly(connection, lambda: connection.execute(statement).fetchall(), check)
    check()
    budget.check_rows(int(found[0][0]))
    return f"SELECT * FROM read_parquet('{quoted(copy)}')"  # noqa: S608 - our own file


def _lock_statements(settings: DuckDbSettings, paths: Sequence[Path]) -> Iterator[str]:
    """DuckDB fetches extensions over the network at run time, and reads any file that a query names: not here."""
    yield "SET autoinstall_known_extensions = false"
    yield "SET autoload_known_extensions = false"
    yield "SET allow_community_extensions = false"
    yield "SET python_enable_replacements = false"
    yield "SET TimeZone = 'UTC'"
    yield f"SET preserve_insertion_order = {str(settings.keeps_order).lower()}"
    yield f"SET memory_limit = '{(settings.memory - _OWN_MEMORY) // 1024}KiB'"
    if settings.threads is not None:
        yield f"SET threads = {int(settings.threads)}"
    yield f"SET temp_directory = '{quoted(settings.folder / 'spilled')}'"
    yield f"SET max_temp_directory_size = '{UnpackingBudget().disk_bytes(settings.folder) // 1024}KiB'"
    yield f"SET allowed_directories = ['{quoted(settings.folder)}/']"
    listed = ", ".join(f"'{quoted(path)}'" for path in paths)
    yield f"SET allowed_paths = [{listed}]"
    yield "SET enable_external_access = false"
    yield "SET lock_configuration = true"


def quoted(path: Path | str) -> str:
    """A text between single quotes of SQL."""
    return str(path).replace("'", "''")


def import_duckdb() -> Any:
    """The module, which is an extra. Raises BadInput where it is not installed."""
    try:
        import duckdb
    except ImportError as error:
        raise BadInput(
            "counting objects requires DuckDB, which is not installed", advice="pip install 's3kms[objects]'"
        ) from error
    return duckdb


@contextmanager
def translate_duckdb_errors(names: Mapping[str, str]) -> Iterator[None]:
    """Raises BadInput for files that are not what they should be, S3kmsError where memory or disk are too small."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise S3kmsError(
            "DuckDB ran out of memory",
            advice=Advice("raise the limit with {memory}", {"memory": Option("memory", "4GB")}),
        ) from error
    except duckdb.IOException as error:
        raise S3kmsError(f"the inventory could not be read: {_reason(error, names)}") from error
    except duckdb.InvalidInputException as error:
        if _NOT_UTF8 not in str(error):
            raise _not_as_promised(error, names) from error
        raise BadInput(
            f"the inventory has a key that is not UTF-8: {_reason(error, names)}. Keys in S3 are UTF-8, so "
            "S3 Inventory did not write this report as it is, and none of its versions is counted",
            advice="download it again, or omit it to list the bucket",
        ) from error
    except duckdb.Error as error:
        raise _not_as_promised(error, names) from error


_NOT_UTF8 = "decoded value is invalid UTF8"


def _not_as_promised(error: Exception, names: Mapping[str, str]) -> BadInput:
    return BadInput(
        f"the inventory does not match its manifest: {_reason(error, names)}",
        advice="download it again, or use an older or newer report",
    )


def _reason(error: Exception, names: Mapping[str, str]) -> str:
    """DuckDB's own words, on one line, with the names that the reader knows; they may quote a hostile file."""
    text = _LINE_OF_STATEMENT.sub("", str(error)).partition("Possible fixes:")[0]
    for ours, theirs in names.items():
        text = text.replace(ours, theirs)
    text = printable(" ".join(text.split()))
    return text if len(text) <= _MAX_REASON_CHARACTERS else f"{text[:_MAX_REASON_CHARACTERS]}…"
