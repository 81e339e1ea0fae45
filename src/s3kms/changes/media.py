"""The media there are, by the name that stands in a run's header. A new one is one folder and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.files.kind import FILES
from s3kms.changes.interface import Medium, MediumKind
from s3kms.changes.journal import RunHeader
from s3kms.changes.run_connection import connection_of_run

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


def _reopen_buckets(header: RunHeader, connect: Connect, __: Path) -> Medium[Any, Any, Any]:
    from s3kms.changes.buckets.medium import BucketMedium  # to list runs, no medium is opened

    return BucketMedium.of(connection_of_run(header, connect()))


def _reopen_files(header: RunHeader, _: Connect, root: Path) -> Medium[Any, Any, Any]:
    from s3kms.changes.files.medium import FileMedium

    return FileMedium(header.roots) if header.roots else FileMedium.below(root)


MEDIA: Mapping[str, MediumEntry] = {
    entry.kind.name: entry
    for entry in (MediumEntry(BUCKETS, _reopen_buckets), MediumEntry(FILES, _reopen_files))
}
