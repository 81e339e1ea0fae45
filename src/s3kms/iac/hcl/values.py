"""What an expression of HCL comes to."""

from dataclasses import dataclass
from typing import TypeAlias

from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute of a resource instance, itself: what a join or a key reference leads to."""

    address: str
    """Of the instance: `module.m.aws_s3_bucket.b["a"]`; of a data source with `data.` before the type."""
    type: str
    attribute: str
    """Empty for the whole instance."""


LENGTH_ATTRIBUTE = "length()"
"""In place of the attribute, in what is meant: the length of one that is a text, and never an empty one."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that the code alone does not tell, or only the apply does."""

    expression: str
    """As it is written, for a person: `var.algorithm`; where several stand in the way, the innermost."""
    unknown: Unknown
    """Why, and what settles it: `--var algorithm=…`."""
    reference: Reference | None = None
    """Where it is exactly an attribute of an instance, not something made of it."""
    symbol: str = ""
    """What it is made of: two with the same symbol are the same value. Empty where nothing tells that."""
    options: "tuple[str | int | float | bool | None, ...]" = ()
    """All that it may be, where that is known."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """A set: without repetitions, in the order in which Terraform goes through it (texts sorted)."""

    items: "tuple[Value, ...]"


Value: TypeAlias = (
    "bool | int | float | str | list[Value] | dict[str, Value] | SetValue | UnknownValue | None"
)
"""Lists and tuples are lists, maps and objects dicts. Nobody changes one that is there."""


class Rejected(Exception):
    """Terraform would refuse the expression; the text says why, without a value that may be secret."""
