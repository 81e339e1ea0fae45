"""The engine `batch`: lists are made and sent, jobs followed to their ends, reports joined and looked after."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from s3kms.aws.batch_operations import BatchJob, BatchJobs, JobList, ListedManifest
from s3kms.aws.concurrent_map import TASKS_PER_CALL
from s3kms.aws.job_files import JobFiles
from s3kms.aws.job_role import create_job_role
from s3kms.model.errors import Refused
from s3kms.model.objects import ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.engines.batch.checking import ReportCheck
from s3kms.objects.engines.batch.following import FollowedJob, JobFollower, progress_of
from s3kms.objects.engines.batch.hazards import hazards_of, require_bucket, require_role
from s3kms.objects.engines.batch.jobs import (
    JobNames,
    PlannedJob,
    from_marks,
    is_listed_by_s3,
    request_of,
    source_number,
    sources_of,
    to_marks,
)
from s3kms.objects.engines.batch.lists import ListPaths, ListWriter
from s3kms.objects.engines.batch.looking import is_locked
from s3kms.objects.engines.batch.options import BatchOptions
from s3kms.objects.engines.batch.reading import JoinedReport, ReportReader, executed_tasks
from s3kms.objects.engines.batch.role import job_role, role_policy
from s3kms.objects.engines.update.engine import UpdateEngine
from s3kms.objects.interface import EngineContext, JobProgress, ObjectResult, SelectedCounts

MAX_OPEN_JOBS = 10
"""Jobs of one run that are made and have not ended."""
MAX_REPORT_LOOKS = 5
"""How often a report is looked for that should be there."""
_PLAN, _ROLE = "batch.plan", "batch.role"


class BatchEngine:
    """Follows the jobs of one run over one bucket. Belongs to one event loop."""

    def __init__(self, context: EngineContext) -> None:
        """Raises BadInput for settings that cannot be meant."""
        self._context = context
        self._wanted = context.wanted
        self._options = BatchOptions.of(context.settings)
        self._names = JobNames(context.run, context.wanted.bucket)
        self._folder = context.folder / "batch"
        self._counts: SelectedCounts | None = None
        self._update = UpdateEngine(context)
        self._jobs = BatchJobs.of(context.connection, context.wanted.region)
        self._follower = JobFollower(self._jobs, self._names, context.marks)

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """What jobs mean for the bucket and the account besides."""
        self._counts = counts
        own = hazards_of(self._wanted, counts, self._options, is_listed_by_s3=self._is_listed_by_s3())
        return (*await self._update.hazards(counts), *own)

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What a version has come to. Raises AwsError."""
        return await self._update.read_back(version)

    async def run(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult | JobProgress]:
        """As `JobEngine.run`. Results come list by list, each in the order in which its versions came.

        Raises Refused before anything is written, AwsError, OSError.
        """
        require_bucket(self._options, self._wanted)
        if not self._known_role():
            require_role(self._options)
        if not self._context.marks.all().get(_PLAN):
            await self._update.prepare()
        planned = await self._plan(versions)
        if not planned:
            return
        self._options = replace(self._options, role_arn=await self._role(planned))
        waiting = [job for job in planned if not self._context.marks.all().get(_told_mark(job))]
        # Those that an earlier process began go on in AWS whatever is decided here: they are followed first.
        waiting.sort(key=lambda job: not self._follower.is_begun(job.number))
        async for item in self._follow(waiting):
            yield item

    # Which jobs

    def _is_listed_by_s3(self) -> bool:
        return is_listed_by_s3(self._options, self._context.selection, self._counts)

    async def _plan(self, versions: AsyncIterator[ObjectVersion]) -> tuple[PlannedJob, ...]:
        """The jobs of the run: as an earlier process planned them, or as the versions need them."""
        if text := self._context.marks.all().get(_PLAN):
            planned = from_marks(text)
            if not all(ListPaths(self._folder, job.number).rows.exists() for job in planned):
                raise _lists_gone(self._folder)
            return planned
        self._folder.mkdir(parents=True, exist_ok=True)
        sources = sources_of(self._wanted, self._context.selection) if self._is_listed_by_s3() else ()
        writer = ListWriter(self._folder)
        if sources:
            writer = ListWriter(
                self._folder, lambda version: source_number(version, sources), writes_csv=False
            )
        lists = [done async for version in versions if (done := writer.add(version)) is not None]
        lists.extend(writer.close())
        if self._context.should_stop():
            return ()  # the versions ended because the run is to
        planned = tuple(
            PlannedJob(
                one.number,
                one.rows,
                not sources and bool(one.group),
                sources[one.group] if sources else None,
            )
            for one in lists
        )
        self._context.marks.put(_PLAN, to_marks(planned))
        return planned

    async def _role(self, planned: tuple[PlannedJob, ...]) -> str:
        """The ARN of the role; made now, where that was asked for. Raises Refused, AwsError."""
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

    # Following them

    async def _follow(self, waiting: list[PlannedJob]) -> AsyncIterator[ObjectResult | JobProgress]:
        under_way: list[FollowedJob] = []
        seconds = self._options.first_look_seconds
        while waiting or under_way:
            await self._begin(waiting, under_way)
            if self._context.should_stop():
                waiting = [job for job in waiting if self._follower.is_begun(job.number)]
                await self._follower.cancel(under_way)
            for followed in list(under_way):
                if (found := await followed.look(self._jobs)) is None:
                    continue
                yield progress_of(found)
                if found.state.has_ended:
                    async for result in self._results(followed.planned, found):
                        yield result
                    under_way.remove(followed)
            if waiting or under_way:
                await asyncio.sleep(seconds)
                seconds = min(seconds * 2, self._options.max_look_seconds)

    async def _begin(self, waiting: list[PlannedJob], under_way: list[FollowedJob]) -> None:
        """Make or find the next jobs, as many as may be open."""
        while waiting and len(under_way) < MAX_OPEN_JOBS and self._may_begin(waiting[0]):
            job = waiting.pop(0)
            under_way.append(FollowedJob(job, await self._start(job)))

    def _may_begin(self, job: PlannedJob) -> bool:
        """A job that was begun is followed whatever is asked meanwhile; a new one is not made."""
        asked = self._context.should_stop() or self._context.is_paused()
        return self._follower.is_begun(job.number) or not asked

    async def _start(self, job: PlannedJob) -> str:
        objects = job.source or await self._send_list(job)
        request = request_of(self._wanted, self._names, job.number, objects, self._options)
        return await self._follower.start(job.number, lambda: request)

    async def _send_list(self, job: PlannedJob) -> JobList:
        """The list of a job in the bucket of the jobs; sent once, because the job is bound to its ETag."""
        marks, key = self._context.marks, f"{self._names.folder}/list-{job.number}.csv"
        etag = marks.all().get(_list_mark(job))
        path = ListPaths(self._folder, job.number).csv
        if etag is None:
            etag = await asyncio.to_thread(self._files.send_list, path, key)
            marks.put(_list_mark(job), etag)
        return ListedManifest(self._files.bucket, key, etag, job.has_versions)

    @property
    def _files(self) -> JobFiles:
        return JobFiles(self._context.connection, self._options.bucket or "", self._wanted.region)

    # What came of them

    async def _results(self, planned: PlannedJob, job: BatchJob) -> AsyncIterator[ObjectResult | JobProgress]:
        reader = ReportReader(self._files, self._wanted.bucket, self._names.folder, self._folder)
        report = await self._read(reader, planned, job)
        check = ReportCheck(
            report,
            job,
            self.read_back,
            partial(is_locked, self._context),
            TASKS_PER_CALL * self._context.connection.settings.concurrency,
        )
        async for result in check.results():
            yield result
        yield replace(progress_of(job, check.note), beside=report.join.beside)
        self._context.marks.put(_told_mark(planned), job.job_id)
        report.close()
        paths = ListPaths(self._folder, planned.number)
        paths.csv.unlink(missing_ok=True)
        paths.rows.unlink(missing_ok=True)

    async def _read(self, reader: ReportReader, planned: PlannedJob, job: BatchJob) -> JoinedReport:
        """The report, waited for a little where tasks were tried and it is not there."""
        for _ in range(MAX_REPORT_LOOKS):
            report = await asyncio.to_thread(reader.read, planned, job)
            if report.is_there or not executed_tasks(job):
                break
            await asyncio.sleep(self._options.first_look_seconds)
        return report


def _list_mark(job: PlannedJob) -> str:
    return f"batch.list.{job.number}"


def _told_mark(job: PlannedJob) -> str:
    return f"batch.told.{job.number}"


def _lists_gone(folder: Path) -> Refused:
    return Refused(
        f"{folder} lacks the lists of this run's jobs, so their reports cannot be told object by object",
        advice="put the folder back, or look at the jobs in the S3 console and begin a new run",
    )
