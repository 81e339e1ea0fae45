"""A run that edits two files and is killed: `python -m tests.support.killed_run POINT JOURNALS FILE FILE`."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from s3kms.changes.apply import apply_changes
from s3kms.changes.files.edited_file import leftover_name
from s3kms.changes.files.file_edit import CODE_ACCOUNT, FileEdit
from s3kms.changes.files.kind import FILES
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.iac.editing.patch import Patch, make_patch
from s3kms.iac.interface import Splice

POINTS = ("before the write", "in the write", "after the write", "after its line")


class Dying(Journal[FileEdit]):
    """A journal whose process dies at the second file."""

    point = ""
    doomed = Path()

    def intend(self, entry: FileEdit) -> None:
        super().intend(entry)
        if entry.path == self.doomed and self.point == "in the write":
            (entry.path.parent / leftover_name(entry.path, self.run)).write_bytes(b"hal")
        self._die(entry.path, "before the write", "in the write")

    def done(self, entry: FileEdit) -> None:
        self._die(entry.path, "after the write")
        super().done(entry)
        self._die(entry.path, "after its line")

    def _die(self, path: Path, *points: str) -> None:
        if path == self.doomed and self.point in points:
            os.kill(os.getpid(), signal.SIGKILL)


def patch(path: Path) -> Patch:
    """Every file of these tests begins with `old`."""
    return make_patch(path, path.read_bytes(), [Splice(0, 3, b"newer")], ("B",))


if __name__ == "__main__":
    Dying.point = sys.argv[1]
    files = [Path(name) for name in sys.argv[3:]]
    Dying.doomed = files[1]
    now = datetime.now(UTC)
    header = RunHeader(new_run_id(now), now, "fix .", CODE_ACCOUNT, "", kind="files")
    with Dying.create(Path(sys.argv[2]), header, FILES) as journal:
        apply_changes([patch(file) for file in files], FileMedium(), journal)
