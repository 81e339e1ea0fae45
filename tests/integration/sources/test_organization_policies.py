"""The policies of an organization: whose they are, who could not read them, and what that leaves known."""

from collections import Counter

import pytest
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws, create_organization
from s3kms.model.identities import OrganizationPolicies
from s3kms.model.unknown import Unknown
from s3kms.sources.organization_policies import OrganizationReader

OTHER_MANAGEMENT, OTHER_MEMBER = "444455556666", "777788889999"
ROLE = f"arn:aws:iam::{MANAGEMENT}:role/reads-policies"


def connected(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, account: str) -> Connection:
    for name, value in aws.environment(account, "eu-central-1").items():
        monkeypatch.setenv(name, value)
    connection = Connection(ConnectionSettings())
    assert connection.account == account  # now, for the environment is another one's next
    return connection


@pytest.fixture
def own(aws: EmbeddedAws) -> str:
    """An organization that has turned service control policies on, and resource control policies off."""
    found = create_organization(MANAGEMENT, {PRODUCTION: "production"})
    organizations = client_of(aws, MANAGEMENT, "organizations", "us-east-1")
    (root,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    return found


@pytest.fixture
def other(aws: EmbeddedAws) -> str:
    """Another one, whose policies nobody here may read."""
    return create_organization(OTHER_MANAGEMENT, {OTHER_MEMBER: "partner"})


def read(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, base: str, *accounts: str
) -> list[OrganizationPolicies]:
    connections = {one: connected(aws, monkeypatch, one) for one in accounts}
    reader = OrganizationReader(connected(aws, monkeypatch, base), connections.get)
    return [reader.policies_of(one) for one in accounts]


def test_what_one_organization_turned_off_says_nothing_of_an_account_of_another(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, own: str, other: str
) -> None:
    connections = {one: connected(aws, monkeypatch, one) for one in (MANAGEMENT, OTHER_MEMBER)}
    reader = OrganizationReader(connections[MANAGEMENT], connections.get, role=ROLE)

    found = reader.policies_of(OTHER_MEMBER)

    assert isinstance(found.scps, Unknown)
    assert isinstance(found.rcps, Unknown)
    assert "another organization" in found.rcps.why
    assert found.organization == other


@pytest.mark.parametrize("accounts", [(PRODUCTION, OTHER_MEMBER), (OTHER_MEMBER, PRODUCTION)])
def test_with_accounts_of_two_organizations_the_one_that_can_be_read_is_whatever_came_first(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, own: str, other: str, accounts: tuple[str, str]
) -> None:
    found = dict(zip(accounts, read(aws, monkeypatch, MANAGEMENT, *accounts), strict=True))

    scps = found[PRODUCTION].scps
    assert not isinstance(scps, Unknown)
    assert (len(scps), found[PRODUCTION].rcps) == (2, ())
    assert isinstance(found[OTHER_MEMBER].rcps, Unknown)


@pytest.mark.parametrize("operation", ["ListRoots", "ListParents", "ListPoliciesForTarget", "DescribePolicy"])
def test_who_may_not_read_them_learns_the_action_that_is_missing_and_still_knows_the_organization(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, own: str, operation: str
) -> None:
    connections = {one: connected(aws, monkeypatch, one) for one in (PRODUCTION, MANAGEMENT)}
    aws.faults.fail(operation, 400, "AccessDeniedException")

    found = OrganizationReader(connections[MANAGEMENT], connections.get).policies_of(PRODUCTION)

    assert isinstance(found.scps, Unknown)
    assert (found.scps.operation, found.organization) == (operation, own)


def test_who_may_not_even_ask_for_the_organization_knows_nothing_of_it(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    connection = connected(aws, monkeypatch, PRODUCTION)
    aws.faults.fail("DescribeOrganization", 400, "AccessDeniedException")

    found = OrganizationReader(connection, lambda _: connection).policies_of(PRODUCTION)

    assert isinstance(found.scps, Unknown)
    assert isinstance(found.organization, Unknown)
    assert found.scps.operation == "DescribeOrganization"


def test_accounts_of_one_unit_share_what_is_read_of_it(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [f"{number:012}" for number in range(5000, 5020)]
    create_organization(MANAGEMENT, {one: f"member-{one}" for one in members})
    organizations = client_of(aws, MANAGEMENT, "organizations", "us-east-1")
    (root,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    aws.calls.clear()

    found = read(aws, monkeypatch, MANAGEMENT, *members)

    assert [None if isinstance(one.scps, Unknown) else len(one.scps) for one in found] == [2] * 20
    counted = Counter(call.operation for call in aws.calls if call.service == "organizations")
    assert counted == {
        "DescribeOrganization": 20,
        "ListRoots": 1,
        "ListParents": 20,
        "ListPoliciesForTarget": 21,
        "DescribePolicy": 1,
    }


def test_an_organization_that_nobody_may_read_is_asked_once_for_all_its_accounts(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [f"{number:012}" for number in range(5000, 5005)]
    create_organization(MANAGEMENT, {one: f"member-{one}" for one in members})
    aws.faults.fail("ListRoots", 400, "AccessDeniedException")
    aws.calls.clear()

    found = read(aws, monkeypatch, MANAGEMENT, *members)

    assert {one.scps.operation for one in found if isinstance(one.scps, Unknown)} == {"ListRoots"}
    assert len(found) == len(members)
    assert [call.operation for call in aws.calls].count("ListRoots") == 1
