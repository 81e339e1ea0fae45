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
    best = Match.NO
    for one in matches:
        if one is Match.YES:
            return one
        if one is Match.MAYBE:
            best = one
    return best


def all_of(matches: Iterable[Match]) -> Match:
    """The worst of several: all have to match. YES where there are none."""
    worst = Match.YES
    for one in matches:
        if one is Match.NO:
            return one
        if one is Match.MAYBE:
            worst = one
    return worst
