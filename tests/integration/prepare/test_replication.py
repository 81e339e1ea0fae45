"""`s3kms plan --prepare`: what a replication lacks is printed, and with it the hazard ends."""

import json
from typing import Any

import pytest
from tests.support.account_seed import REGION, create_bucket, create_key, create_role
from tests.support.cli import Shell
from tests.support.diffs import document_after
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

SOURCE, REPLICAS = "the-source", "the-replicas"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/replication"
TRUST = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
REPLICATE = {
    "Effect": "Allow",
    "Action": ["s3:GetObjectVersionForReplication", "s3:Replicate*"],
    "Resource": "*",
}


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    s3 = client_of(server, PRODUCTION, "s3", REGION)
    for name in (SOURCE, REPLICAS):
        create_bucket(server, PRODUCTION, name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    create_role(server, PRODUCTION, "replication", REPLICATE, trust=TRUST)
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
    own, other = (create_key(aws, PRODUCTION) for _ in range(2))
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": other}}
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_encryption(
        Bucket=REPLICAS, ServerSideEncryptionConfiguration={"Rules": [default]}
    )
    return own, other


def prepare(sh: Shell, key: str, *options: str) -> Any:
    return sh("plan", f"s3://{SOURCE}", "--key", key, "--prepare", *options)


def test_rules_and_role_are_printed_and_with_them_the_hazard_ends(
    aws: EmbeddedAws, sh: Shell, keys: tuple[str, str]
) -> None:
    own, other = keys

    done = prepare(sh, own)

    rules = document_after(done.out, f"the replication configuration of s3://{SOURCE}")
    (rule,) = rules["Rules"]
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["Destination"]["EncryptionConfiguration"] == {"ReplicaKmsKeyID": other}
    policy = document_after(done.out, f"inline policy 'policy' of {ROLE}")
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    assert [{k: v for k, v in one.items() if k != "Sid"} for one in policy["Statement"]] == [
        REPLICATE,
        {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": own, "Condition": via},
        {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": other, "Condition": via},
    ]

    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    iam.put_role_policy(RoleName="replication", PolicyName="policy", PolicyDocument=json.dumps(policy))
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
    assert "the key for the replicas is not known" in done.err
    assert not [call for call in aws.calls if call.operation == "PutBucketReplication"][1:]
