"""The installed command, run as a user runs it: a real process in a clean environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

KEEP = {"PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR"}
"""An allow-list: CI sets variables we never heard of."""


@dataclass(frozen=True)
class Done:
    """What came of one command."""

    exit: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a JSON document."""
        found: list[dict[str, Any]] = json.loads(self.out)["findings"]
        return found

    def verdicts(self, rule: str = "s3_bucket_kms_encryption") -> dict[str, str]:
        """Bucket to verdict, of one rule."""
        return {f["bucket"]: f["verdict"] for f in self.findings if f["rule"] == rule}


@dataclass(frozen=True)
class Shell:
    """A folder and an environment to run s3kms in."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if name in KEEP}
        settings = {
            "COLUMNS": "120",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.folder / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "aws-credentials"),
            "AWS_MAX_ATTEMPTS": "2",
        }
        return clean | settings | dict(self.env)

    def start(self, *arguments: str, terminal: int | None = None) -> "subprocess.Popen[str]":
        """The command under way, for a test that kills it, or that talks to it at a terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", "s3kms", *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )

    def __call__(self, *arguments: str, stdin: str = "", before: str = "") -> Done:
        """`before` is a line for the shell that the command runs in: `ulimit -f 1`."""
        command = [sys.executable, "-m", "s3kms", *arguments]
        if before:
            command = ["bash", "-c", f'{before}; exec "$@"', "bash", *command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def having(self, **env: str) -> "Shell":
        """The same, with more in the environment."""
        return replace(self, env={**self.env, **env})
