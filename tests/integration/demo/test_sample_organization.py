"""The organization of the sample estate: who can be entered, by whom, and who cannot."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from tests.support.aws_calls import refusal

from s3kms.demo.aws import (
    ACCOUNTS,
    ACQUIRED,
    AUDIT,
    DORMANT,
    MANAGEMENT,
    PRODUCTION,
    SANDBOX,
    EmbeddedAws,
)
from s3kms.demo.sample_estate import AUDIT_EXTERNAL_ID, AUDIT_ROLE, SAMPLE_BUCKETS

DENIED = ("AccessDenied", 403)


@pytest.fixture(scope="module")
def client(estate: EmbeddedAws) -> Any:
    """A client of an account, or of the session that AssumeRole gave."""
    session: Any = boto3.Session(region_name="eu-central-1")

    def make(service: str, account: str = MANAGEMENT, given: Any = None) -> Any:
        keys = estate.credentials(account)
        return session.client(
            service,
            endpoint_url=estate.url,
            aws_access_key_id=given["AccessKeyId"] if given else keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["SecretAccessKey"] if given else keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=given["SessionToken"] if given else None,
        )

    return make


def assume(client: Any, account: str, role: str, *, by: str, **more: Any) -> Any:
    arn = f"arn:aws:iam::{account}:role/{role}"
    return client("sts", by).assume_role(RoleArn=arn, RoleSessionName="audit", **more)["Credentials"]


def names(client: Any, given: Any) -> set[str]:
    return {bucket["Name"] for bucket in client("s3", given=given).list_buckets()["Buckets"]}


def owned(account: str) -> set[str]:
    return {specimen.name for specimen in SAMPLE_BUCKETS if specimen.account == account}


@pytest.mark.parametrize("asker", [MANAGEMENT, AUDIT])
def test_the_organization_has_six_accounts_and_one_is_suspended(client: Any, asker: str) -> None:
    listed = client("organizations", asker).list_accounts()["Accounts"]

    assert {a["Id"]: (a["State"], a["Status"]) for a in listed} == {
        account: ("SUSPENDED",) * 2 if account == DORMANT else ("ACTIVE",) * 2 for account in ACCOUNTS
    }


@pytest.mark.parametrize("asker", [PRODUCTION, SANDBOX])
def test_members_may_not_list_it(client: Any, asker: str) -> None:
    assert refusal(client("organizations", asker).list_accounts) == ("AccessDeniedException", 400)


@pytest.mark.parametrize("account", [PRODUCTION, SANDBOX, AUDIT])
def test_the_management_account_sees_a_members_buckets(client: Any, account: str) -> None:
    given = assume(client, account, "OrganizationAccountAccessRole", by=MANAGEMENT)

    assert names(client, given) == owned(account)


@pytest.mark.parametrize("account", [MANAGEMENT, ACQUIRED, DORMANT])
def test_it_cannot_enter_itself_the_acquired_or_the_dormant_one(client: Any, account: str) -> None:
    assert refusal(assume, client, account, "OrganizationAccountAccessRole", by=MANAGEMENT) == DENIED


@pytest.mark.parametrize("account", [PRODUCTION, SANDBOX])
def test_the_auditor_sees_a_members_buckets_with_its_external_id(client: Any, account: str) -> None:
    given = assume(client, account, AUDIT_ROLE, by=AUDIT, ExternalId=AUDIT_EXTERNAL_ID)

    assert names(client, given) == owned(account)


@pytest.mark.parametrize("more", [{}, {"ExternalId": "acme-audit"}])
def test_the_auditor_needs_its_external_id(client: Any, more: dict[str, str]) -> None:
    assert refusal(assume, client, PRODUCTION, AUDIT_ROLE, by=AUDIT, **more) == DENIED


@pytest.mark.parametrize("account", [MANAGEMENT, AUDIT, ACQUIRED, DORMANT])
def test_the_auditors_role_is_in_the_audited_accounts_only(client: Any, account: str) -> None:
    refused = refusal(assume, client, account, AUDIT_ROLE, by=AUDIT, ExternalId=AUDIT_EXTERNAL_ID)

    assert refused == DENIED


def test_nobody_else_has_the_auditors_role(client: Any) -> None:
    refused = refusal(assume, client, PRODUCTION, AUDIT_ROLE, by=SANDBOX, ExternalId=AUDIT_EXTERNAL_ID)

    assert refused == DENIED
