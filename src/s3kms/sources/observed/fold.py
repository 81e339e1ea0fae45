"""Calls added up by bucket and principal: memory grows with these, never with the calls."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from s3kms.model.advice import Sentence
from s3kms.model.observed import (
    IdentityKey,
    ObservedBucket,
    ObservedIdentity,
    ObservedPrincipal,
    ObservedWindow,
)
from s3kms.sources.observed.budget import DEFAULT_LOG_LIMITS, LogLimits
from s3kms.sources.observed.calls import ObjectUse, ObservedCall
from s3kms.text.sanitize import printable

_MAX_DENIALS = 3
"""Texts of refusals that are kept of one principal at one bucket."""
_MAX_DENIAL = 1000
_MAX_DENIALS_IN_ALL = 50_000
_MAX_ENCRYPTIONS = 8
"""Values of `SSEApplied` that are told apart: AWS has seven."""
_MAX_ENCRYPTION = 32
"""Characters of one."""
_MAX_BUCKET = 255
"""Characters of the name of a bucket, those from before 2018 included."""


@dataclass(slots=True)
class _Principal:
    caller: ObservedIdentity
    first: datetime
    last: datetime
    reads: int = 0
    writes: int = 0
    parts: int = 0
    denied: int = 0
    encryptions: dict[str, int] = field(default_factory=dict)
    denials: list[str] = field(default_factory=list)

    def add(self, call: ObservedCall) -> None:
        self.first, self.last = min(self.first, call.first), max(self.last, call.last)
        if call.caller.has_path and not self.caller.has_path:
            self.caller = call.caller
        if call.is_denied:
            self.denied += call.times
            return
        if call.use is ObjectUse.READ:
            self.reads += call.times
            return
        self.writes += call.times
        self.parts += call.times if call.use.is_of_parts else 0
        applied = printable(call.encryption[:_MAX_ENCRYPTION])
        if applied and (applied in self.encryptions or len(self.encryptions) < _MAX_ENCRYPTIONS):
            self.encryptions[applied] = self.encryptions.get(applied, 0) + call.times

    def keep_denial(self, words: str) -> bool:
        """Whether the text is a new one, and one of the first few."""
        text = printable(words[:_MAX_DENIAL])
        if text in self.denials or len(self.denials) >= _MAX_DENIALS:
            return False
        self.denials.append(text)
        return True

    def finished(self) -> ObservedPrincipal:
        return ObservedPrincipal(
            replace(self.caller, name=printable(self.caller.name)),
            self.first,
            self.last,
            self.reads,
            self.writes,
            self.parts,
            self.denied,
            self.encryptions,
            tuple(self.denials),
        )


@dataclass(slots=True)
class _Window:
    first: datetime
    last: datetime
    events: int = 0
    has_reads: bool = False
    has_writes: bool = False


@dataclass(slots=True)
class _Bucket:
    windows: dict[str, _Window] = field(default_factory=dict)
    principals: dict[IdentityKey, _Principal] = field(default_factory=dict)
    is_capped: bool = False


@dataclass(slots=True)
class ObservationFold:
    """Everything that was seen so far."""

    limits: LogLimits = DEFAULT_LOG_LIMITS
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _pairs: int = 0
    _denials: int = 0
    _left_out: set[str] = field(default_factory=set)
    """Buckets that are not kept at all, up to the number of pairs."""

    def add(self, call: ObservedCall, source: str) -> None:
        """Count requests that are alike. Raises ValueError for a name that no bucket has."""
        if len(call.bucket) > _MAX_BUCKET:
            raise ValueError("a name that no bucket has")
        bucket = self._buckets.get(call.bucket)
        if bucket is None:
            if len(self._buckets) >= self.limits.pairs:
                if len(self._left_out) < self.limits.pairs:
                    self._left_out.add(call.bucket)
                return
            bucket = self._buckets[call.bucket] = _Bucket()
        window = bucket.windows.setdefault(source, _Window(call.first, call.last))
        window.first, window.last = min(window.first, call.first), max(window.last, call.last)
        window.events += call.times
        window.has_reads |= call.shows_reads
        window.has_writes |= call.shows_writes
        if call.use is not ObjectUse.NONE:
            self._add_to(bucket, call)

    def _add_to(self, bucket: _Bucket, call: ObservedCall) -> None:
        principal = bucket.principals.get(call.caller.key)
        if principal is None:
            if self._pairs >= self.limits.pairs or len(bucket.principals) >= self.limits.pairs_of_bucket:
                bucket.is_capped = True
                return
            self._pairs += 1
            principal = bucket.principals[call.caller.key] = _Principal(call.caller, call.first, call.last)
        principal.add(call)
        if call.denial and self._denials < _MAX_DENIALS_IN_ALL:
            self._denials += principal.keep_denial(call.denial)

    def buckets(self, cut: Collection[str] = ()) -> dict[str, ObservedBucket]:
        """By name; `cut` are the sources of which something could not be read."""
        return {name: _finished(bucket, cut) for name, bucket in sorted(self._buckets.items())}

    def notes(self) -> Iterator[Sentence]:
        """What had to be left out."""
        capped = [name for name, bucket in self._buckets.items() if bucket.is_capped]
        if capped:
            yield Sentence(
                "more principals used {buckets} than are told apart: of the others it is not known whether they came",
                {"buckets": _some(capped)},
            )
        if self._left_out:
            yield Sentence(
                "the logs are about more buckets than are kept: {buckets} are left out",
                {"buckets": _some(sorted(self._left_out))},
            )


def _finished(bucket: _Bucket, cut: Collection[str]) -> ObservedBucket:
    windows = tuple(
        ObservedWindow(
            source, one.first, one.last, one.events, one.has_reads, one.has_writes, source not in cut
        )
        for source, one in bucket.windows.items()
    )
    principals = sorted(
        (one.finished() for one in bucket.principals.values()),
        key=lambda one: (-(one.reads + one.writes + one.denied), one.name),
    )
    return ObservedBucket(windows, tuple(principals), bucket.is_capped)


def _some(names: list[str]) -> str:
    shown = ", ".join(map(printable, names[:3]))
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown  # noqa: PLR2004 - those shown
