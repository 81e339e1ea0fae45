"""Evidence from the bucket itself: it is listed, and each version is read with HeadObject."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_reads import (
    head_object,
    is_customer_key,
    is_delete_marker,
    list_current,
    list_versions,
)
from s3kms.model.advice import Sentence
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Throttled, Unreachable
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.model.objects import ObjectEncryption, ObjectPlace, ObjectVersion
from s3kms.model.unknown import Unknown
from s3kms.objects.evidence.interface import parse_bookmark, write_bookmark
from s3kms.objects.reasons import reason_to_count
from s3kms.text.count import count

LOOKS_AT_ONCE = 128
"""Versions that are being read, or wait for it; the client limits the calls in progress."""
_MAX_UNANSWERED_IN_A_ROW = 50
"""Then nothing answers any more, and it is of no use to ask for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingScope:
    """The bucket, or part of it, that is listed."""

    bucket: str
    account: str
    region: str
    prefix: str = ""
    all_versions: bool = True
    """Noncurrent versions and delete markers, too."""

    def rows(self, client: S3Client, after: tuple[str, str] = ("", "")) -> AsyncIterator[ObjectVersion]:
        """Its versions as listed, without their encryption. Raises AwsError."""
        where = self.bucket, self.account, self.region
        if self.all_versions:
            return list_versions(client, *where, prefix=self.prefix, after=after)
        return list_current(client, *where, prefix=self.prefix, after=after[0])


@dataclass(slots=True)
class ObjectLooks:
    """Reads how versions are encrypted, and counts those that could not be read."""

    client: S3Client
    listed: ListingScope
    looked: int = 0
    """That answered."""
    gone: int = 0
    """Deleted since they were listed."""
    unread: Counter[str] = field(default_factory=Counter)
    """Number of versions that could not be read, by error code."""
    unknowns: dict[str, Unknown] = field(default_factory=dict)
    """The first of each code."""
    _unanswered: int = 0

    async def look(self, version: ObjectVersion) -> ObjectVersion | None:
        """The version with what HeadObject returns; None if it is gone. A delete marker is returned unchanged.

        One that cannot be read is returned without its encryption. Raises CredentialsProblem, and AwsError if
        there are no more responses.
        """
        if version.is_delete_marker:
            return version
        where = self.listed
        place = ObjectPlace(where.bucket, version.key, version.version_id, where.account, where.region)
        try:
            head = await head_object(self.client, place)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return self._without_head(version, error)
        self._unanswered = 0
        self.looked += 1
        return replace(head.seen(version), version_id=version.version_id or head.version_id)

    def _without_head(self, version: ObjectVersion, error: AwsError) -> ObjectVersion | None:
        if isinstance(error, NotFound) or is_delete_marker(error):
            self.gone += 1
            return None
        if is_customer_key(error):
            self.looked += 1
            return replace(version, encryption=ObjectEncryption.SSE_C)
        if isinstance(error, Throttled | Unreachable):
            self._unanswered += 1
            if self._unanswered > _MAX_UNANSWERED_IN_A_ROW:
                raise error
        code = reason_to_count(error.code or type(error).__name__, self.unread)
        self.unread[code] += 1
        self.unknowns.setdefault(code, error.as_unknown())
        return version

    def notes(self) -> tuple[Sentence, ...]:
        """What a reader has to know of those that are missing, or whose encryption is."""
        said = [
            Sentence(f"{count(number, 'version')} could not be read, such as: {why}")
            for code, number in sorted(self.unread.items())
            for why in [self.unknowns[code].why]
        ]
        if self.gone:
            said.append(Sentence(f"{count(self.gone, 'version')} deleted while the bucket was being read"))
        return tuple(said)


@dataclass(frozen=True, slots=True)
class LiveListing:
    """Every version of a bucket, read anew each time. Belongs to the event loop of its client."""

    listed: ListingScope
    looks: ObjectLooks
    at_once: int = LOOKS_AT_ONCE
    keeps_gone: bool = False
    """Whether a version that HeadObject does not find is yielded as it was listed, for a reader who counts each."""

    @property
    def coverage(self) -> EvidenceCoverage:
        """What the rows are about; what could not be read, as far as they were."""
        return coverage_of(self.listed, self.looks)

    @property
    def identity(self) -> str:
        """One for good: a listing that is continued goes on in what is there now."""
        return json.dumps(["listing", self.listed.bucket, self.listed.prefix, self.listed.all_versions])

    def read(self, after: str = "") -> "ListingReader":
        """The rows, after a bookmark, if any. Raises BadInput if it is invalid, AwsError while they are read."""
        return ListingReader(self, after)


class ListingReader:
    """The versions of a listing in the order of S3, each with its encryption."""

    def __init__(self, listing: LiveListing, after: str) -> None:
        self.bookmark = after
        """Where to go on after the version that was yielded last."""
        self._looks = listing.looks
        rows = listing.listed.rows(listing.looks.client, parse_bookmark(after))
        self._rows: AsyncGenerator[ObjectVersion | None] = concurrent_map(
            self._look_or_keep if listing.keeps_gone else listing.looks.look, rows, listing.at_once
        )

    def __aiter__(self) -> AsyncIterator[ObjectVersion]:
        return self

    async def __anext__(self) -> ObjectVersion:
        while (found := await anext(self._rows)) is None:
            pass
        self.bookmark = write_bookmark(found)
        return found

    async def _look_or_keep(self, version: ObjectVersion) -> ObjectVersion:
        return await self._looks.look(version) or version

    async def aclose(self) -> None:
        """End what is under way."""
        await self._rows.aclose()


def coverage_of(listed: ListingScope, looks: ObjectLooks) -> EvidenceCoverage:
    """What a live listing is about, with what was not read by now."""
    return EvidenceCoverage(
        name="live listing",
        all_versions=listed.all_versions,
        tells_key=True,
        prefix=listed.prefix,
        kind=EvidenceKind.LISTING,
        bucket=listed.bucket,
        notes=looks.notes(),
    )
