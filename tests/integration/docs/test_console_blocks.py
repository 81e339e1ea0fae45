"""Every console block of every page is what the commands print now."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from scripts.run_docs import PAGES, rerun_console_blocks
from tests.support.cli import Shell
from tests.support.doc_blocks import ROOT, name_of, pages_with

from s3kms.demo.environment import DemoEnvironment

pytestmark = pytest.mark.slow


def run_here(environment: DemoEnvironment, arguments: Sequence[str]) -> str:
    """What a command prints to stdout, within this process."""
    return Shell(environment.folder, environment.exports)(*arguments).out


@pytest.mark.parametrize("name", PAGES)
def test_the_console_blocks_of_a_page_are_what_the_commands_print(name: str) -> None:
    page = (ROOT / name).read_text()

    assert rerun_console_blocks(page, run_here) == page


def test_every_page_with_a_console_block_is_among_them() -> None:
    assert set(PAGES) == set(map(name_of, pages_with("console")))
    assert len(PAGES) >= 6


def test_a_command_that_prints_something_else_is_noticed(tmp_path: Path) -> None:
    page = "```console\n$ s3kms --version\ns3kms 0.0.0\n```\n"

    assert rerun_console_blocks(page, lambda *_: "s3kms 9.9.9\n") != page
