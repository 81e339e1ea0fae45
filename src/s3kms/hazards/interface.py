"""What a hazard is: one thing that breaks when the default encryption becomes SSE-KMS, with its text and examples."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.facts import Fact
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown, known


class HazardShape(StrEnum):
    """How a thing breaks (facts, section C)."""

    UNSUPPORTED = "SSE-KMS is not supported"
    SILENT_DAMAGE = "it goes on without an error, and does not do what it did"
    NEEDS_CUSTOMER_KEY = "it needs a customer managed key, whose policy allows it"
    NEEDS_PERMISSION = "a role needs a permission on the key"
    NEEDS_PREPARATION = "something else has to be settled first"
    IGNORES_DEFAULT = "the default does not apply to it"

    @property
    def breaks(self) -> bool:
        """Whether something breaks; else the change does less than it seems to, and no more."""
        return self is not HazardShape.IGNORES_DEFAULT


@dataclass(frozen=True, slots=True)
class EncryptionSwitch:
    """What a change does to a default encryption, as far as a hazard can hang on it."""

    is_new_kms: bool
    """Whether new objects get SSE-KMS that got none before."""
    key: KeyKind
    """Whose key it is afterwards: the AWS managed one, or a customer managed one."""
    is_new_key: bool
    """Whether new objects get another key than before, SSE-KMS being new included."""
    is_new_bucket_key: bool
    """Whether the bucket key is turned on, which it was not."""
    key_text: str | None = None
    """The key as the default names it afterwards: an ARN, an alias, an id; None is aws/s3."""
    has_bucket_key: bool | None = None
    """Whether new objects use a bucket key afterwards; None where it is not known."""
    key_policy: PolicyDocument | Unknown | None = NOT_READ
    """The policy of a customer managed key. None is the one that KMS gives, for its own account alone; NOT_READ is
    that nobody asked, and then whom it lets in is not judged.
    """
    key_shared_policy: PolicyDocument | Unknown | None = None
    """The second policy of that key, of AWS RAM (fact B9); None where it is not shared."""
    key_grants: tuple[KeyGrant, ...] | Unknown = ()
    """Grants of that key; none where nobody asked."""

    @property
    def brings_aws_managed_key(self) -> bool:
        """Whether new objects get the AWS managed key that got another or none before."""
        return self.is_new_key and self.key is KeyKind.AWS_MANAGED


def switch_between(before: Encryption, after: Encryption) -> EncryptionSwitch:
    """What changes from one default to the other, keys by how they are written: none is the AWS managed one."""
    return EncryptionSwitch(
        is_new_kms=after.is_kms and not before.is_kms,
        key=KeyKind.AWS_MANAGED if after.key is None else KeyKind.CUSTOMER_MANAGED,
        is_new_key=after.is_kms and (not before.is_kms or before.key != after.key),
        is_new_bucket_key=bool(after.bucket_key) and not known(before.bucket_key),
        key_text=after.key,
        has_bucket_key=None if isinstance(after.bucket_key, Unknown) else bool(after.bucket_key),
    )


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """A statement of a key policy that lets somebody use the key: buckets that need the same one share it."""

    principal: tuple[str, str]
    """The kind and who: `("Service", "delivery.logs.amazonaws.com")`, `("AWS", "arn:aws:iam::444455556666:root")`."""
    actions: tuple[str, ...]
    """`kms:GenerateDataKey*`."""
    conditions: tuple[tuple[str, str, str], ...] = ()
    """Operator, key and value each: `("StringEquals", "aws:SourceAccount", "111122223333")`. A key may have several
    values, of which one has to match.
    """

    def to_policy(self) -> dict[str, Any]:
        """As IAM writes it: `Resource` is `*`, which in a key policy is the key."""
        conditions: dict[str, dict[str, list[str]]] = {}
        for operator, key, value in self.conditions:
            conditions.setdefault(operator, {}).setdefault(key, []).append(value)
        kind, who = self.principal
        statement = {
            "Effect": "Allow",
            "Principal": {kind: who},
            "Action": list(self.actions),
            "Resource": "*",
        }
        tests = {
            operator: {key: values[0] if len(values) == 1 else values for key, values in keys.items()}
            for operator, keys in conditions.items()
        }
        return statement | ({"Condition": tests} if tests else {})


@dataclass(frozen=True, slots=True)
class Danger:
    """What a hazard found."""

    why: str
    """A sentence whose subject is the bucket, as `it`: the evidence, and what becomes of it."""
    statements: tuple[KeyStatement, ...] = ()
    """What the policy of a customer managed key has to say first."""


HazardAnswer = Danger | Unknown | None
"""None where nothing breaks; Unknown where a fact that decides could not be read."""


@dataclass(frozen=True, slots=True)
class HazardDoc:
    """The knowledge of a hazard, written once: `explain`, the docs and `fix` print this."""

    happens: str
    """What happens after the switch."""
    evidence: str
    """By what it is seen, live and in code."""
    advice: str
    """What to do, in a sentence."""
    sources: tuple[str, ...]
    """Titles and addresses in AWS's documentation."""
    is_confirmed: bool = True
    """Whether AWS says so; else it is told as not confirmed by AWS, on the careful side."""


@dataclass(frozen=True, slots=True)
class HazardExample:
    """One case: documentation and test at once."""

    title: str
    bucket: Bucket
    switch: EncryptionSwitch
    is_danger: bool | None
    """None is "cannot be told"."""
    also: frozenset[str] = frozenset()
    """Every other hazard that fires on it, or cannot be told: all the others are silent."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """One thing that breaks. Pure: it sees facts, never a client."""

    id: str
    """What `accept` names, and the module that it stands in."""
    title: str
    shape: HazardShape
    needs: frozenset[Fact]
    evaluate: Callable[[Bucket, EncryptionSwitch], HazardAnswer]
    doc: HazardDoc
    examples: tuple[HazardExample, ...]
    is_about_readers: bool = False
    """Whether it breaks reading: then it counts as well where objects that are there come under the key."""

    @property
    def advice(self) -> Advice:
        """What a person does about it."""
        return Advice(self.doc.advice)
