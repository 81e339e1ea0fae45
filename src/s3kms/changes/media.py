"""The media there are, by the name that stands in a run's header. A new one is one folder and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.files.kind import FILES
from s3kms.changes.interface import Medium, MediumKind
from s3kms.changes.journal import RunHeader
from s3kms.changes.policies.kind import KEY_POLICIES
from s3kms.changes.run_connection import connection_of_run

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

Connect = Callable[[], "Connection"]
"""Opens the way to AWS, for the media that need it."""


@dataclass(frozen=True, slots=True)
class MediumEntry:
    """One medium: how its journal is read, and how its things are reached to put a run back."""

    kind: MediumKind[Any]
    reopen: Callable[[RunHeader, Connect, Path, frozenset[str]], Medium[Any, Any, Any]]
    """The medium that a run was made in; below the folder alone where its header names none. The last are the names
    of what is accepted.
    """


def _reopen_buckets(
    header: RunHeader, connect: Connect, _: Path, __: frozenset[str]
) -> Medium[Any, Any, Any]:
    from s3kms.changes.buckets.medium import BucketMedium  # to list runs, no medium is opened

    return BucketMedium.of(connection_of_run(header, connect()))


def _reopen_files(header: RunHeader, _: Connect, root: Path, __: frozenset[str]) -> Medium[Any, Any, Any]:
    from s3kms.changes.files.medium import FileMedium

    return FileMedium(header.roots) if header.roots else FileMedium.below(root)


def _reopen_policies(
    header: RunHeader, connect: Connect, _: Path, accept: frozenset[str]
) -> Medium[Any, Any, Any]:
    from s3kms.changes.policies.medium import KeyPolicyMedium
    from s3kms.changes.policies.store import KmsPolicyStore

    base = connect()
    store = KmsPolicyStore(connection_of_run(header, base), base)
    return KeyPolicyMedium(store, header.account, undoes=True, accept=accept)


_ENTRIES = (
    MediumEntry(BUCKETS, _reopen_buckets),
    MediumEntry(FILES, _reopen_files),
    MediumEntry(KEY_POLICIES, _reopen_policies),
)
MEDIA: Mapping[str, MediumEntry] = {entry.kind.name: entry for entry in _ENTRIES}
