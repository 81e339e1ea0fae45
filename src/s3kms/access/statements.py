"""What a policy document says, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3kms.access.conditions import Condition, evaluate_conditions
from s3kms.access.match import Match, any_of
from s3kms.access.texts import Text, as_pattern, matches_glob
from s3kms.model.unknown import Unknown


class PrincipalKind(StrEnum):
    """The keys of a Principal element."""

    ANYONE = "*"
    AWS = "AWS"
    SERVICE = "Service"
    CANONICAL_USER = "CanonicalUser"
    FEDERATED = "Federated"


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal that a statement names."""

    kind: PrincipalKind
    text: Text


@dataclass(frozen=True, slots=True)
class Patterns:
    """The values of Action, NotAction, Resource or NotResource."""

    values: tuple[Text, ...]
    is_negated: bool = False
    unread: tuple[Unknown, ...] = ()
    """Values that are not known."""

    def match(self, text: str, *, ignore_case: bool = False) -> Match:
        """Whether they cover a known action or ARN."""
        found = any_of(_match_one(value, text, ignore_case=ignore_case) for value in self.values)
        if found is not Match.YES and self.unread:
            found = Match.MAYBE
        return found.negated() if self.is_negated else found


def _match_one(value: Text, text: str, *, ignore_case: bool) -> Match:
    pattern = as_pattern(value)
    is_match = matches_glob(pattern.lower(), text.lower()) if ignore_case else matches_glob(pattern, text)
    if not is_match:
        return Match.NO
    return Match.YES if isinstance(value, str) else Match.MAYBE


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    is_allow: bool
    principals: tuple[Principal, ...] = ()
    is_negated: bool = False
    """Whether it has NotPrincipal: everyone but these."""
    actions: Patterns = Patterns(())
    resources: Patterns = Patterns(())
    conditions: tuple[Condition, ...] = ()
    unread: tuple[Unknown, ...] = ()
    """Parts that could not be parsed, or that code leaves open: principals, conditions, unknown elements."""

    def covers_action(self, action: str) -> Match:
        """Whether its actions cover this one, which IAM compares without regard to case."""
        return self.actions.match(action, ignore_case=True)

    def holds_for(self, request: Mapping[str, str | None]) -> Match:
        """Whether its conditions hold for a request with these condition keys; a key that is not among them may be
        anything, one that is None is absent.
        """
        return evaluate_conditions(self.conditions, request)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document, parsed."""

    source: str
    """In a sentence: `its policy`."""
    statements: tuple[Statement, ...] = ()
    unread: tuple[Unknown, ...] = ()
    """Statements, or the whole document, that could not be parsed or are not known."""
