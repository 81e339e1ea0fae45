"""The settings of the engine `copy`, and which versions it skips by the evidence."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from s3kms.model.errors import BadInput
from s3kms.model.objects import ObjectVersion
from s3kms.objects.engines.copy.restated import CustomerKey
from s3kms.objects.movability import Immovable, why_not_copied
from s3kms.text.sanitize import printable

CUSTOMER_KEYS, PART_BYTES, MAX_SINGLE_BYTES = "customer_keys", "part_bytes", "max_single_bytes"
SETTINGS: Mapping[str, str] = {
    CUSTOMER_KEYS: "a file with the SSE-C keys of objects, in base64, one per line",
    PART_BYTES: "the part size, in bytes, of multipart copies",
    MAX_SINGLE_BYTES: "the largest object, in bytes, that is copied with one request (default: 5 GB, "
    "the limit of S3)",
}
_KEY_BYTES = 32

_SEEN_IN_HEAD = {Immovable.ARCHIVED, Immovable.CUSTOMER_KEY}
"""An archived object may be restored, and a customer's key may be given: HEAD of the object decides."""


def why_left(version: ObjectVersion) -> str | None:
    """The reason for which a version is left without a look at it."""
    reason = why_not_copied(version)
    return None if reason in _SEEN_IN_HEAD else reason


def bytes_of(text: str | None, default: int) -> int:
    """The number of bytes of a setting, or the default. Raises BadInput if it is not a number."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text)):
        raise BadInput(f"{printable(text)} is not a number of bytes", advice="use a whole number above 0")
    return int(text)


def customer_keys(path: str | None) -> tuple[CustomerKey, ...]:
    """The keys of a file. Raises BadInput where it cannot be read, or holds something else."""
    if path is None:
        return ()
    try:
        lines = Path(path).read_text(encoding="ascii").split()
        keys = [base64.b64decode(line, validate=True) for line in lines]
    except (OSError, UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise BadInput(
            f"the SSE-C keys in {printable(path)} cannot be used: {printable(str(error))}",
            advice="write each 256-bit key in base64 on its own line",
        ) from error
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise BadInput(
            f"the SSE-C keys in {printable(path)} cannot be used: a key is not 256 bits long, or the "
            "file has no key",
            advice="write each 256-bit key in base64 on its own line",
        )
    return tuple(CustomerKey(line) for line in lines)
