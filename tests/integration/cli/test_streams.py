"""Standard streams that are closed, full, linked or narrow, and the signal of someone who has seen enough."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests.support.cli import Shell
from tests.support.stub import Answer, Stub, encryption, listing

KMS = encryption("aws:kms")


@pytest.mark.parametrize("words", ["explain", "check --format json", "permissions check"])
@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "<&-"])
def test_a_standard_stream_that_is_full_or_closed_is_no_traceback(
    production: Shell, words: str, redirection: str
) -> None:
    command = f"exec {sys.executable} -m s3kms {words} {redirection}"
    env = {**os.environ, **production.env}

    done = subprocess.run(
        ["sh", "-c", command], check=False, cwd=production.folder, env=env, capture_output=True, text=True
    )

    assert "Traceback" not in done.stderr
    assert done.returncode in ({1} if "full" in redirection else {0, 10})


def test_a_terminal_without_unicode_gets_the_table_spelled_out(production: Shell) -> None:
    done = production.having(PYTHONIOENCODING="ascii")("check", "--format", "table")

    assert done.exit == 10
    assert "acme-invoices" in done.out


def test_a_link_to_a_standard_stream_is_written_to_and_stays(production: Shell) -> None:
    link = production.folder / "o"
    link.symlink_to("/proc/self/fd/1")

    done = production.process("check", "s3://acme-ledger", "--format", "json", "-o", "o")

    assert link.is_symlink()
    assert json.loads(done.out)["summary"]["pass"] == 1


def test_an_interrupt_does_not_wait_for_a_server_that_hangs(shell: Shell) -> None:
    is_over = threading.Event()

    def slow(_: str) -> Answer:
        is_over.wait(120)
        return KMS

    with Stub(ListBuckets=listing("one", "two"), GetBucketEncryption=slow) as stub:
        process = subprocess.Popen(
            [sys.executable, "-m", "s3kms", "check", "--no-directory-buckets"],
            env={**os.environ, **stub.env},
            cwd=shell.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while ("GetBucketEncryption", "one") not in stub.calls and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)

        try:
            assert process.wait(timeout=60) == 130
        finally:
            is_over.set()
