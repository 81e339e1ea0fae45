"""The benchmark of `update` in small, over TLS on its own stub: calls are counted, nothing is timed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.measure import RunningStub, running_stub
from benchmarks.reencrypt import BOTO3, UPDATE, once


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStub]:
    with running_stub(tmp_path_factory.mktemp("stub"), "benchmarks.object_stub") as running:
        yield running


def test_each_object_takes_three_calls_and_boto3_makes_the_same(stub: RunningStub, tmp_path: Path) -> None:
    found = {name: once(stub, tmp_path, name, 40).calls for name in (UPDATE, BOTO3)}

    assert found[UPDATE] == {
        "ListObjectVersions": 1,
        "HeadObject": 80,
        "UpdateObjectEncryption": 40,
        "GetObject": 1,
    }
    assert found[BOTO3] == found[UPDATE]
