"""The journal tells the truth, and undo restores what it claims, wherever a fault strikes."""

import fcntl
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.changes.apply import apply_changes
from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.buckets.medium import BucketMedium
from s3kms.changes.journal import Journal, RunHeader, default_journal_folder, journal_path, new_run_id
from s3kms.changes.runs import Run, RunState, UnreadableRun, list_runs, read_run
from s3kms.changes.undo import plan_undo
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import AccessDenied, AwsError, BadInput, Conflict, Refused, Stopped, Unreachable

ACCOUNT = "111122223333"
BEFORE = Encryption(SSE_S3, None, bucket_key=False, blocked=("SSE-C",))
AFTER = Encryption(SSE_KMS, None, bucket_key=True, blocked=("SSE-C",))


def header(undoes: str | None = None) -> RunHeader:
    now = datetime.now(UTC)
    return RunHeader(new_run_id(now), now, "fix", ACCOUNT, "localhost", undoes)


def change(bucket: str, before: Encryption = BEFORE, after: Encryption = AFTER) -> Change:
    return Change(bucket, ACCOUNT, "eu-central-1", before, after)


def finished(folder: Path, *buckets: str) -> str:
    with Journal.create(folder, header(), BUCKETS) as journal:
        for bucket in buckets:
            journal.intend(change(bucket))
            journal.done(change(bucket))
        journal.end(stopped=None)
        return journal.run


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    run = read_run(tmp_path, finished(tmp_path, "a-b", "c-d"))

    assert run.changes == (change("a-b"), change("c-d"))
    assert run.done == {"a-b", "c-d"}
    assert run.state is RunState.COMPLETE


