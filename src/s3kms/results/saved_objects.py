"""A saved count of the objects of a bucket, read back. Imported only when there is such a file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.model.object_costs import (
    CostKind,
    CostLine,
    EngineEstimate,
    ImmovableCount,
    ReencryptionCosts,
)
from s3kms.model.object_summary import (
    CountInterval,
    Dimension,
    EvidenceCoverage,
    EvidenceKind,
    Group,
    KeyStanding,
    ObjectSummary,
    SampleFrame,
    Tally,
)
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.results.plan_records import where_of
from s3kms.results.run_records import ScanContextRecord


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


_Count = Annotated[int, Field(ge=0, lt=2**63)]
"""Of objects or bytes: S3 has no larger ones, and a float can hold it."""
_Number = Annotated[float, Field(ge=0, lt=1e18)]


class _Interval(_Record):
    low: _Count
    high: _Count

    def interval(self) -> CountInterval:
        return CountInterval(self.low, self.high)


class _Tally(_Record):
    objects: _Count
    bytes: _Count | None
    in_all: _Interval | None = None

    def tally(self) -> Tally:
        return Tally(self.objects, self.bytes)


class _Group(_Tally):
    value: str | bool | None
    offenders: _Tally

    def group(self) -> Group:
        found = self.in_all.interval() if self.in_all else None
        return Group(self.value, self.tally(), self.offenders.tally(), found)


class _Sample(_Record):
    listed: _Tally
    delete_markers: _Count
    read: _Count
    seed: int
    is_whole: bool

    def frame(self) -> SampleFrame:
        return SampleFrame(self.listed.tally(), self.delete_markers, self.read, self.seed, self.is_whole)


class _Evidence(_Record):
    kind: EvidenceKind = Field(strict=False)
    name: str
    source: str
    as_of: Annotated[datetime, Field(strict=False)] | None
    all_versions: bool
    tells_key: bool = False
    missing_columns: list[str] = []
    files: _Count = 0
    bytes: _Count = 0
    sample: _Sample | None = None

    def coverage(self, bucket: str) -> EvidenceCoverage:
        return EvidenceCoverage(
            name=self.name,
            all_versions=self.all_versions,
            tells_key=self.tells_key,
            as_of=self.as_of,
            kind=self.kind,
            source=self.source,
            bucket=bucket,
            missing_columns=tuple(self.missing_columns),
            files=self.files,
            bytes=self.bytes,
            sample=self.sample.frame() if self.sample else None,
        )


class _Version(_Record):
    key: str
    version_id: str | None = None
    is_latest: bool | None = None
    size: _Count | None = None
    etag: str | None = None
    last_modified: Annotated[datetime, Field(strict=False)] | None = None
    storage_class: str | None = None
    encryption: Annotated[ObjectEncryption, Field(strict=False)] | None = None
    key_arn: str | None = None
    bucket_key: bool | None = None

    def version(self, bucket: str) -> ObjectVersion:
        return ObjectVersion(bucket=bucket, **dict(self))


class _Immovable(_Record):
    reason: str
    objects: _Count
    meaning: str | None = None
    """None where it was written before there was such a key."""


class _Line(_Record):
    kind: CostKind = Field(strict=False)
    what: str
    units: _Number
    dollars: _Number | None
    is_confirmed: bool = True
    is_upper: bool = False


class _Engine(_Record):
    bucket_key: bool
    engine: str
    objects: _Count
    bytes: _Count | None
    immovable: list[_Immovable] = []
    kms_requests: _Number = 0.0
    seconds: _Number | None = None
    limit: str = ""
    lines: list[_Line] = []
    notes: list[str] = []

    def estimate(self) -> EngineEstimate:
        return EngineEstimate(
            self.engine,
            self.objects,
            self.bytes,
            tuple(
                ImmovableCount(one.reason, one.objects, one.meaning or one.reason) for one in self.immovable
            ),
            tuple(CostLine(**dict(line)) for line in self.lines),
            self.kms_requests,
            self.seconds,
            self.limit,
            tuple(self.notes),
        )


class _Prices(_Record):
    as_of: str
    region: str


class _Costs(_Record):
    prices: _Prices
    advised: str
    engines: list[_Engine]
    notes: list[str] = []

    @model_validator(mode="after")
    def _has_each_engine_twice(self) -> Self:
        with_key, without = (
            [one.engine for one in self.engines if one.bucket_key is on] for on in (True, False)
        )
        if with_key != without:
            raise ValueError("each engine has to be there with a bucket key and without")
        return self

    def costs(self) -> ReencryptionCosts:
        by_key = {
            bucket_key: tuple(one.estimate() for one in self.engines if one.bucket_key is bucket_key)
            for bucket_key in (True, False)
        }
        prices, notes = self.prices, tuple(self.notes)
        return ReencryptionCosts(
            by_key[True], by_key[False], self.advised, prices.as_of, prices.region, notes
        )


class _Objects(_Record):
    version: Literal[1]
    kind: Literal["objects"]
    bucket: str
    evidence: _Evidence
    wanted_key: str | None
    total: _Tally
    delete_markers: _Count = 0
    standings: dict[Annotated[KeyStanding, Field(strict=False)], _Tally]
    by: dict[Annotated[Dimension, Field(strict=False)], list[_Group]]
    prefixes: list[_Group] = []
    offenders: list[_Version] = []
    costs: _Costs | None = None
    notes: list[str] = []
    run: ScanContextRecord | None = None

    @model_validator(mode="after")
    def _has_a_whole(self) -> Self:
        if not self.total.objects and any(one.objects for one in self.standings.values()):
            raise ValueError("the total is 0, and its parts are not")
        return self

    def summary(self) -> ObjectSummary:
        standings = self.standings
        return ObjectSummary(
            coverage=self.evidence.coverage(self.bucket),
            wanted_key=self.wanted_key,
            total=self.total.tally(),
            delete_markers=self.delete_markers,
            standings={one: standings[one].tally() if one in standings else Tally() for one in KeyStanding},
            groups={one: _groups(self.by.get(one, ())) for one in Dimension},
            prefixes=_groups(self.prefixes),
            offenders=tuple(one.version(self.bucket) for one in self.offenders),
            costs=self.costs.costs() if self.costs else None,
            notes=tuple(map(Sentence, self.notes)),
            in_all={one: tally.in_all.interval() for one, tally in standings.items() if tally.in_all},
            context=self.run.context() if self.run else None,
        )


def _groups(records: Iterable[_Group]) -> tuple[Group, ...]:
    return tuple(one.group() for one in records)


def read_objects(text: bytes, source: str) -> ObjectSummary:
    """The summary that `objects` wrote as JSON. Raises BadInput."""
    record: Any
    try:
        record = _Objects.model_validate_json(text)
    except ValidationError as error:
        where = where_of(error.errors())
        raise BadInput(
            f"{source} is not what s3kms objects wrote: {where}", advice="count the objects again"
        ) from error
    summary: ObjectSummary = record.summary()
    return summary
