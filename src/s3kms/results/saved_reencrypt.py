"""Saved plans and results of a re-encryption, read back. Imported only when there is such a file."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from s3kms.model.errors import BadInput
from s3kms.results.plan_records import where_of
from s3kms.results.run_records import ScanContextRecord


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Evidence(_Record):
    name: str
    prefix: str
    looks: int


class _Estimate(_Record):
    dollars: float | None
    is_complete: bool
    seconds: float | None
    notes: list[str]


class _Engine(_Record):
    engine: str
    what: str
    versions: int
    bytes: int
    estimate: _Estimate | None


class _Objects(_Record):
    choice: str
    engine: str | None
    immovable: str | None
    encryption: str | None
    key: str | None
    versions: int
    bytes: int


class _Hazard(_Record):
    id: str
    why: str
    advice: str
    stands_in_the_way: bool
    is_told_only: bool


class _Access(_Record):
    access: str
    principals: list[str]
    count: int


class _Plan(_Record):
    version: Literal[1]
    kind: Literal["reencrypt-plan"]
    bucket: str
    key: str
    is_aws_managed: bool
    bucket_key: bool
    evidence: _Evidence
    versions: int
    engines: list[_Engine]
    objects: list[_Objects]
    unread: dict[str, int]
    hazards: list[_Hazard]
    access: list[_Access]
    notes: list[str]
    context: ScanContextRecord | None = None


class _Outcome(_Record):
    engine: str
    outcome: str
    reason: str
    versions: int


class _Verification(_Record):
    changed: int
    looked_at: int
    confirmed: int
    not_confirmed: dict[str, int]
    examples: list[str]
    is_sample: bool


class _Run(_Record):
    version: Literal[1]
    kind: Literal["reencrypt-run"]
    run: str
    bucket: str
    outcomes: list[_Outcome]
    left: dict[str, int]
    under_way: int
    verification: _Verification | None
    last_problems: list[str]
    stopped: str | None
    context: ScanContextRecord | None = None


_DOCUMENT: TypeAdapter[_Plan | _Run] = TypeAdapter(Annotated[_Plan | _Run, Field(discriminator="kind")])


def read_reencrypt(text: bytes, source: str) -> tuple[dict[str, Any], ...]:
    """The plans and results that `reencrypt` wrote, one JSON document per line, unchanged. Raises BadInput."""
    found = []
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _DOCUMENT.validate_json(line)
        except ValidationError as error:
            raise BadInput(
                f"{source}, line {number}, was not written by s3kms reencrypt: {where_of(error.errors())}",
                advice="save the JSON output of reencrypt as it is, one document per line",
            ) from error
        found.append(json.loads(line))
    return tuple(found)
