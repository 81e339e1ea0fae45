"""`verify --probe` that is interrupted: the object is named before it is written, and removed."""

import signal
import time
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import PROFILES


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("during", ["PutObject", "HeadObject", "GetObject"])
def test_an_interruption_leaves_no_object(
    production: Shell, estate: EmbeddedAws, number: signal.Signals, during: str
) -> None:
    s3: Any = client_of(estate, PROFILES["production"], "s3", "eu-central-1")
    estate.faults.latency = 0.3
    estate.calls.clear()
    process = production.start("verify", "s3://acme-app-config", "--probe")
    until = time.monotonic() + 30
    while not any(call.operation == during for call in list(estate.calls)) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    estate.faults.latency = 0

    assert process.returncode == 128 + number
    assert "a probe object, " in errors
    versions = s3.list_object_versions(Bucket="acme-app-config")
    assert (versions.get("Versions", []), versions.get("DeleteMarkers", [])) == ([], [])
