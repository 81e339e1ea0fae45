"""A policy as it is and as it is to be, as a diff for a person."""

import difflib
import json
from collections.abc import Iterator

from s3kms.text.sanitize import printable

_LINES_AROUND = 3


def policy_diff(title: str, before: str, after: str, *, is_whole: bool = False) -> Iterator[str]:
    """Lines of a diff; the documents on lines as `aws … --output json` shows them. Of
    one that a person has to write all lines are there (`is_whole`).
    """
    was, then = _lines(before), _lines(after)
    around = len(was) if is_whole else _LINES_AROUND
    for line in difflib.unified_diff(was, then, title, "then", lineterm="", n=around):
        yield f"{printable(line)}\n"


def _lines(document: str) -> list[str]:
    if not document:
        return []
    try:
        return json.dumps(json.loads(document), indent=2).splitlines()
    except (ValueError, RecursionError):
        return document.splitlines()
