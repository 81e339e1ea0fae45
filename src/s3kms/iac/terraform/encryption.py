"""The default encryption that the values of a resource describe. What they leave open is Unknown, with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import is_marked, value_at
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    ALGORITHM_ARGUMENTS,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    DEFAULT_BLOCK,
    INLINE_BLOCK,
    KMS_KEY_ID,
    RULE,
    TABLE_ENCRYPTION,
    TABLE_KMS_KEY_ARN,
    VECTOR_BUCKETS,
)
from s3kms.model.advice import Advice
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import KeyFact
from s3kms.model.unknown import Unknown, UnknownCause, known

AttributePath = tuple[str | int, ...]
"""Names of arguments and numbers of blocks: `("rule", 0, "bucket_key_enabled")`."""

RULE_PATH: AttributePath = (RULE,)
"""Where a configuration of its own has its rules."""
INLINE_RULE_PATH: AttributePath = (INLINE_BLOCK, 0, RULE)
"""Where `aws_s3_bucket` has them (fact H4)."""
TABLE_PATH: AttributePath = (TABLE_ENCRYPTION,)

APPLY_ADVICE = Advice("apply the plan, then check the state: terraform show -json")
"""For what is known only after the apply."""
LIVE_ADVICE = Advice("check the bucket live")
"""For what is marked as sensitive."""
_REWRITE_ADVICE = Advice("write it again with terraform show -json; if it stays, report this as a bug")


@dataclass(frozen=True, slots=True)
class UnresolvedKey:
    """A key that is known only after the apply: the expression that names it, and what is known of the key."""

    expression: str
    fact: KeyFact


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """What one rule comes to, with the reasons for what is not known of it."""

    encryption: Encryption | Unknown
    key: KeyFact | None = None
    """What the code itself says of the key; None where the key's name is all there is."""
    caveat: str | None = None
    """What weakens it, in words."""


_BLOCKED_UNKNOWN = Unknown(
    UnknownCause.UNRESOLVED,
    "the code does not say whether SSE-C is blocked",
    Advice("state blocked_encryption_types (provider 6.22 or newer)"),
)
SSE_S3_UNDECLARED = DefaultEncryption(Encryption(SSE_S3, blocked=_BLOCKED_UNKNOWN))
"""What S3 gives a bucket that no configuration is for."""


@dataclass(frozen=True, slots=True)
class UnknownExplainer:
    """Why values are not known, as the file that they come from explains it."""

    explain: Callable[[str, InstanceValues, AttributePath], Unknown]
    """The reason for the value at a path; the first argument names the value in the sentence."""
    explain_key: Callable[[InstanceValues, AttributePath], UnresolvedKey]
    """What is known of the key whose name is not known."""
    malformed_advice: Advice = _REWRITE_ADVICE
    """What to do about values that no provider would have taken."""

    def malformed(self, why: str) -> Unknown:
        """Values that no provider would have taken, as an Unknown."""
        return Unknown(UnknownCause.UNSUPPORTED, why, self.malformed_advice)


def read_default_encryption(
    instance: InstanceValues, rules_path: AttributePath, explainer: UnknownExplainer
) -> DefaultEncryption:
    """The default encryption of the one rule that an instance has at that path."""
    if is_marked(instance.unknown, *rules_path):
        return DefaultEncryption(explainer.explain("the default encryption", instance, rules_path))
    rules = value_at(instance.values, *rules_path)
    if not isinstance(rules, list) or len(rules) != 1 or not isinstance(rules[0], dict):
        count = len(rules) if isinstance(rules, list) else "no"
        return DefaultEncryption(
            explainer.malformed(
                f"{instance.address} has {count} encryption rules, and S3 accepts exactly one"
            )
        )
    return _read_rule(instance, (*rules_path, 0), explainer)


