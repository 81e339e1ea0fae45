"""The pages that users read are true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.generate_docs import exit_codes, generate
from scripts.run_readme import rerun_console_blocks

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_no_generated_page_is_stale() -> None:
    assert generate(ROOT, check=True) == []


def test_the_readme_has_the_exit_codes() -> None:
    assert exit_codes() in README


@pytest.mark.slow
def test_the_story_in_the_readme_is_what_the_commands_print() -> None:
    assert rerun_console_blocks(README) == README


@pytest.mark.parametrize("page", sorted(p.name for p in ROOT.glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text())

    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


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
