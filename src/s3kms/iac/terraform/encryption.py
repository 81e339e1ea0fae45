"""What a resource's values say of the default encryption; what they do not say is Unknown, with its expression."""

from collections.abc import Callable
from dataclasses import dataclass

from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import at, is_marked
from s3kms.model.advice import Advice
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import KeyFact
from s3kms.model.unknown import Unknown, UnknownCause, known

RULE_PATH = ("rule",)
"""Where a configuration of its own keeps the rules."""
INLINE_BLOCK = "server_side_encryption_configuration"
INLINE_RULE_PATH = (INLINE_BLOCK, 0, "rule")
"""Where the bucket of provider 3 keeps them (fact H4)."""
_DEFAULT = "apply_server_side_encryption_by_default"

APPLY_ADVICE = "apply the plan, then check the state: terraform show -json"
"""The remedy for what only the apply will tell."""
BROKEN_ADVICE = "write it again with terraform show -json; if it stays, report this as a bug"

AttributePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class UnresolvedKey:
    """A key that only the apply tells: the expression, and what is known of the key."""

    expression: str
    fact: KeyFact


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """One rule, read."""

    encryption: Encryption | Unknown
    key: KeyFact | None = None
    """What the code itself says of the key; None where the key's name is all there is."""
    caveat: str | None = None
    """What weakens it, in words."""


_BLOCKED_UNDECLARED = Unknown(
    UnknownCause.UNRESOLVED,
    "the code says nothing of SSE-C",
    Advice("state blocked_encryption_types (provider 6.22 or newer)"),
)
SSE_S3_UNDECLARED = DefaultEncryption(Encryption(SSE_S3, blocked=_BLOCKED_UNDECLARED))
"""What S3 gives a bucket that no configuration is for."""


@dataclass(frozen=True, slots=True)
class UnknownExplainer:
    """What the code around the values can add."""

    unknown: Callable[[str, InstanceValues, AttributePath], Unknown]
    """Why a value is not told, that first text, and what settles it."""
    key: Callable[[InstanceValues, AttributePath], UnresolvedKey]
    """Of a key whose name is not told."""
    broken: str = BROKEN_ADVICE
    """The remedy for what no provider would have taken."""


def read_default_encryption(
    instance: InstanceValues, where: AttributePath, sayings: UnknownExplainer
) -> DefaultEncryption:
    """The rule of one instance."""
    if is_marked(instance.unknown, *where):
        return DefaultEncryption(sayings.unknown("the default encryption", instance, where))
    rules = at(instance.values, *where)
    if not isinstance(rules, list) or len(rules) != 1 or not isinstance(rules[0], dict):
        count = len(rules) if isinstance(rules, list) else "no"
        return DefaultEncryption(
            Unknown(
                UnknownCause.UNRESOLVED,
                f"{instance.address} has {count} encryption rules, and S3 wants one",
                Advice(sayings.broken),
            )
        )
    return _read_rule(instance, (*where, 0), sayings)


def read_table_bucket_default(instance: InstanceValues, sayings: UnknownExplainer) -> DefaultEncryption:
    """Of a table bucket (fact A22): SSE-S3 where nothing is said, and no KMS key but one of the customer."""
    where = ("encryption_configuration",)
    if is_marked(instance.unknown, *where):
        return DefaultEncryption(sayings.unknown("the default encryption", instance, where))
    if at(instance.values, *where) is None:
        return DefaultEncryption(Encryption(SSE_S3))
    if is_marked(instance.unknown, *where, "sse_algorithm"):
        return DefaultEncryption(sayings.unknown("the algorithm", instance, where))
    algorithm = at(instance.values, *where, "sse_algorithm")
    if algorithm == SSE_S3:
        return DefaultEncryption(Encryption(SSE_S3))
    refused = Unknown(
        UnknownCause.UNRESOLVED,
        f"{instance.address} has no default that a table bucket takes",  # fact A22
        Advice(sayings.broken),
    )
    if algorithm != SSE_KMS:
        return DefaultEncryption(refused)
    if is_marked(instance.unknown, *where, "kms_key_arn"):
        unknown = sayings.key(instance, where)
        return DefaultEncryption(Encryption(SSE_KMS, unknown.expression), unknown.fact)
    name, fact = _key(instance, (*where, "kms_key_arn"), sayings)
    if name is None:
        return DefaultEncryption(refused)
    return DefaultEncryption(Encryption(SSE_KMS, name), fact)


