"""Words the tests of the corrections share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.s3control.models import s3control_backends

if TYPE_CHECKING:
    from collections.abc import Callable

DIRECTORY_BUCKET = "fast--use1-az4--x-s3"


def rule(algorithm: str | None = None, key: str | None = None, **parts: Any) -> dict[str, Any]:
    """One rule of PutBucketEncryption."""
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return ({"ApplyServerSideEncryptionByDefault": default} if algorithm else {}) | parts


def put(s3: Any, bucket: str, *rules: dict[str, Any], **parameters: Any) -> None:
    """PutBucketEncryption."""
    configuration = {"Rules": list(rules)}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration, **parameters)


def got(s3: Any, bucket: str) -> dict[str, Any]:
    """The one rule GetBucketEncryption answers."""
    (only,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return dict(only)


def refusal(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> tuple[str, int]:
    """Code and status of the error a call must end in."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    answer: Any = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refused_words(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:
    """The message of the error a call must end in."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    return str(caught.value.response["Error"]["Message"])


def trust(principal: object, condition: object = None, effect: str = "Allow") -> dict[str, Any]:
    """One statement of a role's trust policy."""
    statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})


def create_role(iam: Any, name: str, *statements: dict[str, Any], **more: Any) -> str:
    """The ARN of a new role that these statements may assume."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(*statements), **more)
    return str(made["Role"]["Arn"])


def root_of(account: str) -> dict[str, str]:
    """The principal that means everybody whom an account allows."""
    return {"AWS": f"arn:aws:iam::{account}:root"}


def create_directory_bucket(s3: Any, name: str = DIRECTORY_BUCKET) -> str:
    """A directory bucket in the zone its name says."""
    where = {
        "Location": {"Type": "AvailabilityZone", "Name": name.split("--")[1]},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
    }
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


def create_bucket(s3: Any, name: str, region: str = "eu-west-1") -> str:
    """A bucket outside us-east-1."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    return name


def add_access_point(account: str, name: str, bucket: str, policy: str | None = None) -> None:
    """Through moto's own model: boto3 puts the account before the host, and 127.0.0.1 has no subdomains."""
    backend = s3control_backends[account]["aws"]
    backend.create_access_point(account, name, bucket, {}, {})
    if policy:
        backend.put_access_point_policy(account, name, policy)
