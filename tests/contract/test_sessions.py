"""A role assumed in another account: whose the session is, how long it lasts, and who gets none."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from tests.contract.clients import ACCOUNT, HOME, OTHER_ACCOUNT, said
from tests.contract.differences import expected

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import AssumeRoleResponseTypeDef
    from tests.contract.clients import Server

STRANGER = "777788889999"
SECRET = "contract-external-id"


@dataclass(frozen=True)
class Role:
    """A role of OTHER_ACCOUNT that trusts ACCOUNT, if it says SECRET."""

    server: Server
    arn: str

    def assume(self, by: str = ACCOUNT, **more: Any) -> AssumeRoleResponseTypeDef:
        """AssumeRole, with the external id unless another is given."""
        given = {"RoleSessionName": "contract", "ExternalId": SECRET, **more}
        return self.server.client("sts", by).assume_role(
            RoleArn=self.arn, **{name: value for name, value in given.items() if value is not None}
        )

    def client(self, service: str) -> Any:
        """A client of a new session."""
        given = self.assume()["Credentials"]
        session: Any = boto3.session.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=HOME
        )
        return session.client(service, endpoint_url=self.server.url)


@pytest.fixture(scope="module")
def role(server: Server) -> Role:
    """One role for all questions."""
    iam: Any = server.new_client("iam", OTHER_ACCOUNT, HOME)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": SECRET}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = f"contract-{uuid.uuid4().hex}"
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return Role(server, made["Role"]["Arn"])


def test_a_session_is_of_the_roles_account(role: Role) -> None:
    """GetCallerIdentity names the account entered, the role and the session."""
    identity = role.client("sts").get_caller_identity()

    name = role.arn.rpartition("/")[2]
    assert identity["Account"] == OTHER_ACCOUNT
    assert identity["Arn"] == f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/{name}/contract"


def test_a_session_lists_the_buckets_of_the_roles_account(role: Role) -> None:
    """And none of the account it came from."""
    mine, theirs = role.server.new_bucket().name, f"contract-{uuid.uuid4().hex}"
    role.server.client("s3", OTHER_ACCOUNT).create_bucket(Bucket=theirs)

    listed = {bucket["Name"] for bucket in role.client("s3").list_buckets()["Buckets"]}

    assert (theirs in listed, mine in listed) == (True, False)


def test_a_session_lasts_as_long_as_asked_for(role: Role) -> None:
    """DurationSeconds is in the Expiration."""
    until = role.assume(DurationSeconds=900)["Credentials"]["Expiration"]

    assert 840 < (until - datetime.now(UTC)).total_seconds() <= 900


@pytest.mark.parametrize("external_id", [None, "wrong-external-id"], ids=["none", "wrong"])
def test_the_external_id_has_to_be_right(role: Role, external_id: str | None) -> None:
    """The trust policy's condition is judged."""
    answer = said(lambda: role.assume(ExternalId=external_id))

    assert answer == expected(role.server, "AssumeRole without the right external id")


def test_an_account_that_is_not_trusted_is_refused(role: Role) -> None:
    """The trust policy's principal is judged."""
    answer = said(lambda: role.assume(by=STRANGER))

    assert answer == expected(role.server, "AssumeRole by an account that is not trusted")


def test_a_role_that_is_not_there_is_refused(role: Role) -> None:
    """With the same words as one that does not trust."""
    answer = said(lambda: Role(role.server, f"{role.arn}-not").assume())

    assert answer == expected(role.server, "AssumeRole of a role that is not there")
