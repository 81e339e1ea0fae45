"""The id of an account's organization is read with the call that tells whether it is in one."""

import pytest

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws, create_organization
from s3kms.model.unknown import Unknown
from s3kms.sources.organization_policies import OrganizationReader


def connected(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, account: str) -> Connection:
    for name, value in aws.environment(account, "eu-central-1").items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings())


@pytest.mark.parametrize("account", [MANAGEMENT, PRODUCTION])
def test_of_an_account_in_an_organization_its_id_is_known_though_its_policies_may_not_be(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    organization = create_organization(MANAGEMENT, {PRODUCTION: "production"})
    connection = connected(aws, monkeypatch, account)

    found = OrganizationReader(connection, lambda _: connection).policies_of(account)

    assert found.organization == organization
    assert isinstance(found.scps, Unknown) is (account == PRODUCTION)


def test_an_account_in_no_organization_has_none(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connected(aws, monkeypatch, PRODUCTION)

    found = OrganizationReader(connection, lambda _: connection).policies_of(PRODUCTION)

    assert (found.organization, found.scps, found.rcps) == (None, (), ())
