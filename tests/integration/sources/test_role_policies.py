"""The policies of the roles that replicate: every one of them, each role once, and unknown where IAM did not tell."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from tests.support.aws_calls import create_role, policy, root_of, trust
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection
from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.hazards import examples as an
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import ReplicationRule
from s3kms.sources.role_policies import apply_role_policies, read_role_policies, roles_that_replicate

REPLICATE = {"Effect": "Allow", "Action": "s3:ReplicateObject", "Resource": "*"}
DECRYPT = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}


def replicated_by(*roles: str, is_enabled: bool = True) -> Bucket:
    rules = tuple(ReplicationRule(f"r{n}", is_enabled, True, role=role) for n, role in enumerate(roles))
    return replace(an.PLAIN, usage=replace(an.PLAIN.usage, replication=rules))


@pytest.fixture
def role(aws: EmbeddedAws) -> str:
    """With one policy within it, and one attached."""
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    arn = create_role(iam, "replicator", trust(root_of(PRODUCTION)))
    iam.put_role_policy(RoleName="replicator", PolicyName="inline", PolicyDocument=policy(REPLICATE))
    made = iam.create_policy(PolicyName="shared", PolicyDocument=policy(DECRYPT))
    iam.attach_role_policy(RoleName="replicator", PolicyArn=made["Policy"]["Arn"])
    aws.calls.clear()
    return arn


def actions(found: object) -> list[tuple[str, str]]:
    assert isinstance(found, tuple)
    return [(one.source, json.loads(one.content)["Statement"][0]["Action"]) for one in found]


def test_every_policy_of_a_role_is_read(connection: Connection, role: str) -> None:
    found = read_role_policies(connection, [role])

    assert actions(found[role]) == [
        ("policy inline of role replicator", "s3:ReplicateObject"),
        ("policy shared of role replicator", "kms:Decrypt"),
    ]


def test_a_role_is_asked_for_once_and_so_is_a_managed_policy_of_two(
    aws: EmbeddedAws, connection: Connection, role: str
) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    second = create_role(iam, "second", trust(root_of(PRODUCTION)))
    (shared,) = iam.list_attached_role_policies(RoleName="replicator")["AttachedPolicies"]
    iam.attach_role_policy(RoleName="second", PolicyArn=shared["PolicyArn"])
    aws.calls.clear()

    read_role_policies(connection, [role, second, role])

    calls = Counter(call.operation for call in aws.calls if call.service == "iam")
    assert calls == {
        "ListRolePolicies": 2,
        "ListAttachedRolePolicies": 2,
        "GetRolePolicy": 1,
        "GetPolicy": 1,
        "GetPolicyVersion": 1,
    }


@pytest.mark.parametrize(
    "operation",
    ["ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "GetPolicy", "GetPolicyVersion"],
)
def test_a_denied_call_leaves_the_role_unknown(
    aws: EmbeddedAws, connection: Connection, role: str, operation: str
) -> None:
    aws.faults.fail(operation, 403, "AccessDenied", "not authorized")

    bucket = replicated_by(role)
    usage = apply_role_policies(bucket, read_role_policies(connection, roles_that_replicate(bucket))).usage

    assert isinstance(usage.role_policies, Unknown)
    assert (usage.role_policies.cause, usage.role_policies.operation) == (UnknownCause.DENIED, operation)


def test_a_role_that_is_gone_is_not_found(connection: Connection, role: str) -> None:
    gone = f"arn:aws:iam::{PRODUCTION}:role/gone"

    found = read_role_policies(connection, [gone])[gone]

    assert isinstance(found, Unknown)
    assert found.cause is UnknownCause.NOT_FOUND


def test_a_role_of_another_account_is_not_looked_for_in_this_one(
    aws: EmbeddedAws, connection: Connection, role: str
) -> None:
    other = role.replace(PRODUCTION, SANDBOX)

    found = read_role_policies(connection, [other])[other]

    assert isinstance(found, Unknown)
    assert other in found.why
    assert [call for call in aws.calls if call.service == "iam"] == []


def test_the_role_of_a_disabled_rule_is_not_asked_for(role: str) -> None:
    assert roles_that_replicate(replicated_by(role, role)) == (role,)
    assert roles_that_replicate(replicated_by(role, is_enabled=False)) == ()


def test_a_bucket_that_is_not_replicated_has_no_role_policies() -> None:
    assert apply_role_policies(an.PLAIN, {}).usage.role_policies == ()


def test_a_bucket_whose_replication_is_not_known_has_unknown_role_policies() -> None:
    assert apply_role_policies(an.using(replication=an.DENIED), {}).usage.role_policies == an.DENIED
