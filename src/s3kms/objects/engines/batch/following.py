"""Jobs made, or found again, followed to their ends, and cancelled where the run is to stop."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from s3kms.aws.batch_operations import BatchJob, BatchJobRequest, BatchJobs
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, NotFound, Refused, Throttled, Unreachable
from s3kms.objects.engines.batch.jobs import JobNames, PlannedJob
from s3kms.objects.interface import JobProgress, Marks
from s3kms.text.sanitize import printable

MAX_MISSED_LOOKS = 30
"""Looks at a job, one after another, that may end without an answer: it goes on meanwhile."""
CANCEL_REASON = "s3kms: the run was stopped"
_USED_CODE = "IdempotencyException"


@dataclass(slots=True)
class JobFollower:
    """Makes jobs so that each is there once, whenever a process is killed, and follows them."""

    jobs: BatchJobs
    names: JobNames
    marks: Marks

    def earlier(self, job: PlannedJob) -> tuple[str, ...]:
        """The ids of the jobs that this run has cancelled, and that the next one of the same list goes on from."""
        return tuple(json.loads(self.marks.all().get(_earlier_mark(job), "[]")))

    def slot(self, job: PlannedJob) -> str:
        """What the marks, the token and the list of a job are named by: another one after each that was cancelled."""
        earlier = len(self.earlier(job))
        return f"{job.number}.{earlier}" if earlier else str(job.number)

    def set_aside(self, followed: "FollowedJob") -> None:
        """A job was cancelled by this run: what it has not done is for the next one, at the resume."""
        ids = [*self.earlier(followed.planned), followed.job_id]
        self.marks.put(_earlier_mark(followed.planned), json.dumps(ids))

    async def start(self, job: PlannedJob, make_request: Callable[[], Awaitable[BatchJobRequest]]) -> str:
        """The id of a job: as it is marked, as AWS lists it, or of one that is made now. Raises AwsError, Refused."""
        slot = self.slot(job)
        if job_id := self.marks.all().get(_job_mark(slot)):
            return job_id
        request = await make_request()
        job_id = await self._find(slot)
        if job_id is None:
            try:
                job_id = await asyncio.to_thread(self.jobs.create, request)
            except AwsError as error:
                if error.code != _USED_CODE:
                    raise
                raise _token_used(request.token) from error
        self.marks.put(_job_mark(slot), job_id)
        return job_id

    async def _find(self, slot: str) -> str | None:
        """A job that a killed process created unmarked; AWS does not document how long it remembers the token."""
        if not self.marks.all().get(_making_mark(slot)):
            self.marks.put(_making_mark(slot), self.names.token(slot))
            return None
        wanted = self.names.description(slot)

        def find() -> str | None:
            return next((job.job_id for job in self.jobs.list_jobs() if job.description == wanted), None)

        return await asyncio.to_thread(find)

    def is_begun(self, job: PlannedJob) -> bool:
        """Whether the job is made, or may be."""
        slot = self.slot(job)
        return bool({_job_mark(slot), _making_mark(slot)} & set(self.marks.all()))

    async def cancel(self, under_way: "Iterable[FollowedJob]") -> None:
        """Ask AWS once to end each job; one that has ended by itself stays as it is. Raises AwsError."""
        for followed in under_way:
            if not (followed.ended or followed.is_asked):
                self.marks.put(_cancel_mark(self.slot(followed.planned)), followed.job_id)
                await asyncio.to_thread(self.jobs.cancel, followed.job_id, CANCEL_REASON)
                followed.is_asked = True

    def is_cancelled(self, followed: "FollowedJob") -> bool:
        """Whether this run cancelled a job."""
        return bool(self.marks.all().get(_cancel_mark(self.slot(followed.planned))))


@dataclass(slots=True)
class FollowedJob:
    """One job that is under way, or was."""

    planned: PlannedJob
    job_id: str
    missed: int = field(default=0, init=False)
    is_asked: bool = field(default=False, init=False)
    """Whether this process cancelled it."""
    ended: BatchJob | None = field(default=None, init=False)
    """What it was at its end; None until then."""

    async def look(self, jobs: BatchJobs) -> BatchJob | None:
        """What it is at now; None where it has ended before, or no answer came. Raises AwsError, Refused."""
        if self.ended:
            return None
        try:
            found = await describe(jobs, self.job_id)
        except (Throttled, Unreachable):
            self.missed += 1
            if self.missed > MAX_MISSED_LOOKS:
                raise
            return None
        self.missed = 0
        self.ended = found if found.state.has_ended else None
        return found


async def describe(jobs: BatchJobs, job_id: str) -> BatchJob:
    """What a job is at. Raises AwsError; Refused for one that ended more than 90 days ago (fact D11)."""
    try:
        return await asyncio.to_thread(jobs.describe, job_id)
    except NotFound as error:
        raise _job_gone(job_id) from error


def progress_of(job: BatchJob, note: str = "") -> JobProgress:
    """How far a job is, for whoever watches."""
    said = "; ".join(map(printable, job.failures)) or note
    return JobProgress(job.job_id, job.state.value, job.total, job.succeeded or 0, job.failed or 0, note=said)


def _job_mark(slot: str) -> str:
    return f"batch.job.{slot}"


def _making_mark(slot: str) -> str:
    return f"batch.making.{slot}"


def _cancel_mark(slot: str) -> str:
    return f"batch.cancel.{slot}"


def _earlier_mark(job: PlannedJob) -> str:
    return f"batch.earlier.{job.number}"


def _token_used(token: str) -> Refused:
    return Refused(
        f"the client request token {token} was already used for another job, which s3kms did not create",
        advice="check the jobs in the S3 console, then start a new run",
    )


def _job_gone(job_id: str) -> Refused:
    return Refused(
        f"AWS no longer has job {job_id} of this run: jobs are kept for 90 days after they end",
        advice=Advice("its report may still exist; a new run reads the objects themselves"),
    )
