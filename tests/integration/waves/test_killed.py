"""kill -9 in the middle of a wave: the same wave again goes on, and the next one waits until then."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.proxy import GET, PUT, Fault, FaultyProxy
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

pytestmark = pytest.mark.slow
BUCKETS = ("wave-a", "wave-b", "wave-c", "wave-d")
AT = {
    "before the re-read": ((GET, BUCKETS[1], 2), Fault.KILLED),
    "before the write": ((PUT, BUCKETS[1], 1), Fault.KILLED),
    "after the write": ((PUT, BUCKETS[1], 1), Fault.KILLED_LATE),
    "before the read-back": ((GET, BUCKETS[1], 3), Fault.KILLED),
}


@pytest.fixture
def proxy(server: EmbeddedAws) -> Iterator[FaultyProxy]:
    server.reset()
    s3 = client_of(server, PRODUCTION, "s3", "eu-central-1")
    for name in BUCKETS:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with FaultyProxy(server.url) as proxy:
        yield proxy
    server.reset()


def algorithms(server: EmbeddedAws) -> list[str]:
    s3 = client_of(server, PRODUCTION, "s3", "eu-central-1")
    found = (s3.get_bucket_encryption(Bucket=name) for name in BUCKETS)
    rules = [one["ServerSideEncryptionConfiguration"]["Rules"][0] for one in found]
    return [rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules]


@pytest.mark.parametrize("at", AT)
def test_a_wave_that_was_killed_is_gone_on_with_by_the_same_wave_again(
    server: EmbeddedAws, proxy: FaultyProxy, tmp_path: Path, at: str
) -> None:
    shell = shell_of(server, tmp_path).having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--canary", "3", "--out", "plan.json")
    kill_at(shell, proxy, at)
    written = BUCKETS[: 2 if at in {"after the write", "before the read-back"} else 1]
    assert algorithms(server) == ["aws:kms"] * len(written) + ["AES256"] * (4 - len(written))

    waiting = shell("fix", "--plan", "plan.json", "--wave", "2", "--apply", "--yes")
    done = shell("fix", "--plan", "plan.json", "--wave", "1", "--apply", "--yes")

    assert (waiting.exit, "waits for wave 1: it has not come to its end" in waiting.err) == (4, True)
    assert done.exit == 0, done.err
    assert algorithms(server) == ["aws:kms"] * 3 + ["AES256"]
    runs = json.loads(shell("runs", "--format", "json").out)
    assert [run["state"] for run in runs] == ["complete", "crashed"]
    assert [shell("verify", "--run", run["run"]).exit for run in runs] == [0, 0]
    assert shell("fix", "--plan", "plan.json", "--wave", "2", "--apply", "--yes").exit == 0
    assert [shell("undo", run["run"], "--apply", "--yes").exit for run in runs] == [0, 0]
    assert algorithms(server) == ["AES256"] * 3 + ["aws:kms"]


def kill_at(shell: Shell, proxy: FaultyProxy, at: str) -> None:
    """Carry out wave 1, and kill it."""
    strike, fault = AT[at]
    started = threading.Event()

    def kill() -> None:
        assert started.wait(10)
        process.kill()
        process.wait()

    proxy.begin({strike: fault})
    proxy.kill = kill
    there = shell.having(AWS_ENDPOINT_URL=proxy.url)
    process = there.start("fix", "--plan", "plan.json", "--wave", "1", "--apply", "--yes")
    started.set()
    _, err = process.communicate(timeout=60)
    assert process.returncode == -9, err
    assert proxy.struck == {strike: fault}