def _read_rule(instance: InstanceValues, rule: AttributePath, sayings: UnknownExplainer) -> DefaultEncryption:
    block = (*rule, _DEFAULT)
    if is_marked(instance.unknown, *block):
        return DefaultEncryption(sayings.unknown("the default encryption", instance, block))
    algorithm = _algorithm(instance, (*block, 0), sayings)
    if isinstance(algorithm, Unknown):
        return DefaultEncryption(algorithm)
    name, fact = _key(instance, (*block, 0, "kms_master_key_id"), sayings)
    if algorithm not in KMS_ALGORITHMS:
        name, fact = None, None
    bucket_key = _bucket_key(instance, (*rule, "bucket_key_enabled"), sayings)
    blocked = _blocked(instance, (*rule, "blocked_encryption_types"), sayings)
    if algorithm != SSE_KMS:
        bucket_key = known(bucket_key)  # it has no bearing there
    return DefaultEncryption(Encryption(algorithm, name, bucket_key, blocked), fact)


def _algorithm(
    instance: InstanceValues, block: AttributePath, sayings: UnknownExplainer
) -> str | Unknown | None:
    steps = (*block, "sse_algorithm")
    if is_marked(instance.unknown, *steps):
        return sayings.unknown("the algorithm", instance, steps)
    if not at(instance.values, *block[:-1]):
        return None  # a rule with its other parts alone is legal (fact A1)
    found = at(instance.values, *steps)
    if isinstance(found, str) and found:
        return found
    return Unknown(
        UnknownCause.UNRESOLVED,
        f"{instance.address} has no sse_algorithm that is a text",
        Advice(sayings.broken),
    )


def _key(
    instance: InstanceValues, steps: AttributePath, sayings: UnknownExplainer
) -> tuple[str | None, KeyFact | None]:
    if is_marked(instance.unknown, *steps):
        unknown = sayings.key(instance, steps)
        return unknown.expression, unknown.fact
    found = at(instance.values, *steps)
    if not found:
        return None, None  # aws/s3 (fact A12)
    if is_marked(instance.sensitive, *steps) or not isinstance(found, str):
        why = "is marked as sensitive" if isinstance(found, str) else "is not a text"
        return "(not shown)", Unknown(
            UnknownCause.UNRESOLVED, f"the key of {instance.address} {why}", Advice("check the bucket live")
        )
    return found, None


def _bucket_key(
    instance: InstanceValues, steps: AttributePath, sayings: UnknownExplainer
) -> bool | Unknown | None:
    if is_marked(instance.unknown, *steps):
        return sayings.unknown("whether the S3 Bucket Key is on", instance, steps)
    found = at(instance.values, *steps)
    if found is None or isinstance(found, bool):
        return found
    return Unknown(
        UnknownCause.UNRESOLVED,
        f"bucket_key_enabled of {instance.address} is not a boolean",
        Advice(sayings.broken),
    )


def _blocked(
    instance: InstanceValues, steps: AttributePath, sayings: UnknownExplainer
) -> tuple[str, ...] | Unknown:
    """The provider computes it where the code does not say it, and knows it since 6.22 (fact H3)."""
    if is_marked(instance.unknown, *steps):
        return sayings.unknown("whether SSE-C is blocked", instance, steps)
    found = at(instance.values, *steps)
    if isinstance(found, list) and found and all(isinstance(item, str) for item in found):
        return tuple(found)
    return _BLOCKED_UNDECLARED
