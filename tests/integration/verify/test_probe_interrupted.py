"""`verify --probe` that is interrupted: the object is named before it is written, and removed."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws, RecordedCall
from s3kms.demo.sample_estate import PROFILES


class HeldCalls(list[RecordedCall]):
    """The calls of a server that carries out one operation, and keeps its answer until it is released."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self.operation = operation
        self.carried_out, self.released = threading.Event(), threading.Event()

    def append(self, call: RecordedCall) -> None:
        """Note a call; its answer leaves the server after this."""
        super().append(call)
        if call.operation == self.operation:
            self.carried_out.set()
            self.released.wait(120)


@pytest.fixture
def held(estate: EmbeddedAws, during: str) -> Iterator[HeldCalls]:
    before, held = estate.calls, HeldCalls(during)
    estate.calls = held
    yield held
    held.released.set()
    estate.calls = before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("during", ["PutObject", "HeadObject", "GetObject"])
def test_an_interruption_leaves_no_object(
    production: Shell, estate: EmbeddedAws, held: HeldCalls, number: signal.Signals
) -> None:
    s3: Any = client_of(estate, PROFILES["production"], "s3", "eu-central-1")
    process = production.start("verify", "s3://acme-app-config", "--probe")
    assert held.carried_out.wait(60)
    process.send_signal(number)  # before the answer comes, for certain
    held.released.set()  # the server writes one thing at a time, and the removal is a write
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert "a probe object, " in errors
    versions = s3.list_object_versions(Bucket="acme-app-config")
    assert (versions.get("Versions", []), versions.get("DeleteMarkers", [])) == ([], [])
