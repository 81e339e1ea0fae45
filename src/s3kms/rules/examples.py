"""Facts for the examples of the rules: a key and a bucket, with everything in order."""

import json
from dataclasses import replace
from typing import Any

from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, Encryption, KeyKind
from s3kms.model.grants import KeyGrant
from s3kms.model.keys import KeyFact, KmsKey, Rotation
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

REGION = "eu-central-1"
ACCOUNT = "111122223333"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DENIED = Unknown(UnknownCause.DENIED, "AccessDenied from DescribeKey", Advice("allow kms:DescribeKey"))

CUSTOMER_KEY = KmsKey(
    arn=KEY_ARN,
    state="Enabled",
    usage="ENCRYPT_DECRYPT",
    spec="SYMMETRIC_DEFAULT",
    manager=KeyKind.CUSTOMER_MANAGED,
    rotation=Rotation(enabled=True, period_days=365),
)

GRANT = KeyGrant(
    frozenset({"GenerateDataKey", "Decrypt"}), f"arn:aws:iam::{ACCOUNT}:role/app", name="grant app"
)


def customer_key(**differences: Any) -> KmsKey:
    """A customer managed key in good order, but for these differences."""
    return replace(CUSTOMER_KEY, **differences)


def key_that_lets(
    principal: str, condition: dict[str, Any] | None = None, grants: tuple[KeyGrant, ...] | Unknown = ()
) -> KmsKey:
    """A customer managed key whose policy lets a principal do everything, under a condition."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    content = {"Statement": {**statement, "Condition": condition or {}}}
    return customer_key(policy=PolicyDocument(json.dumps(content), "its key policy"), grants=grants)


def bucket(
    algorithm: str | None,
    key: str | None = None,
    *,
    known: KeyFact | None = None,
    bucket_key: bool | None = None,
    blocked: tuple[str, ...] | None = None,
    tags: dict[str, str] | None = None,
) -> Bucket:
    """A bucket with this default encryption, and what KMS says of its key."""
    return Bucket(
        name="example-bucket",
        account=ACCOUNT,
        region=REGION,
        encryption=Encryption(algorithm, key, bucket_key, blocked),
        key=known,
        tags=tags or {},
    )


def bucket_under(known: KeyFact) -> Bucket:
    """A bucket with SSE-KMS under a key named by its ARN, and what KMS says of that key."""
    return bucket(SSE_KMS, KEY_ARN, known=known)
