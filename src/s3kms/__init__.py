"""s3kms: S3 default encryption from SSE-S3 to SSE-KMS, proven, and staying so."""

from s3kms._version import VERSION

__version__ = VERSION

__all__ = ["__version__"]
