"""Texts of policies: wildcards, and texts with open parts."""

from s3kms.access.match import Match
from s3kms.model.policy import UnresolvedText

Text = str | UnresolvedText
LITERAL_STAR, LITERAL_MARK = "\ue000", "\ue001"
"""Stand in a pattern for the characters themselves, which a policy writes `${*}` and `${?}`."""


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
    """Whether a pattern matches the whole text: `*` is any characters, `?` is one.

    Takes time in the sum of both lengths, as good as: both are foreign input. Each piece between two stars is looked
    for once, from where the one before it ended; nothing is tried again.
    """
    if pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern and len(pattern) != len(text):
        return False
    if LITERAL_STAR in pattern or LITERAL_MARK in pattern:
        text = text.replace("*", LITERAL_STAR).replace("?", LITERAL_MARK)
    first, *others = pattern.split("*")
    if not others:
        return len(first) == len(text) and _begins(first, text, 0)
    *middle, last = others
    place, end = len(first), len(text) - len(last)
    if place > end or not _begins(first, text, 0) or not _begins(last, text, end):
        return False
    for piece in middle:
        if piece:
            found = _find(piece, text, place, end)
            if found < 0:
                return False
            place = found + len(piece)
    return True


def may_match_beginning(pattern: str, prefix: str) -> bool:
    """Whether a pattern matches some text with this beginning."""
    places = _skip_stars(pattern, {0})
    for character in prefix:
        taken = {
            place if pattern[place] == "*" else place + 1
            for place in places
            if place < len(pattern) and pattern[place] in {"*", "?", character}
        }
        places = _skip_stars(pattern, taken)
        if not places:
            return False
    return True


def _skip_stars(pattern: str, places: set[int]) -> set[int]:
    """Where in the pattern one may be, a star being nothing at all, too."""
    found = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def _begins(piece: str, text: str, at: int) -> bool:
    """Whether a piece without stars stands at a place of the text, which is long enough for it."""
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(one in {"?", text[at + place]} for place, one in enumerate(piece))


def _find(piece: str, text: str, start: int, end: int) -> int:
    """Where a piece without stars stands first; -1 for nowhere.

    With `?` in it, one bit of a number stands for each character of the piece that is matched so far, so that every
    character of the text is looked at once.
    """
    if "?" not in piece:
        return text.find(piece, start, end)
    wild = sum(1 << place for place, one in enumerate(piece) if one == "?")
    masks: dict[str, int] = {}
    for place, one in enumerate(piece):
        masks[one] = masks.get(one, wild) | 1 << place
    state, last = 0, 1 << (len(piece) - 1)
    for place in range(start, end):
        state = (state << 1 | 1) & masks.get(text[place], wild)
        if state & last:
            return place - len(piece) + 1
    return -1
