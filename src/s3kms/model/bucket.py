"""Buckets, and the places where they are defined."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.keys import DeclaredKey, KeyFact, KeyForm, KeyReference, KmsKey, MissingKey
from s3kms.model.place import Place
from s3kms.model.suppressions import Suppression
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.model.usage import UNREAD_USAGE, BucketUsage


@dataclass(frozen=True, slots=True)
class Evidence:
    """The call that established a fact, so that it can be found in CloudTrail."""

    operation: str
    request_id: str | None
    at: datetime
    """When the bucket was in this state: the time of the call, or when AWS Config captured it."""


class BucketKind(StrEnum):
    """The bucket types this tool judges."""

    GENERAL_PURPOSE = "general purpose"
    DIRECTORY = "directory"
    TABLE = "table"
    """Amazon S3 Tables has an API of its own (fact A22)."""
    VECTOR = "vector"
    """Amazon S3 Vectors has an API of its own, and an encryption that is chosen at creation, for good (fact A23)."""


DIRECTORY_SUFFIX = "--x-s3"
"""How the name of every directory bucket ends (fact A20)."""


@dataclass(frozen=True, slots=True)
class BucketOutcome:
    """One way in which a bucket may come out, where code leaves it open."""

    when: str
    """In a sentence: `IsProd is false`."""
    encryption: Encryption | Unknown
    key: KeyFact | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, with the facts that were asked for. The others are NOT_READ."""

    name: str | None
    """None where code computes it."""
    account: str | None = None
    region: str | None = None
    arn: str | None = None
    kind: BucketKind = BucketKind.GENERAL_PURPOSE
    resource: str | None = None
    """The address in code: a Terraform address, a CloudFormation logical id. None live."""
    places: tuple[Place, ...] = ()
    encryption: Encryption | Unknown = NOT_READ
    tags: Mapping[str, str] | Unknown = NOT_READ
    key: KeyFact | None = field(default=NOT_READ)
    """None where the default encryption uses no KMS key."""
    evidence: Evidence | None = None
    caveat: str | None = None
    """What weakens these facts, in words: how old they are, or that they could not be confirmed."""
    usage: BucketUsage = UNREAD_USAGE
    """What it is used for, as far as that was asked for: what hazards look at."""
    outcomes: tuple[BucketOutcome, ...] = ()
    """Every way it may come out, where there are several: all are judged. The first one's facts stand above."""
    code_places: tuple[Place, ...] = ()
    """Where the code declares it, for a bucket of a plan whose code is known; `places` are in the plan."""
    suppressions: tuple[Suppression, ...] = ()
    """What is said beside the code about leaving it as it is: for this tool, and for others."""

    def as_in(self, outcome: BucketOutcome) -> "Bucket":
        """The bucket as it comes out that way."""
        return replace(
            self,
            encryption=outcome.encryption,
            key=outcome.key,
            places=outcome.places,
            outcomes=(),
        )

    @property
    def encryptions(self) -> tuple[Encryption | Unknown, ...]:
        """The default encryption in every way the bucket may come out."""
        return tuple(outcome.encryption for outcome in self.outcomes) or (self.encryption,)

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return self.name or self.resource or (self.places[0].uri if self.places else "a bucket")

    @property
    def key_kind(self) -> KeyKind | None:
        """Who manages the key; None where there is no KMS key."""
        if isinstance(self.encryption, Unknown) or not self.encryption.is_kms:
            return None
        if isinstance(self.key, KmsKey):
            return self.key.manager
        if isinstance(self.key, DeclaredKey):
            return KeyKind.CUSTOMER_MANAGED
        match KeyReference.parse(self.encryption.key).form:
            case KeyForm.AWS_MANAGED | KeyForm.OTHER_SERVICE:
                return KeyKind.AWS_MANAGED
            case KeyForm.ALIAS | KeyForm.ALIAS_ARN if not isinstance(self.key, MissingKey):
                return KeyKind.CUSTOMER_MANAGED  # fact B35
        return KeyKind.UNKNOWN


def bucket_arn(name: str, partition: str = "aws") -> str:
    """The ARN of a general purpose bucket."""
    return f"arn:{partition}:s3:::{name}"


def directory_bucket_arn(name: str, region: str, account: str, partition: str = "aws") -> str:
    """The ARN of a directory bucket."""
    return f"arn:{partition}:s3express:{region}:{account}:bucket/{name}"
