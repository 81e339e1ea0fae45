"""What logs tell of the buckets of a plan, added up as the buckets come. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from s3kms.model.plan import PlannedBucket, PlannedObservation

_EXAMPLES = 3
_MAX_DENIALS = 5


@dataclass(slots=True)
class ObservationSum:
    """It does not grow with the estate."""

    first: datetime | None = None
    last: datetime | None = None
    covered: int = 0
    not_covered: int = 0
    examples: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    denials: list[str] = field(default_factory=list)

    def add(self, planned: PlannedBucket) -> None:
        """Count one bucket."""
        seen = planned.observed
        if seen is None:
            self.not_covered += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(planned.bucket)
            return
        self.covered += 1
        self.first = min(filter(None, (self.first, seen.first)))
        self.last = max(filter(None, (self.last, seen.last)))
        _keep(self.gone, (one.name for one in planned.gone), _EXAMPLES)
        _keep(self.denials, (text for one in seen.principals for text in one.denials), _MAX_DENIALS)

    def finished(self, *, is_whole: bool) -> PlannedObservation:
        """The sum; `is_whole` says whether every log was read to its end."""
        return PlannedObservation(
            self.first,
            self.last,
            self.covered,
            self.not_covered,
            tuple(self.examples),
            tuple(self.gone),
            tuple(self.denials),
            is_whole,
        )


def _keep(kept: list[str], found: Iterable[str], limit: int) -> None:
    for text in found:
        if len(kept) >= limit:
            return
        if text not in kept:
            kept.append(text)
