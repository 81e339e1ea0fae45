"""KMS keys: the ways to name one, and what KMS says about one."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from s3kms.model.encryption import KeyKind
from s3kms.model.unknown import NOT_READ, Unknown

AWS_S3_ALIAS = "alias/aws/s3"
"""The alias of the AWS managed key. Describing it where it is unused would create the key (fact B5)."""

OTHER_KEY = "choose an enabled symmetric key in the bucket's region and set it by its full ARN"
"""The remedy for every key that cannot be mended."""

_ID = r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32})"
_ALIAS = r"alias/[A-Za-z0-9/_-]{1,250}"
_ARN = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}}):"
    rf"(?:key/(?P<id>{_ID})|(?P<alias>{_ALIAS}))"
)


class KeyForm(StrEnum):
    """The forms of a key reference (fact A10)."""

    AWS_MANAGED = "aws/s3"
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
        """Never raises: what is no reference is one of form MALFORMED."""
        if text is None or text in {"aws/s3", AWS_S3_ALIAS, ""}:
            return cls(KeyForm.AWS_MANAGED, text or None)
        if re.fullmatch(_ID, text):
            return cls(KeyForm.ID, text)
        if re.fullmatch(_ALIAS, text):
            return cls(KeyForm.ALIAS, text)
        if found := _ARN.fullmatch(text):
            form = KeyForm.ARN if found["id"] else KeyForm.ALIAS_ARN
            if found["alias"] == AWS_S3_ALIAS:
                form = KeyForm.AWS_MANAGED
            return cls(form, text, found["account"], found["region"])
        return cls(KeyForm.MALFORMED, text)


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

    @property
    def account(self) -> str:
        """The account that owns the key."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """The region the key lives in."""
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class UnusedAwsManagedKey:
    """The default is aws/s3, and no object was written yet, so KMS has not made the key (facts A12, B5)."""


@dataclass(frozen=True, slots=True)
class MissingKey:
    """KMS says that there is no such key or alias."""

    why: str


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A customer managed key that the code of the bucket declares, too: it has no ARN yet."""

    address: str
    """Its address in code."""
    enabled: bool | Unknown = True
    spec: str | Unknown = "SYMMETRIC_DEFAULT"
    usage: str | Unknown = "ENCRYPT_DECRYPT"
    rotation: Rotation | Unknown = field(default=NOT_READ)


KeyFact = KmsKey | DeclaredKey | UnusedAwsManagedKey | MissingKey | Unknown
"""What can be known of the key behind a default."""


def problem_of(key: KmsKey, region: str | None) -> tuple[str, str] | None:
    """What keeps S3 from using a key, and what mends it; None where nothing does (facts B1, B2)."""
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
    for said in (key.enabled, key.spec, key.usage):
        if isinstance(said, Unknown):
            return said
    if key.usage != "ENCRYPT_DECRYPT" or key.spec != "SYMMETRIC_DEFAULT":
        return (
            f"the key {key.address} is {key.spec} for {key.usage}, not a symmetric encryption key",
            OTHER_KEY,
        )
    if not key.enabled:
        return f"the key {key.address} is declared disabled", "declare it enabled, or choose another"
    return None
