"""Objects, a role and jobs of S3 Batch Operations on the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.s3.models import s3_backends
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

REGION = "eu-central-1"
BUCKET, JOBS_BUCKET = "photos", "jobs"
ROLE_NAME = "s3kms-batch"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}],
}


@dataclass(frozen=True, slots=True)
class BatchEstate:
    """One bucket with objects, one for jobs, a key and a role."""

    aws: EmbeddedAws
    key: str
    role: str

    @property
    def s3(self) -> Any:
        return client_of(self.aws, PRODUCTION, "s3", REGION)

    def put(self, *keys: str, **more: Any) -> None:
        """Under SSE-S3, unless said; without a request for each where there is nothing to say."""
        for key in keys:
            if more:
                self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 7, **more)
            else:
                s3_backends[PRODUCTION]["aws"].put_object(BUCKET, key, b"x" * 7, encryption="AES256")

    def key_of(self, key: str, version: str | None = None) -> str | None:
        """The ARN of the key that an object is under."""
        more = {"VersionId": version} if version else {}
        found: str | None = self.s3.head_object(Bucket=BUCKET, Key=key, **more).get("SSEKMSKeyId")
        return found


def batch_estate(
    aws: EmbeddedAws, *, versioned: bool = False, policy: Mapping[str, Any] = EVERYTHING
) -> BatchEstate:
    """In production's account; the role may do everything, unless its policy is another."""
    kms, iam, s3 = (client_of(aws, PRODUCTION, name, REGION) for name in ("kms", "iam", "s3"))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    place = {"LocationConstraint": REGION}
    for name in (BUCKET, JOBS_BUCKET):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    if versioned:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    role = iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="job", PolicyDocument=json.dumps(policy))
    aws.calls.clear()
    return BatchEstate(aws, key, role)
