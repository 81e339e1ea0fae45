"""The engine of verify: each bucket is read back and evaluated, its key examined, and what a run wrote looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.config_rules import ConfigRules
from s3kms.changes.operations import KEY_USABLE_RULE_ID
from s3kms.changes.policies.kind import POLICY_KINDS
from s3kms.changes.request import VerifyRequest
from s3kms.changes.run_connection import connection_of_run
from s3kms.changes.runs import Run, list_runs, read_run
from s3kms.changes.stored_objects.kind import OBJECTS
from s3kms.changes.undo import BUCKETS_KIND, check_account
from s3kms.changes.watching import Watch, WatchCallbacks
from s3kms.model.advice import Advice, Command
from s3kms.model.errors import BadInput, Refused
from s3kms.model.exits import Exit
from s3kms.model.findings import Finding, Summary
from s3kms.model.stream import ScanEvent
from s3kms.model.targets import Target
from s3kms.scan.open import open_scan
from s3kms.scan.request import ScanRequest

if TYPE_CHECKING:
    from s3kms.changes.buckets.write_proof import RecordedWrite
    from s3kms.changes.media import Connect


@dataclass(frozen=True, slots=True)
class Verification:
    """What a request comes to, before anything is read from AWS."""

    request: VerifyRequest
    targets: tuple[Target, ...]
    run: Run | None = None
    writes: "Mapping[str, RecordedWrite]" = field(default_factory=dict)
    """What the journals say of each bucket of the run."""
    watched: "Mapping[str, RecordedWrite]" = field(default_factory=dict)
    """Of a run over objects, its buckets: their default was not written, and readers may be denied all the same."""
    probe_key: str | None = None
    """The key of the objects that a probe writes and removes; None without one."""
    folder: Path | None = None
    """Of the journals: the ledger of a plan in it is told that its run was verified."""

    def events(self, connect: "Connect", watching: WatchCallbacks = WatchCallbacks()) -> Iterator[ScanEvent]:
        """Findings of the rules and of the proofs, bucket by bucket; the summary is the last event.

        A watch is over before the first. Where nothing fails and all is known of every bucket of the run, the ledger
        of the plan that the run carried out is told so. Raises BadInput, AwsError, and Refused where the ledger
        cannot be written.
        """
        from s3kms.changes.buckets.proofs import RUN_PROOF_ID

        proven: set[str | None] = set()
        for event in self._scan(connect, watching):
            if isinstance(event, Finding) and event.rule == RUN_PROOF_ID:
                proven.add(event.bucket)
            if isinstance(event, Summary) and event.exit is Exit.OK and proven >= self.writes.keys():
                self._record()
            yield event

    def _record(self) -> None:
        if self.run is None or self.folder is None or self.run.running or self.run.header.plan is None:
            return
        from s3kms.changes.waves.ledger import RunVerified, open_ledger

        with open_ledger(self.folder, self.run.header.plan) as ledger:
            ledger.add(RunVerified(datetime.now(UTC), "verified", self.run.header.run))

    def _scan(self, connect: "Connect", watching: WatchCallbacks) -> Iterator[ScanEvent]:
        from s3kms.changes.buckets.proofs import RunProofs

        connection = connect()
        if self.run is not None:
            connection = connection_of_run(self.run.header, connection, self.request.external_id)
            _check_own(self.run, connection.account)
        watches: tuple[Watch, ...] = ()
        if self.run is not None and self.request.watch is not None:
            watches = (self._watch(self.run, self.request.watch, watching),)
            watches[0].look_on(connection)
        config_rules: tuple[ConfigRules, ...] = ()
        if self.run is not None and self.request.config_rules is not None:
            config_rules = (self._config_rules(self.run, self.request.config_rules, watching),)
            config_rules[0].look_on(connection)
        proofs = RunProofs(connection, self.writes, self.probe_key)
        asked = ScanRequest(
            targets=self.targets,
            rules=(KEY_USABLE_RULE_ID,),
            regions=self.request.regions,
            directory_buckets=self.request.directory_buckets,
            configuration=self.request.configuration,
        )
        return open_scan(asked, lambda: connection, proofs=(proofs, *config_rules, *watches)).events()

    def _config_rules(self, run: Run, duration: timedelta, callbacks: WatchCallbacks) -> ConfigRules:
        return ConfigRules(run.header.run, run.header.at, self.writes, duration, callbacks)

    def _watch(self, run: Run, duration: timedelta, callbacks: WatchCallbacks) -> Watch:
        header = run.header
        since = header.at.replace(microsecond=0)  # S3, CloudTrail and CloudWatch tell whole seconds
        return Watch(
            header.run, since, self.watched or self.writes, duration, self.request.interval, callbacks
        )


def prepare_verification(request: VerifyRequest, folder: Path) -> Verification:
    """Reads the run that the request names from the folder of journals.

    Raises BadInput for options that do not go together, and for a run that is none, edited files or changed nothing.
    """
    request.check()
    probe_key = _probe_key() if request.probe else None
    if request.run is None:
        return Verification(request, request.targets, probe_key=probe_key)
    from s3kms.changes.buckets.write_proof import RecordedWrite, recorded_writes

    run = read_run(folder, request.run)
    if run.header.kind in POLICY_KINDS:
        raise BadInput(
            f"run {request.run} wrote {run.header.kind}, and no buckets",
            advice=Advice(
                "{undo} compares them with what is there now", {"undo": Command("undo", (run.header.run,))}
            ),
        )
    is_of_objects = run.header.kind == OBJECTS.name
    if is_of_objects and request.watch is not None and request.config_rules is None and run.changes:
        watched = {entry.bucket: RecordedWrite(request.run, entry.as_change()) for entry in run.changes}
        return Verification(request, tuple(map(Target, watched)), run, watched=watched)
    if is_of_objects:
        raise BadInput(
            f"run {request.run} brought objects under a key, and changed no bucket",
            advice=Advice(
                "to look again at the objects: {verify}",
                {"verify": Command("verify_objects", (run.header.run,))},
            ),
        )
    if run.header.kind != BUCKETS_KIND:
        raise BadInput(
            f"run {request.run} edited files",
            advice=Advice("evaluate them with {check}", {"check": Command("check", run.header.roots)}),
        )
    if not run.changes:
        raise BadInput(f"run {request.run} changed no bucket")
    others = (other for other in list_runs(folder) if isinstance(other, Run))
    writes = recorded_writes(run, others)
    return Verification(request, tuple(map(Target, writes)), run, writes, probe_key=probe_key, folder=folder)


def _probe_key() -> str:
    from s3kms.aws.probe import new_probe_key

    return new_probe_key()


def _check_own(run: Run, account: str) -> None:
    """A run of another account is a mistake in what was asked: nothing was to be changed."""
    try:
        check_account(run, account)
    except Refused as error:
        raise BadInput(error.sentence, advice=error.advice) from error
