"""A change in words: every part that it touches, and none that it does not."""

from s3kms.estate.changes import Change
from s3kms.estate.words import encryption_words


def change_words(change: Change) -> str:
    """`SSE-S3 -> SSE-KMS, aws/s3, bucket key on`."""
    return f"{encryption_words(change.before)} -> {encryption_words(change.after)}"
