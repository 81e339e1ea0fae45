"""Whom the policy of a customer managed key lets in, and what it has to say first."""

from dataclasses import replace
from typing import Any

import pytest

from s3kms.hazards import examples as an
from s3kms.hazards import find_hazard
from s3kms.hazards.interface import Danger, EncryptionSwitch, HazardAnswer, KeyStatement
from s3kms.model.bucket import Bucket
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import Unknown

LOGS = "delivery.logs.amazonaws.com"
TAKES_LOGS = an.open_to(Service=LOGS)
STRANGER = f"arn:aws:iam::{an.OTHER_ACCOUNT}:root"
BOTH = ("kms:GenerateDataKey*", "kms:Decrypt")


def vended(switch: EncryptionSwitch, bucket: Bucket = TAKES_LOGS) -> HazardAnswer:
    return find_hazard("vended_logs").evaluate(bucket, switch)


def others(switch: EncryptionSwitch, bucket: Bucket) -> HazardAnswer:
    return find_hazard("other_accounts").evaluate(bucket, switch)


def needed(answer: HazardAnswer) -> list[dict[str, Any]]:
    assert isinstance(answer, Danger)
    return [one.to_policy() for one in answer.statements]


def test_nobody_asked_for_the_policy_of_the_key_so_that_nothing_is_said_of_it() -> None:
    assert vended(an.TO_CUSTOMER) is None


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringEquals": {"aws:SourceAccount": "999988887777"}},
        {"ArnLike": {"AWS:SourceArn": "arn:aws:logs:*:999988887777:*"}},
        {"StringEquals": {"aws:SourceOrgID": "o-example"}},
        {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::my-bucket*"}},
    ],
)
def test_on_whose_behalf_a_service_comes_is_taken_as_matching(condition: dict[str, Any] | None) -> None:
    assert vended(an.to_key_that_lets_in(*BOTH, condition=condition, Service=LOGS)) is None


@pytest.mark.parametrize(
    ("accounts", "is_in"), [(["111122223333"], False), (["444455556666", "111122223333"], True)]
)
def test_the_accounts_that_the_bucket_policy_names_have_to_be_let_in_by_the_key(
    accounts: list[str], is_in: bool
) -> None:
    central = an.open_to(condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}, Service=LOGS)
    condition = {"StringEquals": {"aws:SourceAccount": accounts}}

    answer = vended(an.to_key_that_lets_in(*BOTH, condition=condition, Service=LOGS), central)

    assert (answer is None) is is_in


@pytest.mark.parametrize(("has_bucket_key", "is_danger"), [(True, True), (False, False)])
def test_with_a_bucket_key_a_service_needs_decrypt_too(has_bucket_key: bool, is_danger: bool) -> None:
    switch = an.to_key_that_lets_in("kms:GenerateDataKey*", Service=LOGS)

    assert isinstance(vended(replace(switch, has_bucket_key=has_bucket_key)), Danger) is is_danger


def test_a_bucket_key_that_is_turned_on_under_the_same_key_needs_decrypt() -> None:
    switch = replace(an.to_key_that_lets_in("kms:GenerateDataKey*", Service=LOGS), is_new_kms=False)

    assert isinstance(vended(replace(switch, is_new_key=False)), Danger)
    assert vended(replace(switch, is_new_key=False, is_new_bucket_key=False)) is None


@pytest.mark.parametrize(
    "principal",
    [{"Service": "logs.eu-central-1.amazonaws.com"}, {"AWS": STRANGER}],
)
def test_a_key_that_lets_somebody_else_in_does_not_let_the_service_in(principal: dict[str, Any]) -> None:
    assert isinstance(vended(an.to_key_that_lets_in(*BOTH, **principal)), Danger)


def test_what_a_key_policy_denies_is_not_let_in() -> None:
    allow = {"Effect": "Allow", "Principal": {"Service": LOGS}, "Action": "kms:*"}

    assert isinstance(vended(an.to_key_that_says(allow, allow | {"Effect": "Deny"})), Danger)


