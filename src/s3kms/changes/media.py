"""The media there are, by the name that stands in a run's header. A new one is one folder and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.files.kind import FILES
from s3kms.changes.interface import Medium, MediumKind
from s3kms.changes.journal import RunHeader
from s3kms.changes.policies.kind import BUCKET_POLICIES, KEY_POLICIES, BucketsGiven
from s3kms.changes.run_connection import connection_in, connection_of_run
from s3kms.changes.stored_objects.kind import OBJECTS
from s3kms.model.advice import Advice, Command
from s3kms.model.errors import Refused

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

Connect = Callable[[], "Connection"]
"""Opens the way to AWS, for the media that need it."""


@dataclass(frozen=True, slots=True)
class Reopening:
    """What leads back to the things that a run changed."""

    header: RunHeader
    connect: Connect
    root: Path
    """Below which files are restored of a run that names no folders."""
    given: BucketsGiven
    """Which buckets had a key once, by the journals."""
    accept: frozenset[str] = frozenset()
    """The names of what may be harmed."""
    external_id: str | None = None
    """Of the role that was assumed, which no journal keeps."""

    def connection(self) -> "Connection":
        """To the account that the run was made in. Raises AwsError where its role cannot be assumed."""
        return connection_of_run(self.header, self.connect(), self.external_id)


@dataclass(frozen=True, slots=True)
class MediumEntry:
    """One medium: how its journal is read, and how its things are reached to put a run back."""

    kind: MediumKind[Any]
    reopen: Callable[[Reopening], Medium[Any, Any, Any]]
    """The medium that a run was made in."""


def _reopen_buckets(asked: Reopening) -> Medium[Any, Any, Any]:
    from s3kms.changes.buckets.medium import BucketMedium  # to list runs, no medium is opened

    return BucketMedium.of(asked.connection())


def _reopen_files(asked: Reopening) -> Medium[Any, Any, Any]:
    from s3kms.changes.files.medium import FileMedium

    return FileMedium(asked.header.roots) if asked.header.roots else FileMedium.below(asked.root)


def _reopen_key_policies(asked: Reopening) -> Medium[Any, Any, Any]:
    from s3kms.changes.policies.in_use import BucketsUnderKey
    from s3kms.changes.policies.medium import READERS_LOSE, key_policy_medium

    base, header = asked.connect(), asked.header
    connection = connection_of_run(header, base, asked.external_id)

    def connection_to(account: str) -> "Connection | None":
        if account == header.account:
            return connection
        return connection_in(account, header.bucket_role, base, asked.external_id)

    users = None if READERS_LOSE in asked.accept else BucketsUnderKey(connection_to, asked.given)
    return key_policy_medium(connection, header.account, users)


def _reopen_bucket_policies(asked: Reopening) -> Medium[Any, Any, Any]:
    from s3kms.changes.policies.in_use import BucketUnderItsDefault
    from s3kms.changes.policies.medium import READERS_LOSE, bucket_policy_medium

    connection = asked.connection()
    users = None if READERS_LOSE in asked.accept else BucketUnderItsDefault(connection)
    return bucket_policy_medium(connection, asked.header.account, users)


def _reopen_objects(asked: Reopening) -> Medium[Any, Any, Any]:
    """Raises Refused: no object can be restored in place (fact D2)."""
    run = asked.header.run
    raise Refused(
        f"run {run} brought objects under a KMS key, and S3 has no way back in place: what is under SSE-KMS cannot "
        "be updated to SSE-S3",
        advice=Advice(
            "where readers lost access, let them use the key; to be rid of the key, copy the objects onto themselves "
            "with x-amz-server-side-encryption: AES256, or, where they were copied in a versioned bucket, bring the "
            "version before back. What the run did: {runs}",
            {"runs": Command("runs")},
        ),
    )


_ENTRIES = (
    MediumEntry(BUCKETS, _reopen_buckets),
    MediumEntry(FILES, _reopen_files),
    MediumEntry(KEY_POLICIES, _reopen_key_policies),
    MediumEntry(BUCKET_POLICIES, _reopen_bucket_policies),
    MediumEntry(OBJECTS, _reopen_objects),
)
MEDIA: Mapping[str, MediumEntry] = {entry.kind.name: entry for entry in _ENTRIES}
