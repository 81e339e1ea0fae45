"""Jobs made, or found again, followed to their ends, and cancelled where the run is to stop."""

import asyncio
from collections.abc import Callable, Iterable
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

    async def start(self, number: int, make_request: Callable[[], BatchJobRequest]) -> str:
        """The id of a job: as it is marked, as AWS lists it, or of one that is made now. Raises AwsError, Refused."""
        if job_id := self.marks.all().get(job_mark(number)):
            return job_id
        job_id = await self._find(number)
        if job_id is None:
            request = make_request()
            try:
                job_id = await asyncio.to_thread(self.jobs.create, request)
            except AwsError as error:
                if error.code != _USED_CODE:
                    raise
                raise _token_used(request.token) from error
        self.marks.put(job_mark(number), job_id)
        return job_id

    async def _find(self, number: int) -> str | None:
        """A job that a killed process made and did not mark; nobody tells for how long its token is remembered."""
        if not self.marks.all().get(making_mark(number)):
            self.marks.put(making_mark(number), self.names.token(number))
            return None
        wanted = self.names.description(number)

        def find() -> str | None:
            return next((job.job_id for job in self.jobs.list_jobs() if job.description == wanted), None)

        return await asyncio.to_thread(find)

    def is_begun(self, number: int) -> bool:
        """Whether the job is made, or may be."""
        return bool({job_mark(number), making_mark(number)} & set(self.marks.all()))

    async def cancel(self, under_way: "Iterable[FollowedJob]") -> None:
        """Ask AWS once to end each job; one that has ended by itself stays as it is. Raises AwsError."""
        for followed in under_way:
            if not (followed.is_cancelled or followed.ended):
                await asyncio.to_thread(self.jobs.cancel, followed.job_id, CANCEL_REASON)
                followed.is_cancelled = True


@dataclass(slots=True)
class FollowedJob:
    """One job that is under way, or was."""

    planned: PlannedJob
    job_id: str
    missed: int = field(default=0, init=False)
    is_cancelled: bool = field(default=False, init=False)
    """Whether its end was asked for."""
    ended: BatchJob | None = field(default=None, init=False)
    """What it was at its end; None until then."""

    async def look(self, jobs: BatchJobs) -> BatchJob | None:
        """What it is at now; None where it has ended before, or no answer came. Raises AwsError.

        A job that AWS tells no more of is one that has ended, more than 90 days ago (fact D11).
        """
        if self.ended:
            return None
        try:
            found = await asyncio.to_thread(jobs.describe, self.job_id)
        except (Throttled, Unreachable):
            self.missed += 1
            if self.missed > MAX_MISSED_LOOKS:
                raise
            return None
        except NotFound as error:
            raise _job_gone(self.job_id) from error
        self.missed = 0
        self.ended = found if found.state.has_ended else None
        return found


def progress_of(job: BatchJob, note: str = "") -> JobProgress:
    """How far a job is, for whoever watches."""
    said = "; ".join(map(printable, job.failures)) or note
    return JobProgress(job.job_id, job.state.value, job.total, job.succeeded or 0, job.failed or 0, note=said)


def job_mark(number: int) -> str:
    """The mark that holds the id of a job."""
    return f"batch.job.{number}"


def making_mark(number: int) -> str:
    """The mark that says that a job is about to be made."""
    return f"batch.making.{number}"


def _token_used(token: str) -> Refused:
    return Refused(
        f"the token {token} was used for another job, which s3kms did not make",
        advice="look at the jobs in the S3 console, then begin a new run",
    )


def _job_gone(job_id: str) -> Refused:
    return Refused(
        f"job {job_id} of this run is not known to AWS any longer: jobs are told for 90 days after their end",
        advice=Advice("its report may still be there; a new run looks at the objects themselves"),
    )
