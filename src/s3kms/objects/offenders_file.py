"""Every offender in a file of Parquet, which appears whole or not at all."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.spooled_rows import open_spooled
from s3kms.objects.queries.duckdb_table import DuckDbTable
from s3kms.objects.queries.question import OFFENDERS
from s3kms.text.replace_file import DATA_MODE, open_folder, replacing_file


@contextmanager
def opened_offenders_file(path: Path | None) -> Iterator[BinaryIO | None]:
    """The file to be filled, which gets its name when the block ends well; None if no path is given.

    Raises BadInput at once where it cannot be written.
    """
    if path is None:
        yield None
        return
    if path.is_dir() or str(path) == "-":
        raise BadInput(
            f"{path} is not a file name", advice=Advice("name one with {out}", {"out": Option("out")})
        )
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(open_folder(path.parent))
            file = stack.enter_context(replacing_file(folder, path.name, mode=DATA_MODE))
        except OSError as error:
            raise BadInput(
                f"{path} is not writable: {error.strerror}",
                advice=Advice("name another with {out}", {"out": Option("out")}),
            ) from error
        yield file
        try:
            stack.close()  # it gets its name now
        except OSError as error:
            raise S3kmsError(f"{path} could not be written: {error.strerror}") from error


def write_offenders(
    evidence: QueriedEvidence, wanted_key: str | None, expected: int, file: BinaryIO, *, memory: int
) -> None:
    """Fill a file with every offender; its columns are those of `ObjectVersion`, its times UTC.

    Raises S3kmsError where they are not as many as were counted before.
    """
    values = {"wanted_key": wanted_key}
    if isinstance(evidence.table, DuckDbTable):
        written = _copy(evidence.table, values, file)
    else:
        rows = evidence.versions(OFFENDERS, values)
        with open_spooled(rows, lambda: evidence.coverage, memory=memory) as spooled:
            written = _copy(spooled.table, values, file)
    evidence.confirm()
    if written != expected:
        raise S3kmsError(
            f"{written:,} offenders were written, but {expected:,} were counted before: the evidence "
            "changed during the run",
            advice="run the command again",
        )


def _copy(table: Any, values: Mapping[str, Any], file: BinaryIO) -> int:
    if not isinstance(table, DuckDbTable):
        raise TypeError("rows are spooled into DuckDB")
    with TemporaryDirectory(dir=table.folder) as folder:
        made = Path(folder) / "offenders.parquet"
        count = table.write_parquet(OFFENDERS, values, made)
        with made.open("rb") as source:
            shutil.copyfileobj(source, file, 1024**2)
    return count
