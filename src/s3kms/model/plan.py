"""What a plan says of a bucket before anything changes: whether it is ready, what breaks, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from s3kms.model.access import AccessGroup, KeyAccess
from s3kms.model.advice import Advice, Sentence
from s3kms.model.encryption import Encryption
from s3kms.model.exits import Exit
from s3kms.model.observed import ObservedBucket, ObservedPrincipal
from s3kms.model.scan_context import ScanContext

DEFAULT_MAX_AGE_HOURS = 7 * 24
"""A plan that is older is not carried out."""


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

    @property
    def gravity(self) -> int:
        """Of several answers about one bucket the gravest counts: this is its place, the least grave 0."""
        return tuple(PlanClass).index(self)


_MEANINGS = {
    PlanClass.READY: "no known hazard: it can be changed",
    PlanClass.PREPARE: "statements or settings must be added first; then it can be changed",
    PlanClass.LOOK: "a deciding fact could not be read: check it by hand",
    PlanClass.STAY: "its use does not work with SSE-KMS: it keeps its encryption, with an exemption",
}


@dataclass(frozen=True, slots=True)
class PlannedHazard:
    """What a hazard found on one bucket."""

    id: str
    why: str
    """A sentence, or a predicate whose subject is the bucket: `has a bucket policy that …`."""
    advice: Advice
    """What to do first."""
    plan_class: PlanClass = PlanClass.PREPARE
    """The class that it gives the bucket, were it alone; READY where nothing breaks and it is only good to know."""
    title: str = ""
    """What breaks, in a few words."""
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
    """One bucket of a plan: what would become of its default encryption, and what that breaks."""

    bucket: str
    """Its name; the address of code, where that computes the name."""
    account: str | None
    """None in code."""
    region: str | None
    plan_class: PlanClass
    before: Encryption | None = None
    """None where it could not be read."""
    after: Encryption | None = None
    """None where nothing would change, or it cannot be told what."""
    hazards: tuple[PlannedHazard, ...] = ()
    """Those that decide the class first."""
    key: str | None = None
    """The key that is recommended: `aws/s3`, `a customer managed key`, or the one that was asked for."""
    key_reason: str = ""
    """Why that one, in a sentence whose subject is the bucket."""
    access: tuple[AccessGroup, ...] = ()
    """Who keeps access and who loses it."""
    observed: ObservedBucket | None = None
    """Who was seen to use it; None where no log is about it, or none was given."""
    gone: tuple[ObservedPrincipal, ...] = ()
    """Users and roles of its account that were seen and do not exist any more."""
    cost: CostEstimate | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of every fact that its class rests on, by the fact's name."""
    wave: int | None = None
    """The wave that it is changed in, from 1; None where it is not ready."""
    owner: str | None = None
    """What its tag Owner says."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """By which it may be put into a wave; no report has them."""
    place: str = ""
    """Where code declares it: `infra/main.tf:12`."""
    has_name: bool = True
    """Whether `bucket` is its name: an address is not."""


@dataclass(frozen=True, slots=True)
class PlanCause:
    """Why buckets are not ready: what mends several is one cause."""

    plan_class: PlanClass
    hazard: str
    """Its id; `unread` for facts that could not be read."""
    what: str
    """In a sentence: the title of the hazard, or what could not be read."""
    advice: Advice
    statements: tuple[Mapping[str, Any], ...]
    count: int
    examples: tuple[str, ...]
    """The names of the first buckets."""


@dataclass(frozen=True, slots=True)
class PlannedAccess:
    """What becomes of the principals who use buckets through one policy, over the whole plan."""

    access: KeyAccess
    through: str
    why: str
    principals: int
    """How many they are; of more than a hundred, at least as many as one bucket has."""
    buckets: int
    examples: tuple[str, ...]
    """The first of them."""
    is_administrator: bool = False
    may_lose: bool = False
    observed: bool | None = None


@dataclass(frozen=True, slots=True)
class PlannedObservation:
    """What the logs that were given tell of the buckets of a plan, in all."""

    first: datetime | None
    """None where they are about none of the buckets."""
    last: datetime | None
    covered: int
    """Buckets that they are about."""
    not_covered: int
    """Buckets of which they tell nothing: that does not say that nobody uses them."""
    not_covered_examples: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """The first users and roles that were seen and do not exist any more."""
    denials: tuple[str, ...] = ()
    """What AWS said when it refused, verbatim: the first few."""
    is_whole: bool = True
    """Whether every log was read to its end; the notes say which was not."""


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """Buckets that are changed together."""

    number: int
    name: str
    """`canary`, an account, a region, the value of a tag."""
    count: int


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The sum of a plan; the last of its events."""

    classes: Mapping[PlanClass, int]
    causes: tuple[PlanCause, ...] = ()
    """The one that keeps most buckets first."""
    waves: tuple[PlannedWave, ...] = ()
    compliant: int = 0
    """Buckets that need no change."""
    exempt: int = 0
    accounts: int = 0
    keys: int = 0
    """Customer managed keys that are recommended: one an account and region (fact B22)."""
    unlisted: tuple[Sentence, ...] = ()
    """Buckets that could not even be listed."""
    missing: tuple[str, ...] = ()
    notes: tuple[Sentence, ...] = ()
    questions: tuple[str, ...] = ()
    """What no setting tells, and somebody should answer before anything changes."""
    cost_notes: tuple[str, ...] = ()
    """What the costs rest on: prices, their date, assumptions."""
    monthly_cost: tuple[float, float] | None = None
    """US dollars, with bucket keys and without, of all buckets but those that stay, new keys included."""
    access: tuple[PlannedAccess, ...] = ()
    """Who loses access first."""
    observed: PlannedObservation | None = None
    """None where no logs were given."""
    context: ScanContext | None = None
    """As whom, when, by which s3kms and of what it was made; None where a saved plan does not tell."""

    @property
    def would_change(self) -> int:
        """How many buckets a fix means."""
        return sum(self.classes.values())

    @property
    def exit(self) -> Exit:
        """OK where every bucket that would change is ready, and all was read that was asked for; else UNKNOWNS."""
        is_open = self.unlisted or self.missing or (self.observed and not self.observed.is_whole)
        is_ready = self.would_change == self.classes.get(PlanClass.READY, 0)
        return Exit.OK if is_ready and not is_open else Exit.UNKNOWNS


PlanEvent = PlannedBucket | PlanSummary
"""What a plan yields: the buckets as they are known, then the sum."""
