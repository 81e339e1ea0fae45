"""A bucket's default encryption: GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # the only XML read is our own client's

from s3kms.demo.corrections import directory
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.stored_rule import StoredRule, xml_element

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

ALGORITHMS = {"AES256", "aws:kms", "aws:kms:dsse"}
_ATTRIBUTE = "s3kms_default_encryption"
_CHANGED = "s3kms_encryption_changed"
# Where AWS has not switched SSE-C off for new buckets (fact A18).
_REGIONS_WITHOUT_BLOCK = {"me-south-1", "me-central-1"}


def rule_of(bucket: Any) -> StoredRule:
    """The rule in force on a bucket; every bucket has one.

    Corrects moto, which answers 404 for a bucket nobody configured: every bucket has SSE-S3 since January 2023
    (facts A6, A7), and a new one blocks SSE-C (fact A18).
    """
    configured = getattr(bucket, _ATTRIBUTE, None)
    return configured if isinstance(configured, StoredRule) else new_bucket_rule(bucket)


def is_configured(bucket: Any) -> bool:
    """Whether somebody put a default encryption on the bucket."""
    return getattr(bucket, _ATTRIBUTE, None) is not None


def new_bucket_rule(bucket: Any) -> StoredRule:
    """What CreateBucket leaves: SSE-S3, and the SSE-C block where AWS has rolled it out (fact A18)."""
    blocks = not directory.is_directory(bucket.name) and bucket.region_name not in _REGIONS_WITHOUT_BLOCK
    return StoredRule("AES256", blocked=("SSE-C",) if blocks else None)


def set_rule(bucket: Any, rule: StoredRule | None) -> None:
    """Replace the whole sub-resource; None goes back to SSE-S3 with nothing blocked."""
    setattr(bucket, _ATTRIBUTE, rule or StoredRule("AES256"))
    setattr(bucket, _CHANGED, datetime.now(UTC))


def changed_at(bucket: Any) -> datetime:
    """When the rule was last set: for AWS Config, which captures a bucket when it changes."""
    created: datetime = bucket.creation_date
    changed: datetime = getattr(bucket, _CHANGED, created)
    return changed if changed.tzinfo else changed.replace(tzinfo=UTC)


def get_bucket_encryption(_: ServerRequest, bucket: Any) -> ServerResponse:
    """GetBucketEncryption: all three parts, verbatim. moto drops BlockedEncryptionTypes."""
    return ServerResponse.xml("ServerSideEncryptionConfiguration", xml_element("Rule", rule_of(bucket).xml()))


def put_bucket_encryption(request: ServerRequest, bucket: Any) -> ServerResponse:
    """PutBucketEncryption: validate the document's shape, not the key, and replace the rule as a whole.

    Corrects moto, which takes any algorithm and several rules. The key is not looked at for a general purpose
    bucket (fact A4). An omitted part is cleared: the harshest reading of fact A19. BucketKeyEnabled together
    with aws:kms:dsse is taken and kept: whether AWS refuses it is unknown (fact A15).
    """
    rule = parse(request.body)
    if directory.is_directory(bucket.name):
        rule = directory.checked_rule(request, bucket, rule)
    set_rule(bucket, rule)
    return ServerResponse()


def delete_bucket_encryption(_: ServerRequest, bucket: Any) -> ServerResponse:
    """DeleteBucketEncryption: back to SSE-S3 (fact A5). Whether AWS keeps the SSE-C block is unknown.

    Here it goes with the rule.
    """
    set_rule(bucket, None)
    return ServerResponse(204)


def malformed() -> S3Error:
    """S3's answer to a document that breaks its schema."""
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return S3Error(400, "MalformedXML", message)


def parse(body: bytes) -> StoredRule:
    """The rule of a request's XML document. Raises S3Error MalformedXML where S3 would."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - a demo server on loopback reading its own client
    except ET.ParseError:
        raise malformed() from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    rules = root.findall("Rule")
    if root.tag != "ServerSideEncryptionConfiguration" or len(rules) != 1 or not len(rules[0]):
        raise malformed()
    return _parse_rule(rules[0])


def _parse_rule(element: ET.Element) -> StoredRule:
    default, blocked = (
        element.find("ApplyServerSideEncryptionByDefault"),
        element.find("BlockedEncryptionTypes"),
    )
    algorithm = key = None
    if default is not None:
        algorithm, key = default.findtext("SSEAlgorithm"), default.findtext("KMSMasterKeyID")
        if algorithm not in ALGORITHMS:
            raise malformed()
        if key and algorithm == "AES256":
            message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
            raise S3Error(400, "InvalidArgument", message, ArgumentName="KMSMasterKeyID", ArgumentValue=key)
    bucket_key = element.findtext("BucketKeyEnabled", "false").strip().lower()
    types = None if blocked is None else tuple(kind.text or "" for kind in blocked.findall("EncryptionType"))
    if bucket_key not in {"true", "false"} or not set(types or ()) <= {"SSE-C", "NONE"}:
        raise malformed()
    return StoredRule(algorithm, key, bucket_key == "true", types)
