"""A change in words: every part that it touches, and none that it does not."""

from s3kms.model.change import Change
from s3kms.model.describe import describe_encryption


def describe_change(change: Change) -> str:
    """`SSE-S3 -> SSE-KMS, aws/s3, bucket key on`."""
    return f"{describe_encryption(change.before)} -> {describe_encryption(change.after)}"
