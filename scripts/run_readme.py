"""Play every console block of README.md on a fresh embedded AWS, and write down what was printed; with --check,
only say whether it still is so.
"""

import os
import re
import shlex
import sys
from pathlib import Path

from s3kms.demo.environment import DemoEnvironment, open_demo_environment

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
RUNS = ("20261123T121010Z-6cac9b", "20261123T121011Z-09c9c4")
"""The ids that the page shows, in the order in which the runs are made."""


def rerun_console_blocks(text: str) -> str:
    """The same page with the blocks played anew, in order, in one folder."""
    os.environ["COLUMNS"] = "120"
    with open_demo_environment() as on:
        ids: list[str] = []
        return BLOCK.sub(lambda block: _played(block[0], on, ids), text)


def _played(block: str, on: DemoEnvironment, ids: list[str]) -> str:
    """Each command of the block, and what it prints to a terminal's stdout."""
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"$ {command}\n{_output(command, on, ids)}" for command in commands)


def _output(command: str, on: DemoEnvironment, ids: list[str]) -> str:
    program, *arguments = shlex.split(command)
    if program != "s3kms":
        raise ValueError(f"{command!r} is not ours to play")
    arguments = [ids[RUNS.index(word)] if word in RUNS else word for word in arguments]
    if arguments[0] in {"check", "runs", "verify"} and "--format" not in arguments:
        arguments += ["--format", "table"]  # what a terminal shows
    printed = on.run(arguments, in_folder=True).stdout
    for run in RUN.findall(printed):
        if run not in ids:
            ids.append(run)
    for shown, run in zip(RUNS, ids, strict=False):
        printed = printed.replace(run, shown)
    printed = UUID.sub("1234abcd-12ab-34cd-56ef-1234567890ab", printed)
    lines = (line.rstrip() for line in TIME.sub("2026-11-23T12:10:10+00:00", printed).splitlines())
    return "\n".join(lines) + "\n"


def main() -> int:
    before = README.read_text()
    after = rerun_console_blocks(before)
    if "--check" in sys.argv:
        print("README.md is stale: run make docs" if after != before else "README.md is true")
        return int(after != before)
    README.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
