"""How the embedded AWS lies about objects when told to: it says that something was done, and did something else."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

LieKind = Literal[
    "update overwrites",
    "update does nothing",
    "update is overtaken",
    "head pretends",
    "update overwrites in silence",
]
"""What UpdateObjectEncryption does where it says that it was done; what HeadObject shows.

`update overwrites`: the object, with the request, as servers do that do not know the call (fact D31).
`update overwrites in silence`: the same, and neither the answer nor the ETag, which is no MD5, tells it.
`update is overtaken`: another writer writes the object between the change and its answer.
`head pretends`: the bucket's default encryption, whatever the object has.
"""


@dataclass(frozen=True, slots=True)
class InjectedLie:
    """One lie, told about a share of the calls that it fits; at first some are answered honestly."""

    kind: LieKind
    share: Fraction = Fraction(1)
    after: int = 0
    key: str | None = None
    """Only of this key."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), compare=False, repr=False)

    def counts_and_lies(self, kind: LieKind, key: str) -> bool:
        """Count a call that this lie is about; return whether it is one that is lied about."""
        if kind != self.kind or self.key not in {None, key}:
            return False
        number = next(self._numbers) - self.after
        return number > 0 and math.floor(number * self.share) > math.floor((number - 1) * self.share)
