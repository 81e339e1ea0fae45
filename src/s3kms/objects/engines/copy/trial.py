"""The proof of a server that is not AWS: copies of a throw-away object, before any other is copied."""

import secrets
from dataclasses import replace

from s3kms.aws.probe import new_probe_key
from s3kms.aws.s3.multipart import abort_upload, complete_upload, copy_part, create_upload
from s3kms.aws.s3.object_reads import get_first_byte, head_object, list_versions
from s3kms.aws.s3.object_writes import copy_object, delete_version, put_object
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, Refused
from s3kms.model.objects import ObjectEncryption, ObjectHead, ObjectLockState, ObjectPlace
from s3kms.objects.engines.copy.look import now
from s3kms.objects.engines.copy.restated import (
    Original,
    destination_headers,
    encryption_headers,
    lost_properties,
    restated_headers,
    source_headers,
)
from s3kms.objects.interface import EngineContext

_SIZE = 64
_HEADERS = {
    "x-amz-meta-s3kms": "throw-away",
    "Content-Type": "text/plain",
    "Cache-Control": "no-store",
    "x-amz-tagging": "s3kms=throw-away",
    "x-amz-server-side-encryption": "AES256",
}
"""The encryption is said, for the bucket's default is the wanted key already."""
_WRONG = '"00000000000000000000000000000000"'
_REFUSAL = "PreconditionFailed"
_MARK = "trial"
"""Under which the key of the object is kept, until it is removed."""


class CopyTrial:
    """Copies an object of its own. Belongs to one run over one bucket."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        wanted = context.wanted
        self._place = ObjectPlace(wanted.bucket, new_probe_key(), None, wanted.account, wanted.region)

    async def run(self) -> None:
        """Raises Refused where the server does not hold, or the object cannot be written, read or removed."""
        marks = self._context.marks
        try:
            if left := marks.all().get(_MARK):
                await self._remove(replace(self._place, key=left))
            marks.put(_MARK, self._place.key)
            try:
                fault = await self._fault()
            finally:
                await self._remove(self._place)
            marks.put(_MARK, "")
        except AwsError as error:
            raise self._refused(f"could not be tested: {error}") from error
        if fault:
            raise self._refused(fault)

    def _refused(self, fault: str) -> Refused:
        return Refused(
            f"CopyObject on this server, which is not AWS, {fault}; no other object was touched",
            advice=Advice("no engine is safe on this server; ask its operator"),
        )

    async def _fault(self) -> str | None:
        """What is wrong with the server; None where it copies as AWS does. Raises AwsError."""
        client = self._context.client
        content = secrets.token_hex(_SIZE // 2).encode()
        await put_object(client, self._place, content, _HEADERS)
        head = await head_object(client, self._place)
        original = Original(self._place.key, head, None, ObjectLockState())
        source, destination = source_headers(original, self._context.wanted), destination_headers(original)
        wrong_source = {**source, "x-amz-copy-source-if-match": _WRONG}
        if not await self._refuses({**wrong_source, **destination}):
            return "ignores the condition on the source: a concurrent write would be lost"
        if not await self._refuses({**source, "If-Match": _WRONG}):
            return "ignores If-Match: a concurrent write would be lost"
        if not await self._refuses_parts(original):
            return "ignores If-Match of a multipart upload: a concurrent write would be lost"
        await self._copy({**source, **destination, **restated_headers(original, now())})
        return await self._fault_of_copy(head, content)

    async def _copy(self, headers: dict[str, str]) -> None:
        encryption = encryption_headers(self._context.wanted)
        await copy_object(self._context.client, self._place, {**headers, **encryption})

    async def _refuses(self, headers: dict[str, str]) -> bool:
        """Whether a copy whose condition does not hold is refused. Raises AwsError for another refusal."""
        try:
            await self._copy(headers)
        except AwsError as error:
            if error.code != _REFUSAL:
                raise
            return True
        return False

    async def _refuses_parts(self, original: Original) -> bool:
        client, place = self._context.client, self._place
        source = source_headers(original, self._context.wanted)
        upload_id = await create_upload(client, place, encryption_headers(self._context.wanted))
        try:
            etag = await copy_part(client, place, upload_id, 1, source)
            await complete_upload(client, place, upload_id, [etag], {"If-Match": _WRONG})
        except AwsError as error:
            if error.code != _REFUSAL:
                raise
            return True
        finally:
            await abort_upload(client, place, upload_id)
        return False

    async def _fault_of_copy(self, before: ObjectHead, content: bytes) -> str | None:
        after = await head_object(self._context.client, self._place)
        wanted = self._context.wanted
        if (after.encryption, after.key_arn, after.bucket_key) != (
            ObjectEncryption.SSE_KMS,
            wanted.key_arn,
            wanted.bucket_key,
        ):
            return f"returns success, but the copy is encrypted with {after.encryption}"
        if lost := lost_properties(before, after, now()):
            return f"does not keep these properties of an object: {', '.join(lost)}"
        if await get_first_byte(self._context.client, self._place) != content[:1]:
            return "changes the content of the object"
        return None

    async def _remove(self, place: ObjectPlace) -> None:
        """Remove every version of a throw-away object. Raises AwsError."""
        found: set[str | None] = set()
        try:
            listing = list_versions(
                self._context.client, place.bucket, place.account, place.region, prefix=place.key
            )
            found = {version.version_id async for version in listing if version.key == place.key}
        except AwsError:  # a server without versions
            found = {None}
        for version_id in found:
            await delete_version(self._context.client, replace(place, version_id=version_id))
