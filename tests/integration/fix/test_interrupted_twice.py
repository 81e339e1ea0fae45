"""A second Ctrl-C does not wait for a slow server, and what was written by then can still be restored."""

import json
import os
import threading
import time
from collections.abc import Iterator
from signal import SIGINT, SIGTERM, Signals

import pytest
from tests.support.cli import Shell
from tests.support.stub import Answer
from tests.support.stub_buckets import NO_ANSWER, PUT, SSE_S3, StubBuckets

NAMES = ("a-bucket", "b-bucket", "c-bucket")
SLOWER_THAN_ANY_TEST = 180.0


@pytest.fixture
def s3() -> Iterator[StubBuckets]:
    keeper = StubBuckets(*NAMES)
    with keeper.stub:
        yield keeper


@pytest.mark.parametrize(
    ("signals", "is_written"),
    [
        pytest.param((SIGINT, SIGINT), True, id="INT INT, written"),
        pytest.param((SIGINT, SIGINT), False, id="INT INT, not written"),
        pytest.param((SIGTERM, SIGINT), True, id="TERM INT"),
        pytest.param((SIGINT, SIGTERM), True, id="INT TERM"),
    ],
)
def test_a_second_signal_ends_a_fix_at_once_and_undo_restores_everything(
    s3: StubBuckets, shell: Shell, signals: tuple[Signals, Signals], is_written: bool
) -> None:
    victim: list[int] = []
    is_gone = threading.Event()

    def interrupt_twice_and_say_nothing() -> Answer:
        s3.at.clear()
        if is_written:
            s3.keep("b-bucket")
        while not victim:
            time.sleep(0.01)
        os.kill(victim[0], signals[0])
        time.sleep(0.3)  # two at once would be one
        os.kill(victim[0], signals[1])
        is_gone.wait(SLOWER_THAN_ANY_TEST)
        return NO_ANSWER

    s3.at[PUT, "b-bucket"] = interrupt_twice_and_say_nothing
    sh = s3.shell(shell)
    process = sh.start("fix", *(f"s3://{name}" for name in NAMES), "--apply", "--yes")
    victim.append(process.pid)
    try:
        _, err = process.communicate(timeout=SLOWER_THAN_ANY_TEST / 2)
    finally:
        process.kill()
        is_gone.set()

    assert process.returncode == 128 + signals[1], err
    assert "Traceback" not in err
    (journal,) = (shell.folder / "state" / "s3kms" / "runs").iterdir()
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [record["type"] for record in records] == ["run", "intend", "done", "intend"]
    assert s3.puts == ["a-bucket", "b-bucket"]
    assert sh("undo", journal.stem, "--apply", "--yes").exit == 0
    assert set(s3.rules.values()) == {SSE_S3}
