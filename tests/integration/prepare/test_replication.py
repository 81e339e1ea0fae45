"""`s3kms plan --prepare`: what a replication lacks is printed, and with it the hazard ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

REGION = "eu-central-1"
SOURCE, REPLICAS = "the-source", "the-replicas"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/replication"
TRUST = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
REPLICATE = {
    "Effect": "Allow",
    "Action": ["s3:GetObjectVersionForReplication", "s3:Replicate*"],
    "Resource": "*",
}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    s3, iam = client_of(server, PRODUCTION, "s3", REGION), client_of(server, PRODUCTION, "iam", "us-east-1")
    for name in (SOURCE, REPLICAS):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    iam.create_role(RoleName="replication", AssumeRolePolicyDocument=document(TRUST))
    iam.put_role_policy(RoleName="replication", PolicyName="replicate", PolicyDocument=document(REPLICATE))
    rule: Any = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{REPLICAS}"},
    }
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})
    return server


@pytest.fixture
def keys(aws: EmbeddedAws) -> tuple[str, str]:
    """Of the bucket, and of its replicas, which is the default there."""
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    own, other = (str(kms.create_key()["KeyMetadata"]["Arn"]) for _ in range(2))
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": other}}
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_encryption(
        Bucket=REPLICAS, ServerSideEncryptionConfiguration={"Rules": [default]}
    )
    return own, other


@pytest.fixture
def sh(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path)


def after(diff: str, title: str) -> Any:
    """The document that a diff comes to: all of it stands in the diff, or this fails."""
    lines = diff.partition(f"--- {title}\n+++ then\n")[2].splitlines()[1:]
    ends = [at for at, line in enumerate(lines) if line.startswith("--- ")]
    kept = lines[: ends[0]] if ends else lines
    return json.loads("\n".join(line[1:] for line in kept if line[:1] in {" ", "+"}))


def prepare(sh: Shell, key: str, *options: str) -> Any:
    return sh("plan", f"s3://{SOURCE}", "--key", key, "--prepare", *options)


def test_rules_and_role_are_printed_and_with_them_the_hazard_ends(
    aws: EmbeddedAws, sh: Shell, keys: tuple[str, str]
) -> None:
    own, other = keys

    done = prepare(sh, own)

    rules = after(done.out, f"the replication of s3://{SOURCE}")
    (rule,) = rules["Rules"]
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["Destination"]["EncryptionConfiguration"] == {"ReplicaKmsKeyID": other}
    policy = after(done.out, f"inline policy 'replicate' of {ROLE}")
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    assert [{k: v for k, v in one.items() if k != "Sid"} for one in policy["Statement"]] == [
        REPLICATE,
        {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": own, "Condition": via},
        {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": other, "Condition": via},
    ]

    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    iam.put_role_policy(RoleName="replication", PolicyName="replicate", PolicyDocument=json.dumps(policy))
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration=rules)
    (planned,) = json.loads(sh("plan", f"s3://{SOURCE}", "--key", own, "--format", "json").out)["buckets"]
    # Whether the policies of the role let replicas through is read by a deep plan alone.
    assert {one["id"] for one in planned["hazards"]} == {"unread"}


def test_a_key_of_replicas_that_nobody_knows_is_left_open_and_said(
    aws: EmbeddedAws, sh: Shell, keys: tuple[str, str]
) -> None:
    client_of(aws, PRODUCTION, "s3", REGION).delete_bucket_encryption(Bucket=REPLICAS)

    done = prepare(sh, keys[0], "--apply", "--yes")

    assert done.exit == 11
    assert '"ReplicaKmsKeyID": "ARN-OF-A-KEY-IN-THE-REGION-OF-THE-REPLICAS"' in done.out
    assert "which key its replicas get is not known" in done.err
    assert not [call for call in aws.calls if call.operation == "PutBucketReplication"][1:]