def test_a_denial_of_services_that_come_for_others_is_taken_as_not_meant() -> None:
    allow = {"Effect": "Allow", "Principal": {"Service": LOGS}, "Action": "kms:*"}
    confused = {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-example"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Condition": confused}

    assert vended(an.to_key_that_says(allow, deny)) is None


@pytest.mark.parametrize(
    "statement",
    [
        {
            "Effect": "Allow",
            "Principal": {"Service": LOGS},
            "Action": "kms:*",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
        },
        {"Effect": "Allow", "Principal": "*", "Action": "kms:*"},
    ],
)
def test_what_aws_does_not_document_for_services_cannot_be_told(statement: dict[str, Any]) -> None:
    assert isinstance(vended(an.to_key_that_says(statement)), Unknown)


@pytest.mark.parametrize("named", ["alias/logs", "arn:aws:kms:eu-central-1:111122223333:alias/logs"])
def test_a_key_that_is_named_by_an_alias_is_the_one_that_its_policy_names(named: str) -> None:
    arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    statement: PolicyNode = {
        "Effect": "Allow",
        "Principal": {"Service": LOGS},
        "Action": BOTH,
        "Resource": arn,
    }
    switch = replace(an.TO_CUSTOMER, key_policy=PolicyDocument({"Statement": statement}, "its policy"))

    assert vended(replace(switch, key_text=named)) is None
    assert vended(replace(switch, key_text=arn)) is None


def test_a_grant_to_a_service_may_be_enough_and_aws_does_not_say_so() -> None:
    grant = KeyGrant(
        frozenset({"GenerateDataKey", "Decrypt"}),
        grantee_service=LOGS,
        source_arn="arn:aws:logs:eu-central-1:111122223333:*",
    )

    answer = vended(replace(an.TO_KEY_OF_OWN_ACCOUNT, key_grants=(grant,)))

    assert isinstance(answer, Unknown)
    assert "AWS does not say that it is enough" in answer.why
    other = replace(grant, grantee_service="config.amazonaws.com")
    assert isinstance(vended(replace(an.TO_KEY_OF_OWN_ACCOUNT, key_grants=(other,))), Danger)


def test_the_statement_for_a_service_names_on_whose_behalf_it_comes_as_aws_documents_it() -> None:
    assert (
        needed(vended(an.TO_KEY_OF_OWN_ACCOUNT))
        == needed(vended(an.TO_MANAGED))
        == [
            {
                "Effect": "Allow",
                "Principal": {"Service": LOGS},
                "Action": [
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:DescribeKey",
                ],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": an.OWN_ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:logs:eu-central-1:{an.OWN_ACCOUNT}:*"},
                },
            }
        ]
    )


def test_the_statement_for_a_service_takes_over_for_whom_the_bucket_policy_lets_it_in() -> None:
    accounts = ["444455556666", "777788889999"]
    central = an.open_to(
        condition={
            "StringEquals": {"aws:SourceAccount": accounts, "s3:x-amz-acl": "bucket-owner-full-control"}
        },
        Service=LOGS,
    )

    (statement,) = needed(vended(an.TO_KEY_OF_OWN_ACCOUNT, central))

    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": accounts}}


def test_the_statement_for_a_service_names_the_accounts_whose_logs_it_may_write() -> None:
    prefix = "arn:aws:s3:::my-bucket/AWSLogs/444455556666/*"
    central = an.with_policy(
        {"Effect": "Allow", "Principal": {"Service": LOGS}, "Action": "s3:PutObject", "Resource": prefix}
    )

    (statement,) = needed(vended(an.TO_KEY_OF_OWN_ACCOUNT, central))

    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "444455556666"}}


def test_what_the_statement_says_is_enough() -> None:
    (statement,) = needed(vended(an.TO_KEY_OF_OWN_ACCOUNT))

    assert vended(an.to_key_that_says(statement)) is None


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:*"])
def test_what_the_statement_says_is_enough_for_another_account(action: str) -> None:
    shared = an.open_to(action, AWS=STRANGER)
    (statement,) = needed(others(an.TO_KEY_OF_OWN_ACCOUNT, shared))

    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    assert others(an.to_key_that_says(statement), shared) is None


