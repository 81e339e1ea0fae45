"""One browser a module."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.support.chromium.browser import browser_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    yield from browser_or_skip()
