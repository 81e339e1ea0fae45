"""The blocks of code on the pages that users read, and a shell to run them in."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))
PROGRAMS = Path(__file__).parent / "doc_programs"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_KEEP = ("PATH", "HOME", "LANG", "TMPDIR")


def name_of(page: Path) -> str:
    """`docs/start.md`."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[str]:
    """The blocks of a page in these languages, in order."""
    return [text for language, text in _BLOCK.findall(page.read_text()) if language in languages]


def pages_with(*languages: str) -> tuple[Path, ...]:
    """The pages that have a block in one of these languages."""
    return tuple(page for page in PAGES if blocks(page, *languages))


@dataclass(frozen=True)
class DocShell:
    """A shell as a reader has it, whose programs keep what they were called with."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """Run one block, as it is pasted: a command that fails does not end it."""
        kept = {name: os.environ[name] for name in _KEEP if name in os.environ}
        own = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "DOC_PYTHON": sys.executable,
            "DOC_ROOT": str(ROOT),
            "DOC_MAKE": shutil.which("make") or "make",
            **{f"DOC_{name.upper()}": str(self.folder / name) for name in _LOGS},
        }
        return subprocess.run(
            ["bash", "-u", "-o", "pipefail", "-c", block],
            cwd=self.folder,
            env={**kept, **self.environment, **own},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def exits(self) -> list[tuple[int, str]]:
        """How each command of s3kms ended."""
        return [(int(line.split()[0]), line) for line in self._lines("exits")]

    @property
    def aws_calls(self) -> list[list[str]]:
        """The words of each command of the AWS CLI."""
        log = self.folder / "aws_calls"
        calls = log.read_text().split("\x1e") if log.exists() else []
        return [call.split("\x1f")[:-1] for call in calls if call]

    @property
    def pip_calls(self) -> list[str]:
        """What was to be installed."""
        return self._lines("pip_calls")

    @property
    def terraform_calls(self) -> list[str]:
        """The words of each command of Terraform."""
        return self._lines("terraform_calls")

    def _lines(self, name: str) -> list[str]:
        log = self.folder / name
        return log.read_text().splitlines() if log.exists() else []


_LOGS = ("exits", "aws_calls", "pip_calls", "terraform_calls")
