"""Whether a part of a statement matches, where parts of it may be open."""

from collections.abc import Iterable
from enum import Enum


class Match(Enum):
    """Certain, impossible, or hanging on something that is not known."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"

    def negated(self) -> "Match":
        """What a part with `Not` before it comes to."""
        return {Match.YES: Match.NO, Match.NO: Match.YES, Match.MAYBE: Match.MAYBE}[self]


def any_of(matches: Iterable[Match]) -> Match:
    """The best of several: one that matches is enough. NO where there are none."""
    found = set(matches)
    return Match.YES if Match.YES in found else Match.MAYBE if Match.MAYBE in found else Match.NO


def all_of(matches: Iterable[Match]) -> Match:
    """The worst of several: all have to match. YES where there are none."""
    found = set(matches)
    return Match.NO if Match.NO in found else Match.MAYBE if Match.MAYBE in found else Match.YES
