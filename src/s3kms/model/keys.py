"""KMS keys: the ways to name one, and what KMS says about one."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from s3kms.model.encryption import KeyKind
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown

AWS_S3_NAME = "aws/s3"
"""How a person names the AWS managed key: an option's word and a report's. To S3 it is no key at all (fact A12)."""
AWS_S3_ALIAS = "alias/aws/s3"
"""The alias of the AWS managed key. Describing it where it is unused would create the key (fact B5)."""
AWS_ALIAS_PREFIX = "alias/aws/"
"""How the aliases of all AWS managed keys begin; no alias of a customer does (fact B35)."""

OTHER_KEY = "choose an enabled symmetric key in the bucket's region and set it by its full ARN"
"""The remedy for every key that cannot be mended."""

_ID = r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32})"
_HOLE = r"\$\{[^{}]+\}"
"""A value that a template leaves open: `${AWS::Partition}`."""
_ALIAS = rf"alias/(?!(?:a|aw|aws|aws/)?\$\{{(?!AWS::))(?:[A-Za-z0-9/_-]|{_HOLE}){{1,250}}"
"""No pseudo parameter has a slash, so that one can't make a name begin with `aws/`; any other open value may."""
_ARN = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*|{_HOLE}):kms:(?P<region>[a-z0-9-]+|{_HOLE}):(?P<account>[0-9]{{12}}|{_HOLE}):"
    rf"(?:key/(?P<id>{_ID})|(?P<alias>{_ALIAS}))"
)
_PLACEHOLDERS = ("${", "{{", "}}", "<%")
"""In a text that some tool still completes before AWS sees it."""


class KeyForm(StrEnum):
    """The forms of a key reference (fact A10)."""

    AWS_MANAGED = "aws/s3"
    """No id, an empty one, or alias/aws/s3, also as an ARN (fact A12)."""
    OTHER_SERVICE = "AWS managed key of another service"
    """alias/aws/ebs, also as an ARN: S3 cannot use that key (fact B35)."""
    ID = "key id"
    ARN = "key ARN"
    ALIAS = "alias"
    ALIAS_ARN = "alias ARN"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class KeyReference:
    """One way to name a key. Two references may name one key: resolve before comparing."""

    form: KeyForm
    text: str | None = None
    """As written; None for the AWS managed key, which is named by naming none (fact A12)."""
    account: str | None = None
    region: str | None = None

    @classmethod
    def parse(cls, text: str | None) -> "KeyReference":
        """What S3 and KMS take a text for. Never raises: what is no reference is one of form MALFORMED.

        A template's text may hold `${AWS::Partition}` and the like; an account or region that is open is None.
        """
        if not text:
            return cls(KeyForm.AWS_MANAGED)
        if re.fullmatch(_ID, text):
            return cls(KeyForm.ID, text)
        if re.fullmatch(_ALIAS, text):
            return cls(_form_of_alias(text, KeyForm.ALIAS), text)
        if found := _ARN.fullmatch(text):
            form = KeyForm.ARN if found["id"] else _form_of_alias(found["alias"], KeyForm.ALIAS_ARN)
            account, region = (None if "$" in found[part] else found[part] for part in ("account", "region"))
            return cls(form, text, account, region)
        return cls(KeyForm.MALFORMED, text)

    @classmethod
    def named(cls, text: str | None) -> "KeyReference":
        """What a person means in an option or in s3kms.toml, where `aws/s3` is the AWS managed key. Never raises."""
        return cls(KeyForm.AWS_MANAGED) if text == AWS_S3_NAME else cls.parse(text)

    @property
    def alias(self) -> str | None:
        """`alias/NAME`, where the key is named by one."""
        text = self.text or ""
        return (
            text[text.index("alias/") :] if "alias/" in text and self.form is not KeyForm.MALFORMED else None
        )


def _form_of_alias(alias: str, customers: KeyForm) -> KeyForm:
    if alias == AWS_S3_ALIAS:
        return KeyForm.AWS_MANAGED
    return KeyForm.OTHER_SERVICE if alias.startswith(AWS_ALIAS_PREFIX) else customers


