"""The ways code may come out: one world is one consistent set of answers to what it leaves open."""

from collections.abc import Callable, Iterator
from typing import TypeVar

MAX_WORLDS = 256
"""Worlds of one bucket. What is left open beyond that is not told."""

T = TypeVar("T")


class ImpossibleWorld(Exception):
    """This world cannot be deployed, so there is nothing to judge in it."""


class World:
    """One way. Each question is answered once, and keeps its answer everywhere."""

    def __init__(self, taken: tuple[tuple[str, str], ...] = ()) -> None:
        self._taken = dict(taken)
        self._bound: dict[str, str] = {}
        self.left: list[tuple[tuple[str, str], ...]] = []
        """The worlds that were passed by on the way."""
        self.said: dict[str, str] = {}
        """What the result hangs on, in words: `IsProd` to `false`."""

    def choose(self, question: str, options: tuple[str, ...]) -> str:
        """The answer in this world."""
        if question not in self._taken:
            path = tuple(self._taken.items())
            self.left += [(*path, (question, option)) for option in options[1:]]
            self._taken[question] = options[0]
        return self._taken[question]

    def decide(self, question: str) -> bool:
        """Yes or no, where either may be."""
        return self.choose(question, ("true", "false")) == "true"

    def value_of(self, symbol: str) -> str | None:
        """What this world takes an open value for, if it does."""
        return self._bound.get(symbol)

    def is_equal(self, symbol: str, text: str) -> bool:
        """Whether an open value is this text. A yes binds it, so that it is no other text."""
        if symbol in self._bound:
            return self._bound[symbol] == text
        if answer := self.decide(_equation(symbol, text)):
            self._bound[symbol] = text
        return answer

    def bind(self, symbol: str, options: tuple[str, ...]) -> str:
        """The value of a symbol that has one of these. Raises ImpossibleWorld where none is left."""
        if symbol in self._bound:
            return self._bound[symbol]
        left = tuple(o for o in options if self._taken.get(_equation(symbol, o)) != "false")
        if not left:
            raise ImpossibleWorld
        self._bound[symbol] = self.choose(symbol, left)
        return self._bound[symbol]


class NeedsChoice(Exception):
    """Something was to be chosen in a world that chooses nothing."""


class NoChoices(World):
    """The world that refuses to choose: what is found in it is so in every world."""

    def choose(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002 - it is a World
        """Raises NeedsChoice."""
        raise NeedsChoice


def _equation(symbol: str, text: str) -> str:
    return f"{symbol} == {text}"


def explore_worlds(ask: Callable[[World], T]) -> Iterator[tuple[World, T]]:
    """Every world that can be, and what is asked of it; at most MOST, then one more to tell that there are."""
    waiting: list[tuple[tuple[str, str], ...]] = [()]
    tried = 0
    while waiting and tried <= MAX_WORLDS:
        world = World(waiting.pop())
        tried += 1
        try:
            answer = ask(world)
        except ImpossibleWorld:
            waiting += reversed(world.left)
            continue
        waiting += reversed(world.left)
        yield world, answer
