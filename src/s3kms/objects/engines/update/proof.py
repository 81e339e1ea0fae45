"""The proof of a server that is not AWS: UpdateObjectEncryption on a throw-away object, first (fact D31)."""

import secrets
from dataclasses import dataclass, replace

from s3kms.aws.probe import new_probe_key
from s3kms.aws.s3.object_reads import get_start, head_object, list_versions
from s3kms.aws.s3.object_writes import delete_version, put_object, update_object_encryption
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, Refused
from s3kms.model.objects import ObjectEncryption, ObjectHead, ObjectPlace
from s3kms.objects.engines.update.checks import RequestBody, UpdateEffect, compare_objects
from s3kms.objects.engines.update.hazards import describe_refusal
from s3kms.objects.interface import EngineContext

_SIZE = 700
"""Bytes of the object: more than the request has, so that the two never look alike."""
_METADATA = {"x-amz-meta-s3kms": "throw-away", "Content-Type": "text/plain", "Cache-Control": "no-store"}
_SSE_S3 = {"x-amz-server-side-encryption": "AES256"}
"""Said, for the bucket's default is the wanted key already."""
_ADVICE = Advice("use the engine copy with this server")


@dataclass(frozen=True, slots=True)
class _Seen:
    """The throw-away object at one moment."""

    head: ObjectHead
    shown: ObjectHead
    """What GET shows of it: a server may say one thing in HEAD and do another."""
    content: bytes
    current: ObjectHead
    """Without a version: a server may have written a new one."""


class EndpointProof:
    """Tries UpdateObjectEncryption on an object of its own. Belongs to one run over one bucket."""

    what = "UpdateObjectEncryption"
    """What is tried, as the subject of a sentence."""

    def __init__(self, context: EngineContext, body: RequestBody) -> None:
        self._context, self._body = context, body
        wanted = context.wanted
        self._place = ObjectPlace(wanted.bucket, new_probe_key(), None, wanted.account, wanted.region)
        self._written: str | None = None
        """The version that was written, if the server returns it."""

    async def run(self) -> None:
        """Raises Refused where the server does not hold, or the object cannot be written, read or removed."""
        try:
            try:
                fault = await self._try()
            finally:
                await self._remove()
        except AwsError as error:
            raise self._refused(
                f"could not be tested: {describe_refusal(self._context.wanted, error)}"
            ) from error
        if fault:
            raise self._refused(fault)

    def _refused(self, fault: str) -> Refused:
        return Refused(
            f"{self.what} on this server, which is not AWS, {fault}; no other object was touched",
            advice=_ADVICE,
        )

    async def _try(self) -> str | None:
        """What is wrong with the server; None where it changed the encryption and nothing else. Raises AwsError."""
        client = self._context.client
        content = secrets.token_hex(_SIZE // 2).encode()
        written = await put_object(client, self._place, content, {**_METADATA, **_SSE_S3})
        self._written = written.version_id
        place = replace(self._place, version_id=written.version_id)
        before = await self._look(place)
        if before.content != content or before.head.encryption is not ObjectEncryption.SSE_S3:
            return "could not be tested: the server does not return an object as it was written"
        await self._change(place)
        return self._fault(before, await self._look(place))

    async def _change(self, place: ObjectPlace) -> None:
        """Change the object in the way that is to be proven. Raises AwsError."""
        wanted = self._context.wanted
        await update_object_encryption(self._context.client, place, wanted.key_arn, wanted.bucket_key)

    async def _look(self, place: ObjectPlace) -> _Seen:
        client = self._context.client
        shown, content = await get_start(client, place, 2 * _SIZE)
        head = await head_object(client, place)
        return _Seen(head, shown, content, await head_object(client, replace(place, version_id=None)))

    def _fault(self, before: _Seen, after: _Seen) -> str | None:
        if self._body.content in {after.content, before.content}:
            return "overwrites the object with the request body"
        if self._body.is_in(after.current) or after.current.version_id != before.current.version_id:
            return "writes a new version with the request body as its content"
        if after.content != before.content:
            return "changes the content of the object"
        for was, now in ((before.head, after.head), (before.shown, after.shown)):
            if compare_objects(was, now, self._body) is not UpdateEffect.KEPT:
                return "changes more than the encryption of the object"
            wanted = self._context.wanted
            found = (now.encryption, now.key_arn, now.bucket_key)
            if found != (ObjectEncryption.SSE_KMS, wanted.key_arn, wanted.bucket_key):
                return f"returns success, but the object is encrypted with {now.encryption} afterwards"
        return None

    async def _remove(self) -> None:
        """Remove every version of the throw-away object: a server may have made more than one. Raises AwsError."""
        place = self._place
        try:
            found = await self._versions()
        except AwsError:  # a server without versions
            found = {self._written}
        for version_id in found:
            await delete_version(self._context.client, replace(place, version_id=version_id))

    async def _versions(self) -> set[str | None]:
        place = self._place
        listing = list_versions(
            self._context.client, place.bucket, place.account, place.region, prefix=place.key
        )
        return {version.version_id async for version in listing if version.key == place.key}
