"""The report of one job, fetched, checked and joined to its list; where any of it is wrong, none is believed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.aws.batch_operations import BatchJob
from s3kms.aws.job_files import JobFiles
from s3kms.model.errors import BadAnswer, NotFound
from s3kms.objects.engines.batch.jobs import PlannedJob
from s3kms.objects.engines.batch.join import JoinedTask, ReportJoin
from s3kms.objects.engines.batch.lists import ListPaths, read_rows
from s3kms.objects.engines.batch.report import (
    MAX_MANIFEST_BYTES,
    MAX_REPORT_FILES,
    BadReport,
    ReportedTask,
    ReportFile,
    read_manifest,
    read_tasks,
)
from s3kms.text.count import count
from s3kms.text.sanitize import printable


class NoReport(BadReport):
    """There is no report: none yet, or none at all."""


@dataclass(slots=True)
class JoinedReport:
    """The result of each version of a job's list, from its report."""

    join: ReportJoin
    paths: ListPaths
    bucket: str
    tasks: int = 0
    """How many the report names."""
    expected: int = 0
    """How many the jobs tried, by their own numbers."""
    fault: str = ""
    """Why nothing of it is believed; completes `the report of job 1 …`."""
    is_there: bool = True
    """Whether there is a report."""
    is_doubted: bool = False
    """Whether it and the job's own numbers do not agree: it is believed only where it was looked after."""

    def results(self) -> Iterator[JoinedTask]:
        """Each version once, in the order of the list. Raises OSError."""
        return self.join.results(read_rows(self.paths, self.bucket))

    def close(self) -> None:
        """Remove the temporary files."""
        self.join.remove()


def executed_tasks(job: BatchJob) -> int:
    """How many tasks a job has tried, by its own numbers."""
    return (job.succeeded or 0) + (job.failed or 0)


@dataclass(slots=True)
class ReportReader:
    """Reads reports of the jobs of one run over one bucket."""

    files: JobFiles
    bucket: str
    prefix: str
    """Of the reports, without a slash at its end."""
    folder: Path
    _tasks: int = field(default=0, init=False)

    def read(self, planned: PlannedJob, jobs: Sequence[BatchJob]) -> JoinedReport:
        """The reports of the jobs of one list, joined to it. Raises OSError; AwsError where they cannot be read."""
        paths = ListPaths(self.folder, planned.number)
        join = ReportJoin(self.folder / f"join-{planned.number}", planned.rows)
        join.take_rows(read_rows(paths, self.bucket))
        joined = JoinedReport(join, paths, self.bucket)
        self._tasks = 0
        try:
            join.take_tasks(self._all_tasks(jobs, plus_is_space=planned.source is not None))
        except BadReport as error:
            joined.fault, joined.is_there = str(error), not isinstance(error, NoReport)
            join.take_tasks(())
        joined.tasks = self._tasks
        joined.expected = sum(map(executed_tasks, jobs))
        is_counted = all(None not in {job.succeeded, job.failed} for job in jobs)
        joined.is_doubted = is_counted and joined.tasks != joined.expected
        return joined

    def _all_tasks(self, jobs: Sequence[BatchJob], *, plus_is_space: bool) -> Iterator[ReportedTask]:
        for job in jobs:
            if job is not jobs[-1] and not executed_tasks(job):
                continue  # there is no report where no task was tried (fact D12)
            yield from self._tasks_of(self._manifest(job.job_id), plus_is_space=plus_is_space)

    def _manifest(self, job_id: str) -> tuple[ReportFile, ...]:
        path = self.folder / "manifest.json"
        try:
            self.files.fetch(f"{self.prefix}/job-{job_id}/manifest.json", path, MAX_MANIFEST_BYTES)
        except NotFound as error:
            raise NoReport("does not exist") from error
        except BadAnswer as error:
            raise BadReport("has a manifest.json that is too large") from error
        found = read_manifest(path.read_bytes())
        path.unlink()
        if len(found) > MAX_REPORT_FILES:
            raise BadReport(f"lists {count(len(found), 'file')}, which is too many")
        for one in found:
            if one.bucket != self.files.bucket or not one.key.startswith(f"{self.prefix}/job-{job_id}/"):
                raise BadReport(f"lists a file outside its folder: {printable(one.key[:200])}")
        return found

    def _tasks_of(self, files: tuple[ReportFile, ...], *, plus_is_space: bool) -> Iterator[ReportedTask]:
        path = self.folder / "report.csv"
        for file in files:
            try:
                md5 = self.files.fetch(file.key, path)
            except NotFound as error:
                raise BadReport(f"lists a file that does not exist: {printable(file.key[:200])}") from error
            if md5 != file.md5:
                raise BadReport(f"has a file whose checksum does not match: {printable(file.key[:200])}")
            with path.open(encoding="utf-8", newline="") as lines:
                for task in read_tasks(lines, self.bucket, plus_is_space=plus_is_space):
                    self._tasks += 1
                    yield task
        path.unlink(missing_ok=True)
