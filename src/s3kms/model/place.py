"""The places where things are defined."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is defined: an ARN, or a span of a file."""

    uri: str
    line: int | None = None
    column: int | None = None
