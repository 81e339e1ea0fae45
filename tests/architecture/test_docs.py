"""The pages that users read are true."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest
import yaml
from scripts.generate_docs import exit_codes, generate
from tests.support.doc_blocks import PAGES, name_of

from s3kms.cli.main import COMMANDS, group

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WRITTEN_PAGES = [page for page in PAGES if page.parent in {ROOT, ROOT / "docs"}]
OPTIONS_OF_OTHERS = {"--help", "--version"}


def test_no_generated_page_is_stale() -> None:
    assert generate(ROOT, check=True) == []


def test_the_readme_has_the_exit_codes() -> None:
    assert exit_codes() in README


def test_the_readme_names_every_command() -> None:
    table = README[README.index("| command | does |") :].partition("\n\n")[0]

    assert [name for name in COMMANDS if f"`{name}`" not in table] == []


def test_the_first_screen_of_the_readme_says_what_it_is_how_to_install_and_what_it_writes() -> None:
    screen = "\n".join(README.splitlines()[:45])

    for part in ("Finds S3 buckets", "pip install", "$ s3kms check", "buckets:", "| writes |"):
        assert part in screen


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")


def links_of(page: Path) -> list[str]:
    """What a page links to; what stands in code is no link."""
    text = INLINE_CODE.sub("code", FENCE.sub("", page.read_text()))
    return [inside or bare for inside, bare in LINK.findall(text)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if "://" not in link and not (target.exists() and (not anchor or anchor in anchors(target))):
            broken.append(link)

    assert broken == []


def test_addresses_of_others_are_well_formed_and_use_tls() -> None:
    """They are not asked for: a test that fails when AWS moves a page says nothing of this repository."""
    addresses = {link for page in PAGES for link in links_of(page) if "://" in link}

    assert len(addresses) > 50
    assert [one for one in addresses if not ADDRESS.fullmatch(one)] == []


ADDRESS = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[\w.~%!$&'*+,;=:@?/-]*)?(#[\w.~%!$&'*+,;=:@?/-]*)?")


@pytest.mark.parametrize(
    "page",
    [page for page in WRITTEN_PAGES if page.name not in {"CHANGELOG.md", "comparison.md"}],
    ids=lambda page: page.name,
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


FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
KINDS_OF_FIELDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


@pytest.mark.parametrize(
    "form", [one for one in FORMS if one.name != "config.yml"], ids=lambda form: form.name
)
def test_an_issue_form_has_what_the_platform_asks_of_one(form: Path) -> None:
    found = yaml.safe_load(form.read_text())
    fields = [one for one in found["body"] if one["type"] != "markdown"]

    assert found["name"]
    assert found["description"]
    assert {one["type"] for one in found["body"]} <= KINDS_OF_FIELDS
    assert (
        len({one["id"] for one in fields})
        == len(fields)
        == len({one["attributes"]["label"] for one in fields})
    )


def test_no_page_names_an_address_of_mail_or_a_promise_of_time() -> None:
    security = (ROOT / "SECURITY.md").read_text()

    assert "private vulnerability reporting" in " ".join(security.split())
    assert not re.search(r"[\w.]+@[\w-]+\.\w+", security)


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
