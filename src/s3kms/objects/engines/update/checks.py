"""What an object is after UpdateObjectEncryption, compared with what it was before. Pure."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.objects import ObjectHead, WriteAnswer


class UpdateEffect(StrEnum):
    """What has become of an object for which S3 said that its encryption was changed."""

    KEPT = "kept"
    """The object is what it was; its encryption is to be looked at."""
    OVERWRITTEN = "overwritten"
    """The server wrote the request into the object (fact D31)."""
    REWRITTEN = "rewritten"
    """Somebody else wrote the object meanwhile."""
    NOT_KEPT = "not-kept"
    """It is the same content, and something else is not what it was."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What was sent, to be recognized where it must never be."""

    content: bytes
    md5: str

    @classmethod
    def of(cls, content: bytes) -> "RequestBody":
        """With the ETag that an object would have which was overwritten with it."""
        return cls(content, hashlib.md5(content, usedforsecurity=False).hexdigest())

    def may_be(self, head: ObjectHead) -> bool:
        """Whether an object has the size of the request: its content is then to be looked at."""
        return head.size == len(self.content)

    def is_in(self, head: ObjectHead) -> bool:
        """Whether an object is the request, by size and ETag."""
        return self.may_be(head) and head.etag == self.md5


def was_taken_for_a_write(answer: WriteAnswer, before: ObjectHead, body: RequestBody) -> bool:
    """Whether the answer alone says that the server wrote an object: the request's ETag, or a new version."""
    return answer.etag == body.md5 or answer.version_id not in {None, before.version_id}


def compare_objects(before: ObjectHead, after: ObjectHead, body: RequestBody) -> UpdateEffect:
    """What became of an object, whatever it is encrypted with (fact D1)."""
    if body.is_in(after) and not body.is_in(before):
        return UpdateEffect.OVERWRITTEN
    if _identity(before) != _identity(after):
        return UpdateEffect.REWRITTEN
    return UpdateEffect.NOT_KEPT if lost_properties(before, after) else UpdateEffect.KEPT


def lost_properties(before: ObjectHead, after: ObjectHead) -> tuple[str, ...]:
    """What HEAD shows of an object besides its encryption and is not what it was. Tags and locks have own calls."""
    pairs = {
        "storage class": (before.storage_class, after.storage_class),
        "metadata": (before.metadata, after.metadata),
        "content headers": (before.content_headers, after.content_headers),
        "website redirect": (before.redirect, after.redirect),
    }
    return tuple(name for name, (was, is_now) in pairs.items() if was != is_now)


def _identity(head: ObjectHead) -> tuple[object, ...]:
    return head.version_id, head.etag, head.size, head.last_modified
