"""Where there is no browser, the tests of pages skip and say how to get one; in CI that is a failure."""

import pytest
from tests.support.chromium.browser import browser_or_skip


@pytest.fixture(autouse=True)
def without_chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("S3KMS_CHROMIUM", raising=False)


def test_without_chromium_tests_skip_with_what_to_do() -> None:
    with pytest.raises(pytest.skip.Exception, match="make chromium"):
        next(browser_or_skip({}))


def test_without_chromium_they_fail_in_ci() -> None:
    with pytest.raises(pytest.fail.Exception, match="Chromium is not installed"):
        next(browser_or_skip({"CI": "true"}))
