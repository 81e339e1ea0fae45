"""What kind of document a saved file is, by its first bytes: all of ours say it first."""

import re
from enum import StrEnum

HEAD_LINES = 4
"""In as many lines a document of ours says what it is."""
PEEKED_BYTES = 4096
_KIND = re.compile(rb'\s*\{\s*"version":\s*\d+,\s*"kind":\s*"(?P<kind>[a-z-]{1,40})"')


class ResultKind(StrEnum):
    """The documents that a report can be made of."""

    CHECK = "check"
    """Also of verify."""
    PLAN = "plan"
    OBJECTS = "objects"
    REENCRYPT = "reencrypt"
    """Of plans and of runs."""
    OTHER = "other"
    """One of ours of which no report is made: a trend, a list of runs."""


_BY_NAME = {
    "plan": ResultKind.PLAN,
    "objects": ResultKind.OBJECTS,
    "reencrypt-plan": ResultKind.REENCRYPT,
    "reencrypt-run": ResultKind.REENCRYPT,
}


def kind_of(first_bytes: bytes) -> ResultKind:
    """The kind of a document; a check where it does not say, for those of a check never do."""
    found = _KIND.match(first_bytes.removeprefix(b"\xef\xbb\xbf"))
    if found is None:
        return ResultKind.CHECK
    name = found["kind"].decode()
    return _BY_NAME.get(name, ResultKind.OTHER)
