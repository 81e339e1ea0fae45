"""AssumeRole: who may enter an account, and that a session acts there and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.aws_calls import (
    create_directory_bucket,
    create_role,
    got,
    put,
    refusal,
    refused_words,
    root_of,
    rule,
    trust,
)

from s3kms.demo.aws import (
    AUDIT,
    MANAGEMENT,
    PRODUCTION,
    SANDBOX,
    EmbeddedAws,
    mark_as_invited,
    set_account_state,
)

ACCESS_ROLE = "OrganizationAccountAccessRole"
OUTSIDER = "987654321098"
DENIED = ("AccessDenied", 403)


def access_role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/{ACCESS_ROLE}"


def assume(connect: Any, role: str, *, by: str = MANAGEMENT, **more: Any) -> Any:
    return connect("sts", by).assume_role(RoleArn=role, RoleSessionName="audit", **more)


@pytest.fixture
def ours(connect: Any) -> Any:
    """Make a role in PRODUCTION that these statements may assume."""
    return lambda *statements, **more: create_role(connect("iam", PRODUCTION), "ours", *statements, **more)


# Whom a role trusts


def test_the_management_account_enters_a_member(organization: str, enter: Any) -> None:
    identity = enter(access_role(PRODUCTION), "sts").get_caller_identity()

    assert identity["Account"] == PRODUCTION
    assert identity["Arn"] == f"arn:aws:sts::{PRODUCTION}:assumed-role/{ACCESS_ROLE}/audit"


def test_nobody_else_enters_a_member(organization: str, connect: Any) -> None:
    assert refusal(assume, connect, access_role(PRODUCTION), by=SANDBOX) == DENIED


def test_the_refusal_names_the_caller_and_the_role(organization: str, connect: Any) -> None:
    said = refused_words(assume, connect, access_role(PRODUCTION), by=SANDBOX)

    assert said == (
        f"User: arn:aws:iam::{SANDBOX}:user/demo is not authorized to perform: sts:AssumeRole "
        f"on resource: {access_role(PRODUCTION)}"
    )


def test_the_refusal_of_a_session_names_the_session(organization: str, enter: Any) -> None:
    inside = enter(access_role(SANDBOX), "sts")

    said = refused_words(inside.assume_role, RoleArn=access_role(PRODUCTION), RoleSessionName="audit")

    assert said.startswith(f"User: arn:aws:sts::{SANDBOX}:assumed-role/{ACCESS_ROLE}/audit is not authorized")


def test_a_role_that_does_not_exist_is_refused_alike(organization: str, connect: Any) -> None:
    role = f"arn:aws:iam::{PRODUCTION}:role/missing"

    assert refusal(assume, connect, role) == DENIED
    assert refused_words(assume, connect, role).endswith(f"sts:AssumeRole on resource: {role}")


def test_a_user_is_no_role(organization: str, connect: Any) -> None:
    assert refusal(assume, connect, f"arn:aws:iam::{PRODUCTION}:user/demo") == DENIED


def test_the_management_account_itself_has_no_access_role(organization: str, connect: Any) -> None:
    assert refusal(assume, connect, access_role(MANAGEMENT)) == DENIED


def test_an_invited_account_has_no_access_role(organization: str, connect: Any) -> None:
    mark_as_invited(SANDBOX)

    assert refusal(assume, connect, access_role(SANDBOX)) == DENIED
    assert assume(connect, access_role(PRODUCTION))


@pytest.mark.parametrize("state", ["SUSPENDED", "PENDING_CLOSURE", "CLOSED", "PENDING_ACTIVATION"])
def test_only_an_active_account_can_be_entered(organization: str, connect: Any, state: Any) -> None:
    set_account_state(PRODUCTION, state)

    assert refusal(assume, connect, access_role(PRODUCTION)) == DENIED


def test_an_account_that_is_active_again_can_be_entered(organization: str, connect: Any) -> None:
    set_account_state(PRODUCTION, "SUSPENDED")
    set_account_state(PRODUCTION, "ACTIVE")

    assert assume(connect, access_role(PRODUCTION))


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": AUDIT},
        root_of(AUDIT),
        {"AWS": [SANDBOX, AUDIT]},
        {"AWS": f"arn:aws:iam::{AUDIT}:user/demo"},
    ],
)
def test_a_role_can_trust_an_account_a_user_or_everybody(connect: Any, ours: Any, principal: Any) -> None:
    assert assume(connect, ours(trust(principal)), by=AUDIT)


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "lambda.amazonaws.com"},
        root_of(SANDBOX),
        {"AWS": f"arn:aws:iam::{AUDIT}:user/somebody"},
    ],
)
def test_who_is_not_named_is_not_trusted(connect: Any, ours: Any, principal: Any) -> None:
    assert refusal(assume, connect, ours(trust(principal)), by=AUDIT) == DENIED


def test_a_role_without_statements_trusts_nobody(connect: Any, ours: Any) -> None:
    assert refusal(assume, connect, ours(), by=PRODUCTION) == DENIED


def test_a_deny_beats_an_allow(connect: Any, ours: Any) -> None:
    role = ours(trust("*"), trust(root_of(AUDIT), effect="Deny"))

    assert refusal(assume, connect, role, by=AUDIT) == DENIED
    assert assume(connect, role, by=SANDBOX)


def test_a_role_can_trust_the_sessions_of_another_role(connect: Any, enter: Any, ours: Any) -> None:
    hub = create_role(connect("iam", AUDIT), "hub", trust(root_of(AUDIT)))
    role = ours(trust({"AWS": hub}))

    assert enter(hub, "sts", by=AUDIT).assume_role(RoleArn=role, RoleSessionName="audit")
    assert refusal(assume, connect, role, by=AUDIT) == DENIED


# Conditions


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
def test_the_right_external_id_opens(connect: Any, ours: Any, operator: str) -> None:
    role = ours(trust(root_of(AUDIT), {operator: {"sts:ExternalId": ["other", "secret-1"]}}))

    assert assume(connect, role, by=AUDIT, ExternalId="secret-1")


@pytest.mark.parametrize("given", [{}, {"ExternalId": "secret-2"}, {"ExternalId": "SECRET-1"}])
def test_a_wrong_or_missing_external_id_does_not(connect: Any, ours: Any, given: Any) -> None:
    role = ours(trust(root_of(AUDIT), {"StringEquals": {"sts:ExternalId": "secret-1"}}))

    assert refusal(assume, connect, role, by=AUDIT, **given) == DENIED


def test_an_external_id_nobody_asked_for_does_no_harm(organization: str, connect: Any) -> None:
    assert assume(connect, access_role(PRODUCTION), ExternalId="whatever")


@pytest.mark.parametrize("key", ["aws:PrincipalOrgID", "aws:principalorgid"])
def test_the_organizations_own_accounts_are_told_by_its_id(
    organization: str, connect: Any, ours: Any, key: str
) -> None:
    role = ours(trust("*", {"StringEquals": {key: organization}}))

    assert assume(connect, role, by=SANDBOX)
    assert refusal(assume, connect, role, by=OUTSIDER) == DENIED


def test_all_conditions_have_to_hold(organization: str, connect: Any, ours: Any) -> None:
    both = {"aws:PrincipalOrgID": organization, "sts:ExternalId": "secret-1"}
    role = ours(trust("*", {"StringEquals": both}))

    assert assume(connect, role, by=SANDBOX, ExternalId="secret-1")
    assert refusal(assume, connect, role, by=SANDBOX) == DENIED
    assert refusal(assume, connect, role, by=OUTSIDER, ExternalId="secret-1") == DENIED


def test_a_principal_can_be_told_by_a_pattern_of_its_arn(connect: Any, ours: Any) -> None:
    role = ours(trust("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{AUDIT}:user/*"}}))

    assert assume(connect, role, by=AUDIT)
    assert refusal(assume, connect, role, by=SANDBOX) == DENIED


def test_an_absent_key_fits_a_negated_operator_and_ifexists(connect: Any, ours: Any) -> None:
    absent = {
        "StringNotEquals": {"aws:PrincipalOrgID": "o-1"},
        "StringEqualsIfExists": {"sts:ExternalId": "x1"},
    }

    assert assume(connect, ours(trust("*", absent)), by=OUTSIDER)


def test_multi_factor_authentication_is_never_there(connect: Any, ours: Any) -> None:
    role = ours(trust(root_of(AUDIT), {"Bool": {"aws:MultiFactorAuthPresent": "true"}}))

    assert refusal(assume, connect, role, by=AUDIT) == DENIED


@pytest.mark.parametrize(
    "condition",
    [{"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}, {"StringEquals": {"aws:SourceVpc": "vpc-1"}}],
)
def test_a_condition_that_cannot_be_judged_lets_nobody_in(connect: Any, ours: Any, condition: Any) -> None:
    assert refusal(assume, connect, ours(trust("*", condition)), by=AUDIT) == DENIED


# How long


def test_a_session_lasts_as_long_as_asked_for(organization: str, connect: Any) -> None:
    until = assume(connect, access_role(PRODUCTION), DurationSeconds=1800)["Credentials"]["Expiration"]

    assert 1790 < (until - datetime.now(UTC)).total_seconds() <= 1800


def test_a_session_lasts_an_hour_unless_asked(organization: str, connect: Any) -> None:
    until = assume(connect, access_role(PRODUCTION))["Credentials"]["Expiration"]

    assert 3590 < (until - datetime.now(UTC)).total_seconds() <= 3600


def test_a_session_lasts_no_longer_than_its_role_allows(connect: Any, ours: Any) -> None:
    role = ours(trust("*"), MaxSessionDuration=7200)

    assert assume(connect, role, DurationSeconds=7200)
    assert refusal(assume, connect, role, DurationSeconds=7201) == ("ValidationError", 400)


def test_a_session_of_a_session_lasts_an_hour_at_most(organization: str, enter: Any, ours: Any) -> None:
    role = ours(trust("*"), MaxSessionDuration=7200)
    inside = enter(access_role(SANDBOX), "sts")

    call = {"RoleArn": role, "RoleSessionName": "audit", "DurationSeconds": 3601}

    assert "role chaining" in refused_words(inside.assume_role, **call)


# What a session sees


def test_a_session_lists_the_buckets_of_the_account_it_entered(
    organization: str, connect: Any, enter: Any, bucket: str
) -> None:
    connect("s3", PRODUCTION).create_bucket(Bucket="theirs")

    s3 = enter(access_role(PRODUCTION), "s3")

    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["theirs"]
    assert [b["Name"] for b in s3.list_buckets(MaxBuckets=1)["Buckets"]] == ["theirs"]


def test_a_session_reads_and_changes_their_encryption(organization: str, connect: Any, enter: Any) -> None:
    connect("s3", PRODUCTION).create_bucket(Bucket="theirs")
    s3 = enter(access_role(PRODUCTION), "s3")

    put(s3, "theirs", rule("aws:kms"), ExpectedBucketOwner=PRODUCTION)

    assert got(s3, "theirs")["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}


def test_a_session_has_lost_the_account_it_came_from(organization: str, enter: Any, bucket: str) -> None:
    s3 = enter(access_role(PRODUCTION), "s3")

    assert refusal(got, s3, bucket) == DENIED


def test_the_expected_owner_is_the_account_entered(organization: str, connect: Any, enter: Any) -> None:
    connect("s3", PRODUCTION).create_bucket(Bucket="theirs")
    s3 = enter(access_role(PRODUCTION), "s3")

    refused = refusal(s3.get_bucket_encryption, Bucket="theirs", ExpectedBucketOwner=MANAGEMENT)

    assert refused == DENIED


def test_a_session_describes_the_keys_of_the_account_entered(
    organization: str, connect: Any, enter: Any, key: str
) -> None:
    theirs = connect("kms", PRODUCTION).create_key()["KeyMetadata"]["KeyId"]
    kms = enter(access_role(PRODUCTION), "kms")

    assert kms.describe_key(KeyId=theirs)["KeyMetadata"]["AWSAccountId"] == PRODUCTION
    assert refusal(kms.describe_key, KeyId=key) == ("AccessDeniedException", 400)


def test_a_session_writes_under_a_key_of_the_account_entered(
    organization: str, connect: Any, enter: Any
) -> None:
    theirs = connect("kms", PRODUCTION).create_key()["KeyMetadata"]["Arn"]
    s3 = enter(access_role(PRODUCTION), "s3")
    s3.create_bucket(Bucket="theirs")
    put(s3, "theirs", rule("aws:kms", theirs))

    assert s3.put_object(Bucket="theirs", Key="k", Body=b"text")["SSEKMSKeyId"] == theirs
    assert s3.get_object(Bucket="theirs", Key="k")["Body"].read() == b"text"


def test_a_session_works_on_directory_buckets(
    aws: EmbeddedAws, organization: str, connect: Any, enter: Any
) -> None:
    name = create_directory_bucket(connect("s3", PRODUCTION))
    s3 = enter(access_role(PRODUCTION), "s3")

    assert [b["Name"] for b in s3.list_directory_buckets()["Buckets"]] == [name]
    assert got(s3, name)["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    assert {call.account for call in aws.calls[-4:]} == {PRODUCTION}
