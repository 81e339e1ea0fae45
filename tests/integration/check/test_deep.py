"""`check --deep` reads the policy of each key once, and says whether the bucket's own account can use the key."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import shell_of
from tests.support.aws_calls import put, rule
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, SANDBOX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.cli import Shell

    from s3kms.demo.aws import EmbeddedAws

RULE = "s3_bucket_kms_key_usable"
ROOT = f"arn:aws:iam::{PRODUCTION}:root"


def statement(principal: Any, action: str = "kms:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


@pytest.fixture
def production_of(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path)


def client(aws: EmbeddedAws, service: str) -> Any:
    return client_of(aws, PRODUCTION, service, "eu-central-1")


def make_bucket(aws: EmbeddedAws, name: str, *statements: dict[str, Any], bucket_key: bool = True) -> str:
    kms, s3 = client(aws, "kms"), client(aws, "s3")
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    put(s3, name, rule("aws:kms", arn, BucketKeyEnabled=bucket_key))
    return arn


def answer_of(shell: Shell, *words: str) -> tuple[str, str]:
    (finding,) = [f for f in shell("check", *words, "--format", "json").findings if f["rule"] == RULE]
    return finding["verdict"], finding["message"]


CONTEXT = "kms:EncryptionContext:aws:s3:arn"
CASES: list[tuple[str, list[dict[str, Any]], str, str]] = [
    ("the root statement", [statement({"AWS": ROOT})], "pass", "IAM policies were not examined"),
    ("a role that is named", [statement({"AWS": f"arn:aws:iam::{PRODUCTION}:role/app"})], "pass", "role/app"),
    ("another account alone", [statement({"AWS": SANDBOX})], "fail", "and no grant does"),
    (
        "a service alone",
        [statement({"Service": "delivery.logs.amazonaws.com"})],
        "fail",
        "no principal of account",
    ),
    ("reads alone", [statement({"AWS": ROOT}, "kms:Decrypt")], "fail", "cannot be written"),
    ("writes alone", [statement({"AWS": ROOT}, "kms:GenerateDataKey*")], "fail", "cannot be read"),
    (
        "everyone is denied",
        [statement({"AWS": ROOT}), statement("*", "kms:Gen*", Effect="Deny", Sid="Shut")],
        "fail",
        "(statement 'Shut' of its key policy denies it)",
    ),
    (
        "through another service alone",
        [
            statement(
                {"AWS": ROOT},
                Condition={"StringEquals": {"kms:ViaService": "ebs.eu-central-1.amazonaws.com"}},
            )
        ],
        "fail",
        "no principal of account",
    ),
    (
        "through S3 alone",
        [
            statement(
                {"AWS": ROOT}, Condition={"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
            )
        ],
        "pass",
        "statement 1 of its key policy",
    ),
    (
        "with the bucket as the encryption context",
        [statement({"AWS": ROOT}, Condition={"StringEquals": {CONTEXT: "arn:aws:s3:::made"}})],
        "pass",
        "statement 1",
    ),
    (
        "from the network of the company, or through a service of AWS",
        [
            statement({"AWS": ROOT}),
            statement(
                "*",
                Effect="Deny",
                Condition={
                    "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"},
                    "Bool": {"aws:ViaAWSService": "false"},
                },
                action="kms:GenerateDataKey*",
            ),
        ],
        "pass",
        "statement 1",
    ),
    (
        "with objects as the encryption context, and a bucket key",
        [statement({"AWS": ROOT}, Condition={"StringLike": {CONTEXT: "arn:aws:s3:::made/*"}})],
        "fail",
        "cannot be written",
    ),
    (
        "on a condition that nobody knows",
        [statement({"AWS": ROOT}, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})],
        "unknown",
        "cannot be told",
    ),
]


@pytest.mark.parametrize(
    ("statements", "verdict", "words"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_a_key_policy_decides_whether_the_own_account_can_use_the_key(
    aws: EmbeddedAws, production_of: Shell, statements: list[dict[str, Any]], verdict: str, words: str
) -> None:
    make_bucket(aws, "made", *statements)

    found, message = answer_of(production_of, "s3://made", "--deep")

    assert (found, words in message) == (verdict, True), message
    assert ("no grant does" in message) == (verdict == "fail" and "denies it" not in message)


APP = f"arn:aws:iam::{PRODUCTION}:role/app"
SANDBOX_APP = APP.replace(PRODUCTION, SANDBOX)
BOTH = ["GenerateDataKey", "Decrypt"]


@pytest.mark.parametrize(
    ("grant", "verdict", "words"),
    [
        ({"GranteePrincipal": APP, "Operations": BOTH}, "pass", "its grants and key policy let account"),
        (
            {"GranteePrincipal": APP, "Operations": BOTH, "Name": "n"},
            "pass",
            f"(grant n allows it for {APP})",
        ),
        ({"GranteePrincipal": APP, "Operations": ["Decrypt"]}, "fail", "new objects cannot be written"),
        ({"GranteePrincipal": APP, "Operations": ["GenerateDataKey"]}, "fail", "new objects cannot be read"),
        ({"GranteePrincipal": SANDBOX_APP, "Operations": BOTH}, "fail", "and no grant does"),
        ({"GranteePrincipal": "rds.amazonaws.com", "Operations": BOTH}, "unknown", "cannot be told"),
        (
            {
                "GranteePrincipal": APP,
                "Operations": BOTH,
                "Constraints": {"EncryptionContextEquals": {"aws:s3:arn": "arn:aws:s3:::made"}},
            },
            "pass",
            "allows it",
        ),
        (
            {
                "GranteePrincipal": APP,
                "Operations": BOTH,
                "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::other"}},
            },
            "fail",
            "and no grant does",
        ),
    ],
)
def test_where_the_key_policy_lets_nobody_in_the_grants_of_the_key_decide(
    aws: EmbeddedAws, production_of: Shell, grant: dict[str, Any], verdict: str, words: str
) -> None:
    arn = make_bucket(aws, "made", statement({"AWS": SANDBOX}))
    client(aws, "kms").create_grant(KeyId=arn, **grant)

    found, message = answer_of(production_of, "s3://made", "--deep")

    assert (found, words in message) == (verdict, True), message


def test_grants_are_read_once_a_key_and_only_of_keys_whose_policy_lets_nobody_in(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    make_bucket(aws, "open", statement({"AWS": ROOT}))
    make_bucket(aws, "shut", statement({"AWS": ROOT}), statement("*", "kms:Gen*", Effect="Deny"))
    make_bucket(aws, "unsure", statement({"AWS": ROOT}, Condition={"StringEquals": {"aws:SourceVpc": "v"}}))
    arn = make_bucket(aws, "closed", statement({"AWS": SANDBOX}))
    s3 = client(aws, "s3")
    s3.create_bucket(Bucket="closed-too", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    put(s3, "closed-too", rule("aws:kms", arn))
    aws.calls.clear()

    production_of("check", "--deep")

    counted = Counter(call.operation for call in aws.calls)
    assert (counted["GetKeyPolicy"], counted["ListGrants"]) == (4, 1)


def test_grants_that_may_not_be_read_leave_it_unknown_and_name_the_action(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    make_bucket(aws, "made", statement({"AWS": SANDBOX}))
    aws.faults.fail("ListGrants", 400, "AccessDeniedException")

    done = production_of("check", "s3://made", "--deep", "--format", "json")

    (finding,) = [f for f in done.findings if f["rule"] == RULE]
    assert finding["verdict"] == "unknown"
    assert "lets no principal of account" in finding["message"]
    assert "whether a grant does is not known" in finding["message"]
    assert "kms:ListGrants" in finding["remedy"]
    assert finding["unknown"]["operation"] == "ListGrants"


def test_without_a_bucket_key_objects_are_the_encryption_context(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    of_objects = {"StringLike": {CONTEXT: "arn:aws:s3:::made/*"}}
    make_bucket(aws, "made", statement({"AWS": ROOT}, Condition=of_objects), bucket_key=False)

    assert answer_of(production_of, "s3://made", "--deep")[0] == "pass"


def test_without_deep_the_key_policy_is_neither_read_nor_judged(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    make_bucket(aws, "made", statement({"AWS": SANDBOX}))
    aws.calls.clear()

    verdict, message = answer_of(production_of, "s3://made", "--rule", RULE)

    assert verdict == "pass"
    assert message.endswith("its key policy was not examined")
    assert "GetKeyPolicy" not in {call.operation for call in aws.calls}


def test_deep_costs_one_call_a_key_by_whatever_name_buckets_know_it(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    arn = make_bucket(aws, "first", statement({"AWS": ROOT}))
    client(aws, "kms").create_alias(AliasName="alias/made", TargetKeyId=arn)
    s3 = client(aws, "s3")
    for name, key in (("second", arn), ("third", arn.replace(arn.rpartition(":")[2], "alias/made"))):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        put(s3, name, rule("aws:kms", key))

    def counted(*words: str) -> Counter[str]:
        aws.calls.clear()
        production_of("check", *words)
        return Counter(call.operation for call in aws.calls)

    plain, with_rule, deep = counted(), counted("--rule", RULE), counted("--deep")

    assert plain.keys() & {"DescribeKey", "GetKeyPolicy"} == set()
    assert deep - with_rule == Counter(GetKeyPolicy=1)


def test_a_key_policy_that_may_not_be_read_is_unknown_and_names_the_action(
    aws: EmbeddedAws, production_of: Shell
) -> None:
    make_bucket(aws, "made", statement({"AWS": ROOT}))
    aws.faults.fail("GetKeyPolicy", 400, "AccessDeniedException")

    (finding,) = [
        f
        for f in production_of("check", "s3://made", "--deep", "--format", "json").findings
        if f["rule"] == RULE
    ]

    assert finding["verdict"] == "unknown"
    assert "kms:GetKeyPolicy" in finding["remedy"]
    assert finding["unknown"]["operation"] == "GetKeyPolicy"


def test_a_key_policy_that_is_not_json_is_unknown(aws: EmbeddedAws, production_of: Shell) -> None:
    arn = make_bucket(aws, "made", statement({"AWS": ROOT}))
    client(aws, "kms").put_key_policy(KeyId=arn, PolicyName="default", Policy="{")

    assert answer_of(production_of, "s3://made", "--deep")[0] == "unknown"


def test_the_key_of_another_account_is_unknown_and_its_policy_is_not_asked_for(
    production: Shell, estate: EmbeddedAws
) -> None:
    estate.calls.clear()

    assert answer_of(production, "s3://acme-shared-key", "--deep")[0] == "unknown"
    assert "GetKeyPolicy" not in {call.operation for call in estate.calls}


def test_the_permission_is_declared_for_a_deep_check_alone(production: Shell) -> None:
    for action in ("kms:GetKeyPolicy", "kms:ListGrants"):
        assert action in production("permissions", "check", "--deep").out
        assert action not in production("permissions", "check", "--rule", RULE).out
    assert production("permissions", "fix", "--deep").exit == 2


def test_deep_is_about_live_buckets(production: Shell) -> None:
    (production.folder / "main.tf").write_text("")

    assert production("check", "main.tf", "--deep").exit == 2
