"""The condition keys of a request: each known, known to be absent, or not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PrefixValue:
    """A value of which only the beginning is known: the ARN of some object of a bucket."""

    prefix: str
    pattern: str = ""
    """A pattern of an ARN that it matches, where one is known."""


@dataclass(frozen=True, slots=True)
class SinceValue:
    """A moment that is not known, but for one before which it does not come."""

    seconds: int
    """That one, since 1970."""


ContextValue = str | PrefixValue | SinceValue
MULTIVALUED_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
    }
)
"""Keys, in lower case, that may have several values (IAM User Guide, "Global condition context keys"; KMS Developer
Guide, "Condition keys"): they ask for ForAnyValue or ForAllValues, and stand for no policy variable.
"""
ContextInput = Mapping[str, "ContextValue | tuple[ContextValue, ...] | None"]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What is known of a request's condition keys. A key of which nothing is said may be anything."""

    values: Mapping[str, tuple[ContextValue, ...]] = field(default_factory=dict)
    """By key, in lower case; an absent key has none."""
    closed: tuple[str, ...] = ()
    """Beginnings of keys, in lower case, of which all that are there are in `values`."""

    @classmethod
    def of(cls, values: ContextInput, closed: tuple[str, ...] = ()) -> "RequestContext":
        """From keys and values; None is an absent key. Of keys that begin with one of `closed` all that are there
        are said, so that others are absent.
        """
        return cls(
            {key.lower(): _as_tuple(value) for key, value in values.items()},
            tuple(one.lower() for one in closed),
        )

    def find(self, key: str) -> tuple[ContextValue, ...] | None:
        """The values of a key, whose case does not count: none where it is absent, None where nothing is known."""
        name = key.lower()
        if name in self.values:
            return self.values[name]
        return () if self.closed and name.startswith(self.closed) else None

    def extended(self, values: ContextInput, closed: tuple[str, ...] = ()) -> "RequestContext":
        """With more keys, which win over those that are there."""
        more = RequestContext.of(values, closed)
        return RequestContext({**self.values, **more.values}, (*self.closed, *more.closed))


def _as_tuple(value: "ContextValue | tuple[ContextValue, ...] | None") -> tuple[ContextValue, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
