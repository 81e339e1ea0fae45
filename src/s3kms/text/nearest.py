"""The word that was probably meant."""

import difflib
from collections.abc import Iterable


def find_nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that is most like this one; None where none is."""
    return next(iter(difflib.get_close_matches(word, list(words), n=1)), None)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`, did you mean check?`, to end a sentence with; empty where no word is like it."""
    near = find_nearest(word, words)
    return f", did you mean {near}?" if near else ""
