"""One request to S3, or several that are alike, as every kind of log tells it; and what its operation does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

from s3kms.model.observed import ObservedIdentity


class ObjectUse(Enum):
    """What an operation does to the bytes of objects, which is what a key is needed for."""

    READ = "read"
    WRITE = "write"
    """It begins or is a new object: its encryption is chosen here (fact F3)."""
    WRITE_PART = "write in parts"
    BEGIN_PARTS = "begin an upload in parts"
    NONE = "neither"

    @property
    def is_new_object(self) -> bool:
        """Whether the encryption of a new object is chosen by it."""
        return self in {ObjectUse.WRITE, ObjectUse.BEGIN_PARTS}

    @property
    def is_of_parts(self) -> bool:
        """Whether it belongs to an upload in parts."""
        return self in {ObjectUse.WRITE_PART, ObjectUse.BEGIN_PARTS}


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """Requests of one caller to one bucket that are alike."""

    bucket: str
    caller: ObservedIdentity
    use: ObjectUse
    first: datetime
    last: datetime
    times: int = 1
    is_denied: bool = False
    denial: str = ""
    """AWS's own words."""
    encryption: str = ""
    """What `SSEApplied` says."""
    shows_reads: bool = False
    """Whether a log that has it has reading requests."""
    shows_writes: bool = False


_EVENTS = {
    "GetObject": ObjectUse.READ,
    "HeadObject": ObjectUse.READ,
    "GetObjectAttributes": ObjectUse.READ,
    "GetObjectTorrent": ObjectUse.READ,
    "SelectObjectContent": ObjectUse.READ,
    "PutObject": ObjectUse.WRITE,
    "PostObject": ObjectUse.WRITE,
    "CopyObject": ObjectUse.WRITE,
    "CreateMultipartUpload": ObjectUse.BEGIN_PARTS,
    "InitiateMultipartUpload": ObjectUse.BEGIN_PARTS,
    "UploadPart": ObjectUse.WRITE_PART,
    "UploadPartCopy": ObjectUse.WRITE_PART,
    "CompleteMultipartUpload": ObjectUse.WRITE_PART,
}
_OPERATIONS = (
    (re.compile(r"(REST|WEBSITE|SOAP)\.(GET|HEAD)\.OBJECT(_ATTRIBUTES)?"), ObjectUse.READ),
    (re.compile(r"REST\.COPY\.(OBJECT|PART)_GET|REST\.(POST\.|GET\.)?SELECT.*"), ObjectUse.READ),
    (re.compile(r"REST\.(PUT|POST|COPY)\.OBJECT"), ObjectUse.WRITE),
    (re.compile(r"REST\.POST\.UPLOADS"), ObjectUse.BEGIN_PARTS),
    (re.compile(r"REST\.(PUT|COPY)\.PART|REST\.POST\.UPLOAD"), ObjectUse.WRITE_PART),
)

_MAX_WORD = 64
"""Characters of a time and of the name of an operation: what is remembered of hostile text has to be short."""


def use_of_event(name: str) -> ObjectUse:
    """What a CloudTrail event of S3 is about: `GetObject`."""
    return _EVENTS.get(name, ObjectUse.NONE)


def use_of_operation(name: str) -> ObjectUse:
    """What an operation of an access log is about: `REST.GET.OBJECT`."""
    return _use_of_operation(name[:_MAX_WORD])


@lru_cache(1024)
def _use_of_operation(name: str) -> ObjectUse:
    return next((use for pattern, use in _OPERATIONS if pattern.fullmatch(name)), ObjectUse.NONE)


def moment_of(text: str) -> datetime | None:
    """A time of a log or a query's result; one without a zone is UTC. None where it is none."""
    return _moment_of(text) if len(text) <= _MAX_WORD else None


@lru_cache(4096)
def _moment_of(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
