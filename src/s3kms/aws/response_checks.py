"""What S3 answers, checked before it is believed: an empty account or SSE-S3 is never concluded from a bad answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.model.bucket import BucketKind, Evidence
from s3kms.model.operations import Operation
from s3kms.model.targets import is_region

NO_ENCRYPTION_CONFIGURATION_CODE = "ServerSideEncryptionConfigurationNotFoundError"


@dataclass(frozen=True, slots=True)
class ListedBucket:
    """One line of a bucket listing."""

    name: str
    region: str | None
    kind: BucketKind = BucketKind.GENERAL_PURPOSE
    is_listed: bool = True
    """False where only the user says that the bucket exists."""


def evidence_of(operation: Operation, request_id: str | None) -> Evidence:
    """The evidence of a call that was made, or refused, just now."""
    return Evidence(operation.name, request_id, datetime.now(UTC))


def require_bucket_rows(page: Mapping[str, Any], operation: Operation, subject: str) -> list[dict[str, Any]]:
    """The rows of a listing. An empty account still sends the element; a proxy's page does not. Raises BadAnswer."""
    rows = page.get("Buckets")
    if rows is None:
        raise bad_answer(operation, subject, "was answered with no bucket list")
    return list(rows)


def find_bucket_region(row: Mapping[str, Any]) -> str | None:
    """The region in a row of a listing; None where it is not the name of one, so that the caller's own is used."""
    region = str(row.get("BucketRegion") or "")
    return region if is_region(region) else None


def require_bucket_name(row: Mapping[str, Any], operation: Operation, subject: str) -> str:
    """The bucket's name in a row of a listing. Raises BadAnswer."""
    name = row.get("Name")
    if not name:
        raise bad_answer(operation, subject, "listed a bucket without a name")
    return str(name)
