"""What the journals say of the writes of a run, and whether a bucket is as they say. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.changes.buckets.probe_proof import ProbeProof
from s3kms.changes.runs import Run
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.findings import Verdict


@dataclass(frozen=True, slots=True)
class RecordedWrite:
    """One change of a run, and what became of it afterwards."""

    run: str
    change: Change
    """What was there, and what was to be written."""
    failure: str | None = None
    """Why the run says that it was not written, or not as it was meant; None where it was read back."""
    restored_by: str | None = None
    """The later run that restored what was there."""


def recorded_writes(run: Run, others: Iterable[Run]) -> dict[str, RecordedWrite]:
    """What the journals say of each bucket that the run meant to change, by name."""
    name = run.header.run
    restored: dict[str, str] = {}
    for other in others:
        if name in {other.header.undoes, other.header.restores}:
            restored |= dict.fromkeys(other.done, other.header.run)
    return {
        change.bucket: RecordedWrite(name, change, _failure(run, change.bucket), restored.get(change.bucket))
        for change in run.changes
    }


def _failure(run: Run, bucket: str) -> str | None:
    if bucket in run.done:
        return None
    return run.failed.get(bucket, "the run ended before the write was read back")


def evaluate_write(bucket: Bucket, write: RecordedWrite) -> ProbeProof:
    """Compare what the bucket has with what the run wrote; where it differs, say first what the journals know."""
    found = bucket.encryption
    if not isinstance(found, Encryption):
        return ProbeProof(Verdict.UNKNOWN, found.why, found.advice)
    if found.means_the_same(write.change.after):
        return ProbeProof(Verdict.PASS, f"what run {write.run} wrote is still there")
    again = Advice("{fix} writes it again", {"fix": Command("fix", (f"s3://{write.change.bucket}",))})
    is_as_before = found.means_the_same(write.change.before)
    if write.restored_by and is_as_before:
        message = f"run {write.restored_by} has restored what was there before run {write.run}"
        return ProbeProof(Verdict.FAIL, message, again)
    if write.failure and is_as_before:
        return ProbeProof(Verdict.FAIL, f"run {write.run} did not change it: {write.failure}", again)
    if write.failure and not write.restored_by:
        message = f"run {write.run} did not write what it meant: {write.failure}"
        undo = Advice("{undo} restores what was there", {"undo": Command("undo", (write.run,))})
        return ProbeProof(Verdict.FAIL, message, undo)
    return ProbeProof(
        Verdict.FAIL,
        f"the default is no longer what run {write.restored_by or write.run} wrote",
        Advice("find out who changed it (CloudTrail)"),
    )
