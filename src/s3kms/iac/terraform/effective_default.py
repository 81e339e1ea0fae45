"""The default encryption of a bucket for which there are configurations, certain or possible ones."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from s3kms.iac.terraform.encryption import (
    RULE_PATH,
    DefaultEncryption,
    UnknownExplainer,
    read_default_encryption,
)
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

MADE_ELSEWHERE = "the bucket itself is made elsewhere; this is its configuration"
"""The caveat of a configuration that is for no bucket of the same code, plan or state."""


OF_UNKNOWN_NUMBER = "this is a configuration of {bucket}, which has it only where there are any of these"
"""The caveat of a configuration of a bucket that is declared beside it, and that may have no instance."""


@dataclass(slots=True)
class BucketConfigurations:
    """The encryption configurations of one bucket."""

    certain: list[InstanceValues] = field(default_factory=list)
    possible: list[InstanceValues] = field(default_factory=list)
    """The file does not show whether they are for this bucket."""


def choose_default(
    configurations: BucketConfigurations,
    fallback: DefaultEncryption,
    explainer: UnknownExplainer,
    explain_doubt: Callable[[InstanceValues], Unknown],
) -> DefaultEncryption:
    """The default encryption that the certain configurations give; else `fallback`, which is the default without
    any, unless a possible one would change that: then Unknown, explained by `explain_doubt`.
    """
    if configurations.certain:
        return _agreed(configurations.certain, explainer)
    for default in _read_all(configurations.possible, explainer):
        if default.encryption != fallback.encryption:
            return DefaultEncryption(explain_doubt(configurations.possible[0]))
    return fallback


def _agreed(certain: list[InstanceValues], explainer: UnknownExplainer) -> DefaultEncryption:
    defaults = list(_read_all(certain, explainer))
    if all(default == defaults[0] for default in defaults):
        return defaults[0]
    names = " and ".join(one.address for one in certain)
    why = f"{names} differ, and the last to be applied wins"
    return DefaultEncryption(Unknown(UnknownCause.UNRESOLVED, why, Advice("keep one of them")))


def _read_all(
    instances: Iterable[InstanceValues], explainer: UnknownExplainer
) -> Iterable[DefaultEncryption]:
    return (read_default_encryption(one, RULE_PATH, explainer) for one in instances)
