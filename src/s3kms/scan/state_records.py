"""The files of a checkpoint as types, for decoding: they are checked before they are believed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScanRecord(_Record):
    """`scan.json`."""

    version: Literal[2]
    began: datetime
    question: dict[str, frozenset[str]]


class CursorRecord(_Record):
    """One line of `cursors.jsonl`."""

    size: Annotated[int, Field(strict=True, ge=0)]
    at: dict[str, str]
    done: list[str]
