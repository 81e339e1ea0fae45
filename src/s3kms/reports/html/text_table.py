"""The texts of a page, each once: a row names them by their numbers, so that 50,000 rows stay small."""

from s3kms.text.sanitize import printable

MAX_TEXT_CHARACTERS, MAX_NAME_CHARACTERS = 4_000, 1_000
"""Names in AWS have at most 255 characters; what is longer is hostile, and is cut."""
NAME_MARK = "\0"
"""In a text it stands for the name of the row's bucket; `printable` leaves no other one."""
MIN_REPLACED_CHARACTERS = 3
"""Shorter than this is no bucket's name (fact A26), and is found inside of other words."""


def shown(text: str, limit: int = MAX_TEXT_CHARACTERS) -> str:
    """A text from outside as a page has it: on one line, all characters visible, not longer than the limit."""
    visible = printable(text)
    if len(visible) <= limit:
        return visible
    return f"{visible[:limit]}… ({len(visible) - limit:,} more characters)"


def shown_name(name: str) -> str:
    """The name of a bucket, account, object as a page has it."""
    return shown(name, MAX_NAME_CHARACTERS)


class TextTable:
    """Numbers for texts. 0 is no text."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}

    def number(self, text: str | None, name: str | None = None) -> int:
        """The number of a text from outside; where it has `name`, one with a mark in that place, for all rows."""
        if not text:
            return 0
        visible = printable(text)
        if name and len(name) >= MIN_REPLACED_CHARACTERS:
            visible = visible.replace(printable(name), NAME_MARK)
        return self._numbers.setdefault(_cut(visible), len(self._numbers))

    @property
    def texts(self) -> list[str]:
        """All texts, each at its number."""
        return list(self._numbers)


def _cut(text: str) -> str:
    limit = MAX_TEXT_CHARACTERS
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"
