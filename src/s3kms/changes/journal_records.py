"""The lines of a journal as types, for decoding: a file from outside is checked before it is believed.

Lines of the first edition (version 1, of buckets, and version 2, of files) are rewritten as lines of this one before
they are checked, so that there is one reader.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from s3kms.changes.record_decoder import union_decoder


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What all lines have in common: nothing that is not expected."""

    version: Literal[1, 2, 3, 4]
    sum: str


@dataclass(frozen=True, slots=True)
class RunRecord(JournalLine):
    """The first line."""

    type: Literal["run"]
    run: str
    at: datetime
    command: str
    account: str
    endpoint: str
    undoes: str | None
    kind: str
    roots: tuple[str, ...]
    planned: Annotated[int, ("ge", 0)] | None
    request: dict[str, Any] | None
    restores: str | None = None


@dataclass(frozen=True, slots=True)
class IntendRecord(JournalLine):
    """A write that is about to be made; its medium knows what the change is."""

    type: Literal["intend"]
    change: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DoneRecord(JournalLine):
    """A write that was read back."""

    type: Literal["done"]
    item: str


@dataclass(frozen=True, slots=True)
class OutcomeRecord(JournalLine):
    """A write that went wrong, or a thing skipped."""

    type: Literal["failed", "kept"]
    item: str
    why: str
    found: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EndRecord(JournalLine):
    """The last line."""

    type: Literal["end"]
    at: datetime
    stopped: str | None


AnyRecord = RunRecord | IntendRecord | DoneRecord | OutcomeRecord | EndRecord
decode_record: Callable[[Any], AnyRecord] = union_decoder(
    {
        "run": RunRecord,
        "intend": IntendRecord,
        "done": DoneRecord,
        "failed": OutcomeRecord,
        "kept": OutcomeRecord,
        "end": EndRecord,
    },
    "type",
)
"""A line in the current form; it raises pydantic_core's ValidationError."""

_SECOND_EDITION = 3
"""The first version whose lines are of this form."""
_CODE_ACCOUNT = "code"
"""What stood in the place of the account, in a run of files of the first edition."""
_TYPES_OF_FILES = {"edit": "intend", "edited": "done", "not edited": "failed"}
_FIELDS = {"bucket": "item", "path": "item", "edit": "change"}


def in_current_form(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of any edition as a line of this one; what is no line of any stays wrong."""
    if raw["version"] >= _SECOND_EDITION:
        return raw
    kind = str(raw["type"])
    if kind == "run":
        medium = "files" if raw.get("account") == _CODE_ACCOUNT else "buckets"
        return {**raw, "kind": medium, "roots": (), "planned": None, "request": None}
    found = {_FIELDS.get(name, name): value for name, value in raw.items()}
    return {**found, "type": _TYPES_OF_FILES.get(kind, kind)}
