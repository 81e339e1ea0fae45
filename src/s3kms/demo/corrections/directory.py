"""Directory buckets (S3 Express One Zone): created, listed and encrypted by rules of their own (fact A20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # the only XML read is our own client's

from moto.s3.models import s3_backends

from s3kms.demo.corrections import keys
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.http import DIRECTORY_SUFFIX, S3Error, ServerResponse

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest
    from s3kms.demo.corrections.stored_rule import StoredRule

_KEY_FOR_LIFE = "s3kms_directory_key"


def is_directory(name: str) -> bool:
    """Whether a name is a directory bucket's: it ends in `--ZONE--x-s3` (fact A20)."""
    return name.endswith(DIRECTORY_SUFFIX)


def create_session(request: ServerRequest) -> ServerResponse:
    """CreateSession, which botocore calls before anything else on a directory bucket behind an endpoint_url.

    moto draws a random key, which belongs to no account; this session keeps the caller's access key. It is given
    before the bucket exists, too: botocore asks for one even to call CreateBucket there.
    """
    credentials = (
        f"<SessionToken>demo-session</SessionToken><SecretAccessKey>demo-secret</SecretAccessKey>"
        f"<AccessKeyId>{request.access_key}</AccessKeyId><Expiration>2099-01-01T00:00:00Z</Expiration>"
    )
    return ServerResponse.xml("CreateSessionResult", f"<Credentials>{credentials}</Credentials>")


def create_bucket(request: ServerRequest) -> ServerResponse:
    """CreateBucket of a directory bucket. moto wants a LocationConstraint, which these do not have."""
    if request.bucket in s3_backends.bucket_accounts:
        raise S3Error(409, "BucketAlreadyOwnedByYou", "The bucket already exists", BucketName=request.bucket)
    if b"<Type>Directory</Type>" not in request.body or _zone(request.body) != _zone_of_name(request.bucket):
        raise S3Error(
            400, "InvalidBucketName", "The specified bucket is not valid.", BucketName=request.bucket
        )
    s3_backends[request.account]["aws"].create_bucket(request.bucket, request.region)
    location = f"https://{request.bucket}.s3express.{request.region}.amazonaws.com/"
    return replace(ServerResponse.xml("CreateBucketOutput", ""), headers={"Location": location})


def _zone(body: bytes) -> str | None:
    names = [e.text for e in ET.fromstring(body).iter() if e.tag.endswith("}Name")]  # noqa: S314 - our own client
    return names[0] if names else None


def _zone_of_name(bucket: str) -> str:
    return bucket.removesuffix(DIRECTORY_SUFFIX).rpartition("--")[2]


def checked_rule(request: ServerRequest, bucket: Any, rule: StoredRule) -> StoredRule:
    """PutBucketEncryption here validates the key, unlike for general purpose buckets (facts A4, A20)."""
    if rule.algorithm not in {"AES256", "aws:kms"}:
        raise _invalid("a directory bucket's default encryption is AES256 or aws:kms", rule.algorithm)
    if rule.algorithm == "AES256":
        return replace(rule, bucket_key=False, blocked=None)
    if not rule.key or "alias/" in rule.key:
        raise _invalid("a directory bucket needs a customer managed key, by its id or ARN", rule.key)
    key = keys.find_key(rule.key, account=request.account, region=bucket.region_name)
    keys.require_usable(key, CallerIdentity.of(request), "kms:GenerateDataKey")
    if key.key_manager == "AWS" or getattr(bucket, _KEY_FOR_LIFE, key.arn) != key.arn:
        raise _invalid("a directory bucket keeps one customer managed key for its lifetime", rule.key)
    setattr(bucket, _KEY_FOR_LIFE, key.arn)
    return replace(rule, bucket_key=True, blocked=None)


def _invalid(message: str, value: str | None) -> S3Error:
    return S3Error(400, "InvalidArgument", message, ArgumentValue=value or "")
