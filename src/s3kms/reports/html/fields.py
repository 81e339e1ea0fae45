"""What the columns of a page's table are, for its script."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FieldKind(StrEnum):
    """How the script reads a place of a row."""

    STATUS = "status"
    """The number of a status; every table has one, in the first place."""
    NAME = "name"
    """What a row is about, itself."""
    TEXT = "text"
    """The number of a text."""
    PLAIN = "plain"
    """A text or number, itself: each row has another."""
    COMMAND = "command"
    """The number of a text that is a command to copy."""
    ITEMS = "items"
    """Numbers of items, each a title with paragraphs."""
    FORMS = "forms"
    """What fills the forms of a fix; 0 where there are none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One place of a row."""

    id: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    column: str = ""
    """Empty for no column; `always`, or `wide` where there is room."""
    is_filter: bool = False
    is_detail: bool = True

    def data(self) -> dict[str, Any]:
        """For the script."""
        return {
            "id": self.id,
            "label": self.label,
            "kind": self.kind.value,
            "column": self.column,
            "filter": self.is_filter,
            "detail": self.is_detail,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """One of the answers that rows are told apart by."""

    id: str
    label: str
    color: str
    """A class of the style sheet: `bad`, `unsure`, `todo`, `calm`, `good`."""

    def data(self) -> dict[str, str]:
        """For the script."""
        return {"id": self.id, "label": self.label, "color": self.color}
