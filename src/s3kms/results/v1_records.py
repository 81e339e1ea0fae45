"""The JSON of a check as types, for decoding: a file from outside is checked before it is believed.

Each field's description says what is allowed there: it is the second half of the error sentence. Keys that are
not here are passed over, for version 1 may get new optional ones.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.findings import Acceptance, Before, Difference, Finding, GoneFinding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.results.moments import Moment

_TEXT = "a text"
_OPTIONAL = "a text, or null"
_CAUSES = frozenset(one.value for one in UnknownCause)
_DIFFERENCES = frozenset(one.value for one in Difference)


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class PlaceRecord(_Record):
    """One place."""

    uri: str = Field(description=_TEXT)
    line: int | None = Field(description="a number, or null")
    column: int | None = Field(description="a number, or null")


class EncryptionRecordV1(_Record):
    """A default encryption."""

    algorithm: str | None = Field(description=_OPTIONAL)
    key: str | None = Field(description=_OPTIONAL)
    key_kind: Literal["aws-managed", "customer-managed", "unknown"] | None = Field(
        description='"aws-managed", "customer-managed", "unknown", or null'
    )
    bucket_key: bool | None = Field(description="true, false, or null")
    blocked: list[str] | None = Field(description="a list of texts, or null")

    def encryption(self) -> Encryption:
        """In the estate's words."""
        blocked = None if self.blocked is None else tuple(self.blocked)
        return Encryption(self.algorithm, self.key, self.bucket_key, blocked)


class EvidenceRecord(_Record):
    """The call that told it."""

    operation: str = Field(description=_TEXT)
    request_id: str | None = Field(description=_OPTIONAL)
    at: Moment = Field(description="a date and time, 2026-11-23T12:00:00+00:00")

    def evidence(self) -> Evidence:
        """In the estate's words."""
        return Evidence(self.operation, self.request_id, self.at)


class UnknownRecord(_Record):
    """Why a verdict is unknown."""

    cause: str = Field(description=_TEXT)
    code: str | None = Field(default=None, description=_OPTIONAL)
    operation: str | None = Field(default=None, description=_OPTIONAL)

    def unknown(self, why: str, remedy: str) -> Unknown:
        """In the estate's words; a cause of a later version is one that nobody here asked for."""
        cause = UnknownCause(self.cause) if self.cause in _CAUSES else UnknownCause.NOT_READ
        return Unknown(cause, why, Advice(remedy), self.code, self.operation)


class AcceptedRecord(_Record):
    """Why a failure is exempt."""

    why: str = Field(description=_TEXT)
    place: PlaceRecord | None = Field(default=None, description="a place, or null")

    def acceptance(self) -> Acceptance:
        """In the estate's words."""
        return Acceptance(self.why, _places([self.place])[0] if self.place else None)


class BeforeRecord(_Record):
    """What an earlier result said."""

    verdict: Literal["pass", "fail", "unknown", "exempt"] = Field(
        description='"pass", "fail", "unknown" or "exempt"'
    )
    encryption: EncryptionRecordV1 | None = Field(description="a default encryption, or null")

    def before(self, account: str | None, region: str | None) -> Before:
        """In the estate's words."""
        told = self.encryption
        kind = KeyKind(told.key_kind) if told and told.key_kind else None
        return Before(Verdict(self.verdict), told.encryption() if told else None, kind, account, region)


class GoneRecord(_Record):
    """A finding of an earlier result whose bucket is gone."""

    rule: str = Field(description="the id of a rule")
    bucket: str | None = Field(description=_OPTIONAL)
    account: str | None = Field(description=_OPTIONAL)
    region: str | None = Field(description=_OPTIONAL)
    arn: str | None = Field(description=_OPTIONAL)
    resource: str | None = Field(description=_OPTIONAL)
    was: BeforeRecord = Field(description="what the earlier result said")

    def gone(self) -> GoneFinding:
        """In the estate's words."""
        before = self.was.before(self.account, self.region)
        return GoneFinding(self.rule, self.bucket, self.arn, self.resource, before)


class FindingRecord(_Record):
    """One finding."""

    rule: str = Field(description="the id of a rule")
    severity: Literal["low", "medium", "high"] = Field(
        default="medium",  # the schema does not ask for it
        description='"low", "medium" or "high"',
    )
    verdict: Literal["pass", "fail", "unknown", "exempt"] = Field(
        description='"pass", "fail", "unknown" or "exempt"'
    )
    bucket: str | None = Field(description=_OPTIONAL)
    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = Field(
        description="an account id of 12 digits, or null"
    )
    region: str | None = Field(description=_OPTIONAL)
    arn: str | None = Field(description=_OPTIONAL)
    resource: str | None = Field(description=_OPTIONAL)
    places: list[PlaceRecord] = Field(description="a list of places")
    code_places: list[PlaceRecord] = Field(default=[], description="a list of places")
    encryption: EncryptionRecordV1 | None = Field(description="a default encryption, or null")
    message: str = Field(description=_TEXT)
    remedy: str = Field(description=_TEXT)
    evidence: EvidenceRecord | None = Field(description="the call that told it, or null")
    unknown: UnknownRecord | None = Field(default=None, description="why it is unknown, or null")
    accepted: AcceptedRecord | None = Field(default=None, description="why it is exempt, or null")
    change: str | None = Field(default=None, description=_OPTIONAL)
    was: BeforeRecord | None = Field(default=None, description="what an earlier result said, or null")

    def finding(self) -> Finding:
        """In the estate's words."""
        kind = self.encryption.key_kind if self.encryption else None
        return Finding(
            rule=self.rule,
            severity=Severity(self.severity),
            verdict=Verdict(self.verdict),
            bucket=self.bucket,
            message=self.message,
            advice=Advice(self.remedy),
            account=self.account,
            region=self.region,
            arn=self.arn,
            resource=self.resource,
            places=_places(self.places),
            code_places=_places(self.code_places),
            encryption=self.encryption.encryption() if self.encryption else None,
            key_kind=KeyKind(kind) if kind else None,
            evidence=self.evidence.evidence() if self.evidence else None,
            acceptance=self.accepted.acceptance() if self.accepted else None,
            unknown=self.unknown.unknown(self.message, self.remedy) if self.unknown else None,
        )

    def compared_finding(self) -> Finding:
        """The finding, and what became of it since an earlier result, where it says so."""
        found = self.finding()
        if self.change not in _DIFFERENCES:
            return found
        before = self.was.before(self.account, self.region) if self.was else None
        if before is None and self.change == Difference.UNCHANGED.value:
            before = Before(found.verdict, found.encryption, found.key_kind, found.account, found.region)
        return replace(found, difference=Difference(self.change), before=before)


def _places(records: Iterable[PlaceRecord]) -> tuple[Place, ...]:
    return tuple(Place(record.uri, record.line, record.column) for record in records)


def allowed_at(where: tuple[int | str, ...]) -> str:
    """The description of the field that a path leads to; empty where there is none."""
    model: type[BaseModel] | None = FindingRecord
    description = ""
    for name in (part for part in where if isinstance(part, str)):
        info = model.model_fields.get(name) if model else None
        if info is None:
            return description
        model, description = _model_in(info.annotation), info.description or ""
    return description


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The table in `Table`, `Table | None` or `list[Table]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model), None)
