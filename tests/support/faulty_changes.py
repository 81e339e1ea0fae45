"""fix and undo as the library does them, through a proxy that misbehaves; and what must hold whatever it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.proxy import GET, Fault, FaultyProxy, Strike
from tests.support.sdk import client_of
from tests.support.truth import Meaning, Rule, Told, meaning_of_body, put_rule, snapshot

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.changes.apply import apply_changes
from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.buckets.medium import BucketMedium
from s3kms.changes.buckets.plan import plan_change
from s3kms.changes.buckets.store import S3EncryptionStore
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.changes.requirement import EncryptionRequirement
from s3kms.changes.runs import RunState, read_run
from s3kms.changes.undo import hold_run, plan_undo
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import NO_CONFIGURATION
from s3kms.model.errors import AwsError, CredentialsProblem, Stopped

REGION = "eu-central-1"
NAMES = ("a-bucket", "b.bucket", "c-bucket", "d-bucket")
BYSTANDER = "somebody-elses-bucket"


@dataclass(frozen=True)
class Ran:
    """A run of ours, what its journal tells, and what the buckets had before and after it."""

    run: str
    told: Told
    before: Mapping[str, Meaning]
    after: Mapping[str, Meaning]


class World:
    """Buckets on the embedded AWS, a proxy before it, a connection through it and a client past it."""

    def __init__(self, aws: EmbeddedAws, proxy: FaultyProxy, folder: Path) -> None:
        """`folder` is for journals."""
        aws.reset()
        keys = aws.credentials(PRODUCTION)
        self.s3 = client_of(aws, PRODUCTION, "s3", REGION)
        for name in (*NAMES, BYSTANDER):
            self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.proxy = proxy
        self.env = {**keys, "AWS_REGION": REGION, "AWS_MAX_ATTEMPTS": "1"}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.env.items():
                environment.setenv(name, value)
            self.connection = Connection(ConnectionSettings(endpoint_url=proxy.url))
            assert self.connection.account == PRODUCTION
            self.connection.s3(REGION)
        self.folder = folder
        self.estate: Sequence[str] = NAMES

    def settle(self, rules: Sequence[Rule]) -> Mapping[str, Meaning]:
        """The estate is so many buckets with these rules; what they mean."""
        self.estate = NAMES[: len(rules)]
        for name, rule in zip(self.estate, rules, strict=True):
            put_rule(self.s3, name, rule)
        return self.now()

    def now(self) -> Mapping[str, Meaning]:
        """What every bucket of the estate has, and one that is nobody's business."""
        return snapshot(self.s3, (*self.estate, BYSTANDER))

    def begin(self, folder: Path, faults: Mapping[Strike, Fault]) -> None:
        """The next step; each write in it is noted with what its journal says by then, and what is still there."""
        self.folder = folder
        self.proxy.begin(faults)
        others = set(folder.glob("*.jsonl"))

        def look(bucket: str) -> tuple[Told, Meaning]:
            (journal,) = set(folder.glob("*.jsonl")) - others
            return Told.by(journal), snapshot(self.s3, [bucket])[bucket]

        self.proxy.look = look

    def fix(self, targets: Sequence[str], desired: EncryptionRequirement) -> str | None:
        """The run; None where nothing was to be changed."""
        changes, store = [], S3EncryptionStore(self.connection)
        for name in targets:
            try:
                encryption = store.read(Change(name, PRODUCTION, REGION, NO_CONFIGURATION, NO_CONFIGURATION))
            except CredentialsProblem:
                return None
            except AwsError:
                continue
            planned = plan_change(Bucket(name, PRODUCTION, REGION, encryption=encryption), desired)
            changes += [planned] if isinstance(planned, Change) else []
        return self._run(changes, None) if changes else None

    def undo(self, run: str) -> str | None:
        """The run; None where nothing was to be restored."""
        with hold_run(self.folder, run):
            try:
                planned = plan_undo(read_run(self.folder, run), self._medium)
            except CredentialsProblem:
                return None
            if not planned.restore:
                return None
            return self._run(planned.restore, None if planned.refused else run)

    def is_undone(self, run: str) -> bool:
        """As `s3kms runs` says."""
        return read_run(self.folder, run).state is RunState.UNDONE

    @property
    def _medium(self) -> BucketMedium:
        store = S3EncryptionStore(self.connection)
        return BucketMedium(store, PRODUCTION, self.connection.endpoint, read_back_waits_seconds=())

    def _run(self, changes: Sequence[Change], undoes: str | None) -> str:
        """As `carry_out` of the command line does it, without waiting between read-backs."""
        now = datetime.now(UTC)
        header = RunHeader(new_run_id(now), now, "test", PRODUCTION, self.connection.endpoint, undoes)
        with Journal.create(self.folder, header, BUCKETS) as journal:
            try:
                apply_changes(changes, self._medium, journal)
            except Stopped:
                assert self.proxy.struck
        return journal.run

    def judged(self, run: str | None, before: Mapping[str, Meaning], *, killed: bool = False) -> Ran | None:
        """Each write was announced, with what was there and what was sent; `done` is what is there now."""
        after = self.now()
        if run is None:
            assert not self.proxy.writes
            assert after == before
            return None
        told, writes = Told.by(self.folder / f"{run}.jsonl"), self.proxy.writes
        for write in writes:
            told_then, was = write.seen
            assert write.bucket in told_then.announced, "written before it was announced"
            assert told_then.announced[write.bucket].before == was == before[write.bucket]
            assert told_then.announced[write.bucket].after == meaning_of_body(write.body)
        executed = {write.bucket for write in writes if write.executed}
        assert {bucket for bucket in after if after[bucket] != before[bucket]} <= executed
        assert told.done <= executed
        assert all(after[bucket] == told.announced[bucket].after for bucket in told.done)
        assert told.ended is not killed
        if not killed:
            self._judge_the_end(told, after)
        return Ran(run, told, before, after)

    def _judge_the_end(self, told: Told, after: Mapping[str, Meaning]) -> None:
        """Of a run that lived to say it: nothing is left open, and nothing that could be seen to be done failed."""
        written = [write.bucket for write in self.proxy.writes]
        assert sorted(told.announced) == sorted(written)
        assert set(written) <= told.done | told.failed
        assert not told.done & told.failed
        unseen = {bucket for method, bucket, _ in self.proxy.struck if method == GET}
        assert all(after[b] != told.announced[b].after for b in told.failed & set(written) - unseen)
        assert told.stopped is not None or not told.failed
        if not self.proxy.struck:
            assert told.stopped is None
            assert told.done == set(told.announced)

    def judge_undo(
        self, undone: Ran, ran: Ran | None, now: Mapping[str, Meaning], *, was_undone: bool
    ) -> None:
        """What is claimed is as it was, what somebody changed as they left it; UNDONE says that all is back."""
        announced, after = undone.told.announced, ran.after if ran else now
        found = undone.told.found
        changed = {b for b, a in announced.items() if now[b] not in {a.before, a.after, found.get(b)}}
        assert all(after[bucket] == now[bucket] for bucket in changed)
        assert ran is None or ran.told.announced.keys() <= announced.keys() - changed
        assert all(after[bucket] == undone.before[bucket] for bucket in (ran.told.done if ran else ()))
        left = {b for b, a in announced.items() if b not in changed and after[b] != a.before}
        assert not left or self.proxy.struck
        if ran and not was_undone:
            assert self.is_undone(undone.run) is (ran.told.stopped is None and not left and not changed)
