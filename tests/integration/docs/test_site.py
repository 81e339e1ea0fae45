"""The site of all pages: built strictly, read without a network, searched from a file."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.support.doc_blocks import PAGES, ROOT, name_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("mkdocs") is None, reason="this machine has no MkDocs: pip install '.[docs]'"
    ),
]
NOT_ON_THE_SITE = {"README.md", "docs/configuration.example.md"}
"""docs/index.md is there in the place of the first; the second is a part of docs/configuration.md."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr  # --quiet would keep them from being counted
    return folder


def test_every_page_is_on_the_site(site: Path) -> None:
    expected = {name_of(page).removeprefix("docs/") for page in PAGES if name_of(page) not in NOT_ON_THE_SITE}

    built = {path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html")}

    assert built - {"404.md"} == expected
    assert (site / "schemas" / "check-v1.schema.json").exists()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("bucket-states", "Why is my bucket in this state?"),
        ("hazards/website", "Static websites"),
        ("exit-codes", "Exit codes"),
    ],
)
def test_a_generated_page_has_its_heading_as_title(name: str, title: str, site: Path) -> None:
    assert f"<title>{title} - s3kms</title>" in (site / f"{name}.html").read_text()


class Loaded(HTMLParser):
    """The addresses that a page loads something from by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source"} or (
            tag == "link" and given.get("rel") != "canonical"
        ):
            self.addresses += [value for name in ("src", "href") if (value := given.get(name))]


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text())
        assert [one for one in loaded.addresses if "//" in one] == [], page
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?https?://[^)]*\)|@import[^;]*", styles) == []


def test_a_page_from_a_file_is_searched_in_a_browser(site: Path, tmp_path: Path) -> None:
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("this machine has no Chromium")

    done = subprocess.run(
        [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"),
            *("--virtual-time-budget=20000", "--dump-dom", f"{(site / 'index.html').as_uri()}?q=replication"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert re.search(r"\d+ matching documents", done.stdout), done.stderr[-500:]
    assert (
        'href="hazards/replication_source.html' in done.stdout or "replication_source.html?h=" in done.stdout
    )
