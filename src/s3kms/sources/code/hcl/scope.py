"""Where an expression stands: in which instance of which module, and what its own names are."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.estate.unknown import Unknown
from s3kms.sources.code.hcl.module import Declared, Module, Resource
from s3kms.sources.code.hcl.tree import Attribute, Block
from s3kms.sources.code.hcl.values import Open, Value

Key = str | int | None
"""Of an instance: from for_each, from count, or there is but one."""
Way = tuple[tuple[str, Key], ...]
"""The modules that one stands in, from the root."""


@dataclass(frozen=True, slots=True)
class Each:
    """One of the instances that `count` or `for_each` make."""

    key: Key = None
    names: Mapping[str, Value] = field(default_factory=dict)
    """What `each` and `count` are there."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """What `count` and `for_each` come to."""

    kind: str
    """`one`, `count`, `for_each`; or `many`: how many is open, and the one instance stands for all."""
    instances: tuple[Each, ...]
    is_told: bool = True
    """Whether it is so in every world."""
    opened: Open | None = None
    """What leaves it open how many there are."""
    trouble: Unknown | None = None
    """Why Terraform would not make any."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """An instance of a module."""

    way: Way
    module: Module
    above: "Placed | None" = None
    """The module that calls it; None for the root."""
    call: Declared | None = None
    each: Each = field(default_factory=Each)
    is_told: bool = True
    """Whether it is there, and the same, in every world."""
    expanded: Expanded = field(default_factory=lambda: Expanded("one", (Each(),)))

    @property
    def address(self) -> str:
        """`module.a["x"].module.b`; empty for the root."""
        return ".".join(f"module.{name}{write_key(key)}" for name, key in self.way)

    @property
    def is_many(self) -> bool:
        """Whether it stands for instances whose number is open, or is in one that does."""
        return self.expanded.kind == "many" or (self.above is not None and self.above.is_many)

    def scope(self, path: Path) -> "Scope":
        """Of what stands in one of its files."""
        return Scope(self, path, {}, is_told=self.is_told)

    def called(self, path: Path) -> "Scope":
        """Of the arguments of its call, which stand in the module above."""
        above = self.above or self
        return Scope(above, path, self.each.names, is_told=self.is_told and above.is_told)


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """An instance of a resource or of a data source."""

    placed: Placed
    resource: Resource
    each: Each
    is_told: bool
    expanded: Expanded

    @property
    def address(self) -> str:
        """As Terraform writes it."""
        return within(self.placed, f"{self.resource.address}{write_key(self.each.key)}")

    @property
    def block(self) -> Block:
        """What declares it."""
        return self.resource.declared.block

    @property
    def is_many(self) -> bool:
        """Whether it stands for instances whose number is open."""
        return self.expanded.kind == "many" or self.placed.is_many

    def path_of(self, part: Block | Attribute) -> Path:
        """The file in which a part of its block stands."""
        return self.placed.module.path_of(part, self.resource.declared.path)

    def scope(self, part: Block | Attribute) -> "Scope":
        """Of an expression in that part of its block."""
        return Scope(self.placed, self.path_of(part), self.each.names, is_told=self.is_told)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees."""

    placed: Placed
    path: Path
    """The file that it stands in."""
    names: Mapping[str, Value]
    """`each`, `count`, and the names of the loops around it."""
    is_told: bool

    def having(self, names: Mapping[str, Value]) -> "Scope":
        """With the names of a loop."""
        return replace(self, names={**self.names, **names})


ONE = Expanded("one", (Each(),))


def within(placed: Placed, address: str) -> str:
    """The address, with that of the module."""
    return f"{placed.address}.{address}" if placed.way else address


def write_key(key: Key) -> str:
    """As an address has it: `["a"]`, `[0]`, or nothing."""
    return "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"


def steps_of(way: Iterable[tuple[str, Key]]) -> tuple[str, ...]:
    """The names of the modules alone."""
    return tuple(name for name, _ in way)
