"""Describes the conditions under which each of several outcomes comes about."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

_SHOWN = 2

OTHERWISE = "the rest is chosen in another way"
"""When a result comes about of which no decision is known: in combinations that were not looked at."""

K = TypeVar("K")


def describe_conditions(found: Mapping[K, Sequence[Mapping[str, str]]]) -> dict[str, K]:
    """Results by a sentence for when they come about: `IsProd is false and Stage is dev`. `found` is each result with
    the decisions of the worlds that lead to it; what is the same in every world is not said.
    """
    worlds = [set(said.items()) for worlds in found.values() for said in worlds]
    everywhere = set.intersection(*worlds) if worlds else set()
    named: dict[str, K] = {}
    for result, mine in found.items():
        when = _when([{k: v for k, v in said.items() if (k, v) not in everywhere} for said in mine])
        if not when and len(found) > 1:
            when = OTHERWISE
        while when in named:
            when += " (otherwise)"
        named[when] = result
    return named


def _when(worlds: Sequence[Mapping[str, str]]) -> str:
    common = set.intersection(*(set(said.items()) for said in worlds))
    if common:
        order = [item for item in worlds[0].items() if item in common]
        return _sentence(order)
    texts = list(dict.fromkeys(_sentence(list(said.items())) for said in worlds))
    shown = " or ".join(texts[:_SHOWN])
    return f"{shown} or …" if len(texts) > _SHOWN else shown


def _sentence(said: Sequence[tuple[str, str]]) -> str:
    return " and ".join(f"{name} is {value or 'empty'}" for name, value in said)