@dataclass(frozen=True, slots=True)
class Rotation:
    """Whether KMS rotates the key, and how often (fact B4)."""

    enabled: bool
    period_days: int | None = None


@dataclass(frozen=True, slots=True)
class KmsKey:
    """What DescribeKey says about one key (facts B1, B2)."""

    arn: str
    state: str
    """`Enabled` is the only good one."""
    usage: str
    spec: str
    manager: KeyKind
    origin: str = "AWS_KMS"
    deletion_date: datetime | None = None
    valid_to: datetime | None = None
    aliases: tuple[str, ...] | Unknown = field(default=NOT_READ)
    rotation: Rotation | Unknown = field(default=NOT_READ)
    policy: PolicyDocument | Unknown = field(default=NOT_READ)
    grants: tuple[KeyGrant, ...] | Unknown = field(default=NOT_READ)
    """Read only where the policy lets nobody of the account in."""

    @property
    def account(self) -> str:
        """The account that owns the key."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """The region the key lives in."""
        return self.arn.split(":")[3]

    @property
    def foreign_alias(self) -> str | None:
        """The alias that shows it as the AWS managed key of a service other than S3; None where none does."""
        if self.manager is not KeyKind.AWS_MANAGED or isinstance(self.aliases, Unknown):
            return None
        found = [alias for alias in self.aliases if alias.startswith(AWS_ALIAS_PREFIX)]
        return found[0] if found and AWS_S3_ALIAS not in found else None


@dataclass(frozen=True, slots=True)
class UnusedAwsManagedKey:
    """The default is aws/s3, and no object was written yet, so KMS has not made the key (facts A12, B5)."""


@dataclass(frozen=True, slots=True)
class OtherServiceKey:
    """The AWS managed key of another service, named by its alias: asking KMS could create it (facts B5, B35)."""

    alias: str


@dataclass(frozen=True, slots=True)
class MissingKey:
    """There is no such key or alias: KMS says so, or no key can have that name."""

    why: str
    remedy: str = OTHER_KEY


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A customer managed key that the code of the bucket declares, too: it has no ARN yet."""

    address: str
    """Its address in code."""
    enabled: bool | Unknown = True
    spec: str | Unknown = "SYMMETRIC_DEFAULT"
    usage: str | Unknown = "ENCRYPT_DECRYPT"
    rotation: Rotation | Unknown = field(default=NOT_READ)
    region: str | None = None
    """Where it will be, as far as the code tells."""


KeyFact = KmsKey | DeclaredKey | UnusedAwsManagedKey | OtherServiceKey | MissingKey | Unknown
"""What can be known of the key behind a default."""


def fact_of_text(text: str | None) -> UnusedAwsManagedKey | OtherServiceKey | MissingKey | None:
    """What the text that names a key tells by itself; None where only KMS knows more, or some tool completes it."""
    reference = KeyReference.parse(text)
    match reference.form:
        case KeyForm.AWS_MANAGED:
            return UnusedAwsManagedKey()
        case KeyForm.OTHER_SERVICE:
            return OtherServiceKey(reference.alias or "")
        case KeyForm.MALFORMED if not any(mark in (text or "") for mark in _PLACEHOLDERS):
            return missing_key_of(text or "")
    return None


def is_meant_as_aws_managed(text: str | None) -> bool:
    """Whether a text that no key can have was plainly meant to be the AWS managed key."""
    return (text or "").casefold().strip() in {AWS_S3_NAME, AWS_S3_ALIAS}


def missing_key_of(text: str) -> MissingKey:
    """The key that a text names which no key can have: S3 accepts it, and every write fails (facts A4, A12)."""
    if is_meant_as_aws_managed(text):
        remedy = f"leave the key id out, or write {AWS_S3_ALIAS}"
        return MissingKey(
            f"{text!r} is not a key; the AWS managed key has no key id, or {AWS_S3_ALIAS}", remedy
        )
    return MissingKey(f"{text!r} is not a key: keys have an id, an ARN, or an alias, alias/NAME")


