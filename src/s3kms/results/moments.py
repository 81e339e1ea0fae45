"""Dates in files from outside: text as ISO 8601 has it, that every format can write."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

_FIRST_YEAR, _LAST_YEAR = 1000, 9998
"""Other dates have no four digits in every zone: ASFF and SARIF want four."""


def _moment(value: object) -> datetime:
    """A number is refused: seconds and milliseconds cannot be told apart. Without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError("it is not a date and time such as 2026-11-23T12:00:00+00:00")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A date and time with its zone."""
