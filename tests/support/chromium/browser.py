"""Pages in a real browser: Debian's Chromium without a window, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""Without a sandbox, for tests run as root; and it is to call nobody by itself."""
INSTALL = "to get it: make chromium (as root, on Debian), or name one in S3KMS_CHROMIUM"


def find_chromium() -> str | None:
    """The path of the browser; None where the machine has none."""
    return os.environ.get("S3KMS_CHROMIUM") or shutil.which("chromium")


def why_missing() -> str | None:
    """What is missing and how to get it, or None where pages can be opened."""
    if find_chromium() is None:
        return f"Chromium is not installed; {INSTALL}"
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return "Playwright is not installed: pip install 's3kms[dev]'"
    return None


def browser_or_skip(environ: Mapping[str, str] = os.environ) -> "Iterator[Browser]":
    """The body of a module's fixture: a browser, or a skip that says how to get one; a failure where CI=true."""
    if reason := why_missing():
        if environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with open_browser() as browser:
        yield browser


@contextmanager
def open_browser() -> "Iterator[Browser]":
    """A browser that is closed in the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class OpenPage:
    """A page in the browser, and what it did that it should not."""

    page: "Page"
    file: Path
    trouble: list[str] = field(default_factory=list)
    """Errors, warnings, dialogs, and requests for anything but the page."""

    def go(self, address: str = "") -> None:
        """Open it with what stands after the `#`."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}{address}")

    @property
    def address(self) -> str:
        """What stands after the `#`."""
        found: str = self.page.evaluate("location.hash.slice(1)")
        return found

    @property
    def names(self) -> list[str]:
        """The names in the rows that are drawn."""
        return self.page.locator("#table tbody button.name").all_text_contents()

    def violations(self) -> list[str]:
        """What axe has against it, by WCAG 2.2 A and AA and by its own best practices."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]
        ]


@contextmanager
def open_page(
    browser: "Browser",
    file: Path,
    address: str = "",
    *,
    theme: Literal["dark", "light"] = "light",
    width: int = 1280,
) -> Iterator[OpenPage]:
    """A page of a file, in a window of its own."""
    context = browser.new_context(
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.set_default_timeout(20_000)
        opened = OpenPage(page, file)
        _listen(page, opened.trouble)
        opened.go(address)
        yield opened
    finally:
        context.close()


def _listen(page: Any, trouble: list[str]) -> None:
    def refuse(dialog: Any) -> None:
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", lambda message: trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("dialog", refuse)
    page.on(
        "request",
        lambda request: None if _is_document(request) else trouble.append(f"request: {request.url[:100]}"),
    )


def _is_document(request: Any) -> bool:
    return bool(request.is_navigation_request()) and request.url.startswith(("file:", "about:"))
