"""What a copy does not take along by itself and must be said again, and what is compared afterwards. Pure."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from s3kms.model.objects import ObjectAcl, ObjectHead, ObjectLockState
from s3kms.objects.interface import Wanted

SSE = "x-amz-server-side-encryption"
_SOURCE = "x-amz-copy-source"
_UNTIL = "x-amz-object-lock-retain-until-date"
_HOLD = "x-amz-object-lock-legal-hold"
_EVENT_HOLD = (
    "x-amz-object-lock-event-hold",
    "x-amz-object-lock-event-hold-duration-days",
    "x-amz-object-lock-event-hold-duration-years",
)
_GRANTS = {
    "FULL_CONTROL": "x-amz-grant-full-control",
    "READ": "x-amz-grant-read",
    "READ_ACP": "x-amz-grant-read-acp",
    "WRITE_ACP": "x-amz-grant-write-acp",
}
"""WRITE means nothing on an object, and no header of a copy grants it."""
_CHECKSUM = "x-amz-checksum-"
_COMPOSABLE = {"crc32", "crc32c", "crc64nvme"}
"""The checksums that an upload in parts may have over the whole object; of others it has one of its parts' ones."""


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """A key of SSE-C: S3 forgets it, and whoever reads sends it again."""

    key: str
    """In base64."""

    def headers(self, prefix: str = "") -> dict[str, str]:
        """For a read, or with the prefix `x-amz-copy-source-` for the source of a copy."""
        name = f"{prefix or 'x-amz-'}server-side-encryption-customer-"
        digest = hashlib.md5(base64.b64decode(self.key), usedforsecurity=False).digest()
        return {
            f"{name}algorithm": "AES256",
            f"{name}key": self.key,
            f"{name}key-MD5": base64.b64encode(digest).decode(),
        }

    def source_headers(self) -> dict[str, str]:
        """For the source of a copy."""
        return self.headers("x-amz-copy-source-")


@dataclass(frozen=True, slots=True)
class Original:
    """One object as it was looked at before it is copied."""

    key: str
    head: ObjectHead
    acl: ObjectAcl | None
    """None where the bucket's owner owns all objects, so that they have no ACL of their own."""
    lock: ObjectLockState
    customer_key: CustomerKey | None = None


def source_headers(original: Original, wanted: Wanted) -> dict[str, str]:
    """Which bytes are copied: that version, as long as it has that ETag."""
    path = f"{wanted.bucket}/{quote(original.key)}"
    if original.head.version_id is not None:
        path += f"?versionId={quote(original.head.version_id)}"
    key = original.customer_key.source_headers() if original.customer_key else {}
    return {
        _SOURCE: path,
        f"{_SOURCE}-if-match": f'"{original.head.etag}"',
        "x-amz-source-expected-bucket-owner": wanted.account,
        **key,
    }


def destination_headers(original: Original) -> dict[str, str]:
    """That nothing is written over but what was looked at: a concurrent writer wins."""
    return {"If-Match": f'"{original.head.etag}"'}


def encryption_headers(wanted: Wanted) -> dict[str, str]:
    """The key and the bucket key, said: a copy without them follows the bucket (fact D14)."""
    # Without a key's name `aws:kms` is aws/s3 (fact A13).
    key = {} if wanted.is_aws_managed else {f"{SSE}-aws-kms-key-id": wanted.key_arn}
    return {SSE: "aws:kms", **key, f"{SSE}-bucket-key-enabled": "true" if wanted.bucket_key else "false"}


