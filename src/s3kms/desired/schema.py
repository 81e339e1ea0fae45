"""The shape of `s3kms.toml`. Imported only when there is such a file.

Each field's description says what is allowed there: it is the second half of the error
sentence, and the table in the docs.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from s3kms.desired.configuration import ANY_REGION, Configuration, DesiredState, Exemption, Override
from s3kms.model.encryption import KeyKind
from s3kms.model.errors import BadInput
from s3kms.model.keys import KeyForm, KeyReference, problem_of_other_service
from s3kms.model.targets import check_region, parse_target

_ACCOUNT_DIGITS = 12


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _pattern(text: str) -> str:
    try:
        return parse_target(f"s3://{text}").pattern
    except BadInput as mistake:
        raise ValueError("is no bucket name or pattern") from mistake


def _key(text: str) -> str:
    reference = KeyReference.named(text)
    if reference.form is KeyForm.MALFORMED:
        raise ValueError("is no key reference")
    if reference.form is KeyForm.OTHER_SERVICE:
        raise ValueError(problem_of_other_service(reference.alias or "")[0])
    return text


def _allowed_key(text: str) -> str:
    """One that could match a name of a key: without a prefix, "s3-default" is no alias and matches nothing."""
    if any(sign in text for sign in "*?[") or (text.isdecimal() and len(text) == _ACCOUNT_DIGITS):
        return text
    return _key(text)


def _region(text: str) -> str:
    if text != ANY_REGION:
        try:
            check_region(text)
        except BadInput as mistake:
            raise ValueError("is no region") from mistake
    return text


Algorithm = Annotated[Literal["aws:kms", "aws:kms:dsse"], Field(description='"aws:kms" or "aws:kms:dsse"')]
Kind = Annotated[
    Literal["customer-managed", "aws-managed"], Field(description='"customer-managed" or "aws-managed"')
]
Buckets = Annotated[
    str, AfterValidator(_pattern), Field(description='a bucket name or a pattern of names, "logs-*"')
]
Account = Annotated[str, Field(pattern=r"^\d{12}$", description="an account id of 12 digits, as a string")]
Key = Annotated[
    str, AfterValidator(_key), Field(description='a key ARN, key id, alias, alias ARN, or "aws/s3"')
]
Region = Annotated[str, AfterValidator(_region), Field(description='a region, or "*" for the others')]
Filled = Annotated[str, AfterValidator(_filled)]
AllowedKey = Annotated[str, AfterValidator(_filled), AfterValidator(_allowed_key)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StateTable(_Table):
    """`[wanted]`."""

    algorithm: Algorithm | None = None
    key_kind: Kind | None = None
    bucket_key: Annotated[bool, Field(description="true or false: S3 Bucket Key on or off")] | None = None

    def state(self, key: str | None = None) -> DesiredState:
        """The desired state of this table, as the model has it."""
        return DesiredState(
            self.algorithm, KeyKind(self.key_kind) if self.key_kind else None, key, self.bucket_key
        )


class OverrideTable(StateTable):
    """One `[[overrides]]`."""

    buckets: Buckets | None = None
    tags: dict[str, str] = Field(
        default={}, description='tags and their values, { classification = "restricted" }'
    )
    key: Key | None = None

    @model_validator(mode="after")
    def _means_some_buckets(self) -> "OverrideTable":
        if self.buckets is None and not self.tags:
            raise ValueError("needs buckets, tags or both, to say which buckets it means")
        return self


class ExemptionTable(_Table):
    """One `[[exemptions]]`."""

    buckets: Buckets
    reason: Filled = Field(description="a sentence that says why; an exemption without a reason is an error")
    account: Account | None = None
    rule: Annotated[str, Field(description="the id of a rule; without it, every rule")] | None = None
    owner: Annotated[Filled, Field(description="who answers for it")] | None = None
    until: (
        Annotated[date, Field(description="the last day it counts, a date without quotes: 2027-03-31")] | None
    ) = None
    hazard: (
        Annotated[
            list[Filled],
            BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
            Field(description="the id of the hazard that it is for, or a list of ids"),
        ]
        | None
    ) = None
    evidence: Annotated[Filled, Field(description="by what that was seen, in a sentence")] | None = None


class PlanTable(_Table):
    """`[plan]`."""

    may_lose: list[Filled] = Field(
        default=[],
        description='a list of ARNs of users, roles and accounts, patterns allowed: "arn:aws:iam::*:role/audit-*"',
    )


class FileTable(_Table):
    """The file."""

    wanted: StateTable = Field(default=StateTable(), description="a table, [wanted]")
    rules: list[str] = Field(default=[], description="a list of rule ids")
    allowed_keys: list[AllowedKey] = Field(
        default=[], description="a list of key ARNs, account ids or aliases, patterns allowed"
    )
    directory_buckets: bool = Field(default=True, description="true or false: look at directory buckets too")
    keys: dict[Account, dict[Region, Key]] = Field(
        default={}, description='the key map: [keys."111122223333"] with region = "key ARN"'
    )
    plan: PlanTable = Field(default=PlanTable(), description="a table, [plan]")
    overrides: list[OverrideTable] = Field(default=[], description="a list of tables, [[overrides]]")
    exemptions: list[ExemptionTable] = Field(default=[], description="a list of tables, [[exemptions]]")

    def wanted_state(self) -> Configuration:
        """The whole configuration of this file, as the model has it."""
        return Configuration(
            state=self.wanted.state(),
            keys=self.keys,
            allowed_keys=tuple(self.allowed_keys),
            rules=tuple(self.rules),
            overrides=tuple(Override(o.state(o.key), o.buckets, o.tags) for o in self.overrides),
            exemptions=tuple(
                Exemption(e.buckets, e.reason, e.account, e.rule, e.owner, e.until) for e in self.exemptions
            ),
            directory_buckets=self.directory_buckets,
            may_lose=tuple(self.plan.may_lose),
        )


def table_at(path: tuple[Any, ...]) -> type[BaseModel] | None:
    """The table that a path of keys leads into, for the list of what is allowed there."""
    tables: dict[str, type[BaseModel]] = {
        "wanted": StateTable,
        "plan": PlanTable,
        "overrides": OverrideTable,
        "exemptions": ExemptionTable,
    }
    return tables.get(str(path[0])) if path else FileTable
