"""Run every console block of every page again, and write down what it prints.

Each page is run on a fresh embedded AWS. With --check, only say whether the pages are still true.
"""

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from s3kms.demo.environment import DemoEnvironment, open_demo_environment

ROOT = Path(__file__).parents[1]
CONSOLE_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
SHOWN_RUN_IDS = (
    *("20261123T121010Z-6cac9b", "20261123T121011Z-09c9c4"),
    *("20261123T121012Z-51e0d2", "20261123T121013Z-b7a440"),
)
"""The ids that a page shows, of runs and plans, in the order in which they are first printed."""
PAGES = tuple(
    page.relative_to(ROOT).as_posix()
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if "```console" in page.read_text()
)
"""Every page with a console block."""
SHOWN_UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
SHOWN_TIME, SHOWN_MINUTE = "2026-11-23T12:10:10+00:00", "2026-11-23 12:10 UTC"


def run_in_process_of_its_own(environment: DemoEnvironment, arguments: Sequence[str]) -> str:
    """What `s3kms ARGUMENTS` prints to stdout, as a user starts it."""
    return environment.run(arguments, in_folder=True).stdout


Runner = Callable[[DemoEnvironment, Sequence[str]], str]
"""What `s3kms ARGUMENTS` prints to stdout in the folder of the environment."""


def rerun_console_blocks(page: str, run: Runner = run_in_process_of_its_own) -> str:
    """The text of a page with the output of its commands as it is now. They run in order, in one folder."""
    os.environ["COLUMNS"] = "120"
    with open_demo_environment() as environment:
        run_ids: list[str] = []
        return CONSOLE_BLOCK.sub(
            lambda block: _rerun_block(block[0], partial(run, environment), run_ids), page
        )


def _rerun_block(block: str, run: Callable[[Sequence[str]], str], run_ids: list[str]) -> str:
    """Each command of a block, followed by what it prints to stdout."""
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"$ {command}\n{_output(command, run, run_ids)}" for command in commands)


def _output(command: str, run: Callable[[Sequence[str]], str], run_ids: list[str]) -> str:
    program, *arguments = shlex.split(command)
    if program != "s3kms":
        raise ValueError(f"{command!r} is not a command of s3kms")
    arguments = [run_ids[SHOWN_RUN_IDS.index(word)] if word in SHOWN_RUN_IDS else word for word in arguments]
    printed = run(arguments)
    run_ids += [found for found in RUN_ID.findall(printed) if found not in run_ids]
    for shown, found in zip(SHOWN_RUN_IDS, run_ids, strict=False):
        printed = printed.replace(found, shown)
    printed = MINUTE.sub(SHOWN_MINUTE, TIME.sub(SHOWN_TIME, UUID.sub(SHOWN_UUID, printed)))
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def main() -> int:
    stale = 0
    for name in PAGES:
        before = (ROOT / name).read_text()
        after = rerun_console_blocks(before)
        stale += after != before
        if "--check" in sys.argv:
            print(f"{name} is {'stale: run make docs' if after != before else 'true'}")
        else:
            (ROOT / name).write_text(after)
    return int("--check" in sys.argv and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
