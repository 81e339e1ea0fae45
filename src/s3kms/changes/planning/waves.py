"""The waves in which a plan is carried out: a canary of a few buckets first, then group by group."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.plan import PlannedWave

DEFAULT_CANARY = 3
CANARY = "canary"
_TAG = "tag:"
_FIELDS = ("account", "region")
_WAVE_BY = re.compile(r"account|region|tag:.{1,128}", re.DOTALL)


def check_wave_by(text: str) -> None:
    """Raises BadInput for what does not say by what buckets are grouped."""
    if not _WAVE_BY.fullmatch(text):
        raise BadInput(
            Sentence("{option} is neither account, region nor tag:NAME", {"option": Option("wave_by", text)}),
            advice="write account, region, or the tag by which buckets belong together: tag:Owner",
        )


@dataclass(slots=True)
class WaveAssigner:
    """Gives each ready bucket its wave as it comes: the numbers are known at once, and nothing is kept but counts."""

    wave_by: str | None
    canary: int = DEFAULT_CANARY
    """How many buckets the first wave has; 0 is no canary."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def wave_of(self, account: str | None, region: str | None, tags: Mapping[str, str]) -> int:
        """The number of a bucket's wave, from 1. Without groups everything after the canary is one wave."""
        name = self._group(account, region, tags)
        if self._counts[CANARY] < self.canary:
            name = CANARY
        self._counts[name] += 1
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def waves(self) -> tuple[PlannedWave, ...]:
        """All of them, in order."""
        return tuple(PlannedWave(number, name, self._counts[name]) for name, number in self._numbers.items())

    def _group(self, account: str | None, region: str | None, tags: Mapping[str, str]) -> str:
        if self.wave_by is None:
            return "the rest" if self.canary else "all"
        if self.wave_by in _FIELDS:
            return (account if self.wave_by == "account" else region) or "unknown"
        tag = self.wave_by.removeprefix(_TAG)
        return f"{tag} {tags[tag]}" if tag in tags else f"without {tag}"
