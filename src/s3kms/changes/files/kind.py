"""An edit of a file as the journal keeps it: what undoes it, and nothing else of the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from s3kms.changes.files.file_edit import FileEdit
from s3kms.changes.interface import MediumKind

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReverseRecord(_Record):
    """What stood in one place of a file, as JSON data."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: str


class EditRecord(_Record):
    """One edit of a file, as JSON data."""

    path: Annotated[str, Field(pattern=r"^/[^\x00]*$")]
    before: _Digest
    after: _Digest
    reverse: tuple[ReverseRecord, ...]
    buckets: tuple[str, ...]


def _from_record(record: Mapping[str, Any]) -> FileEdit:
    from s3kms.iac.interface import Splice  # a list of runs that changed buckets needs none of that room

    found = EditRecord.model_validate(record)
    reverse = tuple(Splice(span.start, span.end, span.text.encode()) for span in found.reverse)
    return FileEdit(Path(found.path), found.before, found.after, reverse, found.buckets)


def _to_record(edit: FileEdit) -> dict[str, Any]:
    return {
        "path": str(edit.path),
        "before": edit.before,
        "after": edit.after,
        "reverse": [
            {"start": span.start, "end": span.end, "text": span.text.decode()} for span in edit.reverse
        ],
        "buckets": list(edit.buckets),
    }


def _path(edit: FileEdit) -> str:
    return str(edit.path)


FILES: MediumKind[FileEdit] = MediumKind("files", "file", _path, _to_record, _from_record)
