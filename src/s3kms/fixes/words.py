"""A change in words: every part that it touches, and none that it does not."""

from s3kms.estate.changes import Change
from s3kms.estate.encryption import SSE_KMS, SSE_S3, Encryption


def encryption_words(encryption: Encryption) -> str:
    """`SSE-KMS, aws/s3, bucket key on, SSE-C blocked`."""
    words = [Encryption(encryption.algorithm or SSE_S3).name]
    if encryption.is_kms:
        words.append(encryption.key or "aws/s3")
    if encryption.algorithm == SSE_KMS or encryption.bucket_key:
        words.append(f"bucket key {'on' if encryption.bucket_key else 'off'}")
    words += [f"{name} blocked" for name in encryption.blocked or () if name != "NONE"]
    return ", ".join(words)


def change_words(change: Change) -> str:
    """`SSE-S3 -> SSE-KMS, aws/s3, bucket key on`."""
    return f"{encryption_words(change.before)} -> {encryption_words(change.after)}"
