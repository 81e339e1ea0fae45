"""The pages that users read are true."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from scripts.generate_docs import exit_codes, generate
from scripts.run_docs import PAGES, rerun_console_blocks
from tests.support.cli import Shell

from s3kms.cli.main import COMMANDS, group
from s3kms.demo.environment import DemoEnvironment, open_demo_environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WRITTEN_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OPTIONS_OF_OTHERS = {"--help", "--version"}


def test_no_generated_page_is_stale() -> None:
    assert generate(ROOT, check=True) == []


def test_the_readme_has_the_exit_codes() -> None:
    assert exit_codes() in README


def run_here(environment: DemoEnvironment, arguments: Sequence[str]) -> str:
    """What a command prints to stdout, within this process."""
    return Shell(environment.folder, environment.exports)(*arguments).out


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_the_console_blocks_of_a_page_are_what_the_commands_print(name: str) -> None:
    page = (ROOT / name).read_text()

    assert "```console" in page
    assert rerun_console_blocks(page, run_here) == page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "docs/library.md"])
def test_the_python_of_a_page_runs_as_written(name: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    with open_demo_environment() as environment:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", "\n".join(blocks)],
            cwd=environment.folder,
            env={**os.environ, **environment.exports},
            capture_output=True,
            text=True,
            check=False,
        )

    assert blocks
    assert done.stderr == ""
    assert "fail s3_bucket" in done.stdout or "fail acme-web-uploads" in done.stdout


def test_the_first_screen_of_the_readme_says_what_it_is_how_to_install_and_what_it_writes() -> None:
    screen = "\n".join(README.splitlines()[:45])

    for part in ("Finds S3 buckets", "pip install", "$ s3kms check", "buckets:", "| writes |"):
        assert part in screen


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN_PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if "://" not in link and not (target.exists() and (not anchor or anchor in anchors(target))):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize(
    "page", [page for page in WRITTEN_PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name
)
def test_options_named_on_a_page_exist(page: Path) -> None:
    options = {option for name in COMMANDS for option in options_of(name)}
    named = set(re.findall(r"`(?:[^`\n]* )?(--[a-z][a-z-]+)", page.read_text()))

    assert named - options - OPTIONS_OF_OTHERS == set()


def options_of(name: str) -> set[str]:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    parameters = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}


def test_architecture_is_no_longer_than_two_pages() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 110


def test_no_file_names_a_package_index_or_this_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    words = ["pypi" + ".org", "files." + "pythonhosted", "/work" + "/", "/root" + "/", "index" + "-url"]
    guilty = [
        name
        for name in listed.splitlines()
        if (ROOT / name).is_file()
        and any(word in (ROOT / name).read_text(errors="replace") for word in words)
    ]

    assert guilty == []


def test_a_default_installation_pulls_in_no_emulator() -> None:
    code = (
        "from importlib.metadata import requires; "
        "print([r for r in requires('s3kms') or [] if 'extra ==' not in r])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "moto" not in out
    assert "boto3" in out