def read_self_encrypted_default(instance: InstanceValues, explainer: UnknownExplainer) -> DefaultEncryption:
    """The default encryption of a table or vector bucket: SSE-S3 where nothing is declared, else SSE-KMS with a
    customer managed key, or SSE-S3 (facts A22, A23).
    """
    if is_marked(instance.unknown, *TABLE_PATH):
        return DefaultEncryption(explainer.explain("the default encryption", instance, TABLE_PATH))
    if value_at(instance.values, *TABLE_PATH) is None:
        return DefaultEncryption(Encryption(SSE_S3))
    argument, is_vectors = ALGORITHM_ARGUMENTS[instance.type], instance.type in VECTOR_BUCKETS
    if is_marked(instance.unknown, *TABLE_PATH, argument):
        return DefaultEncryption(explainer.explain("the algorithm", instance, TABLE_PATH))
    algorithm = value_at(instance.values, *TABLE_PATH, argument)
    is_silent = is_vectors and not algorithm and isinstance(value_at(instance.values, *TABLE_PATH), dict)
    if algorithm == SSE_S3 or (is_silent and not value_at(instance.values, *TABLE_PATH, TABLE_KMS_KEY_ARN)):
        return DefaultEncryption(Encryption(SSE_S3))
    service = "S3 Vectors" if is_vectors else "S3 Tables"
    malformed = explainer.malformed(
        f"{instance.address} has no default encryption that {service} takes: AES256, or aws:kms with a key ARN"
    )
    if algorithm != SSE_KMS:
        return DefaultEncryption(malformed)
    if is_marked(instance.unknown, *TABLE_PATH, TABLE_KMS_KEY_ARN):
        unresolved = explainer.explain_key(instance, TABLE_PATH)
        return DefaultEncryption(Encryption(SSE_KMS, unresolved.expression), unresolved.fact)
    name, fact = _read_key(instance, (*TABLE_PATH, TABLE_KMS_KEY_ARN), explainer)
    if name is None:
        return DefaultEncryption(malformed)
    return DefaultEncryption(Encryption(SSE_KMS, name), fact)


def _read_rule(
    instance: InstanceValues, rule_path: AttributePath, explainer: UnknownExplainer
) -> DefaultEncryption:
    block_path = (*rule_path, DEFAULT_BLOCK)
    if is_marked(instance.unknown, *block_path):
        return DefaultEncryption(explainer.explain("the default encryption", instance, block_path))
    algorithm = _read_algorithm(instance, (*block_path, 0), explainer)
    if isinstance(algorithm, Unknown):
        return DefaultEncryption(algorithm)
    name, fact = _read_key(instance, (*block_path, 0, KMS_KEY_ID), explainer)
    if algorithm not in KMS_ALGORITHMS:
        name, fact = None, None
    bucket_key = _read_bucket_key(instance, (*rule_path, BUCKET_KEY_ENABLED), explainer)
    if algorithm != SSE_KMS:
        bucket_key = known(bucket_key)  # it has no bearing there
    blocked = _read_blocked(instance, (*rule_path, BLOCKED_TYPES), explainer)
    return DefaultEncryption(Encryption(algorithm, name, bucket_key, blocked), fact)


def _read_algorithm(
    instance: InstanceValues, block_path: AttributePath, explainer: UnknownExplainer
) -> str | Unknown | None:
    path = (*block_path, ALGORITHM)
    if is_marked(instance.unknown, *path):
        return explainer.explain("the algorithm", instance, path)
    if not value_at(instance.values, *block_path[:-1]):
        return None  # a rule with its other parts alone is legal (fact A1)
    found = value_at(instance.values, *path)
    if isinstance(found, str) and found:
        return found
    return explainer.malformed(f"{instance.address} has no {ALGORITHM} that is a text")


def _read_key(
    instance: InstanceValues, path: AttributePath, explainer: UnknownExplainer
) -> tuple[str | None, KeyFact | None]:
    """The name of the key and what is known of it; None twice for the AWS managed key (fact A12)."""
    if is_marked(instance.unknown, *path):
        unresolved = explainer.explain_key(instance, path)
        return unresolved.expression, unresolved.fact
    found = value_at(instance.values, *path)
    if not found:
        return None, None
    if not isinstance(found, str):
        return "(not shown)", explainer.malformed(f"the key of {instance.address} is not a text")
    if is_marked(instance.sensitive, *path):
        why = f"the key of {instance.address} is marked as sensitive"
        return "(not shown)", Unknown(UnknownCause.NOT_READ, why, LIVE_ADVICE)
    return found, None


def _read_bucket_key(
    instance: InstanceValues, path: AttributePath, explainer: UnknownExplainer
) -> bool | Unknown | None:
    if is_marked(instance.unknown, *path):
        return explainer.explain("whether the S3 Bucket Key is on", instance, path)
    found = value_at(instance.values, *path)
    if found is None or isinstance(found, bool):
        return found
    return explainer.malformed(f"{BUCKET_KEY_ENABLED} of {instance.address} is not a boolean")


def _read_blocked(
    instance: InstanceValues, path: AttributePath, explainer: UnknownExplainer
) -> tuple[str, ...] | Unknown:
    """The provider computes it where the code does not say it, and knows it since 6.22 (fact H3)."""
    if is_marked(instance.unknown, *path):
        return explainer.explain("whether SSE-C is blocked", instance, path)
    found = value_at(instance.values, *path)
    if isinstance(found, list) and found and all(isinstance(item, str) for item in found):
        return tuple(found)
    return _BLOCKED_UNKNOWN
