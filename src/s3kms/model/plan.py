"""What a plan says of a bucket before anything changes: whether it is ready, what breaks, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from s3kms.model.advice import Advice
from s3kms.model.change import Change


class PlanClass(StrEnum):
    """The four answers of a plan, the one that allows most first."""

    READY = "ready"
    PREPARE = "prepare"
    LOOK = "look"
    STAY = "stay"

    @property
    def meaning(self) -> str:
        """In words. The manual's table is generated from here."""
        return _MEANINGS[self]


_MEANINGS = {
    PlanClass.READY: "nothing that is known breaks: it can be changed",
    PlanClass.PREPARE: "something has to be added first, and then it can be changed",
    PlanClass.LOOK: "what decides could not be read: somebody has to look",
    PlanClass.STAY: "what it is used for does not work with SSE-KMS: it stays as it is, with an exemption",
}


@dataclass(frozen=True, slots=True)
class PlannedHazard:
    """What a hazard found on one bucket."""

    id: str
    why: str
    """A sentence whose subject is the bucket, as `it`."""
    advice: Advice
    """What to do first."""
    is_unknown: bool = False
    """Whether a fact that decides could not be read: `why` says which."""
    breaks: bool = True
    """False where the default does not apply to something, which goes on as it was."""
    statements: tuple[Mapping[str, Any], ...] = ()
    """What a key policy has to say first, as statements of IAM."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What SSE-KMS costs a bucket a month, in US dollars; a customer managed key apart."""

    requests: int
    """GET and PUT a month, of objects under the key."""
    is_measured: bool
    """Whether CloudWatch's request metrics told it; else it is assumed."""
    with_bucket_key: float
    without_bucket_key: float


@dataclass(frozen=True, slots=True)
class PlannedBucket:
    """One bucket of a plan."""

    bucket: str
    account: str
    region: str
    plan_class: PlanClass
    change: Change | None
    """None where nothing would change, or it cannot be told what."""
    why: str = ""
    """Why there is no change, in a sentence whose subject is the bucket."""
    hazards: tuple[PlannedHazard, ...] = ()
    access: tuple[Mapping[str, Any], ...] = ()
    """Who keeps access and who loses it."""
    cost: CostEstimate | None = None
    key_reason: str = ""
    """Why this key: `only its own account reads and writes it`."""
    digests: Mapping[str, str] | None = None
    """Of every fact that its class rests on, by the fact's name."""
    tags: Mapping[str, str] | None = None
    wave: int | None = None
    """The wave that it is changed in, from 1; None where it is not ready."""
