"""Real boto3 clients of the embedded AWS, which is empty for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import boto3
import pytest
from botocore.config import Config

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws, create_organization

if TYPE_CHECKING:
    from collections.abc import Iterator


class Connect(Protocol):
    """Makes a real boto3 client of one account and region."""

    def __call__(self, service: str, account: str = MANAGEMENT, region: str = "us-east-1") -> Any: ...


class Enter(Protocol):
    """Makes a real boto3 client of a session of a role; the rest goes to AssumeRole."""

    def __call__(
        self, role: str, service: str, *, by: str = MANAGEMENT, region: str = "us-east-1", **more: Any
    ) -> Any: ...


@pytest.fixture(scope="session")
def session() -> Any:
    """One session, because reading botocore's models is what makes a client slow."""
    return boto3.session.Session()


def client_with(
    session: Any, service: str, region: str, url: str, secret: tuple[str, str, str | None]
) -> Any:
    """A client that tries once."""
    return session.client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=secret[0],
        aws_secret_access_key=secret[1],
        aws_session_token=secret[2],
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def connect(aws: EmbeddedAws, session: Any) -> Iterator[Connect]:
    made: list[Any] = []

    def client(service: str, account: str = MANAGEMENT, region: str = "us-east-1") -> Any:
        keys = aws.credentials(account)
        secret = (keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None)
        made.append(client_with(session, service, region, aws.url, secret))
        return made[-1]

    yield client
    for connection in made:
        connection.close()


@pytest.fixture
def enter(aws: EmbeddedAws, session: Any, connect: Connect) -> Iterator[Enter]:
    made: list[Any] = []

    def client(
        role: str, service: str, *, by: str = MANAGEMENT, region: str = "us-east-1", **more: Any
    ) -> Any:
        given = connect("sts", by).assume_role(RoleArn=role, RoleSessionName="audit", **more)["Credentials"]
        secret = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        made.append(client_with(session, service, region, aws.url, secret))
        return made[-1]

    yield client
    for connection in made:
        connection.close()


@pytest.fixture
def organization(aws: EmbeddedAws) -> str:
    """The id of an organization of MANAGEMENT with two members."""
    return create_organization(MANAGEMENT, {PRODUCTION: "production", SANDBOX: "sandbox"})


@pytest.fixture
def s3(connect: Connect) -> Any:
    return connect("s3")


@pytest.fixture
def kms(connect: Connect) -> Any:
    return connect("kms")


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="reports")
    return "reports"


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a customer managed key."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])
