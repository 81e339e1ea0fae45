"""A bucket of the production account with a reader, and a key that does not let them in yet."""

import re
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.account_seed import READS_OBJECTS, create_bucket, create_key, create_role
from tests.support.cli import Shell

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

BUCKET = "prepare-this"


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_bucket(server, PRODUCTION, BUCKET)
    create_role(server, PRODUCTION, "reader", READS_OBJECTS)
    return server


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    return create_key(aws, PRODUCTION)


@pytest.fixture
def sh(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path)


def run_of(text: str) -> str:
    """The id of the run that a command told of."""
    found = re.search(r"run (\d{8}T\d{6}Z-[0-9a-f]{6})", text)
    assert found, text
    return found[1]
