"""Counting by reason where a server chooses the words: so many distinct ones, and all others together."""

from collections.abc import Collection

from s3kms.text.sanitize import printable

MAX_REASONS = 50
"""Distinct reasons that are counted by name: S3 documents fewer error codes for an object than that."""
OTHER_REASONS = "other reasons"
_MAX_REASON_CHARACTERS = 120


def reason_to_count(reason: str, known: Collection[str]) -> str:
    """The name under which a reason is counted, given those that were counted before: printable, of bounded length,
    and OTHER_REASONS for a new one where there are `MAX_REASONS` already.
    """
    name = reason if reason in known else printable(reason[:_MAX_REASON_CHARACTERS])
    return name if name in known or len(known) < MAX_REASONS else OTHER_REASONS
