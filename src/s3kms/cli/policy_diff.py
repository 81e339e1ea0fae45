"""A policy as it is and as it is to be, as a diff for a person."""

import difflib
import json
from collections.abc import Iterator

from s3kms.text.sanitize import printable


def policy_diff(title: str, before: str, after: str) -> Iterator[str]:
    """Lines of a diff; the documents on lines as `aws … --output json` shows them."""
    lines = difflib.unified_diff(_lines(before), _lines(after), title, "then", lineterm="")
    for line in lines:
        yield f"{printable(line)}\n"


def _lines(document: str) -> list[str]:
    if not document:
        return []
    try:
        return json.dumps(json.loads(document), indent=2).splitlines()
    except (ValueError, RecursionError):
        return document.splitlines()
