"""What a role that replicates lacks is merged into its policies, and with them the hazards are silent."""

import json
from dataclasses import replace
from typing import Any

from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.replication_roles import PLACEHOLDER, ReplicationRole
from s3kms.hazards import examples as an
from s3kms.hazards import find_hazard
from s3kms.hazards.write_demands import ENCRYPTION_HEADER
from s3kms.model.identities import AttachedPolicy, IamIdentity, IamIdentityKind
from s3kms.model.policy import PolicyDocument
from s3kms.model.usage import ReplicationRule

ACCOUNT, REGION = an.OWN_ACCOUNT, "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/replication"
KEY, REPLICAS = (
    f"arn:aws:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for region in (REGION, "eu-west-1")
)
REPLICATE = {"Effect": "Allow", "Action": "s3:Replicate*", "Resource": "*"}
ONLY_SSE_S3 = {
    "Effect": "Deny",
    "Action": "s3:ReplicateObject",
    "Resource": "*",
    "Condition": {"StringNotEquals": {ENCRYPTION_HEADER: "AES256"}},
}


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def documents(*policies: AttachedPolicy, key: str | None = KEY, replicas: str = REPLICAS) -> list[LeftPolicy]:
    identity = IamIdentity(ROLE, IamIdentityKind.ROLE, policies)
    role = ReplicationRole(ROLE, identity, {(key, REGION): None}, {(replicas, REGION): None})
    return list(role.documents())


def policy(*statements: dict[str, Any], arn: str = "") -> AttachedPolicy:
    return AttachedPolicy("inline policy 'replicate'", PolicyDocument(text(*statements), "p"), arn)


def allow(action: str, key: str, region: str) -> dict[str, Any]:
    condition = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return {"Effect": "Allow", "Action": action, "Resource": key, "Condition": condition}


def test_the_hazards_of_the_role_end_with_the_documents() -> None:
    (found,) = documents(policy(REPLICATE, ONLY_SSE_S3))

    rule = ReplicationRule("all", is_enabled=True, selects_kms=True, destination="arn:aws:s3:::r", role=ROLE)
    before, after = (
        an.using(replication=(rule,), role_policies=(PolicyDocument(one, "p"),))
        for one in (text(REPLICATE, ONLY_SSE_S3), found.after)
    )
    switch = replace(an.TO_KEY_OF_OWN_ACCOUNT, key_text=KEY)
    names = ("replication_role_lacks_permission", "replication_role_demands_sse_s3")
    assert [bool(find_hazard(name).evaluate(before, switch)) for name in names] == [True, True]
    assert [find_hazard(name).evaluate(after, switch) for name in names] == [None, None]


def test_each_key_is_used_through_s3_of_its_own_region() -> None:
    (found,) = documents(policy(REPLICATE))

    statements = json.loads(found.after)["Statement"][1:]
    via = [one["Condition"]["StringEquals"]["kms:ViaService"] for one in statements]
    assert [one["Resource"] for one in statements] == [KEY, REPLICAS]
    assert via == ["s3.eu-central-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]


def test_what_a_role_has_already_is_not_said_a_second_time() -> None:
    enough = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        allow("kms:Decrypt", KEY, REGION),
    ]
    assert documents(policy(REPLICATE, enough[0])) == []
    (found,) = documents(policy(REPLICATE, enough[1]))
    assert [one["Resource"] for one in json.loads(found.after)["Statement"][2:]] == [REPLICAS]


def test_beside_a_policy_of_aws_a_new_one_is_printed() -> None:
    (found,) = documents(policy(REPLICATE, arn="arn:aws:iam::aws:policy/Replication"))

    assert (found.title, found.before) == (f"a new policy of {ROLE}", "")
    assert len(json.loads(found.after)["Statement"]) == 2


def test_under_aws_s3_the_role_needs_the_key_of_the_replicas_alone() -> None:
    (found,) = documents(policy(REPLICATE), key=None, replicas=PLACEHOLDER)

    (added,) = json.loads(found.after)["Statement"][1:]
    assert (added["Action"], added["Resource"]) == (["kms:Encrypt", "kms:Decrypt"], PLACEHOLDER)


def test_a_role_that_nobody_read_gets_a_new_policy() -> None:
    role = ReplicationRole(ROLE, None, {(KEY, REGION): None}, {(REPLICAS, REGION): None})
    assert [one.title for one in role.documents()] == [f"a new policy of {ROLE}"]
