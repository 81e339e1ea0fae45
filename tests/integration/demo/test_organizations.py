"""AWS Organizations: which accounts there are, in what state, and who may ask."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import refusal, refused_words

from s3kms.demo.aws import (
    AUDIT,
    MANAGEMENT,
    PRODUCTION,
    SANDBOX,
    EmbeddedAws,
    create_organization,
    set_account_state,
)

OUTSIDER = "987654321098"
ORGS = "organizations"


def delegate(connect: Any, account: str) -> None:
    """Register a delegated administrator, of any service that has such."""
    connect(ORGS).register_delegated_administrator(
        AccountId=account, ServicePrincipal="access-analyzer.amazonaws.com"
    )


def state(connect: Any, account: str) -> tuple[str, str]:
    described = connect(ORGS).describe_account(AccountId=account)["Account"]
    return described["State"], described["Status"]


def test_it_has_the_accounts_asked_for(organization: str, connect: Any) -> None:
    listed = connect(ORGS).list_accounts()["Accounts"]

    assert {a["Id"]: a["Name"] for a in listed} == {
        MANAGEMENT: "management",
        PRODUCTION: "production",
        SANDBOX: "sandbox",
    }


def test_an_account_has_an_arn_in_its_organization(organization: str, connect: Any) -> None:
    described = connect(ORGS).describe_account(AccountId=SANDBOX)["Account"]

    assert described["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:account/{organization}/{SANDBOX}"


def test_a_member_knows_its_organization(organization: str, connect: Any) -> None:
    described = connect(ORGS, PRODUCTION).describe_organization()["Organization"]

    assert (described["Id"], described["MasterAccountId"]) == (organization, MANAGEMENT)


def test_it_can_be_founded_after_a_reset(organization: str, aws: EmbeddedAws) -> None:
    aws.reset()

    assert create_organization(MANAGEMENT, {PRODUCTION: "production"})


def test_a_page_has_at_most_twenty_accounts(aws: EmbeddedAws, connect: Any) -> None:
    create_organization(MANAGEMENT, {f"{number:012}": f"member-{number}" for number in range(1, 43)})

    pages = list(connect(ORGS).get_paginator("list_accounts").paginate())

    assert [len(page["Accounts"]) for page in pages] == [20, 20, 3]
    assert len({a["Id"] for page in pages for a in page["Accounts"]}) == 43


@pytest.mark.parametrize(("size", "lengths"), [(1, [1, 1, 1]), (2, [2, 1]), (3, [3]), (20, [3])])
def test_pages_are_as_large_as_asked_for(
    organization: str, connect: Any, size: int, lengths: list[int]
) -> None:
    pages = connect(ORGS).get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": size})

    assert [len(page["Accounts"]) for page in pages] == lengths


def test_more_than_twenty_in_a_page_are_refused(organization: str, connect: Any) -> None:
    assert refusal(connect(ORGS).list_accounts, MaxResults=21) == ("InvalidInputException", 400)


def test_a_token_nobody_gave_is_refused(organization: str, connect: Any) -> None:
    assert refusal(connect(ORGS).list_accounts, NextToken="more, please") == ("InvalidInputException", 400)


def test_an_empty_page_is_not_the_last_one(organization: str, aws: EmbeddedAws, connect: Any) -> None:
    aws.faults.empty_pages = True

    pages = connect(ORGS).get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})

    assert [len(page["Accounts"]) for page in pages] == [0, 2, 0, 1]


@pytest.mark.parametrize("operation", ["list_accounts", "list_roots"])
def test_a_member_may_not_list(organization: str, connect: Any, operation: str) -> None:
    asked = getattr(connect(ORGS, PRODUCTION), operation)

    assert refusal(asked) == ("AccessDeniedException", 400)
    assert refused_words(asked) == "You don't have permissions to access this resource."


def test_a_member_may_not_describe_even_itself(organization: str, connect: Any) -> None:
    asked = connect(ORGS, PRODUCTION).describe_account

    assert refusal(asked, AccountId=PRODUCTION) == ("AccessDeniedException", 400)


@pytest.mark.parametrize("operation", ["list_accounts", "describe_organization"])
def test_an_account_in_no_organization_is_told_so(organization: str, connect: Any, operation: str) -> None:
    asked = getattr(connect(ORGS, OUTSIDER), operation)

    assert refusal(asked) == ("AWSOrganizationsNotInUseException", 400)


def test_a_delegated_administrator_lists_as_the_management_account_does(
    organization: str, connect: Any
) -> None:
    delegate(connect, SANDBOX)

    listed = connect(ORGS, SANDBOX).list_accounts()["Accounts"]

    assert listed == connect(ORGS).list_accounts()["Accounts"]
    assert connect(ORGS, SANDBOX).describe_account(AccountId=PRODUCTION)["Account"]["Name"] == "production"


def test_a_delegated_administrator_changes_nothing(organization: str, connect: Any) -> None:
    delegate(connect, SANDBOX)

    asked = connect(ORGS, SANDBOX).close_account

    assert refusal(asked, AccountId=PRODUCTION) == ("AccessDeniedException", 400)


def test_a_session_in_a_delegated_account_lists(organization: str, connect: Any, enter: Any) -> None:
    delegate(connect, SANDBOX)

    role = f"arn:aws:iam::{SANDBOX}:role/OrganizationAccountAccessRole"

    assert len(enter(role, ORGS).list_accounts()["Accounts"]) == 3


def test_an_account_that_is_not_there_is_not_found(organization: str, connect: Any) -> None:
    assert refusal(connect(ORGS).describe_account, AccountId=AUDIT) == ("AccountNotFoundException", 400)


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ("ACTIVE", "ACTIVE"),
        ("SUSPENDED", "SUSPENDED"),
        ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        ("CLOSED", "SUSPENDED"),
    ],
)
def test_state_and_status_fit_each_other(organization: str, connect: Any, new: Any, status: str) -> None:
    set_account_state(SANDBOX, new)

    assert state(connect, SANDBOX) == (new, status)


def test_status_has_no_word_for_pending_activation(organization: str, connect: Any) -> None:
    set_account_state(SANDBOX, "PENDING_ACTIVATION")

    described = connect(ORGS).describe_account(AccountId=SANDBOX)["Account"]

    assert (described["State"], described.get("Status")) == ("PENDING_ACTIVATION", None)


def test_a_closed_account_is_closed_and_its_status_suspended(organization: str, connect: Any) -> None:
    connect(ORGS).close_account(AccountId=SANDBOX)

    assert state(connect, SANDBOX) == ("CLOSED", "SUSPENDED")


def test_status_can_be_retired(organization: str, aws: EmbeddedAws, connect: Any) -> None:
    aws.faults.without_status = True

    listed = connect(ORGS).list_accounts()["Accounts"]

    assert [(a["State"], "Status" in a) for a in listed] == [("ACTIVE", False)] * 3


def test_an_account_of_no_organization_has_no_state_to_set(aws: EmbeddedAws) -> None:
    with pytest.raises(ValueError, match="in no organization"):
        set_account_state(OUTSIDER, "SUSPENDED")
