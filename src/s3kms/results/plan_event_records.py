"""The whole of a plan's lines as types, for reports: what `plan_records` leaves out, which a fix does not need."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import Advice, Sentence
from s3kms.model.plan import (
    CostEstimate,
    PlanCause,
    PlanClass,
    PlannedAccess,
    PlannedBucket,
    PlannedHazard,
    PlannedObservation,
    PlannedWave,
    PlanSummary,
)
from s3kms.results.moments import Moment
from s3kms.results.plan_v1 import PlanHeader
from s3kms.results.run_records import ScanContextRecord
from s3kms.results.v1_records import EncryptionRecordV1

_Statements = list[dict[str, Any]]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class PlanHeadRecord(_Record):
    """The first line; what was asked is of no matter to a report, and another thing for code."""

    version: Literal[1]
    kind: Literal["plan"]
    plan: str
    at: Moment
    request: dict[str, Any] = {}

    def header(self) -> PlanHeader:
        """In the words of the writer."""
        return PlanHeader(self.plan, self.at, self.request)


class _Change(_Record):
    before: EncryptionRecordV1 | None
    after: EncryptionRecordV1


class _Key(_Record):
    recommended: str | None = None
    why: str = ""


class _Hazard(_Record):
    id: str
    plan_class: PlanClass = Field(alias="class", strict=False)
    why: str
    remedy: str
    statements: _Statements = []


class _AccessGroup(_Record):
    access: KeyAccess = Field(strict=False)
    uses: list[Annotated[KeyUse, Field(strict=False)]]
    why: str
    through: str
    principals: list[str]
    count: int
    administrator: bool = False
    may_lose: bool = False
    observed: bool | None = None
    statements: _Statements = []

    def group(self) -> AccessGroup:
        """In the words of the model."""
        return AccessGroup(
            self.access,
            tuple(self.uses),
            self.why,
            self.through,
            tuple(self.principals),
            self.administrator,
            self.may_lose,
            self.observed,
            tuple(self.statements),
            max(0, self.count - len(self.principals)),
        )


class _Cost(_Record):
    requests: int
    measured: bool
    with_bucket_key: float
    without_bucket_key: float

    def estimate(self) -> CostEstimate:
        """In the words of the model."""
        return CostEstimate(self.requests, self.measured, self.with_bucket_key, self.without_bucket_key)


class PlannedBucketRecord(_Record):
    """One bucket."""

    bucket: str
    account: str | None
    region: str | None
    plan_class: PlanClass = Field(alias="class", strict=False)
    change: _Change | None
    key: _Key = _Key()
    hazards: list[_Hazard] = []
    access: list[_AccessGroup] = []
    cost: _Cost | None = None
    wave: int | None = None
    owner: str | None = None
    place: str = ""

    def planned(self, titles: Mapping[str, str]) -> PlannedBucket:
        """In the words of the model; `titles` are those of hazards, by id, which a plan does not write down."""
        change, cost = self.change, self.cost
        return PlannedBucket(
            bucket=self.bucket,
            account=self.account,
            region=self.region,
            plan_class=self.plan_class,
            before=change.before.encryption() if change and change.before else None,
            after=change.after.encryption() if change else None,
            hazards=tuple(_hazard(one, titles) for one in self.hazards),
            key=self.key.recommended,
            key_reason=self.key.why,
            access=tuple(one.group() for one in self.access),
            cost=cost.estimate() if cost else None,
            wave=self.wave,
            owner=self.owner,
            place=self.place,
        )


def _hazard(one: _Hazard, titles: Mapping[str, str]) -> PlannedHazard:
    return PlannedHazard(
        one.id, one.why, Advice(one.remedy), one.plan_class, titles.get(one.id, ""), tuple(one.statements)
    )


class _MonthlyCost(_Record):
    with_bucket_key: float
    without_bucket_key: float


class _Cause(_Record):
    plan_class: PlanClass = Field(alias="class", strict=False)
    hazard: str
    what: str
    remedy: str
    statements: _Statements = []
    buckets: int
    examples: list[str]


class _Access(_Record):
    access: KeyAccess = Field(strict=False)
    through: str
    why: str
    principals: int
    buckets: int
    examples: list[str]
    administrator: bool = False
    may_lose: bool = False
    observed: bool | None = None


class _Wave(_Record):
    wave: int
    name: str
    buckets: int


class _Observed(_Record):
    first: Moment | None
    last: Moment | None
    buckets: int
    not_covered: int
    not_covered_examples: list[str] = []
    gone: list[str] = []
    denials: list[str] = []
    complete: bool = True


class PlanSummaryRecord(_Record):
    """The sum."""

    ready: int = 0
    prepare: int = 0
    look: int = 0
    stay: int = 0
    compliant: int = 0
    exempt: int = 0
    accounts: int = 0
    customer_managed_keys: int = 0
    monthly_cost: _MonthlyCost | None = None
    cost_notes: list[str] = []
    causes: list[_Cause] = []
    access: list[_Access] = []
    observed: _Observed | None = None
    waves: list[_Wave] = []
    unlisted: list[str] = []
    missing: list[str] = []
    notes: list[str] = []
    questions: list[str] = []
    run: ScanContextRecord | None = None

    def summary(self) -> PlanSummary:
        """In the words of the model."""
        cost = self.monthly_cost
        return PlanSummary(
            classes={one: getattr(self, one.value) for one in PlanClass if getattr(self, one.value)},
            causes=tuple(map(_cause, self.causes)),
            waves=tuple(PlannedWave(one.wave, one.name, one.buckets) for one in self.waves),
            compliant=self.compliant,
            exempt=self.exempt,
            accounts=self.accounts,
            keys=self.customer_managed_keys,
            unlisted=tuple(map(Sentence, self.unlisted)),
            missing=tuple(self.missing),
            notes=tuple(map(Sentence, self.notes)),
            questions=tuple(self.questions),
            cost_notes=tuple(self.cost_notes),
            monthly_cost=(cost.with_bucket_key, cost.without_bucket_key) if cost else None,
            access=tuple(map(_access, self.access)),
            observed=_observation(self.observed) if self.observed else None,
            context=self.run.context() if self.run else None,
        )


def _cause(one: _Cause) -> PlanCause:
    return PlanCause(
        one.plan_class,
        one.hazard,
        one.what,
        Advice(one.remedy),
        tuple(one.statements),
        one.buckets,
        tuple(one.examples),
    )


def _access(one: _Access) -> PlannedAccess:
    return PlannedAccess(
        one.access,
        one.through,
        one.why,
        one.principals,
        one.buckets,
        tuple(one.examples),
        one.administrator,
        one.may_lose,
        one.observed,
    )


def _observation(one: _Observed) -> PlannedObservation:
    return PlannedObservation(
        one.first,
        one.last,
        one.buckets,
        one.not_covered,
        tuple(one.not_covered_examples),
        tuple(one.gone),
        tuple(one.denials),
        one.complete,
    )
