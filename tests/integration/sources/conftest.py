"""A connection to an empty embedded AWS, as sources get one."""

import pytest

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import PRODUCTION, EmbeddedAws

FRANKFURT = "eu-central-1"


@pytest.fixture
def connection(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in {
        **aws.credentials(PRODUCTION),
        "AWS_REGION": FRANKFURT,
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings(endpoint_url=aws.url, read_timeout=120))  # the machine may be busy
