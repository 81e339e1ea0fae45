"""What unpacking a report may take: gzip can hold a thousand times its size."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.model.errors import BadInput, S3kmsError

MIN_ROWS = 10_000_000
"""Rows that a report of any size may have."""
ROWS_PER_BYTE = 1
"""At most, of a compressed report: each row has a key or version of its own, which takes several bytes."""
MAX_FREE_BYTES = 1024**3
_FREE_SHARE = 10
"""A tenth of the free space stays free, or `MAX_FREE_BYTES` if that is less."""


@dataclass(frozen=True, slots=True)
class UnpackingBudget:
    """The rows and the disk space that a report may take."""

    rows: int = MIN_ROWS
    disk: int | None = None
    """Bytes; None is the free space but a part of it."""

    @classmethod
    def of_bytes(cls, compressed: int) -> "UnpackingBudget":
        """That of data files of so many bytes."""
        return cls(max(MIN_ROWS, compressed * ROWS_PER_BYTE))

    def disk_bytes(self, folder: Path) -> int:
        """How many bytes may be written to a folder, as its disk is now."""
        free = shutil.disk_usage(folder).free
        return free - min(MAX_FREE_BYTES, free // _FREE_SHARE) if self.disk is None else self.disk

    def disk_check(self, folder: Path, files: Sequence[Path]) -> Callable[[], None]:
        """A function that raises S3kmsError once these files take more of the disk than is allowed."""
        most = self.disk_bytes(folder)

        def check() -> None:
            size = sum(_size_of(file) for file in files)
            if size > most:
                raise S3kmsError(
                    f"the report was not counted: unpacked it takes more than {most:,} bytes, the budget for "
                    f"{folder}, which keeps a tenth of the free space, 1 GiB at most",
                    advice="set TMPDIR to a folder with more free space, or use a report in Parquet",
                )

        return check

    def check_rows(self, rows: int) -> None:
        """Raises BadInput for more rows than a report of its size can have."""
        if rows > self.rows:
            raise BadInput(
                f"the report was not counted: it has more than {self.rows:,} rows, which is more than one per byte "
                "of its files, so it is no report of S3 Inventory",
                advice="download it again, or omit it to list the bucket",
            )


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
