"""The engine `batch`: lists are made and sent, jobs followed to their ends, reports joined and looked after."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from s3kms.aws.batch_operations import (
    BatchJob,
    BatchJobRequest,
    BatchJobs,
    BatchJobState,
    GeneratedManifest,
    JobList,
    ListedManifest,
)
from s3kms.aws.concurrent_map import TASKS_PER_CALL
from s3kms.aws.job_files import JobFiles
from s3kms.aws.job_role import create_job_role
from s3kms.aws.s3.object_writes import update_body
from s3kms.model.advice import Advice
from s3kms.model.errors import Refused, Stopped
from s3kms.model.objects import ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.engines.batch.checking import ReportCheck
from s3kms.objects.engines.batch.following import FollowedJob, JobFollower, describe, progress_of
from s3kms.objects.engines.batch.hazards import hazards_of, require_bucket, require_role
from s3kms.objects.engines.batch.jobs import (
    JobNames,
    PlannedJob,
    from_marks,
    is_listed_by_s3,
    request_of,
    sources_of,
    to_marks,
)
from s3kms.objects.engines.batch.lists import MAX_LIST_ROWS, ListPaths, list_row
from s3kms.objects.engines.batch.looking import is_locked
from s3kms.objects.engines.batch.options import BatchOptions
from s3kms.objects.engines.batch.planning import JobPlanner
from s3kms.objects.engines.batch.proof import JobProof
from s3kms.objects.engines.batch.reading import JoinedReport, ReportReader, executed_tasks
from s3kms.objects.engines.batch.role import job_role, role_policy
from s3kms.objects.engines.update.checks import RequestBody
from s3kms.objects.engines.update.engine import UpdateEngine
from s3kms.objects.interface import EngineContext, JobProgress, ObjectResult, Outcome, SelectedCounts
from s3kms.text.count import count
from s3kms.text.sanitize import printable

MAX_OPEN_JOBS = 10
"""Jobs of one run that are made and have not ended."""
MAX_REPORT_LOOKS = 5
"""How often a report is looked for that should be there."""
_PLAN, _ROLE, _PROVEN = "batch.plan", "batch.role", "batch.proven"


class BatchEngine:
    """Follows the jobs of one run over one bucket. Belongs to one event loop."""

    def __init__(self, context: EngineContext) -> None:
        """Raises BadInput for settings that cannot be meant."""
        self._context = context
        self._wanted = context.wanted
        self._options = BatchOptions.of(context.settings)
        self._names = JobNames(context.run, context.wanted.bucket)
        self._folder = context.folder / "batch"
        self._update = UpdateEngine(context)
        self._jobs = BatchJobs.of(context.connection, context.wanted.region)
        self._follower = JobFollower(self._jobs, self._names, context.marks)

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """What jobs mean for the bucket and the account besides."""
        sources = self._sources(counts.noncurrent)
        own = hazards_of(self._wanted, counts, self._options, is_listed_by_s3=bool(sources))
        return (*await self._update.hazards(counts), *own)

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What a version has come to. Raises AwsError."""
        return await self._update.read_back(version)

    async def run(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult | JobProgress]:
        """As `JobEngine.run`. Results come job by job, in the same order each time.

        Raises Refused before anything is written, AwsError, OSError.
        """
        require_bucket(self._options, self._wanted)
        if not self._known_role():
            require_role(self._options)
        planned = await self._plan(versions)
        if not planned:
            return
        self._options = replace(self._options, role_arn=await self._role(planned))
        await self._prove()
        async for item in self._follow(list(planned)):
            yield item

    # Which jobs

    async def _plan(self, versions: AsyncIterator[ObjectVersion]) -> tuple[PlannedJob, ...]:
        """The jobs of the run: as an earlier process planned them, or as the versions need them."""
        if text := self._context.marks.all().get(_PLAN):
            planned = from_marks(text)
            if not all(ListPaths(self._folder, job.number).rows.exists() for job in planned):
                raise _lists_gone(self._folder)
            return planned
        planner = JobPlanner(self._folder, self._wanted.bucket, self._context.canary, MAX_LIST_ROWS)
        await planner.take(versions)
        if self._context.should_stop():
            return ()  # the versions ended because the run is to
        planned = await asyncio.to_thread(planner.plan, self._sources(planner.noncurrent))
        self._context.marks.put(_PLAN, to_marks(planned))
        return planned

    def _sources(self, noncurrent: int) -> tuple[GeneratedManifest, ...]:
        """The lists that S3 is to make; none where they are ours."""
        prefix = self._context.prefix
        if not is_listed_by_s3(self._options, prefix=prefix, noncurrent=noncurrent):
            return ()
        return sources_of(self._wanted, self._context.selection, prefix or "")

    async def _role(self, planned: tuple[PlannedJob, ...]) -> str:
        """The ARN of the role; created now if the settings say so. Raises Refused, AwsError."""
        if arn := self._known_role():
            return arn
        name = require_role(self._options)
        policy = role_policy(
            self._wanted.bucket,
            self._options.bucket or "",
            f"{self._names.folder}/",
            (self._wanted.key_arn, *sorted(self._context.selection.from_keys)),
            self._wanted.key_arn.split(":")[1],
            generates=any(job.source for job in planned),
        )
        partition = self._wanted.key_arn.split(":")[1]
        role = job_role(name, self._wanted.account, partition, policy, f"s3kms run {self._context.run}")
        arn = await asyncio.to_thread(create_job_role, self._context.connection, role)
        self._context.marks.put(_ROLE, arn)
        return arn

    def _known_role(self) -> str | None:
        return self._options.role_arn or self._context.marks.all().get(_ROLE)

    async def _prove(self) -> None:
        """Have a server that is not AWS work on a throw-away object first, once a run. Raises Refused, AwsError."""
        if self._jobs.is_aws or self._context.marks.all().get(_PROVEN):
            return
        wanted = self._wanted
        body = RequestBody.of(update_body(wanted.key_arn, wanted.bucket_key))
        await JobProof(self._context, body, self._options, self._jobs).run()
        self._context.marks.put(_PROVEN, "yes")

    # Following them

    async def _follow(self, waiting: list[PlannedJob]) -> AsyncIterator[ObjectResult | JobProgress]:
        """Results come job by job in the order of the jobs, whichever ends first: the same at each resume.

        After a job that this run has cancelled, or not started before it stops, nothing is yielded until the resume.
        """
        under_way: list[FollowedJob] = []
        seconds, untold = self._options.first_look_seconds, sys.maxsize
        while waiting or under_way:
            await self._begin(waiting, under_way)
            if self._context.should_stop():
                left = [job.number for job in waiting if not self._follower.is_begun(job)]
                untold = min([untold, *left])
                waiting = [job for job in waiting if self._follower.is_begun(job)]
                await self._follower.cancel(under_way)
            for followed in under_way:
                if (found := await followed.look(self._jobs)) is not None:
                    yield progress_of(found)
            while under_way and (ended := under_way[0].ended):
                followed = under_way.pop(0)
                untold = self._set_aside(followed, ended, untold)
                if followed.planned.number < untold:
                    async for result in self._results(followed.planned, ended):
                        yield result
            if waiting or under_way:
                await asyncio.sleep(seconds)
                seconds = min(seconds * 2, self._options.max_look_seconds)

    def _set_aside(self, followed: FollowedJob, ended: BatchJob, untold: int) -> int:
        """The number of the first job whose results wait for the resume, now that this one has ended."""
        if ended.state is not BatchJobState.CANCELLED or not self._follower.is_cancelled(followed):
            return untold
        self._follower.set_aside(followed)
        return min(untold, followed.planned.number)

    async def _begin(self, waiting: list[PlannedJob], under_way: list[FollowedJob]) -> None:
        """Make or find the next jobs, as many as may be open; behind the first of few objects none."""
        while waiting and len(under_way) < MAX_OPEN_JOBS and self._may_begin(waiting[0]):
            if under_way and under_way[-1].planned.is_canary:
                return
            job = waiting.pop(0)
            job_id = await self._follower.start(job, partial(self._request, job))
            under_way.append(FollowedJob(job, job_id))

    def _may_begin(self, job: PlannedJob) -> bool:
        """A started job is followed even if the run is paused or stopped; a new one is not created."""
        asked = self._context.should_stop() or self._context.is_paused()
        return self._follower.is_begun(job) or not asked

    async def _request(self, job: PlannedJob) -> BatchJobRequest:
        slot = self._follower.slot(job)
        objects = job.source or await self._send_list(job, slot)
        return request_of(self._wanted, self._names, slot, objects, self._options)

    async def _send_list(self, job: PlannedJob, slot: str) -> JobList:
        """The list of a job in the bucket of the jobs; sent once, because the job is bound to its ETag."""
        marks, key = self._context.marks, f"{self._names.folder}/list-{slot}.csv"
        etag = marks.all().get(f"batch.list.{slot}")
        if etag is None:
            path = ListPaths(self._folder, job.number).csv
            if earlier := await self._earlier_jobs(job):
                await asyncio.to_thread(self._write_rest, job, earlier, path)
            etag = await asyncio.to_thread(self._files.send_list, path, key)
            marks.put(f"batch.list.{slot}", etag)
        return ListedManifest(self._files.bucket, key, etag, job.has_versions)

    async def _earlier_jobs(self, job: PlannedJob) -> list[BatchJob]:
        return [await describe(self._jobs, job_id) for job_id in self._follower.earlier(job)]

    def _write_rest(self, job: PlannedJob, earlier: list[BatchJob], path: Path) -> None:
        """A list of what the jobs that were cancelled have not done; where that is nothing, of one object again."""
        report = self._reader.read(job, earlier)
        rest = (task.version for task in report.results() if task.is_missing or task.is_contradicted)
        with path.open("wb") as file:
            file.writelines(map(list_row, rest))
            if not file.tell():
                file.write(list_row(next(iter(report.results())).version))
        report.close()

    @property
    def _reader(self) -> ReportReader:
        return ReportReader(self._files, self._wanted.bucket, self._names.folder, self._folder)

    @property
    def _files(self) -> JobFiles:
        return JobFiles(self._context.connection, self._options.bucket or "", self._wanted.region)

    # What came of them

    async def _results(self, planned: PlannedJob, job: BatchJob) -> AsyncIterator[ObjectResult | JobProgress]:
        report = await self._read(planned, [*await self._earlier_jobs(planned), job])
        check = ReportCheck(
            report,
            job,
            self.read_back,
            partial(is_locked, self._context),
            TASKS_PER_CALL * self._context.connection.settings.concurrency,
        )
        failed: ObjectResult | None = None
        async for result in check.results():
            failed = failed or (result if result.outcome is Outcome.FAILED else None)
            yield result
        report.close()
        beside = report.join.beside
        more = f"the manifest that S3 generated has {count(beside, 'unselected object')}" if beside else ""
        note = "; ".join(filter(None, (check.note, more)))
        is_harmed = planned.is_canary and failed and not self._context.should_stop()
        yield replace(progress_of(job, note), is_canary=planned.is_canary and not is_harmed)
        if is_harmed and failed:
            raise _canary_failed(job, failed)

    async def _read(self, planned: PlannedJob, jobs: list[BatchJob]) -> JoinedReport:
        """The report, waited for a little where tasks were tried and it is not there."""
        for _ in range(MAX_REPORT_LOOKS):
            report = await asyncio.to_thread(self._reader.read, planned, jobs)
            if report.is_there or not executed_tasks(jobs[-1]):
                break
            await asyncio.sleep(self._options.first_look_seconds)
        return report


def _canary_failed(job: BatchJob, failed: ObjectResult) -> Stopped:
    key = printable(failed.version.key)
    return Stopped(
        f"the canary job {job.job_id} did not re-encrypt s3://{failed.version.bucket}/{key}: "
        f"{failed.sentence or failed.reason}; no other job was created",
        advice=Advice("check the object, the role of the job, and the key policy"),
    )


def _lists_gone(folder: Path) -> Refused:
    return Refused(
        f"{folder} lacks the manifests of this run's jobs, so their reports cannot be matched to objects",
        advice="restore the folder, or check the jobs in the S3 console and start a new run",
    )
