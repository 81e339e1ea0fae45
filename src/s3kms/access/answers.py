"""Answers with their reasons: what the policies of one sort say, and how several of them add up."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.access.match import Match


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """Whether one part of the policies allows (or denies) a request, and what in it decides."""

    match: Match
    why: str
    """The statement that decides, or what is missing, for a sentence."""


_ORDER = (Match.NO, Match.MAYBE, Match.YES)


def all_parts(parts: Iterable[PartialAnswer]) -> PartialAnswer:
    """All have to allow: the first of the worst decides."""
    return min(parts, key=lambda part: _ORDER.index(part.match))


def any_part(parts: Iterable[PartialAnswer]) -> PartialAnswer:
    """One that allows is enough: the first of the best decides."""
    return max(parts, key=lambda part: _ORDER.index(part.match))
