"""Which of the configurations that may be for a bucket decides."""

from collections.abc import Callable, Iterable

from s3kms.iac.terraform.encryption import (
    RULE_PATH,
    DefaultEncryption,
    UnknownExplainer,
    read_default_encryption,
)
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.plan_and_state.configuration_matching import BucketConfigurations
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause


def choose_default(
    joined: BucketConfigurations,
    fallback: DefaultEncryption,
    sayings: UnknownExplainer,
    doubt: Callable[[InstanceValues], Unknown],
) -> DefaultEncryption:
    """The default encryption: of the configurations that are certain; else as without any, unless one of those that
    are possible would make another of it, which is in doubt.
    """
    if joined.certain:
        return _one_of(joined.certain, sayings)
    for default in read_defaults(joined.possible, sayings):
        if default.encryption != fallback.encryption:
            return DefaultEncryption(doubt(joined.possible[0]))
    return fallback


def _one_of(certain: list[InstanceValues], sayings: UnknownExplainer) -> DefaultEncryption:
    defaults = list(read_defaults(certain, sayings))
    if all(default == defaults[0] for default in defaults):
        return defaults[0]
    names = " and ".join(one.address for one in certain)
    return DefaultEncryption(
        Unknown(
            UnknownCause.UNRESOLVED,
            f"{names} differ, and the last to be applied wins",
            Advice("keep one of them"),
        )
    )


def read_defaults(
    instances: Iterable[InstanceValues], sayings: UnknownExplainer
) -> Iterable[DefaultEncryption]:
    """The rules of configurations."""
    return (read_default_encryption(one, RULE_PATH, sayings) for one in instances)
