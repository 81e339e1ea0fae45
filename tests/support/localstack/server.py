"""LocalStack as a server to test against: a second opinion on what AWS says, by people who are not us."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[3]
VENV = Path(os.environ.get("S3KMS_LOCALSTACK_VENV", ROOT / ".venv-localstack"))
LAUNCHER = ROOT / "tests/support/localstack/launcher.py"
INSTALL = "make -f tests/support/localstack/localstack.mk .venv-localstack/ready"
START_SECONDS = 60.0  # 1 s here; a cold disk and a busy machine are allowed a lot more
STOP_SECONDS = 5.0


class LocalStackError(RuntimeError):
    """LocalStack did not come up; the message ends with what it wrote."""


class LocalStack:
    """One LocalStack of our own: a free port of 127.0.0.1, a process, a folder; all gone on leaving."""

    def __init__(self, venv: Path = VENV) -> None:
        self.url = ""
        self.version = ""
        self._venv = venv

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile()  # closed in __exit__
        self.folder = Path(tempfile.mkdtemp(prefix="s3kms-localstack-"))
        # NOTE: the port is bound here and handed over, so no two servers can ever race for one,
        # and a request made before LocalStack is up waits in the socket's queue instead of failing.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._process = self._start(listener)
        try:
            self._wait_for_health()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.close()

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._process.pid

    def log(self) -> str:
        """What it has written so far."""
        return os.pread(self._log.fileno(), 1_000_000, 0).decode(errors="replace")

    def credentials(self, account_id: str = "000000000000") -> dict[str, str]:
        """Credentials of an account: to LocalStack an access key of twelve digits is the account."""
        return {"AWS_ACCESS_KEY_ID": account_id, "AWS_SECRET_ACCESS_KEY": "test"}

    def _start(self, listener: socket.socket) -> subprocess.Popen[bytes]:
        number = listener.fileno()
        return subprocess.Popen(
            [self._venv / "bin/python", LAUNCHER, str(number), self.folder],
            pass_fds=[number],
            stdin=subprocess.PIPE,  # never written to: it closes when we die, and LocalStack goes too
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop it in order
        )

    def _wait_for_health(self) -> None:
        try:
            with urllib.request.urlopen(f"{self.url}/_localstack/health", timeout=START_SECONDS) as answer:
                self.version = json.load(answer)["version"]
        except (OSError, ValueError) as error:
            raise LocalStackError(f"LocalStack did not start: {error}\n{self.log()}") from error


def why_missing(venv: Path = VENV) -> str | None:
    """What is missing and how to get it, or None when LocalStack is installed."""
    if (venv / "ready").exists():
        return None
    return f"LocalStack is not installed ({venv}/ready is missing). To get it, with PyPI in reach: {INSTALL}"


def localstack_or_skip(venv: Path = VENV, environ: Mapping[str, str] = os.environ) -> Iterator[LocalStack]:
    """
    The body of a session fixture: a running LocalStack, or a skip that says how to get one.

    With CI=true it is a failure instead: there a second opinion nobody asks for is not one.
    """
    if reason := why_missing(venv):
        if environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with LocalStack(venv) as server:
        yield server
