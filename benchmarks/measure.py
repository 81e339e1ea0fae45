"""Starting the stub, running one program on it, and what that cost: counted on the wire and by the kernel."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class RunningStub:
    """A stub in its own process."""

    port: int
    http_port: int
    certificate: str

    def control(self, what: str, **settings: Any) -> dict[str, Any]:
        """Ask the stub's control URL."""
        url = f"http://127.0.0.1:{self.http_port}/_stub/{what}?{urlencode(settings)}"
        with build_opener(ProxyHandler({})).open(url) as answer:
            said: dict[str, Any] = json.load(answer)
            return said

    def environment(self) -> dict[str, str]:
        """What makes an AWS SDK talk to the stub, and to nobody else."""
        is_left_out = ("AWS_", "PYTHONDONTWRITEBYTECODE")  # compiling at each start is no part of a start
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(is_left_out)}
        return inherited | {
            "AWS_ENDPOINT_URL": f"https://localhost:{self.port}",
            "AWS_CA_BUNDLE": self.certificate,
            "AWS_ACCESS_KEY_ID": "AKIASTUB",
            "AWS_SECRET_ACCESS_KEY": "s" * 40,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "localhost,127.0.0.1,.localhost",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }


@contextmanager
def running_stub(folder: Path, module: str = "benchmarks.stub") -> Iterator[RunningStub]:
    """A stub on free ports of 127.0.0.1, ended by its pid."""
    command = [sys.executable, "-m", module, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            yield RunningStub(said["port"], said["http_port"], said["certificate"])
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Used:
    """What one run of a program took."""

    code: int
    cpu: float
    """Seconds, user and system, children included."""
    wall: float
    peak: float
    """MiB."""


def run(command: list[str], env: Mapping[str, str], output: Path, errors: Path) -> Used:
    """Run a program to its end.

    wait4 and not RUSAGE_CHILDREN: that one keeps the greatest peak of all children so far. The peak of a
    child is never below that of its parent, so this process must stay small: it imports no SDK.
    """
    with output.open("wb") as out, errors.open("wb") as err:
        begun = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=out, stderr=err, cwd=output.parent)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Used(process.returncode, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
