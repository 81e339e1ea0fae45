"""The media there are, by the name that stands in a run's header. A new one is one folder and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.buckets.medium import BucketMedium
from s3kms.changes.files.kind import FILES
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.interface import Medium, MediumKind
from s3kms.changes.journal import RunHeader

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

Connect = Callable[[], "Connection"]
"""Opens the way to AWS, for the media that need it."""


@dataclass(frozen=True, slots=True)
class MediumEntry:
    """One medium: how its journal is read, and how its things are reached to put a run back."""

    kind: MediumKind[Any]
    reopen: Callable[[RunHeader, Connect, Path], Medium[Any, Any, Any]]
    """The medium that a run was made in; below the folder alone where its header names none."""


MEDIA: Mapping[str, MediumEntry] = {
    entry.kind.name: entry
    for entry in (
        MediumEntry(BUCKETS, lambda _, connect, __: BucketMedium.of(connect())),
        MediumEntry(
            FILES,
            lambda header, _, root: FileMedium(header.roots) if header.roots else FileMedium.below(root),
        ),
    )
}