def test_folder_and_file_are_only_this_users(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "runs"
    run = finished(folder, "a-b")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(journal_path(folder, run).stat().st_mode) == 0o600


def test_every_flipped_byte_and_every_missing_line_is_noticed(tmp_path: Path) -> None:
    path = journal_path(tmp_path, finished(tmp_path, "a-b"))
    whole = path.read_bytes()
    for at in range(0, len(whole) - 1, 7):
        flipped = bytes([whole[at] ^ 0x02])
        path.write_bytes(whole[:at] + flipped + whole[at + 1 :])
        with pytest.raises((Refused, BadInput)):
            read_run(tmp_path, path.stem)
    lines = whole.splitlines(keepends=True)
    for gone in range(len(lines) - 1):
        path.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
        with pytest.raises((Refused, BadInput)):
            read_run(tmp_path, path.stem)


def test_a_journal_cut_anywhere_is_a_crash_and_never_more_than_was_written(tmp_path: Path) -> None:
    path = journal_path(tmp_path, finished(tmp_path, "a-b", "c-d"))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        run = read_run(tmp_path, path.stem)
        assert run.state is RunState.CRASHED
        assert len(run.changes) == whole[:length].count(b"\n") - 1 - len(run.done)
        assert run.cut == (whole[length - 1 : length] != b"\n")


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    made = header()
    (tmp_path / f"{made.run}.jsonl").symlink_to(tmp_path / "precious")

    with pytest.raises(Refused, match="nothing was changed"):
        Journal.create(tmp_path, made, BUCKETS)
    assert not (tmp_path / "precious").exists()
    with pytest.raises(BadInput):
        read_run(tmp_path, made.run)


def test_one_journal_has_one_writer_and_any_number_of_readers(tmp_path: Path) -> None:
    made = header()
    with Journal.create(tmp_path, made, BUCKETS) as journal:
        journal.intend(change("a-b"))
        with pytest.raises(Refused):
            Journal.create(tmp_path, made, BUCKETS)
        assert read_run(tmp_path, made.run).state is RunState.RUNNING
        descriptor = os.open(journal.path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
    assert read_run(tmp_path, made.run).state is RunState.CRASHED


def test_a_stranger_among_the_journals_is_listed_and_does_not_hide_the_others(tmp_path: Path) -> None:
    run = finished(tmp_path, "a-b")
    (tmp_path / "notes.jsonl").write_text("hello\n")
    (tmp_path / "README").write_text("not looked at")
    (tmp_path / "pipe.jsonl").mkdir()

    listed = list_runs(tmp_path)

    assert {type(item) for item in listed} == {Run, UnreadableRun}
    assert [item.header.run for item in listed if isinstance(item, Run)] == [run]
    assert len(listed) == 3


def test_a_journal_under_another_runs_name_is_refused(tmp_path: Path) -> None:
    path = journal_path(tmp_path, finished(tmp_path, "a-b"))
    other = journal_path(tmp_path, "20200101T000000Z-abcdef")
    path.rename(other)

    with pytest.raises(Refused, match="is the journal of run"):
        read_run(tmp_path, other.stem)


def test_whatever_error_of_ours_ends_a_run_ends_its_journal_too(tmp_path: Path) -> None:
    class Misconfigured(Memory):
        def write(self, change: Change) -> None:
            raise BadInput("the AWS configuration cannot be used")

    made = header()
    with Journal.create(tmp_path, made, BUCKETS) as journal, pytest.raises(Stopped, match="cannot be used"):
        apply_changes([change("a-b")], medium(Misconfigured({"a-b": BEFORE})), journal)

    assert read_run(tmp_path, made.run).state is RunState.STOPPED


# Any estate, any sequence of fix and undo, a fault at any call.

NAMES = ("a-bucket", "b-bucket", "c-bucket")
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
FAULTS = ("denied", "busy", "unreachable", "lost", "nothing", "part", "killed", "somebody")


class Killed(BaseException):
    """kill -9: nothing after it runs in the process, and what is on disk stays."""


@dataclass
class Memory:
    """Buckets, and the fault that strikes at one call."""

    buckets: dict[str, Encryption]
    fault: str | None = None
    strikes_at: int = 0
    calls: int = 0
    written: list[tuple[str, Encryption]] = field(default_factory=list)
    announced: Path | None = None

    def _strikes(self) -> str | None:
        self.calls += 1
        return self.fault if self.calls == self.strikes_at else None

    def read(self, change: Change) -> Encryption:
        match self._strikes():
            case "killed":
                raise Killed
            case "somebody":
                self.buckets[change.bucket] = Encryption(DSSE_KMS, "alias/somebody", bucket_key=False)
            case "denied" | "busy" | "unreachable" | "lost":
                raise AccessDenied("denied")
            case _:
                pass
        return self.buckets[change.bucket]

    def write(self, change: Change) -> None:
        if self.announced:  # the line is on disk before the write, whatever comes
            assert change.bucket in {
                c.bucket for c in read_run(self.announced.parent, self.announced.stem).changes
            }
        fault = self._strikes()
        errors: dict[str | None, AwsError] = {
            "denied": AccessDenied("denied"),
            "busy": Conflict("busy"),
            "unreachable": Unreachable("gone"),
        }
        if fault in errors:
            raise errors[fault]
        if fault == "nothing":
            return
        kept = replace(change.after, bucket_key=None) if fault == "part" else change.after
        self.buckets[change.bucket] = kept
        self.written.append((change.bucket, kept))
        if fault == "killed":
            raise Killed
        if fault == "lost":
            raise Unreachable("the answer was lost")


def medium(store: Memory) -> BucketMedium:
    return BucketMedium(store, ACCOUNT, read_back_waits_seconds=())


ENCRYPTIONS = st.builds(
    Encryption,
    algorithm=st.sampled_from([None, SSE_S3, SSE_KMS, DSSE_KMS]),
    key=st.sampled_from([None, KEY, "alias/data"]),
    bucket_key=st.sampled_from([None, False, True]),
    blocked=st.sampled_from([None, (), ("NONE",), ("SSE-C",)]),
)
AFTERS = ENCRYPTIONS.filter(lambda e: e.algorithm in {SSE_KMS, DSSE_KMS})
STEPS = st.lists(
    st.tuples(st.sampled_from(["fix", "undo"]), st.sampled_from(FAULTS), st.integers(0, 12)), max_size=5
)


def act(folder: Path, store: Memory, changes: Sequence[Change], undoes: str | None = None) -> str:
    """One run, as the command does it; the run."""
    made = header(undoes)
    journal = Journal.create(folder, made, BUCKETS)
    store.announced = journal.path
    try:
        apply_changes(changes, medium(store), journal)
    except (Stopped, Killed):
        pass
    finally:
        journal.close()
    store.announced = None
    return made.run


def check_truth(folder: Path, run: str, before: dict[str, Encryption], store: Memory) -> None:
    said = read_run(folder, run)
    assert {bucket for bucket, _ in store.written} <= {c.bucket for c in said.changes}
    for announced in said.changes:
        assert before[announced.bucket].means_the_same(announced.before)
        if announced.bucket in said.done and store.fault != "somebody":
            assert store.buckets[announced.bucket].means_the_same(announced.after)
    if said.state is RunState.COMPLETE:
        assert not said.failed
        assert {c.bucket for c in said.changes} == set(said.done)


@settings(max_examples=150, deadline=None)
@given(st.lists(ENCRYPTIONS, min_size=3, max_size=3), AFTERS, STEPS)
def test_any_sequence_with_a_fault_anywhere_leaves_a_true_journal_and_a_right_undo(
    estate: list[Encryption], after: Encryption, steps: list[tuple[str, str, int]]
) -> None:
    buckets = dict(zip(NAMES, estate, strict=True))
    with TemporaryDirectory() as name:
        folder = Path(name)
        runs: list[str] = []
        for command, fault, strikes_at in steps:
            before = dict(buckets)
            if command == "undo" and runs:
                plan = plan_undo(read_run(folder, runs[-1]), medium(Memory(buckets)))
                changes, undoes = plan.restore, runs[-1]
            else:
                changes = tuple(change(b, buckets[b], after) for b in NAMES)
                changes, undoes = tuple(c for c in changes if c.is_needed), None
            store = Memory(buckets, fault, strikes_at)
            runs.append(act(folder, store, changes, undoes))
            check_truth(folder, runs[-1], before, store)

            undone = read_run(folder, runs[-1])
            trial = dict(buckets)
            plan = plan_undo(undone, medium(Memory(trial)))
            act(folder / "trial", Memory(trial), plan.restore)
            for restored in (*plan.restore, *plan.nothing_to_do):
                assert trial[restored.bucket].means_the_same(before[restored.bucket])
            for refused, _ in plan.refused:
                assert trial[refused.bucket] == buckets[refused.bucket]
            if fault not in {"part", "somebody"}:
                assert not plan.refused
                assert all(trial[b].means_the_same(before[b]) for b in NAMES)


def test_the_journals_of_the_tests_stay_out_of_the_home() -> None:
    assert default_journal_folder().is_relative_to(gettempdir())
    assert os.environ["XDG_STATE_HOME"]
