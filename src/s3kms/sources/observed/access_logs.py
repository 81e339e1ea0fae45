"""Lines of S3 server access logs as calls."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from s3kms.sources.observed.callers import identity_of_requester
from s3kms.sources.observed.calls import ObservedCall, use_of_operation

_LINE = re.compile(
    r"(?P<owner>\S+) (?P<bucket>\S+) \[(?P<time>[^\]]{20,40})\] (?P<address>\S+) (?P<requester>\S+) (?P<id>\S+) "
    r'(?P<operation>[A-Z0-9][A-Za-z0-9_.]+) (?P<key>\S+) (?P<uri>-|".*?") '
    r"(?P<status>-|\d{3}) (?P<error>\S+)(?: .*)?"
)
"""The fields that matter; AWS may add more at the end, and a user agent or referer may have quotes in it."""
_TIME = "%d/%b/%Y:%H:%M:%S %z"
_FORBIDDEN = "403"


def is_line(text: str) -> bool:
    """Whether it is a line of an access log."""
    found = _LINE.fullmatch(text.rstrip("\r\n"))
    return found is not None and _moment(found["time"]) is not None


def call_of_line(text: str) -> ObservedCall | None:
    """What a line tells; None where it is none, or is cut."""
    found = _LINE.fullmatch(text.rstrip("\r\n"))
    at = _moment(found["time"]) if found else None
    if found is None or at is None:
        return None
    return ObservedCall(
        found["bucket"],
        identity_of_requester(found["requester"]),
        use_of_operation(found["operation"]),
        at,
        at,
        is_denied=found["status"] == _FORBIDDEN,
        shows_reads=True,
        shows_writes=True,
    )


@lru_cache(4096)
def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME).astimezone(UTC)
    except ValueError:
        return None