def problem_of_reference(
    reference: KeyReference, account: str | None, region: str | None
) -> tuple[str, str] | None:
    """What keeps S3 from using the key for a bucket there, as far as its name tells, and what fixes it; None where
    nothing does, or the place of the key or of the bucket is not known (facts B1, B7).
    """
    if reference.form is KeyForm.OTHER_SERVICE:
        return problem_of_other_service(reference.alias or "")
    if None not in {reference.region, region} and reference.region != region:
        return f"the key is in {reference.region}, the bucket in {region}", OTHER_KEY
    is_own = None in {reference.account, account} or reference.account == account
    if reference.form is KeyForm.AWS_MANAGED and not is_own:
        return (
            f"it is the AWS managed key (aws/s3) of account {reference.account}, which no other account can use",
            "leave the key id out, which means the key of the bucket's own account, or choose another key",
        )
    return None


def problem_of_named_key(
    text: str | None, key: KeyFact | None, account: str | None, region: str | None
) -> tuple[str, str] | None:
    """What keeps S3 from using the key of a bucket there, as far as its name and the code tell, and what fixes it.

    None where only its state in KMS is left to be asked.
    """
    if problem := problem_of_reference(KeyReference.parse(text), account, region):
        return problem
    match key:
        case MissingKey(why=why, remedy=remedy):
            return why, remedy
        case OtherServiceKey(alias=alias):
            return problem_of_other_service(alias)
        case DeclaredKey(address=address, region=where) if None not in {where, region} and where != region:
            return f"the key {address} is in {where}, the bucket in {region}", OTHER_KEY
    return None


def problem_of_other_service(alias: str) -> tuple[str, str]:
    """Why S3 cannot use the AWS managed key of another service, and what fixes it (fact B35)."""
    service = alias.removeprefix(AWS_ALIAS_PREFIX)
    return (
        f"{alias} is the AWS managed key of {service}, and its key policy lets only {service} use it",
        OTHER_KEY,
    )


def problem_of(key: KmsKey, region: str | None) -> tuple[str, str] | None:
    """What keeps S3 from using a key, and what mends it; None where nothing does (facts B1, B2)."""
    if key.foreign_alias:
        return problem_of_other_service(key.foreign_alias)
    if region is not None and key.region != region:
        return f"the key is in {key.region}, the bucket in {region}", OTHER_KEY
    if key.usage != "ENCRYPT_DECRYPT" or key.spec != "SYMMETRIC_DEFAULT":
        return f"the key is {key.spec} for {key.usage}, not a symmetric encryption key", OTHER_KEY
    if key.state == "PendingDeletion":
        when = f" on {key.deletion_date.date().isoformat()}" if key.deletion_date else ""
        return (
            f"the key will be deleted{when}, and what it encrypted will be lost with it",  # fact B3
            "cancel the deletion (kms:CancelKeyDeletion) and enable the key, or choose another",
        )
    if key.state == "Disabled":
        return "the key is disabled", "enable it (kms:EnableKey), or choose another"
    if key.state != "Enabled":
        return f"the key is in state {key.state}", "bring it to Enabled, or choose another"
    if key.valid_to and key.valid_to <= datetime.now(UTC):
        return "the imported material of the key has expired", "import it again, or choose another"
    return None


def problem_of_declared(key: DeclaredKey) -> tuple[str, str] | Unknown | None:
    """What keeps S3 from using a key that code declares and that is yet to be made, and what fixes it."""
    # What is known and speaks against it decides, whatever else is not known.
    is_other = (key.spec, "SYMMETRIC_DEFAULT"), (key.usage, "ENCRYPT_DECRYPT")
    if any(isinstance(said, str) and said != needed for said, needed in is_other):
        known = " for ".join(said for said, _ in is_other if isinstance(said, str))
        return f"the key {key.address} is {known}, not a symmetric encryption key", OTHER_KEY
    if key.enabled is False:
        return f"the key {key.address} is declared disabled", "declare it enabled, or choose another"
    return next((said for said in (key.enabled, key.spec, key.usage) if isinstance(said, Unknown)), None)
