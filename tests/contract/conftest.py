"""The two servers that get the same questions."""

from __future__ import annotations

import pytest
from tests.contract.clients import Bucket, Server

from s3kms.demo.aws import EmbeddedAws


@pytest.fixture(scope="module", params=["embedded", pytest.param("localstack", marks=pytest.mark.localstack)])
def server(request: pytest.FixtureRequest, server: EmbeddedAws) -> Server:
    """Each of the servers in turn, instead of the one embedded AWS the other tests share."""
    running = server if request.param == "embedded" else request.getfixturevalue(request.param)
    return Server(request.param, running.url, running.credentials)


@pytest.fixture
def bucket(server: Server) -> Bucket:
    """A new bucket that nobody configured."""
    return server.new_bucket()
