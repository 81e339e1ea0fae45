"""What evidence of a bucket's objects is: what it covers, rows in an order that stays, and answers to questions.

`reencrypt` reads rows (`ObjectEvidence`); a sum is made of answers (`QueriedEvidence`). An inventory has both.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.queries.question import ObjectQuestion, ObjectTable

__all__ = [
    "EvidenceCoverage",
    "ObjectEvidence",
    "QueriedEvidence",
    "VersionReader",
    "parse_bookmark",
    "version_of_row",
    "write_bookmark",
]


class VersionReader(Protocol):
    """The rows of one bucket, in an order that is the same each time they are read."""

    def __aiter__(self) -> AsyncIterator[ObjectVersion]: ...

    async def __anext__(self) -> ObjectVersion: ...

    @property
    def bookmark(self) -> str:
        """Where to go on after the row that was yielded last; the evidence alone knows what it means."""
        ...


class ObjectEvidence(Protocol):
    """Rows about the objects of one bucket."""

    @property
    def coverage(self) -> EvidenceCoverage:
        """What the rows are about."""
        ...

    @property
    def identity(self) -> str:
        """The identity of this evidence, such as a manifest's checksum: a resumed run needs the same.

        Evidence that is read anew each time, such as a listing, has one for good.
        """
        ...

    def read(self, after: str = "") -> VersionReader:
        """The rows, after a bookmark where there is one. Raises S3kmsError while they are read."""
        ...


@dataclass(frozen=True, slots=True)
class QueriedEvidence:
    """The objects of one bucket as a relation for queries."""

    coverage: EvidenceCoverage
    table: ObjectTable
    confirm: Callable[[], None] = lambda: None
    """Called when all was read. Raises S3kmsError where the source changed meanwhile."""
    spent: Callable[[], Iterable[Sentence]] = tuple
    """What asking has cost, in sentences; called when all was read."""

    def versions(self, question: ObjectQuestion, values: Mapping[str, Any]) -> Iterator[ObjectVersion]:
        """The versions that answer a question whose columns are those of `objects`. Raises S3kmsError."""
        return map(version_of_row, self.table.ask(question, values))


_ENCRYPTIONS = {one.value: one for one in ObjectEncryption}


def version_of_row(row: tuple[Any, ...]) -> ObjectVersion:
    """A row with the columns of the relation `objects`, in their order. Raises BadInput for one without a key."""
    bucket, key, version_id, is_latest, is_marker, size, etag, modified, storage_class, *rest = row
    encryption, key_arn, bucket_key = rest
    if key is None:
        raise BadInput("the evidence has a row without a key")
    return ObjectVersion(
        bucket=bucket,
        key=key,
        version_id=version_id,
        is_latest=is_latest,
        is_delete_marker=bool(is_marker),
        size=size,
        etag=etag,
        last_modified=_in_utc(modified),
        storage_class=storage_class,
        encryption=_ENCRYPTIONS.get(encryption),
        key_arn=key_arn,
        bucket_key=bucket_key,
    )


def _in_utc(at: datetime | None) -> datetime | None:
    return at and at.replace(tzinfo=UTC)


def write_bookmark(version: ObjectVersion) -> str:
    """The place behind a version, of rows in the order of keys."""
    return json.dumps([version.key, version.version_id or ""])


def parse_bookmark(text: str) -> tuple[str, str]:
    """The key and version id after which rows continue; empty at the start. Raises BadInput if it is invalid."""
    if not text:
        return "", ""
    try:
        key, version = json.loads(text)
    except (ValueError, TypeError) as error:
        raise BadInput(f"this is not a position in a list of objects: {text[:80]!r}") from error
    return str(key), str(version)
