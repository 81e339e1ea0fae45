"""A tiny editor of templates, and the command line with it: `python -m tests.support.toy_editor fix .`

It knows one trick: on the line that says `# ID`, AES256 becomes aws:kms.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.cli import TIMEOUT_SECONDS, Done, Shell, in_bash, run_here

from s3kms.cli.fix import Languages
from s3kms.cli.main import run
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Document,
    Edit,
    EditTarget,
    Language,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.model.advice import Advice

SNIPPET = "SSEAlgorithm: aws:kms\nBucketKeyEnabled: true"


def edit(unit: Unit, _: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget) -> Iterator[Edit]:
    assert isinstance(unit, Document)
    for one in wanting:
        address = one.bucket.resource or ""
        at = 0
        for line in unit.data.split(b"\n"):
            if line.rstrip().endswith(f"# {address}".encode()):
                start = at + line.index(b"AES256")
                text = (desired.algorithm or "aws:kms").encode()
                yield Proposal(
                    (address,), ((unit.path, Splice(start, start + 6, text)),), "the algorithm is said there"
                )
                break
            at += len(line) + 1
        else:
            yield Declined(address, "nobody marked its line", Advice("mark it"), SNIPPET)


LANGUAGE = Language("CloudFormation", READER, edit)


@dataclass(frozen=True)
class Hand:
    """A shell whose s3kms has the tiny editor."""

    shell: Shell

    @property
    def folder(self) -> Path:
        return self.shell.folder

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.support.toy_editor", *arguments]

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        path = os.pathsep.join(entry or "." for entry in sys.path)
        return {
            **kept,
            "PYTHONPATH": path,
            "XDG_STATE_HOME": str(self.folder.parent / "state"),
            "COLUMNS": "120",
        }

    def __call__(self, *arguments: str) -> Done:
        code, out, err = self.raw(*arguments)
        return Done(code, out.decode(), err.decode())

    def raw(self, *arguments: str) -> tuple[int, bytes, bytes]:
        """Exit code, stdout and stderr."""
        return run_here(command_line, arguments, self.folder, self._environment)

    def process(self, *arguments: str, before: str) -> Done:
        """In a process, after a line for the shell that it runs in: `ulimit -f 1`."""
        done = subprocess.run(
            in_bash(before, self._command(*arguments)),
            cwd=self.folder,
            env=self._environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_a_terminal(self, *arguments: str) -> str:
        """What a person sees on stdout."""
        leader, follower = os.openpty()
        with subprocess.Popen(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment,
            stdin=follower,
            stdout=follower,
            stderr=subprocess.DEVNULL,
        ):
            os.close(follower)
            shown = b""
            with suppress(OSError):  # Linux: the other end is closed
                while part := os.read(leader, 4096):
                    shown += part
        os.close(leader)
        return shown.decode().replace("\r\n", "\n")

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


def template(*ids: str, algorithm: str = "AES256", marked: bool = True, head: str = "") -> str:
    """A template of buckets, each with its algorithm on a line of its own."""
    text = f"AWSTemplateFormatVersion: '2010-09-09'\n{head}Resources:\n"
    for one in ids:
        mark = f"  # {one}" if marked else ""
        text += (
            f"  {one}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketEncryption:\n"
            f"        ServerSideEncryptionConfiguration:\n          - ServerSideEncryptionByDefault:\n"
            f"              SSEAlgorithm: {algorithm}{mark}\n"
        )
    return text


def command_line(arguments: Sequence[str]) -> int:
    """s3kms with the tiny editor and no other."""
    return run(arguments, Languages((LANGUAGE,)))


if __name__ == "__main__":
    sys.exit(command_line(sys.argv[1:]))
