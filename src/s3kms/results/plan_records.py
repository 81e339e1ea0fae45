"""The lines of a plan's file as types, for decoding: a file from outside is checked before it is believed.

Keys that are not here are passed over, for version 1 may get new optional ones.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from s3kms.model.access import CAVEATS
from s3kms.model.accounts import check_account, check_role, check_role_arn
from s3kms.model.advice import Advice
from s3kms.model.errors import BadInput
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard
from s3kms.model.targets import is_bucket_name, is_region, parse_target
from s3kms.results.moments import Moment
from s3kms.results.v1_records import EncryptionRecordV1
from s3kms.text.sanitize import printable

MAX_WAVES = 100_000
"""As many as an estate has accounts, and more."""


def _one_of_ours(is_ours: bool, what: str) -> None:
    if not is_ours:
        raise ValueError(what)


def _bucket(text: str) -> str:
    _one_of_ours(is_bucket_name(text), "S3 gives out no such name")
    return text


def _region(text: str) -> str:
    _one_of_ours(is_region(text), "it is not the name of a region")
    return text


def _account(text: str) -> str:
    return _as_value_error(check_account, text)


def _target(text: str) -> str:
    _as_value_error(parse_target, text)
    return text


def _role(text: str) -> str:
    return _as_value_error(check_role, text)


def _caveat(text: str) -> str:
    _one_of_ours(text.replace("-", "_") in CAVEATS, "a plan accepts no such thing")
    return text


def _role_arn(text: str) -> str:
    return _as_value_error(check_role_arn, text)


def _plain(text: str) -> str:
    _one_of_ours(printable(text) == text, "it has characters that cannot be seen")
    return text


def _as_value_error(check: Any, text: str) -> str:
    try:
        return str(check(text))
    except BadInput as error:
        raise ValueError(str(error)) from error


_Text = Annotated[str, StringConstraints(max_length=2048)]
_Line = Annotated[_Text, AfterValidator(_plain)]
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Wave = Annotated[int, Field(ge=1, le=MAX_WAVES)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class RequestRecord(_Record):
    """What was asked of the plan: the encryption that is meant, and whose role reads the accounts."""

    targets: list[Annotated[_Text, AfterValidator(_target)]] = []
    regions: list[Annotated[_Text, AfterValidator(_region)]] = []
    directory_buckets: bool | None = None
    key: _Line | None = None
    dsse: bool | None = None
    no_bucket_key: bool = False
    bucket_key_only: bool = False
    org: bool = False
    accounts: list[Annotated[_Text, AfterValidator(_account)]] = []
    assume_role: Annotated[_Line, AfterValidator(_role)] | None = None
    deep: bool = False
    org_role: Annotated[_Line, AfterValidator(_role_arn)] | None = None
    key_role: Annotated[_Line, AfterValidator(_role_arn)] | None = None
    org_policies: _Line | None = None
    """A folder."""
    accept: list[Annotated[_Line, AfterValidator(_caveat)]] = []
    """What could not be read, and was accepted."""

    @property
    def enters_accounts(self) -> bool:
        """Whether a role was assumed in accounts."""
        return self.org or bool(self.accounts)


class HeadRecord(_Record):
    """The first line."""

    version: Literal[1]
    kind: Literal["plan"]
    plan: Annotated[str, StringConstraints(pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{6}$")]
    at: Moment
    request: RequestRecord

    def age(self, now: datetime) -> timedelta:
        """How old it is; negative where it comes from the future."""
        return now - self.at


class _Change(_Record):
    before: EncryptionRecordV1 | None
    after: EncryptionRecordV1


class _Hazard(_Record):
    id: _Id
    plan_class: PlanClass = Field(alias="class", strict=False)
    why: Annotated[str, StringConstraints(max_length=20_000)]
    remedy: Annotated[str, StringConstraints(max_length=20_000)]

    def hazard(self) -> PlannedHazard:
        """In the words of the model."""
        return PlannedHazard(self.id, self.why, Advice(self.remedy), self.plan_class)


class BucketRecord(_Record):
    """One bucket."""

    bucket: _Text
    account: Annotated[str, AfterValidator(_account)] | None
    region: Annotated[str, AfterValidator(_region)] | None
    plan_class: PlanClass = Field(alias="class", strict=False)
    change: _Change | None
    hazards: Annotated[list[_Hazard], Field(max_length=1000)]
    wave: Wave | None
    digests: Annotated[dict[_Id, _Digest], Field(max_length=1000)]

    def planned(self) -> PlannedBucket:
        """In the words of the model. Raises ValueError for a bucket of an account whose name S3 does not give out."""
        if self.account is not None:
            _bucket(self.bucket)
        before = self.change.before if self.change else None
        return PlannedBucket(
            self.bucket,
            self.account,
            self.region,
            self.plan_class,
            before.encryption() if before else None,
            self.change.after.encryption() if self.change else None,
            tuple(one.hazard() for one in self.hazards),
            digests=dict(self.digests),
            wave=self.wave,
        )


def where_of(details: Iterable[Any]) -> str:
    """The first thing that is wrong, in words: `bucket: S3 gives out no such name`."""
    for one in details:
        path = ".".join(str(part) for part in one["loc"]) or "it"
        return printable(f"{path}: {one['msg'].removeprefix('Value error, ')[:200]}")
    return "it is not what it should be"
