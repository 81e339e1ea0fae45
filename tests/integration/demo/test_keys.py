"""KMS: the AWS managed key, and keys of other accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.aws_calls import put, refusal, rule

from s3kms.demo.aws import MANAGEMENT, PRODUCTION


def aws_s3(kms: Any) -> dict[str, Any]:
    (alias,) = [a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/aws/s3"]
    return dict(alias)


def test_the_predefined_alias_has_no_key_at_first(kms: Any) -> None:
    assert "TargetKeyId" not in aws_s3(kms)
    assert kms.list_keys()["Keys"] == []


def test_describing_the_predefined_alias_creates_its_key(kms: Any) -> None:
    made = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]

    assert (made["KeyManager"], made["KeyState"]) == ("AWS", "Enabled")
    assert aws_s3(kms)["TargetKeyId"] == made["KeyId"]


def test_describing_it_again_finds_the_same_key(kms: Any) -> None:
    keys = {kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"] for _ in range(2)}

    assert len(keys) == 1


def test_listing_aliases_creates_nothing(kms: Any) -> None:
    kms.list_aliases()

    assert kms.list_keys()["Keys"] == []


def test_reading_a_default_creates_nothing(s3: Any, kms: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms"))
    s3.get_bucket_encryption(Bucket=bucket)

    assert kms.list_keys()["Keys"] == []


def test_each_region_and_account_has_its_own(connect: Any) -> None:
    places = [(MANAGEMENT, "us-east-1"), (MANAGEMENT, "eu-west-1"), (PRODUCTION, "us-east-1")]

    keys = {connect("kms", a, r).describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"] for a, r in places}

    assert len(keys) == 3


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("disable_key", {}),
        ("schedule_key_deletion", {}),
        ("put_key_policy", {"Policy": "{}", "PolicyName": "default"}),
        ("disable_key_rotation", {}),
    ],
)
def test_it_cannot_be_changed(kms: Any, operation: str, parameters: dict[str, Any]) -> None:
    arn = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]

    assert refusal(getattr(kms, operation), KeyId=arn, **parameters) == ("AccessDeniedException", 400)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"


def test_its_policy_can_be_read(kms: Any) -> None:
    arn = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]

    assert "kms:ViaService" in kms.get_key_policy(KeyId=arn)["Policy"]


def test_a_customer_managed_key_can_be_disabled(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)

    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_aliases_of_one_key_are_only_its_own(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)

    assert [a["AliasName"] for a in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/data"]


def test_a_key_of_another_account_is_described_if_its_policy_allows(connect: Any, kms: Any, key: str) -> None:
    other = connect("kms", PRODUCTION)
    assert refusal(other.describe_key, KeyId=key) == ("AccessDeniedException", 400)

    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    root = {"AWS": f"arn:aws:iam::{PRODUCTION}:root"}
    document["Statement"].append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))

    assert other.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == MANAGEMENT
    assert refusal(other.get_key_policy, KeyId=key) == ("AccessDeniedException", 400)


def test_a_denial_with_a_condition_or_for_one_role_leaves_the_key_to_its_account(kms: Any, key: str) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    through_s3 = {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    role = {"AWS": f"arn:aws:iam::{MANAGEMENT}:role/other"}

    def put_policy(**more: Any) -> None:
        policy = {"Version": "2012-10-17", "Statement": [deny | more]}
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    for spared in ({"Condition": through_s3}, {"Principal": role}):
        put_policy(**spared)
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    put_policy()
    assert refusal(kms.describe_key, KeyId=key) == ("AccessDeniedException", 400)


def test_a_key_of_another_region_is_not_found(connect: Any, key: str) -> None:
    assert refusal(connect("kms", region="eu-west-1").describe_key, KeyId=key) == ("NotFoundException", 400)


def test_a_rotation_period_is_a_year_unless_said(kms: Any, key: str) -> None:
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365

    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90


def test_a_rotation_period_has_bounds(kms: Any, key: str) -> None:
    asked = {"KeyId": key, "RotationPeriodInDays": 3000}

    assert refusal(kms.enable_key_rotation, **asked) == ("ValidationException", 400)


def test_a_key_without_material_cannot_be_used(s3: Any, kms: Any, bucket: str) -> None:
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    put(s3, bucket, rule("aws:kms", made["Arn"]))

    assert (made["KeyState"], made["Enabled"]) == ("PendingImport", False)
    assert refusal(s3.put_object, Bucket=bucket, Key="k") == ("KMS.KMSInvalidStateException", 400)
