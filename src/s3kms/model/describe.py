"""Words for a person that more than one room needs."""

from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.unknown import Unknown, known


def count_buckets(count: int) -> str:
    """A number of buckets: `1 bucket`, `7 buckets`."""
    return "1 bucket" if count == 1 else f"{count} buckets"


def count_files(count: int) -> str:
    """A number of files: `1 file`, `7 files`."""
    return "1 file" if count == 1 else f"{count} files"


def count_findings(count: int) -> str:
    """A number of findings: `1 finding`, `7 findings`."""
    return "1 finding" if count == 1 else f"{count} findings"


def describe_bucket_key(encryption: Encryption) -> str:
    """`bucket key on`, `bucket key off`, or `bucket key not known`."""
    if isinstance(encryption.bucket_key, Unknown):
        return "bucket key not known"
    return f"bucket key {'on' if encryption.bucket_key else 'off'}"


def describe_encryption(encryption: Encryption, *, key: str | None = None) -> str:
    """Every part of it: `SSE-KMS, aws/s3, bucket key on, SSE-C blocked`. `key` names the key shorter."""
    words = [Encryption(encryption.algorithm or SSE_S3).name]
    if encryption.is_kms:
        words.append(key or encryption.key or "aws/s3")
    if encryption.algorithm == SSE_KMS or known(encryption.bucket_key):
        words.append(describe_bucket_key(encryption))
    words += [f"{name} blocked" for name in known(encryption.blocked) or () if name != "NONE"]
    return ", ".join(words)
