"""Buckets and switches for the examples of hazards."""

import json
from dataclasses import replace
from typing import Any

from s3kms.hazards.interface import EncryptionSwitch
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_S3, Encryption, KeyKind
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import (
    BucketUsage,
    CloudFrontOrigin,
    LogDelivery,
    LogSource,
    OriginAccess,
    UnreadDeliveries,
)

OWN_ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
TO_MANAGED = EncryptionSwitch(
    is_new_kms=True, key=KeyKind.AWS_MANAGED, is_new_key=True, is_new_bucket_key=True
)
TO_CUSTOMER = replace(TO_MANAGED, key=KeyKind.CUSTOMER_MANAGED)
TO_KEY_OF_OWN_ACCOUNT = replace(TO_CUSTOMER, key_policy=None, has_bucket_key=True)
"""With the policy that KMS gives a key, which lets its own account in."""
TO_UNREAD_KEY = replace(
    TO_CUSTOMER,
    key_policy=Unknown(
        UnknownCause.DENIED,
        "AccessDenied from GetKeyPolicy",
        Advice("allow kms:GetKeyPolicy"),
        "AccessDenied",
        "GetKeyPolicy",
    ),
)
NEW_KEY = replace(TO_CUSTOMER, is_new_kms=False, is_new_bucket_key=False)
BUCKET_KEY_ONLY = EncryptionSwitch(
    is_new_kms=False, key=KeyKind.CUSTOMER_MANAGED, is_new_key=False, is_new_bucket_key=True
)
_DENIED = Unknown(
    UnknownCause.DENIED,
    "AccessDenied from GetBucketPolicy",
    Advice("allow s3:GetBucketPolicy"),
    "AccessDenied",
    "GetBucketPolicy",
)

PLAIN = Bucket(
    "my-bucket",
    account=OWN_ACCOUNT,
    region="eu-central-1",
    encryption=Encryption(SSE_S3),
    usage=BucketUsage(policies=(), website=False, replication=(), grants=()),
)
"""About which nobody is told anything: every hazard is silent."""
UNREAD_POLICY = replace(PLAIN, usage=replace(PLAIN.usage, policies=_DENIED))
"""With aws/s3 no hazard that needs the policy can be told."""
DENIED = _DENIED


def to_key_that_says(*statements: dict[str, Any]) -> EncryptionSwitch:
    """To a customer managed key whose policy lets its own account in, and says this besides."""
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN_ACCOUNT}:root"}, "Action": "kms:*"}
    listed = [one | {"Resource": "*"} for one in (own, *statements)]
    text = json.dumps({"Version": "2012-10-17", "Statement": listed})
    return replace(TO_CUSTOMER, key_policy=PolicyDocument(text, "its policy"), has_bucket_key=True)


def to_key_that_lets_in(
    *actions: str, condition: dict[str, Any] | None = None, **principal: str
) -> EncryptionSwitch:
    """To a customer managed key whose policy lets somebody do these, besides its own account."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": list(actions)}
    return to_key_that_says(statement | ({"Condition": condition} if condition else {}))


def without_bucket_key(switch: EncryptionSwitch) -> EncryptionSwitch:
    """A change that leaves the bucket key off."""
    return replace(switch, is_new_bucket_key=False, has_bucket_key=False)


def to_key(text: str) -> EncryptionSwitch:
    """To a customer managed key under this name, whose policy nobody asked for."""
    return replace(TO_CUSTOMER, key_text=text)


def using(**facts: Any) -> Bucket:
    """The bucket with these facts of its use."""
    return replace(PLAIN, usage=replace(PLAIN.usage, **facts))


def and_using(bucket: Bucket, **facts: Any) -> Bucket:
    """Another of these buckets, with these facts of its use besides."""
    return replace(bucket, usage=replace(bucket.usage, **facts))


def named(name: str) -> Bucket:
    """The bucket under another name."""
    return replace(PLAIN, name=name)


def with_policy(*statements: dict[str, Any]) -> Bucket:
    """The bucket with a policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return using(policies=(PolicyDocument(text, "its policy"),))


def open_to(
    action: str = "s3:PutObject", condition: dict[str, Any] | None = None, **principal: str
) -> Bucket:
    """The bucket with a policy that lets one principal do one thing."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": principal or "*",
        "Action": action,
        "Resource": "arn:aws:s3:::my-bucket/*",
    }
    return with_policy(statement | ({"Condition": condition} if condition else {}))


def denying(condition: dict[str, Any], action: str = "s3:PutObject") -> Bucket:
    """The bucket with a policy that denies everybody something under a condition."""
    return with_policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": "arn:aws:s3:::my-bucket/*",
            "Condition": condition,
        }
    )


def taking(source: LogSource) -> Bucket:
    """The bucket, into which the code around it delivers."""
    return using(deliveries=(LogDelivery(source, f"{source} of another resource"),))


def taking_under_its_own_key(source: LogSource) -> Bucket:
    """The bucket, into which a sender delivers that names a key itself."""
    key = f"arn:aws:kms:eu-central-1:{OWN_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return using(deliveries=(LogDelivery(source, f"{source} of another resource", key=key),))


def perhaps_taking(source: LogSource) -> Bucket:
    """The bucket, of which the service that delivers was asked and did not tell."""
    return using(unread_deliveries=(UnreadDeliveries(source, _DENIED),))


def origin_of(access: OriginAccess) -> Bucket:
    """The bucket as an origin of a CloudFront distribution."""
    distribution = f"arn:aws:cloudfront::{OWN_ACCOUNT}:distribution/E1EXAMPLE"
    return using(origins=(CloudFrontOrigin(distribution, access),))


def with_context(*arns: str) -> Bucket:
    """The bucket beside a policy that lets a role decrypt in these encryption contexts."""
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": arns}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return using(key_policies=(PolicyDocument(text, "aws_iam_policy.reader"),))
