"""The page of a check in a real browser: by mouse, by keyboard, to a screen reader, on paper, under attack."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.chromium.browser import OpenPage, open_page
from tests.support.events import compared_with, pieces
from tests.support.findings import finding
from tests.support.hostile import ATTACKS, hostile_findings

from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.model.scan_context import ScanContext
from s3kms.reports.interface import ReportStyle
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTEXT = ScanContext(AT, "111122223333", "arn:aws:iam::111122223333:user/auditor")
STYLE = ReportStyle(wording=cli_wording)


def evidenced(name: str, verdict: Verdict, **options: str) -> Finding:
    from dataclasses import replace

    encryption = Encryption(SSE_KMS) if verdict is Verdict.PASS else Encryption("AES256")
    said = replace(finding(name, verdict, encryption, **options), message=f"{verdict.value} of s3://{name}")
    return replace(said, advice=Advice("do it"), evidence=Evidence("GetBucketEncryption", f"ID-{name}", AT))


ESTATE = [
    *(evidenced(f"logs-{n}", Verdict.FAIL) for n in range(3)),
    *(evidenced(f"data-{n}", Verdict.PASS, region="us-east-1") for n in range(4)),
    evidenced("sealed", Verdict.UNKNOWN, account="444455556666"),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    earlier = [finding("logs-0", Verdict.PASS), finding("logs-1"), finding("gone")]
    text = "".join(pieces("html", ESTATE, STYLE, since=compared_with(earlier, "r"), context=CONTEXT))
    return written(tmp_path_factory.mktemp("page") / "check.html", text)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "".join(pieces("html", (evidenced(f"b-{n:04}", Verdict.FAIL) for n in range(1000)), STYLE))
    return written(tmp_path_factory.mktemp("page") / "many.html", text)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    findings = hostile_findings()
    text = "".join(pieces("html", findings, STYLE, since=compared_with(findings[1:], "r"), notes=ATTACKS))
    return written(tmp_path_factory.mktemp("page") / "hostile.html", text)


def written(file: Path, text: str) -> Path:
    file.write_bytes(text.encode())
    return file


@pytest.fixture(scope="module")
def window(browser: "Browser", file: Path) -> Iterator[OpenPage]:
    with open_page(browser, file) as found:
        yield found


@pytest.fixture
def opened(window: OpenPage) -> Iterator[OpenPage]:
    """The page as it opens."""
    window.trouble.clear()
    window.go()
    yield window
    assert window.trouble == []


def test_a_verdict_that_is_clicked_filters_and_stands_in_the_address(opened: OpenPage) -> None:
    opened.page.locator("#statuses button", has_text="unknown").click()

    assert opened.names == ["sealed"]
    assert opened.address == "verdict=unknown"
    assert opened.page.locator("#shown").text_content() == "1 of 8 rows."
    opened.page.go_back()
    assert len(opened.names) == 8


def test_an_address_brings_back_what_was_chosen(opened: OpenPage) -> None:
    opened.go("#q=logs+s-2&verdict=fail&region=eu-central-1&open=logs-2")

    assert opened.names == ["logs-2"]
    assert opened.page.locator("#search").input_value() == "logs s-2"
    assert "ID-logs-2" in (opened.page.locator(".detail").text_content() or "")


def test_a_search_finds_words_of_names_and_of_all_else(opened: OpenPage) -> None:
    opened.page.locator("#search").fill("EAST data")

    assert opened.names == [f"data-{n}" for n in range(4)]
    assert opened.address == "q=EAST+data"


def test_what_fails_comes_first_and_a_heading_sorts(opened: OpenPage) -> None:
    assert opened.names == ["logs-0", "logs-1", "logs-2", "sealed", *(f"data-{n}" for n in range(4))]
    opened.page.locator("#table thead button", has_text="Bucket").click()

    assert opened.names[0] == "data-0"
    assert opened.page.locator("th[aria-sort=ascending]").text_content() == "Bucket"


def test_a_row_opens_by_keyboard_with_its_evidence(opened: OpenPage) -> None:
    button = opened.page.locator("button.name", has_text="logs-1")
    button.focus()
    opened.page.keyboard.press("Enter")

    text = opened.page.locator(".detail").text_content() or ""
    assert button.get_attribute("aria-expanded") == "true"
    for said in (
        "GetBucketEncryption",
        "ID-logs-1",
        "2026-11-23 12:00:00 UTC",
        "user/auditor",
        "fail of s3://logs-1",
    ):
        assert said in text


def test_a_finding_of_another_account_names_no_identity_that_did_not_make_its_call(opened: OpenPage) -> None:
    opened.go("#open=sealed")

    text = opened.page.locator(".detail").inner_text()
    assert "ID-sealed" in text
    assert "auditor" not in text


def test_a_check_offers_the_command_of_a_plan_and_no_form(opened: OpenPage) -> None:
    opened.page.locator("button.name", has_text="logs-1").click()
    opened.page.locator(".detail .copy").click()

    assert opened.page.evaluate("navigator.clipboard.readText()") == "s3kms plan s3://logs-1"
    assert opened.page.locator("#said").text_content() == "Copied."
    assert opened.page.locator(".forms").count() == 0


def test_a_link_of_the_sums_filters_the_table_and_goes_there(opened: OpenPage) -> None:
    opened.page.locator(".tally a", has_text="us-east-1").click()

    assert opened.names == [f"data-{n}" for n in range(4)]
    opened.page.locator("#rows-title:focus").wait_for()


def test_the_skip_link_goes_to_the_table_and_leaves_what_is_chosen(opened: OpenPage) -> None:
    opened.go("#verdict=pass")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")

    opened.page.locator("#rows-title:focus").wait_for()
    assert opened.address == "verdict=pass"


def test_what_became_worse_is_a_link(opened: OpenPage) -> None:
    opened.page.locator(".differences a", has_text="worse").click()

    assert opened.names == ["logs-0"]


def test_200_rows_are_drawn_and_all_on_request(browser: "Browser", many: Path) -> None:
    with open_page(browser, many) as found:
        assert (len(found.names), found.names[0]) == (200, "b-0000")
        assert found.page.locator("#table").get_attribute("aria-rowcount") == "1001"
        found.page.locator("#next").click()
        assert found.names[0] == "b-0200"
        assert found.address == "page=2"
        assert found.page.locator("#table tbody tr").first.get_attribute("aria-rowindex") == "202"
        found.page.locator("#all").click()
        found.page.locator("#table tbody tr").nth(999).wait_for(state="attached")
        assert found.trouble == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 400)])
def test_axe_finds_nothing(browser: "Browser", file: Path, theme: str, width: int) -> None:
    with open_page(browser, file, "#verdict=fail&open=logs-1", theme=theme, width=width) as found:  # type: ignore[arg-type]
        found.page.locator(".rule summary").evaluate_all("all => all.forEach(one => one.click())")

        assert found.violations() == []


def test_on_paper_there_are_no_controls_and_what_is_not_drawn_is_said(browser: "Browser", many: Path) -> None:
    with open_page(browser, many, theme="dark") as found:
        found.page.emulate_media(media="print")

        assert not found.page.locator("#filters").is_visible()
        assert "Rows 1 to 200 are drawn." in found.page.locator("#cut").inner_text()
        assert found.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_theme_is_the_systems_until_the_button_changes_it(browser: "Browser", file: Path) -> None:
    with open_page(browser, file, theme="dark") as found:
        color = "getComputedStyle(document.body).backgroundColor"
        dark = found.page.evaluate(color)
        found.page.locator("#theme").click()

        assert found.address == "theme=light"
        assert (dark, found.page.evaluate(color)) == ("rgb(21, 23, 26)", "rgb(253, 253, 251)")


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_of_a_hostile_estate_runs_or_loads_or_takes_all_the_room(
    browser: "Browser", hostile: Path, width: int
) -> None:
    with open_page(browser, hostile, width=width) as found:
        found.page.locator("button.name").evaluate_all("all => all.forEach(one => one.click())")
        found.page.locator("#search").fill("</script>")
        found.page.locator("#search").fill("")
        for select in found.page.locator("#choices select").all():
            select.select_option(index=1)
        found.page.locator("#clear").click()

        assert found.trouble == []
        assert found.page.title() == "Default encryption of S3 buckets"
        assert found.page.locator("script").count() == 3
        assert found.page.locator("img, iframe, base, b, body style, [onload], [onerror]").count() == len(
            found.page.locator(".strip b").all()
        )
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_attack_is_shown_letter_by_letter(browser: "Browser", hostile: Path) -> None:
    with open_page(browser, hostile) as found:
        names = set(found.names)
        reasons = set(found.page.locator("#table tbody .of-why").all_text_contents())

    short = [text for text in ATTACKS if len(text) < 1000]
    assert {printable(text) for text in short} <= names
    assert {printable(text) for text in short} <= reasons
    assert [name for name in names if any(mark in name for mark in "\u202e\u2066\u200b\x00\x1b\u2028")] == []


def test_hostile_addresses_choose_nothing_and_run_nothing(browser: "Browser", file: Path) -> None:
    with open_page(browser, file) as found:
        for address in (
            "#verdict=<script>alert(1)</script>&page=-5&sort=__proto__&open=%00&theme=javascript:alert(1)",
            "#region=constructor&page=1e9",
            "#q=%E0%A4%A",
        ):
            found.go(address)

        assert found.trouble == []


def test_an_open_row_leaves_the_columns_of_a_phone_as_they_are(browser: "Browser", file: Path) -> None:
    with open_page(browser, file, width=400) as found:
        name = found.page.locator("#table thead th").nth(1)
        before = name.evaluate("e => e.offsetWidth")
        found.page.locator("button.name").first.click()
        assert name.evaluate("e => e.offsetWidth") == before

        found.page.set_viewport_size({"width": 1280, "height": 900})
        found.page.wait_for_function("document.querySelector('.detail-row > td').colSpan > 2")
