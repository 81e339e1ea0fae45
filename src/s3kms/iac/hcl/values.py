"""The values of HCL expressions."""

from dataclasses import dataclass
from typing import TypeAlias

from s3kms.iac.values import UnknownValue

LENGTH_ATTRIBUTE = "length()"
"""In place of the attribute of a Reference: the length of a text that is never empty."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """A set: without repetitions, in the order in which Terraform iterates over it (strings sorted)."""

    items: "tuple[Value, ...]"


Value: TypeAlias = (
    "bool | int | float | str | list[Value] | dict[str, Value] | SetValue | UnknownValue | None"
)
"""Lists and tuples are lists, maps and objects dicts. They are shared, and never changed."""
