"""What a test puts into an account of the embedded AWS: a bucket, a role with a policy, a key."""

import json
from typing import Any

import boto3
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws

REGION = "eu-central-1"
Statement = dict[str, Any]
READS_OBJECTS: Statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READS_AND_DECRYPTS: Statement = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "kms:Decrypt"],
    "Resource": "*",
}
_TRUST: Statement = {
    "Effect": "Allow",
    "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


def document(*statements: Statement) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def create_bucket(aws: EmbeddedAws, account: str, name: str) -> None:
    """A bucket in REGION."""
    client_of(aws, account, "s3", REGION).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def create_role(
    aws: EmbeddedAws, account: str, name: str, *statements: Statement, trust: Statement = _TRUST, **more: str
) -> None:
    """A role with one inline policy, where there are statements; `more` as boto3 takes it."""
    iam = client_of(aws, account, "iam", "us-east-1")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **more)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document(*statements))


def create_key(aws: EmbeddedAws, account: str) -> str:
    """The ARN of a new key in REGION, with AWS's default policy."""
    return str(client_of(aws, account, "kms", REGION).create_key()["KeyMetadata"]["Arn"])


def session_of(aws: EmbeddedAws, account: str) -> boto3.Session:
    """A session of an account in REGION, for the library."""
    keys = aws.credentials(account)
    return boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
