"""The uploads in parts of one run: each is marked before it begins, and given up at a resume where one was left."""

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from s3kms.aws.s3.multipart import abort_upload, create_upload, list_uploads
from s3kms.model.errors import AwsError
from s3kms.model.objects import MultipartUpload, ObjectPlace
from s3kms.objects.interface import EngineContext

_PREFIX = "upload-"
_SKEW = timedelta(minutes=15)
"""How far this machine's clock may be from S3's: it takes no request that is further off."""
_BEGINNING = timedelta(minutes=30)
"""Time in which S3 starts an upload: longer than any deadline of ours."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is on disk of an upload. The others to that key that were there before it are none of ours."""

    key: str
    at: str
    others: tuple[str, ...]
    upload_id: str | None = None

    def text(self) -> str:
        return json.dumps([self.key, self.at, list(self.others), self.upload_id])

    @classmethod
    def parse(cls, text: str) -> "_Mark | None":
        try:
            key, at, others, upload_id = json.loads(text)
        except (ValueError, TypeError):
            return None
        return cls(key, at, tuple(others), upload_id)

    def may_be(self, upload: MultipartUpload) -> bool:
        """Whether an upload began when the marked one did."""
        if upload.upload_id in self.others or upload.initiated is None:
            return False
        at = datetime.fromisoformat(self.at)
        return at - _SKEW <= upload.initiated <= at + _BEGINNING


class Uploads:
    """Begins uploads and gives them up. Belongs to one engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    @asynccontextmanager
    async def begun(self, place: ObjectPlace, headers: dict[str, str]) -> AsyncIterator[str]:
        """The id of an upload; given up where the body raises or is cancelled. Raises AwsError, Stopped."""
        name = _PREFIX + sha256(place.key.encode(errors="surrogatepass")).hexdigest()[:32]
        others = tuple([upload.upload_id async for upload in list_uploads(self._context.client, place)])
        mark = _Mark(place.key, datetime.now(UTC).isoformat(), others)
        marks = self._context.marks
        marks.put(name, mark.text())
        upload_id = await create_upload(self._context.client, place, headers)
        marks.put(name, _Mark(mark.key, mark.at, mark.others, upload_id).text())
        try:
            yield upload_id
        except BaseException:
            # Where this fails, too, the mark stays, and the next resume tries again.
            with contextlib.suppress(AwsError):
                await abort_upload(self._context.client, place, upload_id)
                marks.put(name, "")
            raise
        marks.put(name, "")

    async def recover(self) -> None:
        """Give up what a killed process has left. Raises AwsError."""
        for name, text in dict(self._context.marks.all()).items():
            if name.startswith(_PREFIX) and text:
                if mark := _Mark.parse(text):
                    await self._give_up(mark)
                self._context.marks.put(name, "")

    async def _give_up(self, mark: _Mark) -> None:
        wanted = self._context.wanted
        place = ObjectPlace(wanted.bucket, mark.key, None, wanted.account, wanted.region)
        if mark.upload_id is not None:
            await abort_upload(self._context.client, place, mark.upload_id)
            return
        # Killed between the mark and the answer: the one upload that began then and was not there before.
        there = [upload async for upload in list_uploads(self._context.client, place)]
        found = _candidates(mark, there, self._context.connection.known_identity)
        if len(found) == 1:
            await abort_upload(self._context.client, place, found[0].upload_id)


def _candidates(mark: _Mark, uploads: list[MultipartUpload], caller: str | None) -> list[MultipartUpload]:
    """Uploads that may be the marked one: never one of another initiator, if S3 returns the initiator."""
    return [
        upload
        for upload in uploads
        if mark.may_be(upload)
        and not (caller and upload.initiator.startswith("arn:") and upload.initiator != caller)
    ]
