"""Watching the buckets of a run: one look after the other, until the time is over or somebody stops it."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from s3kms.changes.watch import KMS_ID, Judgement, harmed, judge
from s3kms.model.advice import Advice
from s3kms.model.aftermath import Aftermath, WatchedBucket
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.findings import Finding, Verdict, make_finding
from s3kms.model.scan_context import Severity

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.buckets.write_proof import RecordedWrite

_STEP = 0.5
"""Seconds of sleep between two questions whether to stop."""


@dataclass(frozen=True, slots=True)
class WatchProgress:
    """How far it has come, after a look."""

    looks: int
    passed: timedelta
    of: timedelta
    new_harm: tuple[tuple[WatchedBucket, Judgement], ...]
    """What was not seen at the look before."""


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """How far AWS Config has come with the buckets of a run, after a look."""

    recorded: int
    buckets: int
    passed: timedelta
    of: timedelta


@dataclass(frozen=True, slots=True)
class WatchCallbacks:
    """What an interface adds: progress, and a way to stop between two looks."""

    on_look: Callable[[WatchProgress], object] = lambda _: None
    on_recording: Callable[[RecordingProgress], object] = lambda _: None
    while_watching: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext
    should_stop: Callable[[], bool] = lambda: False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] = time.sleep


@dataclass(slots=True)
class Watch:
    """One watch of the buckets of a run; afterwards a proof, which says of each bucket what was seen last."""

    run: str
    since: datetime
    writes: "Mapping[str, RecordedWrite]"
    duration: timedelta
    interval: timedelta
    callbacks: WatchCallbacks = WatchCallbacks()
    _found: dict[str, Aftermath] = field(default_factory=dict)

    def look_on(self, connection: "Connection") -> None:
        """Look until the time is over. Raises CredentialsProblem."""
        from s3kms.sources.aftermath import AftermathReader

        reader = AftermathReader(connection, self._watched(), self.since)
        began, looks, seen = self.callbacks.now(), 0, set[tuple[str, str]]()
        with self.callbacks.while_watching():
            while True:
                now = self.callbacks.now()
                found = reader.look(now)
                self._found = {one.bucket.name: one for one in found}
                harm = harmed(found, self.run, self.since)
                new = tuple(one for one in harm if (one[0].name, one[1].id) not in seen)
                seen |= {(bucket.name, judgement.id) for bucket, judgement in new}
                looks += 1
                self.callbacks.on_look(WatchProgress(looks, now - began, self.duration, new))
                if not wait_for_look(self.callbacks, self.interval, began + self.duration):
                    return

    def _watched(self) -> list[WatchedBucket]:
        """The buckets that have what the run wrote, as far as the journals tell."""
        return [
            WatchedBucket(name, write.change.region, write.change.after.key)
            for name, write in self.writes.items()
            if write.restored_by is None and write.change.kind is BucketKind.GENERAL_PURPOSE
        ]

    def findings(self, bucket: Bucket) -> Iterator[Finding]:
        """What was seen of one bucket at the last look."""
        found = self._found.get(bucket.name or "")
        if found is not None:
            for judgement in judge(found, self.run, self.since):
                yield _finding(bucket, judgement)
        elif bucket.kind is BucketKind.DIRECTORY and bucket.name in self.writes:
            advice = Advice("look at CloudTrail: errorCode AccessDenied of kms.amazonaws.com")
            unwatched = Judgement(KMS_ID, Verdict.UNKNOWN, "directory buckets are not watched", advice)
            yield _finding(bucket, unwatched)


def wait_for_look(callbacks: WatchCallbacks, interval: timedelta, end: datetime) -> bool:
    """Wait until it is time for another look, the last of which comes at the end; False where none is to come."""
    next_look = min(callbacks.now() + interval, end)
    if callbacks.now() >= end:
        return False
    while (left := (next_look - callbacks.now()).total_seconds()) > 0:
        if callbacks.should_stop():
            return False
        callbacks.sleep(min(left, _STEP))
    return not callbacks.should_stop()


def _finding(bucket: Bucket, judgement: Judgement) -> Finding:
    return make_finding(
        bucket,
        rule=judgement.id,
        severity=Severity.HIGH,
        verdict=judgement.verdict,
        message=judgement.message,
        advice=judgement.advice,
        unknown=judgement.unknown,
    )
