"""Texts of policies: wildcards, and texts with open parts."""

from s3kms.access.match import Match
from s3kms.model.policy import UnresolvedText

Text = str | UnresolvedText


def as_pattern(text: Text) -> str:
    """The text, with `*` for what is open: whatever it will be, it matches what this matches, or less."""
    if isinstance(text, str):
        return text
    return "".join(piece if isinstance(piece, str) else "*" for piece in text.pieces)


def describe_text(text: Text) -> str:
    """For a person."""
    return text if isinstance(text, str) else text.expression


def matches(pattern: Text, text: str) -> Match:
    """Whether a pattern of IAM (`*` any characters, `?` one) matches a known text."""
    is_match = matches_glob(as_pattern(pattern), text)
    if not is_match:
        return Match.NO
    return Match.YES if isinstance(pattern, str) else Match.MAYBE


def matches_glob(pattern: str, text: str) -> bool:
    """Takes time in the product of both lengths, at most: a pattern is foreign input."""
    at = place = 0
    star, mark = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[place]}:
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")
