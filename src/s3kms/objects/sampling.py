"""A random sample of a stream of unknown length, and the estimate for the whole. Pure."""

import math
import random
from typing import Generic, TypeVar

from s3kms.model.object_summary import CountInterval

T = TypeVar("T")

_Z_95 = 1.959963984540054
"""The quantile of the normal distribution that leaves 2.5 % on either side."""


class Reservoir(Generic[T]):
    """Holds a sample in which every item offered so far is equally likely to be; one seed, one sample.

    Algorithm L (Li, 1994): it draws how many items to pass over, so that most of them cost an addition.
    """

    def __init__(self, size: int, seed: int) -> None:
        """`size` is at least 1."""
        self.items: list[T] = []
        """In no order."""
        self.offered = 0
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - a sample has to be repeatable, not secret
        self._weight = 1.0
        self._next = size

    def offer(self, item: T) -> None:
        """Take an item, or pass over it."""
        number, self.offered = self.offered, self.offered + 1
        if number < self._size:
            self.items.append(item)
            if self.offered == self._size:
                self._skip()
        elif number == self._next:
            self.items[int(self._random.random() * self._size)] = item
            self._skip()

    def _skip(self) -> None:
        self._weight = _inside(self._weight * _inside(self._random.random()) ** (1 / self._size))
        passed = math.log(_inside(self._random.random())) / math.log1p(-self._weight)
        self._next = max(self._next, self.offered) + int(passed)


def _inside(number: float) -> float:
    """A number between 0 and 1, and neither: a logarithm is taken of it, and of its difference to 1."""
    return min(max(number, 2.0**-900), 1 - 2.0**-53)


def wilson_interval(hits: int, looked: int, population: int, *, unknown: int = 0) -> CountInterval:
    """Between which counts the hits of a whole population lie, with 95 % confidence, by a random sample of it.

    Wilson's score interval, which also holds for a share of none or all. `unknown` of those looked at may be hits or
    not: they widen it. What was seen bounds it, too. A whole population that was looked at leaves no doubt.
    """
    if not looked:
        return CountInterval(0, population)
    low = _wilson(hits, looked, -1) * population
    high = _wilson(hits + unknown, looked, 1) * population
    others = looked - hits - unknown
    if looked >= population:
        return CountInterval(hits, population - others)
    return CountInterval(max(hits, math.floor(low)), min(population - others, math.ceil(high)))


def _wilson(hits: int, looked: int, side: int) -> float:
    share = hits / looked
    square = _Z_95**2
    middle = share + square / (2 * looked)
    spread = _Z_95 * math.sqrt(share * (1 - share) / looked + square / (4 * looked**2))
    return min(1.0, max(0.0, (middle + side * spread) / (1 + square / looked)))
