"""Plays the ways code may come out: one world is one consistent set of answers to what the code leaves open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from s3kms.iac.budget import BudgetExhausted

MAX_WORLDS = 256
"""Worlds in which one question is asked."""

T = TypeVar("T")


class ImpossibleWorld(Exception):
    """A deployment in this world would fail, so that there is nothing to evaluate in it."""


class TooManyWorlds(BudgetExhausted):
    """More worlds than are looked at: who takes the answers so far for all of them passes something over."""

    def __init__(self) -> None:
        super().__init__(f"the code leaves more than {MAX_WORLDS} combinations of values open")


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Answers that lead to a world. Those before the last are shared: many worlds differ in one answer alone."""

    before: "Way | None"
    question: str
    answer: str


def _answers_on(way: Way | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while way is not None:
        found.append((way.question, way.answer))
        way = way.before
    return found[::-1]


class World:
    """One way in which code may come out. Each question is answered once, and keeps its answer everywhere."""

    def __init__(self, way: "Way | None" = None) -> None:
        """`way` leads to it: the answers that it has been given already."""
        self._way = way
        self._taken = dict(_answers_on(way))
        self._bound: dict[str, str] = {}
        self.left: list[Way] = []
        """The worlds that were passed by on the way."""
        self.said: dict[str, str] = {}
        """What the result hangs on, in words: `IsProd` to `false`."""

    def choose(self, question: str, options: tuple[str, ...]) -> str:
        """The answer to a question in this world, one of the options."""
        if question not in self._taken:
            self.left += [Way(self._way, question, option) for option in options[1:]]
            self._way = Way(self._way, question, options[0])
            self._taken[question] = options[0]
        return self._taken[question]

    def decide(self, question: str) -> bool:
        """The answer to a question of yes or no, where either may be."""
        return self.choose(question, ("true", "false")) == "true"

    def frozen(self) -> "World":
        """This world with what it has chosen so far: it refuses to choose more."""
        return FrozenWorld(self._taken, self._bound)

    def value_of(self, symbol: str) -> str | None:
        """The value that this world gives an open symbol; None where it gives none yet."""
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


class FrozenWorld(World):
    """A world that knows what another has chosen, and raises NeedsChoice for anything else."""

    def __init__(self, taken: dict[str, str], bound: dict[str, str]) -> None:
        super().__init__()
        self._taken, self._bound = taken, bound

    def choose(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002 - it is a World
        """The answer that was chosen. Raises NeedsChoice where none was."""
        if question in self._taken:
            return self._taken[question]
        raise NeedsChoice

    def frozen(self) -> World:
        """Itself."""
        return self


class NoChoices(World):
    """The world that refuses to choose: what is found in it is so in every world."""

    def choose(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002 - it is a World
        """Raises NeedsChoice."""
        raise NeedsChoice

    def frozen(self) -> World:
        """Itself."""
        return self


def _equation(symbol: str, text: str) -> str:
    return f"{symbol} == {text}"


def explore_worlds(ask: Callable[[World], T], only_within: int | None = None) -> Iterator[tuple[World, T]]:
    """Evaluates in every world, and yields each that is possible with its result. Raises TooManyWorlds after
    MAX_WORLDS, impossible ones included, where there are more; with `only_within`, as soon as it is certain that
    there are more than so many.
    """
    waiting: list[Way | None] = [None]
    tried = 0
    while waiting:
        if tried == MAX_WORLDS or (only_within is not None and tried + len(waiting) > only_within):
            raise TooManyWorlds
        world = World(waiting.pop())
        tried += 1
        try:
            answer = ask(world)
        except ImpossibleWorld:
            waiting += reversed(world.left)
            continue
        waiting += reversed(world.left)
        yield world, answer
