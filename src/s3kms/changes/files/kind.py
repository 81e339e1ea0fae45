"""An edit of a file as the journal keeps it: what undoes it, and nothing else of the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from s3kms.changes.files.file_edit import FileEdit
from s3kms.changes.interface import MediumKind
from s3kms.changes.record_decoder import record_decoder

_Digest = Annotated[str, ("pattern", "^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class ReverseRecord:
    """What stood in one place of a file, as JSON data."""

    start: Annotated[int, ("ge", 0)]
    end: Annotated[int, ("ge", 0)]
    text: str


@dataclass(frozen=True, slots=True)
class EditRecord:
    """One edit of a file, as JSON data."""

    path: Annotated[str, ("pattern", r"^/[^\x00]*$")]
    before: _Digest
    after: _Digest
    reverse: tuple[ReverseRecord, ...]
    buckets: tuple[str, ...]


_decode = record_decoder(EditRecord)


def _from_record(record: Mapping[str, Any]) -> FileEdit:
    from s3kms.iac.interface import Splice  # a list of runs that changed buckets needs none of that room

    found = _decode(record)
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