def restated_headers(original: Original, now: datetime) -> dict[str, str]:
    """What neither CopyObject nor an upload takes along: class, redirect, ACL, Object Lock (fact D15).

    A retention that has ended is left out: S3 takes none.
    """
    head, lock = original.head, original.lock
    found = {"x-amz-storage-class": head.storage_class}
    if head.redirect is not None:
        found["x-amz-website-redirect-location"] = head.redirect
    if lock.mode and lock.retain_until and lock.retain_until > now:
        found["x-amz-object-lock-mode"] = lock.mode
        found[_UNTIL] = head.headers.get(_UNTIL) or _iso(lock.retain_until)
    if lock.legal_hold:
        found[_HOLD] = "ON"
    found |= {name: head.headers[name] for name in _EVENT_HOLD if name in head.headers}
    return found | _grant_headers(original.acl)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _grant_headers(acl: ObjectAcl | None) -> dict[str, str]:
    """The grants, all of them: those of a header are the whole ACL. None for the private one, which a copy has."""
    if acl is None or is_private(acl):
        return {}
    found: dict[str, list[str]] = {}
    for grant in acl.grants:
        kind = "uri" if "://" in grant.grantee else "id"
        found.setdefault(_GRANTS[grant.permission], []).append(f'{kind}="{grant.grantee}"')
    return {name: ", ".join(grantees) for name, grantees in found.items()}


def is_private(acl: ObjectAcl) -> bool:
    """Whether only the owner has a grant."""
    return [(grant.grantee, grant.permission) for grant in acl.grants] == [(acl.owner, "FULL_CONTROL")]


def has_strange_grants(acl: ObjectAcl) -> bool:
    """Whether it has a grant that no header of a copy can say."""
    return any(grant.permission not in _GRANTS or '"' in grant.grantee for grant in acl.grants)


def written_anew(original: Original, tagging: str) -> dict[str, str]:
    """What CopyObject takes along by itself, and an upload in parts does not: metadata, headers, tags, checksum."""
    head = original.head
    metadata = {f"x-amz-meta-{name}": value for name, value in head.metadata.items()}
    tags = {"x-amz-tagging": tagging} if tagging else {}
    return {**head.content_headers, **metadata, **tags, **_checksum_headers(head.headers)}


def _checksum_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The algorithm of the object's checksum, and how it is made of those of parts (fact D15)."""
    found = [name.removeprefix(_CHECKSUM) for name in headers if name.startswith(_CHECKSUM)]
    algorithms = [name for name in found if name != "type"]
    if not algorithms:
        return {}
    kind = headers.get(f"{_CHECKSUM}type")
    said = {f"{_CHECKSUM}algorithm": algorithms[0].upper()}
    if kind and algorithms[0] in _COMPOSABLE:
        said[f"{_CHECKSUM}type"] = kind
    return said


def part_ranges(size: int, part_bytes: int, max_parts: int) -> Sequence[tuple[int, int]]:
    """First and last byte of each part, in order; larger than `part_bytes` if there would be too many."""
    length = max(part_bytes, -(-size // max_parts))
    return [(first, min(first + length, size) - 1) for first in range(0, size, length)]


def lost_properties(before: ObjectHead, after: ObjectHead, now: datetime) -> tuple[str, ...]:
    """What HEAD shows of an object, was to be kept, and is not what it was."""
    pairs: dict[str, tuple[object, object]] = {
        "size": (before.size, after.size),
        "storage class": (before.storage_class, after.storage_class),
        "metadata": (before.metadata, after.metadata),
        "content headers": (before.content_headers, after.content_headers),
        "website redirect": (before.redirect, after.redirect),
        "tags": (before.tag_count, after.tag_count),
        "legal hold": (before.legal_hold, after.legal_hold),
        "event hold": (_event_hold(before), _event_hold(after)),
    }
    if (
        before.retain_until and before.retain_until > now
    ):  # else a default of the bucket may have begun another
        pairs["retention"] = (before.lock_mode, before.retain_until), (after.lock_mode, after.retain_until)
    return tuple(name for name, (was, is_now) in pairs.items() if was != is_now)


def _event_hold(head: ObjectHead) -> Mapping[str, str]:
    return {name: head.headers[name] for name in _EVENT_HOLD if name in head.headers}
