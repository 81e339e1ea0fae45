"""What S3 answers, checked before it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from s3kms.model.bucket import BucketKind, Evidence
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadAnswer
from s3kms.model.operations import Operation
from s3kms.model.targets import is_region

PROXY_HINT = "check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY: this is not how AWS answers"
NO_ENCRYPTION_CONFIGURATION_CODE = "ServerSideEncryptionConfigurationNotFoundError"


@dataclass(frozen=True, slots=True)
class ListedBucket:
    """One line of a bucket listing."""

    name: str
    region: str | None
    kind: BucketKind = BucketKind.GENERAL_PURPOSE
    is_listed: bool = True
    """False where only the user says that there is such a bucket."""


def parse_encryption_response(answer: Mapping[str, Any], subject: str) -> Encryption:
    """The rule in a GetBucketEncryption answer. Raises BadAnswer where there is not exactly one.

    An empty list is not "SSE-S3": a server that does not know the sub-resource answers
    with something else, which parses as no rules.
    """
    rules = (answer.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        count = len(rules) or "no"
        raise BadAnswer(
            f"GetBucketEncryption for {subject} was answered with {count} rules", advice=PROXY_HINT
        )
    rule = rules[0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    blocked = rule.get("BlockedEncryptionTypes")
    if not default and blocked is None and "BucketKeyEnabled" not in rule:
        raise BadAnswer(
            f"GetBucketEncryption for {subject} was answered with an empty rule", advice=PROXY_HINT
        )
    return Encryption(
        algorithm=default.get("SSEAlgorithm"),
        key=default.get("KMSMasterKeyID") or None,
        bucket_key=rule.get("BucketKeyEnabled"),
        blocked=None if blocked is None else tuple(blocked.get("EncryptionType") or ()),
    )


def evidence(operation: Operation, request_id: str | None) -> Evidence:
    """A call that was just made, or refused."""
    return Evidence(operation.name, request_id, datetime.now(UTC))


def require_bucket_rows(page: Mapping[str, Any], operation: Operation, subject: str) -> list[dict[str, Any]]:
    """The list in the answer. An empty account still sends the element; a proxy's page does not."""
    rows = page.get("Buckets")
    if rows is None:
        raise BadAnswer(f"{operation.name} for {subject} was answered with no bucket list", advice=PROXY_HINT)
    return list(rows)


def find_bucket_region(row: Mapping[str, Any]) -> str | None:
    """The region in a row of a listing. What is no region's name is none: the account's own is then asked."""
    region = str(row.get("BucketRegion") or "")
    return region if is_region(region) else None


def require_bucket_name(row: Mapping[str, Any], operation: Operation, subject: str) -> str:
    """The bucket's name in a row of a listing. Raises BadAnswer."""
    name = row.get("Name")
    if not name:
        raise BadAnswer(f"{operation.name} for {subject} listed a bucket without a name", advice=PROXY_HINT)
    return str(name)
