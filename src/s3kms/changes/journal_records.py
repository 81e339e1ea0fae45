"""The lines of a journal as types, for decoding: a file from outside is checked before it is believed.

Lines of the first edition (version 1, of buckets, and version 2, of files) are rewritten as lines of this one before
they are checked, so that there is one reader.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class JournalLine(BaseModel):
    """What all lines have in common: nothing that is not expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1, 2, 3, 4]
    sum: str


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
    planned: Annotated[int, Field(ge=0)] | None
    request: dict[str, Any] | None
    restores: str | None = None


class IntendRecord(JournalLine):
    """A write that is about to be made; its medium knows what the change is."""

    type: Literal["intend"]
    change: dict[str, Any]


class DoneRecord(JournalLine):
    """A write that was read back."""

    type: Literal["done"]
    item: str


class OutcomeRecord(JournalLine):
    """A write that went wrong, or a thing left alone."""

    type: Literal["failed", "kept"]
    item: str
    why: str
    found: dict[str, Any] | None = None


class EndRecord(JournalLine):
    """The last line."""

    type: Literal["end"]
    at: datetime
    stopped: str | None


AnyRecord = RunRecord | IntendRecord | DoneRecord | OutcomeRecord | EndRecord
DECODER: TypeAdapter[AnyRecord] = TypeAdapter(Annotated[AnyRecord, Field(discriminator="type")])

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
