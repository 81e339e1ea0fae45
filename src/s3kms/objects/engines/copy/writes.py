"""The two ways to copy an object onto itself: in one piece, and in parts above what S3 takes at once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.aws.s3.multipart import MAX_PARTS, complete_upload, copy_part
from s3kms.aws.s3.object_details import get_object_tags, has_annotations, tagging_header
from s3kms.aws.s3.object_reads import describe_place, head_object
from s3kms.aws.s3.object_writes import copy_object
from s3kms.model.errors import Conflict
from s3kms.model.objects import CopyAnswer, ObjectPlace
from s3kms.objects.engines.copy.restated import (
    Original,
    destination_headers,
    encryption_headers,
    part_ranges,
    restated_headers,
    source_headers,
    written_anew,
)
from s3kms.objects.engines.copy.uploads import Uploads
from s3kms.objects.interface import EngineContext
from s3kms.objects.movability import Immovable

_DIRECTIVES = {"x-amz-metadata-directive": "COPY", "x-amz-tagging-directive": "COPY"}
CHANGED = "PreconditionFailed"
"""S3's word for a condition that does not hold."""
_PARTS_AT_ONCE = 8
_CHECKSUM_MODE = ("x-amz-checksum-mode", "ENABLED")
"""Without it HEAD returns no checksum; with it S3 calls KMS if the object is under a key (fact D27)."""
_MISSING_METADATA = "x-amz-missing-meta"


def _changed(place: ObjectPlace) -> Conflict:
    """The error where an object is not any more what was looked at, as S3 says it of a condition."""
    return Conflict(f"{describe_place(place)} was modified by another writer", code=CHANGED)


class Writer:
    """Copies. Belongs to one bucket in one run. Its methods raise AwsError."""

    def __init__(self, context: EngineContext, uploads: Uploads, part_bytes: int) -> None:
        self._context, self._uploads, self._part_bytes = context, uploads, part_bytes

    async def in_one_piece(self, place: ObjectPlace, original: Original) -> CopyAnswer:
        """CopyObject: metadata, tags, annotations and the checksum come along by themselves (fact D14)."""
        wanted = self._context.wanted
        headers = {
            **source_headers(original, wanted),
            **destination_headers(original),
            **encryption_headers(wanted),
            **_DIRECTIVES,
            **restated_headers(original, datetime.now(UTC)),
        }
        return await copy_object(self._context.client, place, headers)

    async def in_parts(self, place: ObjectPlace, original: Original) -> CopyAnswer | Immovable:
        """An upload whose parts are copied; the reason where it would lose something."""
        client, head = self._context.client, original.head
        if await has_annotations(client, place):
            return Immovable.ANNOTATIONS
        if head.headers.get(_MISSING_METADATA, "0") != "0":
            return Immovable.HIDDEN_METADATA
        tags = await get_object_tags(client, place)
        headers = {
            **encryption_headers(self._context.wanted),
            **restated_headers(original, datetime.now(UTC)),
            **written_anew(original, tagging_header(tags)),
        }
        async with self._uploads.begun(place, headers) as upload_id:
            etags = await self._copied_parts(place, original, upload_id)
            # Tags change without a new ETag, and parts take their time.
            if await get_object_tags(client, place) != tags or await has_annotations(client, place):
                raise _changed(place)
            conditions = {**destination_headers(original), "x-amz-mp-object-size": str(head.size)}
            return await complete_upload(client, place, upload_id, etags, conditions)

    async def with_checksum(self, place: ObjectPlace, original: Original) -> Original:
        """The response of HEAD with the checksum, which is returned only on request."""
        key = tuple(original.customer_key.headers().items()) if original.customer_key else ()
        same = ("If-Match", f'"{original.head.etag}"')
        head = await head_object(self._context.client, place, (_CHECKSUM_MODE, same, *key))
        if head.etag != original.head.etag:
            raise _changed(place)
        return Original(original.key, head, original.acl, original.lock, original.customer_key)

    async def _copied_parts(self, place: ObjectPlace, original: Original, upload_id: str) -> list[str]:
        """The ETags of all parts, in order."""
        ranges = part_ranges(original.head.size, self._part_bytes, MAX_PARTS)
        source = source_headers(original, self._context.wanted)

        async def numbered() -> AsyncIterator[tuple[int, tuple[int, int]]]:
            for numbered_range in enumerate(ranges, 1):
                yield numbered_range

        async def copy(part: tuple[int, tuple[int, int]]) -> str:
            number, (first, last) = part
            headers = {**source, "x-amz-copy-source-range": f"bytes={first}-{last}"}
            return await copy_part(self._context.client, place, upload_id, number, headers)

        return [etag async for etag in concurrent_map(copy, numbered(), _PARTS_AT_ONCE)]
