"""The second opinion itself: it stays on this machine, leaves nothing behind, and is missed loudly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.support.localstack import launcher
from tests.support.localstack.server import ROOT, LocalStack, LocalStackError, localstack_or_skip, why_missing

LISTENING = "0A"
STARTER = """
import sys, time
from tests.support.localstack.server import LocalStack
with LocalStack() as server:
    print(server.pid, server.folder, flush=True)
    time.sleep(60)
"""
linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's /proc")
pytestmark = pytest.mark.localstack


def listening_addresses(pid: int) -> set[str]:
    """Where a process listens, in the kernel's own writing."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == LISTENING and row[9] in inodes}


def gone(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@linux
def test_it_listens_on_loopback_alone(localstack: LocalStack) -> None:
    """One port of 127.0.0.1, and no other address."""
    port = int(localstack.url.rpartition(":")[2])

    assert listening_addresses(localstack.pid) == {f"0100007F:{port:04X}"}


def test_two_at_a_time_do_not_meet(localstack: LocalStack) -> None:
    """Each gets a port of its own, so parallel test processes may each start one."""
    with LocalStack() as other:
        assert other.url != localstack.url


def test_it_leaves_no_folder(localstack: LocalStack) -> None:
    """What it wrote goes with it."""
    with LocalStack() as server:
        assert server.folder.exists()

    assert not server.folder.exists()


def test_it_goes_when_its_starter_is_killed(localstack: LocalStack) -> None:
    """A test process that dies without a word leaves no server and no folder."""
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid, folder = starter.stdout.readline().split()

    starter.send_signal(signal.SIGKILL)
    starter.communicate()

    assert (gone(int(pid)), Path(folder).exists()) == (True, False)


def test_it_keeps_its_log(localstack: LocalStack) -> None:
    """What it wrote can be shown when a test fails."""
    assert f"LocalStack version: {localstack.version}" in localstack.log()


def test_failing_to_start_shows_the_log(tmp_path: Path) -> None:
    """A LocalStack that ends at once is an error with its last words, not a wait for the deadline."""
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho no module named localstack\n")
    python.chmod(0o755)

    with pytest.raises(LocalStackError, match="no module named localstack"), LocalStack(tmp_path):
        pass


def test_missing_is_a_skip_that_says_how_to_get_it(tmp_path: Path) -> None:
    """Without LocalStack a developer's tests go on, and name the command."""
    with pytest.raises(pytest.skip.Exception, match=r"make .*venv-localstack/ready"):
        next(localstack_or_skip(tmp_path, {}))


def test_missing_is_a_failure_in_ci(tmp_path: Path) -> None:
    """With CI=true nobody skips the second opinion unseen."""
    with pytest.raises(pytest.fail.Exception, match=r"make .*venv-localstack/ready"):
        next(localstack_or_skip(tmp_path, {"CI": "true"}))


def test_half_an_installation_is_none(tmp_path: Path) -> None:
    """An installation that broke off has a Python, but not the mark of a finished one."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()

    assert "ready is missing" in str(why_missing(tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost", b"localhost", None])
def test_loopback_is_our_own(host: str | bytes | None) -> None:
    """These are this machine."""
    assert launcher.is_our_own(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.0.2.1", "10.0.0.1", "example.com", b"example.com"]
)
def test_anything_else_is_not(host: str | bytes) -> None:
    """These are all interfaces, other machines, or names that would have to be asked for elsewhere."""
    assert not launcher.is_our_own(host)


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), 1)",
        "socket.getaddrinfo('example.com', 80)",
        "socket.gethostbyname('example.com')",
        "socket.create_server(('0.0.0.0', 0))",
        "socket.create_server(('', 0))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 80))",
    ],
)
def test_leaving_this_machine_is_refused(attempt: str) -> None:
    """The audit hook stops a call before it is made, whoever makes it."""
    program = f"import launcher, socket, sys; sys.addaudithook(launcher.refuse_others); {attempt}"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "tests/support/localstack",
        capture_output=True,
        text=True,
        check=False,
    )

    assert "this LocalStack stays on loopback" in done.stderr


def test_nothing_of_the_caller_gets_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies, credentials and LocalStack's own settings of the caller stay outside."""
    for name in ("AWS_ACCESS_KEY_ID", "HTTPS_PROXY", "LOCALSTACK_AUTH_TOKEN", "PERSISTENCE", "DEBUG"):
        monkeypatch.setenv(name, "1")

    told = launcher.environment(4566, tmp_path)

    assert (
        told.keys() & {"AWS_ACCESS_KEY_ID", "HTTPS_PROXY", "LOCALSTACK_AUTH_TOKEN", "PERSISTENCE", "DEBUG"}
        == set()
    )


def test_health_is_answered(localstack: LocalStack) -> None:
    """The services s3kms talks to are there, and no others are started."""
    with urllib.request.urlopen(f"{localstack.url}/_localstack/health", timeout=10) as answer:
        text = answer.read().decode()

    assert '"s3": "' in text
    assert '"lambda": "disabled"' in text
