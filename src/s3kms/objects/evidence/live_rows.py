"""The versions of a bucket as S3 lists them now: without their encryption, which each object has to be asked for."""

import json
from collections.abc import AsyncIterator

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_reads import list_versions
from s3kms.model.errors import BadInput
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.model.objects import ObjectVersion

LISTING_IDENTITY = "listing"
"""Read anew each time: what is written behind the bookmark is seen, what is written before it is not."""


class LiveRows:
    """The listing of one bucket, from the first key or from where an earlier process ended."""

    def __init__(self, client: S3Client, bucket: str, account: str, region: str, *, prefix: str = "") -> None:
        self._client = client
        self._bucket, self._account, self._region = bucket, account, region
        self._prefix = prefix
        self.coverage = EvidenceCoverage(
            name="a live listing",
            all_versions=True,
            tells_encryption=False,
            prefix=prefix,
            kind=EvidenceKind.LISTING,
            source=f"s3://{bucket}",
            bucket=bucket,
        )

    @property
    def identity(self) -> str:
        """One for all listings of the same keys."""
        return f"{LISTING_IDENTITY} {self._prefix}"

    def read(self, after: str = "") -> "ListedVersions":
        """The versions behind a bookmark. Raises BadInput for a bookmark of other evidence."""
        return ListedVersions(
            list_versions(
                self._client,
                self._bucket,
                self._account,
                self._region,
                prefix=self._prefix,
                after=_marker(after),
            ),
            after,
        )


class ListedVersions:
    """The versions of a listing as they are read; the bookmark is the last one's key and version id."""

    def __init__(self, versions: AsyncIterator[ObjectVersion], after: str) -> None:
        self._versions = versions
        self._after = after
        self._last: ObjectVersion | None = None

    def __aiter__(self) -> "ListedVersions":
        return self

    async def __anext__(self) -> ObjectVersion:
        self._last = await anext(self._versions)
        return self._last

    @property
    def bookmark(self) -> str:
        """As `VersionReader.bookmark`."""
        if self._last is None:
            return self._after
        return json.dumps([self._last.key, self._last.version_id or ""])


def _marker(bookmark: str) -> tuple[str, str]:
    if not bookmark:
        return "", ""
    try:
        key, version_id = json.loads(bookmark)
    except ValueError as error:
        raise BadInput(f"{bookmark[:80]!r} is no place in a listing") from error
    return str(key), str(version_id)
