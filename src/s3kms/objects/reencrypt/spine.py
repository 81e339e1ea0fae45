"""From a plan to a run, and from the log of a run to its continuation: log, engines, verification, record."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.changes.planning.stored_objects import StoredObjects
from s3kms.changes.stored_objects.kind import OBJECTS, ObjectsEntry
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.errors import S3kmsError
from s3kms.objects.context import context_of_objects, context_record
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.interface import Engine, EngineContext, EngineKind, JobEngine, Marks, ObjectResult, Wanted
from s3kms.objects.log.state import LogState, read_state
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt.assignment import VersionSorter
from s3kms.objects.reencrypt.canary import check_canary, read_as, reader_connection
from s3kms.objects.reencrypt.evidence import open_rows
from s3kms.objects.reencrypt.jobs import JobRun, JobVersions
from s3kms.objects.reencrypt.moving import Moving, new_meter
from s3kms.objects.reencrypt.pacing import RunControl
from s3kms.objects.reencrypt.plan import ReencryptPlan
from s3kms.objects.reencrypt.planner import plan_objects, settings_of, wanted_of
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.reencrypt.resuming import ResumedRun
from s3kms.objects.reencrypt.run import (
    ReencryptCallbacks,
    ReencryptResult,
    log_path,
    result_of,
    run_folder,
)
from s3kms.objects.reencrypt.verification import ObjectVerification, verify_objects

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


async def plan_reencryption(
    request: ReencryptRequest, stored: StoredObjects, connection: "Connection"
) -> AsyncGenerator[ReencryptPlan]:
    """The plan of one bucket, as the one item of a stream. Writes nothing. Raises BadInput, Refused, AwsError."""
    async with open_client(connection) as context:
        yield await plan_objects(request, stored, connection, S3Client(connection, context))


async def carry_out_plan(
    plan: ReencryptPlan,
    connection: "Connection",
    folder: Path,
    callbacks: ReencryptCallbacks,
    command: str = "",
) -> AsyncGenerator[ReencryptResult]:
    """Carry a plan out under a journal in the folder; its result is the one item of the stream.

    Raises Refused before anything is written: for hazards that were not accepted, a caller who does not confirm, no
    journal; BadInput for a reader's profile that is not there. What goes wrong later stands in the result.
    """
    plan.check()
    if plan.request.reader_profile:
        reader_connection(plan.request.reader_profile, connection)
    callbacks.confirm()
    now = datetime.now(UTC)
    run = new_run_id(now)
    header = RunHeader(
        run,
        now,
        command,
        plan.wanted.account,
        connection.endpoint,
        kind=OBJECTS.name,
        planned=1,
        request=plan.request.journalled(),
    )
    entry = entry_of(plan)
    async with open_client(connection) as context:
        client = S3Client(connection, context)
        evidence = open_rows(plan.request, plan.wanted, client, connection)
        with Journal.create(folder, header, OBJECTS) as journal, callbacks.while_writing():
            log = ObjectLog.create(log_path(folder, run), _log_header(plan, evidence, connection, now))
            journal.intend(entry)
            callbacks.on_run(run, journal.path)
            way = EngineWay(plan.request, plan.wanted, connection, client, folder)
            bucket_run = BucketRun(way, evidence, callbacks)
            yield await bucket_run.finish(run, journal, entry, log, LogState())


async def continue_run(
    resumed: ResumedRun, stored: StoredObjects, connection: "Connection", callbacks: ReencryptCallbacks
) -> AsyncGenerator[ReencryptResult]:
    """Go on with a run that was stopped or killed; its result is the one item of the stream.

    Raises Refused where the bucket, the key or the evidence is not what it was, BadInput.
    """
    wanted = wanted_of(stored)
    resumed.check(wanted, stored.planned.hazards)
    if resumed.request.reader_profile:
        reader_connection(resumed.request.reader_profile, connection)
    callbacks.confirm()
    async with open_client(connection) as context:
        client = S3Client(connection, context)
        evidence = open_rows(resumed.request, wanted, client, connection)
        resumed.check_evidence(evidence.identity)
        with Journal.reopen(resumed.folder, resumed.run, OBJECTS) as journal, callbacks.while_writing():
            log, state = ObjectLog.reopen(log_path(resumed.folder, resumed.run))
            callbacks.on_run(resumed.run, journal.path)
            way = EngineWay(resumed.request, wanted, connection, client, resumed.folder)
            bucket_run = BucketRun(way, evidence, callbacks)
            yield await bucket_run.finish(resumed.run, journal, resumed.entry, log, state)


async def verify_run(
    resumed: ResumedRun, stored: StoredObjects, connection: "Connection"
) -> AsyncGenerator[ObjectVerification]:
    """Look again at what a run changed. Writes nothing. Raises BadInput, Refused, AwsError."""
    began, wanted = datetime.now(UTC), wanted_of(stored)
    async with open_client(connection) as context:
        client = S3Client(connection, context)
        log = log_path(resumed.folder, resumed.run)
        state = read_state(log)
        sorter = VersionSorter(resumed.request.selection(wanted), resumed.request.chosen_engines)
        way = EngineWay(resumed.request, wanted, connection, client, resumed.folder)
        engines = way.open_engines(resumed.run, sorter, _KeptMarks(state.marks), RunControl())
        verify_all = resumed.request.verify_all
        found = await verify_objects(log, wanted.bucket, engines, verify_all=verify_all)
        yield replace(found, context=context_of_objects(began, connection, wanted.bucket))


@dataclass(frozen=True, slots=True)
class _KeptMarks:
    """The marks of a run that is only looked at."""

    marks: Mapping[str, str]

    def put(self, name: str, text: str) -> None:
        """Nothing is kept: a verification writes nothing."""
        raise AssertionError(f"a verification puts no mark {name} ({text})")

    def all(self) -> Mapping[str, str]:
        """As the log has them."""
        return self.marks


@dataclass(frozen=True, slots=True)
class EngineWay:
    """What engines are opened with, for one bucket."""

    request: ReencryptRequest
    wanted: Wanted
    connection: "Connection"
    client: S3Client
    folder: Path
    """Of the journals."""

    def open_engines(
        self, run: str, sorter: VersionSorter, marks: Marks, control: RunControl
    ) -> dict[str, Engine | JobEngine]:
        """The chosen engines, by their names."""

        def opened(kind: EngineKind) -> Engine | JobEngine:
            return kind.open(
                EngineContext(
                    wanted=self.wanted,
                    selection=sorter.selection,
                    client=self.client,
                    connection=self.connection,
                    run=run,
                    marks=marks,
                    folder=run_folder(self.folder, run),
                    settings=settings_of(self.request, kind),
                    canary=self.request.canary,
                    prefix=self.request.prefix,
                    is_paused=control.is_paused,
                    should_stop=control.should_stop,
                )
            )

        return {kind.name: opened(kind) for kind in self.request.chosen_engines}


@dataclass(frozen=True, slots=True)
class BucketRun:
    """One process of a run over the objects of one bucket."""

    way: EngineWay
    evidence: ObjectEvidence
    callbacks: ReencryptCallbacks

    async def finish(
        self, run: str, journal: Journal[ObjectsEntry], entry: ObjectsEntry, log: ObjectLog, state: LogState
    ) -> ReencryptResult:
        """Move, verify, and write down how it ended. What goes wrong stands in the result."""
        stopped, advice = None, NO_ADVICE
        context = context_of_objects(datetime.now(UTC), self.way.connection, self.way.wanted.bucket)
        try:
            stopped, advice = await self._move_and_verify(run, log, state, entry)
        except S3kmsError as error:
            stopped, advice = str(error), error.advice
        except OSError as error:
            stopped = f"{error.filename or 'a file of the run'}: {error.strerror or error}"
        finally:
            log.flush()
        log.end(
            {
                "at": datetime.now(UTC).isoformat(),
                "stopped": stopped,
                "context": context_record(context),
            }
        )
        log.close()
        if stopped is None:
            journal.done(entry)
        else:
            journal.failed(entry, stopped)
        journal.end(stopped=stopped)
        result = result_of(run, self.way.folder, read_state(log.path))
        if stopped is None:
            return result
        again = advice.extended(
            f"{'; ' if advice else ''}{{resume}} continues where it stopped",
            {"resume": Command("reencrypt", (), (Option("resume", run), Option("apply")))},
        )
        return replace(result, advice=again)

    async def _move_and_verify(
        self, run: str, log: ObjectLog, state: LogState, entry: ObjectsEntry
    ) -> tuple[str | None, Advice]:
        """Why it stopped, and what to do; None where it is through. Raises S3kmsError."""
        way, request, wanted = self.way, self.way.request, self.way.wanted
        sorter = VersionSorter(request.selection(wanted), request.chosen_engines)
        opened = way.open_engines(run, sorter, log, self.callbacks.control)
        of_jobs = {kind.name for kind in request.chosen_engines if kind.is_job}
        engines = cast("dict[str, Engine]", {k: one for k, one in opened.items() if k not in of_jobs})
        jobs = cast("dict[str, JobEngine]", {k: one for k, one in opened.items() if k in of_jobs})
        header = read_state(log.path).header
        meter = new_meter(wanted.bucket, entry.versions, header.get("dollars"), state)
        versions = JobVersions(self.evidence, sorter, way.client, wanted)
        await JobRun(log, state, meter, self.callbacks, self._check_first).follow(jobs, versions)
        moving = Moving(
            request=request,
            wanted=wanted,
            client=way.client,
            connection=way.connection,
            evidence=self.evidence,
            sorter=sorter,
            engines=engines,
            log=log,
            state=read_state(log.path),
            meter=meter,
            callbacks=self.callbacks,
            elsewhere=frozenset(jobs),
        )
        dispatcher = await moving.move()
        if dispatcher.stopped is not None:
            return dispatcher.stopped, dispatcher.advice
        if self.callbacks.control.should_stop():
            return "interrupted", Advice("the log is complete")
        self.callbacks.on_note("verifying what was changed")
        log.flush()
        verify_all = request.verify_all
        found = await verify_objects(log.path, wanted.bucket, opened, verify_all=verify_all)
        log.verified(found.to_record())
        return None, NO_ADVICE

    async def _check_first(self, name: str, engine: JobEngine, first: list[ObjectResult]) -> None:
        """Raises Stopped where the first objects of a job are not in order, or the reader cannot read one."""
        way = self.way
        await check_canary({name: first}, {name: engine})
        if way.request.reader_profile:
            await read_as(way.request.reader_profile, way.connection, way.wanted, {name: first})


def entry_of(plan: ReencryptPlan) -> ObjectsEntry:
    """The journal entry of a plan that is carried out."""
    wanted = plan.wanted
    names = tuple(one.kind.name for one in plan.engines)
    return ObjectsEntry(
        wanted.bucket,
        wanted.account,
        wanted.region,
        wanted.key_arn,
        wanted.bucket_key,
        names,
        plan.versions,
    )


def _log_header(
    plan: ReencryptPlan, evidence: ObjectEvidence, connection: "Connection", began: datetime
) -> dict[str, Any]:
    wanted = plan.wanted
    return {
        "bucket": wanted.bucket,
        "account": wanted.account,
        "region": wanted.region,
        "key": wanted.key_arn,
        "bucket_key": wanted.bucket_key,
        "evidence": evidence.identity,
        "dollars": plan.dollars,
        "context": context_record(context_of_objects(began, connection, wanted.bucket)),
    }
