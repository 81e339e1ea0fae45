"""Region, expected owner, bucket policy."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest
from tests.support.aws_calls import (
    create_bucket,
    create_role,
    got,
    policy,
    put,
    refusal,
    root_of,
    rule,
    trust,
)

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws

ROOT = {"AWS": f"arn:aws:iam::{PRODUCTION}:root"}


def set_policy(s3: Any, bucket: str, **statement: Any) -> None:
    """One statement on the bucket and its objects."""
    resource = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({"Resource": resource, **statement}))


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_bucket_encryption", {}),
        ("delete_bucket_encryption", {}),
        ("head_bucket", {}),
        ("get_bucket_policy", {}),
        ("list_objects_v2", {}),
        ("put_object", {"Key": "k"}),
        ("get_object", {"Key": "k"}),
        ("head_object", {"Key": "k"}),
    ],
)
def test_an_unexpected_owner_is_denied(
    s3: Any, bucket: str, operation: str, parameters: dict[str, Any]
) -> None:
    call = getattr(s3, operation)

    assert refusal(call, Bucket=bucket, ExpectedBucketOwner=PRODUCTION, **parameters)[1] == 403


def test_the_expected_owner_passes(s3: Any, bucket: str) -> None:
    assert s3.get_bucket_encryption(Bucket=bucket, ExpectedBucketOwner=MANAGEMENT)


def test_an_unexpected_owner_of_a_copys_source_is_denied(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": {"Bucket": bucket, "Key": "k"}}

    assert refusal(s3.copy_object, **copy, ExpectedSourceBucketOwner=PRODUCTION) == ("AccessDenied", 403)


def test_another_account_is_denied(connect: Any, bucket: str) -> None:
    other = connect("s3", PRODUCTION)

    assert refusal(other.get_bucket_encryption, Bucket=bucket) == ("AccessDenied", 403)
    assert refusal(other.put_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    assert refusal(other.delete_bucket, Bucket=bucket) == ("AccessDenied", 403)
    assert refusal(other.head_bucket, Bucket=bucket) == ("403", 403)


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": PRODUCTION}, ROOT, {"AWS": [SANDBOX, PRODUCTION]}]
)
def test_a_policy_lets_another_account_in(connect: Any, s3: Any, bucket: str, principal: Any) -> None:
    set_policy(s3, bucket, Effect="Allow", Principal=principal, Action="s3:GetEncryptionConfiguration")

    assert got(connect("s3", PRODUCTION), bucket)


def test_a_policy_for_one_action_is_not_one_for_another(connect: Any, s3: Any, bucket: str) -> None:
    set_policy(s3, bucket, Effect="Allow", Principal=ROOT, Action=["s3:Get*", "s3:ListBucket"])

    assert refusal(put, connect("s3", PRODUCTION), bucket, rule("AES256")) == ("AccessDenied", 403)


def test_a_policy_for_one_account_is_not_one_for_another(connect: Any, s3: Any, bucket: str) -> None:
    set_policy(s3, bucket, Effect="Allow", Principal=ROOT, Action="s3:*")

    assert refusal(got, connect("s3", SANDBOX), bucket) == ("AccessDenied", 403)


def test_a_policy_lets_another_account_delete_objects(connect: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    set_policy(s3, bucket, Effect="Allow", Principal=ROOT, Action="s3:DeleteObject")

    connect("s3", PRODUCTION).delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})

    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_presigned_url_is_its_signers(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})

    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"text"


def test_a_copy_reads_its_source(connect: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="secret", Body=b"")
    other = connect("s3", PRODUCTION)
    other.create_bucket(Bucket="mine")
    source = {"Bucket": bucket, "Key": "secret"}

    assert refusal(other.copy_object, Bucket="mine", Key="k", CopySource=source) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "action", ["s3:GetEncryptionConfiguration", "s3:Get*", "s3:*", "*", "S3:getencryption*"]
)
def test_a_deny_holds_for_the_owner_too(s3: Any, bucket: str, action: str) -> None:
    set_policy(s3, bucket, Effect="Deny", Principal="*", Action=action)

    assert refusal(got, s3, bucket) == ("AccessDenied", 403)


def test_a_deny_of_the_owners_root_holds_for_its_callers(s3: Any, bucket: str) -> None:
    root = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
    set_policy(s3, bucket, Effect="Deny", Principal=root, Action="s3:PutEncryptionConfiguration")

    assert refusal(put, s3, bucket, rule("aws:kms")) == ("AccessDenied", 403)
    assert refusal(s3.delete_bucket_encryption, Bucket=bucket) == ("AccessDenied", 403)
    assert got(s3, bucket)


def test_reading_the_encryption_is_not_listing_the_bucket(s3: Any, bucket: str) -> None:
    set_policy(s3, bucket, Effect="Deny", Principal="*", Action="s3:ListBucket")

    assert got(s3, bucket)
    assert refusal(s3.list_objects_v2, Bucket=bucket) == ("AccessDenied", 403)


def test_a_deny_of_a_role_holds_for_its_sessions_only(connect: Any, enter: Any, s3: Any, bucket: str) -> None:
    role = create_role(connect("iam"), "auditor", trust(root_of(MANAGEMENT)))
    set_policy(s3, bucket, Effect="Deny", Principal={"AWS": role}, Action="s3:*")

    assert refusal(got, enter(role, "s3"), bucket) == ("AccessDenied", 403)
    assert got(s3, bucket)


def test_a_deny_on_objects_holds(s3: Any, bucket: str) -> None:
    set_policy(s3, bucket, Effect="Deny", Principal="*", Action="s3:PutObject")

    assert refusal(s3.put_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)


def test_the_owner_can_always_undo_a_policy(s3: Any, bucket: str) -> None:
    set_policy(s3, bucket, Effect="Deny", Principal="*", Action="s3:*")

    assert s3.get_bucket_policy(Bucket=bucket)
    s3.delete_bucket_policy(Bucket=bucket)

    assert got(s3, bucket)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_statement_with_a_condition_says_nothing(connect: Any, s3: Any, bucket: str, effect: str) -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    set_policy(s3, bucket, Effect=effect, Principal="*", Action="s3:*", Condition=condition)

    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"
    assert refusal(got, connect("s3", PRODUCTION), bucket) == ("AccessDenied", 403)


def test_a_request_to_the_wrong_region_is_redirected_and_followed(
    aws: EmbeddedAws, connect: Any, s3: Any
) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")
    aws.calls.clear()

    assert got(s3, "irish")
    assert [(c.region, c.status) for c in aws.calls] == [("us-east-1", 301), ("eu-west-1", 200)]


def test_a_head_of_the_wrong_region_is_redirected_and_followed(connect: Any, s3: Any) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")

    assert s3.head_bucket(Bucket="irish")["BucketRegion"] == "eu-west-1"


def test_objects_of_the_wrong_region_are_redirected_and_followed(connect: Any, s3: Any) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")

    s3.put_object(Bucket="irish", Key="k", Body=b"text")

    assert s3.get_object(Bucket="irish", Key="k")["Body"].read() == b"text"


def test_the_location_is_told_anywhere(aws: EmbeddedAws, connect: Any, s3: Any) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")
    aws.calls.clear()

    assert s3.get_bucket_location(Bucket="irish")["LocationConstraint"] == "eu-west-1"
    assert [call.status for call in aws.calls] == [200]
