"""How the embedded Batch Operations misbehaves when told to: tasks that fail, reports that lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase


class ReportLie(StrEnum):
    """What the report of a job says that is not so."""

    NOTHING_DONE = "nothing done"
    """Every task succeeded, where none was carried out."""
    WITHOUT_LAST = "without the last"
    """The last task is in no file of the report."""
    WITHOUT_MANIFEST = "without a manifest"
    """There is no manifest.json."""
    WITHOUT_FILE = "without a file"
    """A file that the manifest names is not there."""
    WRONG_CHECKSUM = "wrong checksum"
    """A row was changed after the checksum was made."""
    CUT = "cut"
    """The last file ends in the midst of a row, and its checksum is that of what is there."""
    CONTRADICTION = "contradiction"
    """The first task is in the report twice: failed and succeeded."""
    OTHER_BUCKET = "another bucket"
    """The rows name another bucket."""
    STRANGE_STATUS = "a strange status"
    """The first row's TaskStatus is no word that AWS has."""
    NO_JSON = "no JSON"
    """manifest.json is an HTML page."""
    TOO_MANY = "too many"
    """The summary of the job counts twice the tasks that there were."""


@dataclass(frozen=True, slots=True)
class TaskError:
    """The answer of S3 to the tasks on some keys."""

    keys: str
    """A glob."""
    status: int
    code: str
    message: str
    times: int
    """How many tasks it is the answer to; then they are carried out."""


@dataclass(slots=True)
class BatchFaults:
    """What goes wrong at the embedded Batch Operations: nothing at first."""

    tasks_per_look: int = 1000
    """How many tasks run between one DescribeJob and the next: jobs go on when they are looked at."""
    rows_per_file: int = 10_000
    """How many rows a file of the report has at most."""
    jobs_per_page: int = 1000
    """Of ListJobs, at most."""
    lists_noncurrent: bool = False
    """Whether a generated list has noncurrent versions: AWS has confirmed neither (fact D9)."""
    stalls_in: str = ""
    """The state that no job leaves by itself: `Preparing`."""
    lie: ReportLie | None = None
    """What the reports say that is not so."""
    overwrites: bool = False
    """Whether tasks write the request into the object, as on servers that do not know the operation (fact D31)."""
    honest_jobs: int = 0
    """The reports of so many jobs are true; then they lie."""
    task_errors: list[TaskError] = field(default_factory=list)
    _answered: dict[TaskError, int] = field(default_factory=dict)

    def fail_tasks(
        self, keys: str, status: int, code: str, message: str = "", *, times: int = 1_000_000_000
    ) -> None:
        """Answer tasks on keys that match a glob with an error; the first `times` of them."""
        self.task_errors.append(TaskError(keys, status, code, message or code, times))

    def error_of_task(self, key: str) -> TaskError | None:
        """The error that a task on a key gets now; counted."""
        for error in self.task_errors:
            if fnmatchcase(key, error.keys) and self._answered.get(error, 0) < error.times:
                self._answered[error] = self._answered.get(error, 0) + 1
                return error
        return None
