"""The JSON of a check as types, for decoding: a file from outside is checked before it is believed.

Each field's description says what is allowed there: it is the second half of the error sentence. Keys that are
not here are passed over, for version 1 may get new optional ones.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.findings import Finding, Severity, Verdict
from s3kms.model.place import Place

_TEXT = "a text"
_OPTIONAL = "a text, or null"


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
    at: Annotated[datetime, Field(strict=False)] = Field(
        description="a date and time, 2026-11-23T12:00:00+00:00"
    )

    def evidence(self) -> Evidence:
        """In the estate's words."""
        return Evidence(self.operation, self.request_id, self.at)


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
        )


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
