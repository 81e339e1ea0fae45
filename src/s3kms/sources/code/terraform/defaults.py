"""Which of the configurations that may be for a bucket decides."""

from collections.abc import Callable, Iterable

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.terraform.encryption import RULE, Default, Sayings, read_default
from s3kms.sources.code.terraform.instances import Instance
from s3kms.sources.code.terraform.joining import Joined


def default_of(
    joined: Joined, fallback: Default, sayings: Sayings, doubt: Callable[[Instance], Unknown]
) -> Default:
    """The default encryption: of the configurations that are certain; else as without any, unless one of those that
    are possible would make another of it, which is in doubt.
    """
    if joined.certain:
        return _one_of(joined.certain, sayings)
    for default in read_all(joined.possible, sayings):
        if default.encryption != fallback.encryption:
            return Default(doubt(joined.possible[0]))
    return fallback


def _one_of(certain: list[Instance], sayings: Sayings) -> Default:
    defaults = list(read_all(certain, sayings))
    if all(default == defaults[0] for default in defaults):
        return defaults[0]
    names = " and ".join(one.address for one in certain)
    return Default(
        Unknown(
            UnknownCause.UNRESOLVED,
            f"{names} differ, and the last to be applied wins",
            Advice("keep one of them"),
        )
    )


def read_all(instances: Iterable[Instance], sayings: Sayings) -> Iterable[Default]:
    """The rules of configurations."""
    return (read_default(one, RULE, sayings) for one in instances)
