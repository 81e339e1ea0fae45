"""The files of a `--state` folder as types, for decoding: they are checked before they are believed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_Texts = frozenset[str]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionRecord(_Record):
    """What is asked."""

    rules: _Texts
    targets: _Texts
    regions: _Texts
    accounts: _Texts
    directory_buckets: bool
    config: str
    endpoint: str


class ScanRecord(_Record):
    """`scan.json`."""

    version: Literal[1]
    began: datetime
    question: QuestionRecord


class CursorRecord(_Record):
    """One line of `cursors.jsonl`."""

    size: Annotated[int, Field(strict=True, ge=0)]
    at: dict[str, str]
    done: list[str]
