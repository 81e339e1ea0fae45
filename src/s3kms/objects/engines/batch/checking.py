"""Verifies a report: a result counts unless HeadObject contradicts it. Versions without a result are read, too."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from s3kms.aws.batch_operations import BatchJob
from s3kms.aws.concurrent_map import concurrent_map
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.objects import ObjectVersion
from s3kms.objects.engines.batch.join import JoinedTask
from s3kms.objects.engines.batch.reading import JoinedReport
from s3kms.objects.interface import ObjectResult, Outcome
from s3kms.objects.movability import Immovable
from s3kms.text.count import count

PROBED_TASKS = 100
"""Tasks of a report's successes that are looked at before any of them is believed: all, of a small job."""
MAX_LOOKS = 100_000
"""Objects of one job that are looked at because its report does not tell enough, or is not believed."""
NOT_TOLD = "not-in-report"
"""The reason of an unknown result: no report has it, and the object was not read."""
CONTRADICTED = "report-contradicts-itself"
NOT_BELIEVED = "report-not-believed"
_GONE = {"NoSuchKey", "NoSuchVersion", "404"}
_LOCK_SENTENCE = "Object Lock"
"""In AWS's sentence; the code alone is AccessDenied (fact D5)."""

Look = Callable[[ObjectVersion], Awaitable[ObjectResult]]


@dataclass(slots=True)
class ReportCheck:
    """Tells each version of one job once, in the order of its list."""

    report: JoinedReport
    job: BatchJob
    look: Look
    is_locked: Callable[[ObjectVersion], Awaitable[bool]]
    at_once: int
    note: str = field(default="", init=False)
    """What the reader of the run has to know of the report; a sentence."""
    _looks: int = field(default=0, init=False)
    _is_believed: bool = field(default=True, init=False)

    async def results(self) -> AsyncIterator[ObjectResult]:
        """Raises CredentialsProblem, OSError."""
        await self._judge()
        told = concurrent_map(self._tell, _stream(self.report.results()), self.at_once)
        async for result in told:
            yield result

    async def _judge(self) -> None:
        """Whether the successes are believed: some are looked at first, spread over the whole."""
        name = f"the report of job {self.job.job_id}"
        if self.report.fault:
            self.note = f"{name} {self.report.fault}: the objects themselves are read back"
            return
        if self.report.is_doubted:
            said = count(self.report.expected, "task")
            self.note = (
                f"{name} lists {self.report.tasks:,}, but the job counts {said}: every object is read back"
            )
            self._is_believed = False
            return
        probed = _spread(self.report.results(), self.report.join.rows)
        async for result in concurrent_map(self._look_safely, _stream(probed), self.at_once):
            if result.outcome is Outcome.FAILED:
                self.note = (
                    f"{name} marks tasks as succeeded whose objects were not re-encrypted: every "
                    "object is read back"
                )
                self._is_believed = False

    async def _tell(self, task: JoinedTask) -> ObjectResult:
        if task.is_done and self._is_believed:
            return ObjectResult(task.version, Outcome.CHANGED)
        if task.is_done:
            return await self._looked_at(task, NOT_BELIEVED, "its job report is not trusted")
        if task.is_contradicted:
            return await self._looked_at(task, CONTRADICTED, "its job report contradicts itself")
        if task.is_missing:
            return await self._looked_at(task, NOT_TOLD, self._why_missing())
        return await self._failed(task)

    async def _failed(self, task: JoinedTask) -> ObjectResult:
        """A task that AWS calls failed: a lock, an object that is gone, or a failure."""
        sentence = f"{task.code}: {task.message}" if task.message else task.code
        if task.code in _GONE:
            return ObjectResult(task.version, Outcome.OVERTAKEN, "gone", sentence)
        if _LOCK_SENTENCE in task.message or (task.code == "AccessDenied" and await self._shows_lock(task)):
            return ObjectResult(task.version, Outcome.IMMOVABLE, Immovable.OBJECT_LOCK, sentence)
        return ObjectResult(task.version, Outcome.FAILED, task.code, sentence)

    async def _shows_lock(self, task: JoinedTask) -> bool:
        """Raises CredentialsProblem."""
        if not self._may_look():
            return False
        try:
            return await self.is_locked(task.version)
        except CredentialsProblem:
            raise
        except AwsError:
            return False  # it is told as refused, which it is

    async def _looked_at(self, task: JoinedTask, reason: str, why: str) -> ObjectResult:
        """What the object itself shows; unknown where too many were looked at."""
        if not self._may_look():
            sentence = f"{why}, and the object was not read back: its result is unknown"
            return ObjectResult(task.version, Outcome.FAILED, reason, sentence)
        seen = await self._look_safely(task)
        if seen.outcome is not Outcome.FAILED:
            return seen
        return replace(seen, reason=reason, sentence=f"{why}; {seen.sentence}")

    async def _look_safely(self, task: JoinedTask) -> ObjectResult:
        """Raises CredentialsProblem."""
        try:
            return await self.look(task.version)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return ObjectResult(task.version, Outcome.FAILED, error.code or error.cause, str(error))

    def _may_look(self) -> bool:
        self._looks += 1
        return self._looks <= MAX_LOOKS

    def _why_missing(self) -> str:
        if self.report.fault:
            return f"its job report {self.report.fault}"
        return f"its job report (job status {self.job.state.value}) does not list it"


def _spread(tasks: Iterator[JoinedTask], rows: int) -> Iterator[JoinedTask]:
    """Of the tasks that are called done, some from everywhere."""
    step = max(1, rows // PROBED_TASKS)
    return islice(
        (task for index, task in enumerate(tasks) if index % step == 0 and task.is_done), 2 * PROBED_TASKS
    )


async def _stream(tasks: Iterator[JoinedTask]) -> AsyncIterator[JoinedTask]:
    for task in tasks:
        yield task