def test_every_account_and_service_that_is_kept_out_gets_its_statement() -> None:
    named = [f"arn:aws:iam::{number:012}:root" for number in range(1, 6)]
    bucket = an.with_policy(
        {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "s3:GetObject", "Resource": "*"}
    )

    answer = others(an.TO_KEY_OF_OWN_ACCOUNT, bucket)

    assert isinstance(answer, Danger)
    assert [one.principal for one in answer.statements] == [("AWS", arn) for arn in named]
    assert answer.why.endswith("; and 2 more of this sort")


def test_what_the_policy_of_ram_lets_in_is_let_in() -> None:
    bucket = an.with_policy(
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject", "Resource": "*"}
    )
    shared = an.to_key_that_lets_in("kms:Decrypt", AWS=STRANGER).key_policy
    own = an.to_key_that_says()

    assert isinstance(others(own, bucket), Danger)
    assert others(replace(own, key_shared_policy=shared), bucket) is None
    assert isinstance(others(replace(own, key_shared_policy=an.DENIED), bucket), Unknown)


def test_a_writer_of_another_account_needs_decrypt_for_uploads_in_parts() -> None:
    bucket = an.open_to("s3:PutObject", AWS=STRANGER)

    answer = others(an.to_key_that_lets_in("kms:GenerateDataKey", AWS=STRANGER), bucket)

    assert isinstance(answer, Danger)
    assert "kms:Decrypt" in answer.why


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}, type(None)),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-other"}}, Danger),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:*"}}, Unknown),
    ],
)
def test_an_organization_is_let_in_by_a_key_that_names_it(
    condition: dict[str, Any], expected: type[object]
) -> None:
    bucket = an.open_to("s3:GetObject", {"StringEquals": {"aws:PrincipalOrgID": "o-example"}})

    answer = others(an.to_key_that_lets_in("kms:Decrypt", condition=condition, AWS="*"), bucket)

    assert isinstance(answer, expected)


def test_what_the_statement_says_is_enough_for_an_organization() -> None:
    paths = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example/r-abcd/ou-1/*"}}
    bucket = an.open_to("s3:GetObject", paths)
    (statement,) = needed(others(an.TO_KEY_OF_OWN_ACCOUNT, bucket))

    assert others(an.to_key_that_says(statement), bucket) is None


def test_more_principals_than_can_be_asked_about_are_said_to_be_too_many() -> None:
    named = [f"arn:aws:iam::{number:012}:root" for number in range(1, 700)]
    bucket = an.with_policy(
        {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "s3:GetObject", "Resource": "*"}
    )
    everybody = an.to_key_that_lets_in("kms:Decrypt", AWS="*")

    answer = others(everybody, bucket)

    assert isinstance(answer, Unknown)
    assert "more than 500" in answer.why


def test_a_statement_without_conditions_has_none() -> None:
    statement = KeyStatement(("AWS", STRANGER), ("kms:Decrypt",)).to_policy()

    assert "Condition" not in statement


def condition_for(hazard_id: str, service: str) -> dict[str, Any] | None:
    answer = find_hazard(hazard_id).evaluate(an.open_to("s3:GetObject", Service=service), an.TO_MANAGED)
    (statement,) = needed(answer)
    return statement.get("Condition")


def test_a_statement_has_no_condition_on_the_account_that_a_service_is_not_documented_to_name() -> None:
    of_distributions = f"arn:aws:cloudfront::{an.OWN_ACCOUNT}:distribution/*"

    assert condition_for("cloudfront_oac", "cloudfront.amazonaws.com") == {
        "ArnLike": {"aws:SourceArn": of_distributions}
    }
    assert condition_for("service_access", "datasync.amazonaws.com") is None


def test_an_account_of_which_the_key_spares_one_role_may_be_let_in() -> None:
    bucket = an.open_to("s3:GetObject", AWS=STRANGER)
    app = STRANGER.replace(":root", ":role/app")
    lets, spares = (
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": STRANGER}},
        {
            "Effect": "Deny",
            "Action": "kms:*",
            "Resource": "*",
            "Principal": "*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": app}},
        },
    )

    assert isinstance(others(an.to_key_that_says(lets, spares), bucket), Unknown)
