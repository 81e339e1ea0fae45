"""What a policy document says, as data."""

from dataclasses import dataclass
from enum import StrEnum

from s3kms.access.conditions import Condition, evaluate_conditions
from s3kms.access.context import ContextInput, PrefixValue, RequestContext
from s3kms.access.match import Match, any_of
from s3kms.access.operators import MAX_KEY_CHARACTERS, SOME_END, matches_arn
from s3kms.access.texts import Text, as_pattern, matches_glob, may_match_beginning
from s3kms.access.variables import resolve_text
from s3kms.model.unknown import Unknown

_SERVICE_PART = 2
"""Of an ARN: `kms` in `arn:aws:kms:…`."""


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
        return self._of(any_of(_match_one(value, text, ignore_case=ignore_case) for value in self.values))

    def match_arn(self, arn: "str | PrefixValue", context: RequestContext, *, has_variables: bool) -> Match:
        """Whether they cover an ARN, policy variables considered. Of one of which the beginning is known: whether
        they cover whatever begins so, MAYBE for some of that.

        A wildcard is documented to reach to the next colon, and further where the ARN ends with it; where it would
        have to reach further elsewhere, that is MAYBE. So is one for the service, and a variable that stands for
        another part than the last (IAM User Guide, "Resource", and "Variables and tags").
        """
        if not self.values and not self.unread:
            return Match.MAYBE  # AWS takes no statement without one
        return self._of(
            any_of(
                _match_arn(
                    resolved.pattern,
                    arn,
                    is_certain=resolved.is_certain and _takes_variables(value, has_variables),
                )
                for value in self.values
                for resolved in (resolve_text(value, context, has_variables=has_variables),)
            )
        )

    def _of(self, found: Match) -> Match:
        if found is not Match.YES and self.unread:
            found = Match.MAYBE
        return found.negated() if self.is_negated else found


def _match_one(value: Text, text: str, *, ignore_case: bool) -> Match:
    pattern = as_pattern(value)
    is_match = matches_glob(pattern.lower(), text.lower()) if ignore_case else matches_glob(pattern, text)
    if not is_match:
        return Match.NO
    return Match.YES if isinstance(value, str) else Match.MAYBE


def _match_arn(pattern: str, arn: "str | PrefixValue", *, is_certain: bool) -> Match:
    if isinstance(arn, PrefixValue):
        return match_beginning(pattern, arn.prefix, is_certain=is_certain)
    if not matches_glob(pattern, arn):
        return Match.NO
    is_whole = not pattern.strip("*") or (_names_service(pattern) and _matches_parts(pattern, arn))
    return Match.YES if is_whole and is_certain else Match.MAYBE


def _names_service(pattern: str) -> bool:
    parts = pattern.split(":", _SERVICE_PART + 1)
    return len(parts) > _SERVICE_PART + 1 and not set(parts[_SERVICE_PART]) & {"*", "?"}


def _matches_parts(pattern: str, arn: str) -> bool:
    """Whether an ARN matches part by part, a star at the end of the pattern reaching over colons."""
    if matches_arn(pattern, arn) is Match.YES:
        return True
    parts = pattern.split(":")
    of_arn = arn.split(":", len(parts) - 1)
    return pattern.endswith("*") and len(parts) == len(of_arn) and all(map(matches_glob, parts, of_arn))


def _takes_variables(value: Text, has_variables: bool) -> bool:
    """Whether no policy variable stands before the last part of an ARN."""
    start = as_pattern(value).find("${") if has_variables else -1
    return start < 0 or as_pattern(value).count(":", 0, start) > _SERVICE_PART + 2


def match_beginning(pattern: str, prefix: str, *, is_certain: bool = True) -> Match:
    """Whether a pattern covers every ARN with a beginning; MAYBE for some of them."""
    if not may_match_beginning(pattern, prefix):
        return Match.NO
    ends = (SOME_END, SOME_END * MAX_KEY_CHARACTERS)
    is_all = all(_match_arn(pattern, prefix + end, is_certain=is_certain) is Match.YES for end in ends)
    return Match.YES if is_all else Match.MAYBE


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
    name: str = ""
    """For a sentence: `statement 2`, or `statement 'AllowRead'` where it has a Sid."""
    is_effect_known: bool = True
    """Whether it is known to allow or to deny."""
    has_variables: bool = False
    """Whether `${aws:username}` in a resource is a policy variable: in documents of version 2012-10-17."""
    has_principal: bool = False
    """Whether it has a Principal or a NotPrincipal, which is for policies of resources alone."""

    @property
    def has_resource(self) -> bool:
        """Whether it has a Resource or a NotResource."""
        return bool(self.resources.values or self.resources.unread or self.resources.is_negated)

    def covers_action(self, action: str) -> Match:
        """Whether its actions cover this one, which IAM compares without regard to case."""
        return self.actions.match(action, ignore_case=True)

    def covers_resource(self, arn: "str | PrefixValue", context: RequestContext) -> Match:
        """Whether its resources cover this ARN."""
        return self.resources.match_arn(arn, context, has_variables=self.has_variables)

    def holds_for(self, request: "RequestContext | ContextInput") -> Match:
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
