"""The page of a plan in a real browser: its forms are filled as `fix` renders them, and handed out to nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.chromium.browser import OpenPage, open_page
from tests.support.hostile import ATTACKS, hostile_plan
from tests.support.saved_plans import ready

from s3kms.cli.wording import cli_wording
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.change import Change
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.plan import PlanClass, PlanEvent, PlannedHazard, PlannedWave, PlanSummary
from s3kms.remedies.render import find_remedy
from s3kms.reports.html.plan import render
from s3kms.reports.interface import ReportStyle
from s3kms.results.plan_v1 import PlanHeader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium
NAMES = ("acme-logs", "acme.web_Old-1")
KEY = "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP = AccessGroup(
    KeyAccess.LOSES, (KeyUse.READ,), "nothing allows it", "its policy", ("arn:aws:iam::1:role/r",)
)
HAZARD = PlannedHazard(
    "website", "is a website", Advice("move it"), PlanClass.STAY, "Websites", ({"Effect": "Deny"},)
)
PLANNED: tuple[PlanEvent, ...] = (
    *(ready(name, after=Encryption(SSE_KMS, KEY, True)) for name in NAMES),
    ready("acme-www", plan_class=PlanClass.STAY, hazards=(HAZARD,), access=(GROUP,), wave=None),
    PlanSummary(
        {PlanClass.READY: 2, PlanClass.STAY: 1}, waves=(PlannedWave(1, "canary", 2),), questions=("Who?",)
    ),
)
STYLE = ReportStyle(wording=cli_wording)


def written(folder: Path, age: timedelta) -> Path:
    header = PlanHeader("20261126T114000Z-1a2b3c", datetime.now(UTC) - age, {})
    file = folder / "plan.html"
    file.write_bytes("".join(render(PLANNED, STYLE, plan="plan.json", header=header)).encode())
    return file


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page"), timedelta(hours=1))


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


@pytest.mark.parametrize("name", NAMES)
def test_the_filled_forms_are_those_of_a_fix_letter_by_letter(opened: OpenPage, name: str) -> None:
    opened.go(f"#open={name}")
    after = Encryption(SSE_KMS, KEY, True)
    change = Change(name, "222222222222", "eu-central-1", Encryption(SSE_S3), after)
    forms = [
        find_remedy(one).render_files([change]) for one in ("console", "cli", "cloudformation", "terraform")
    ]

    expected = [(one.name, one.text) for form in forms for one in form.files if not one.is_spare]
    heads = opened.page.locator(".forms h4").all_text_contents()
    texts = opened.page.locator(".forms pre").all_text_contents()
    assert list(zip(heads, texts, strict=True)) == expected


def test_the_copy_button_copies_a_form(opened: OpenPage) -> None:
    opened.go("#open=acme-logs")
    opened.page.locator(".forms summary", has_text="AWS CLI").click()
    opened.page.locator(".forms details[open] .copy").first.click()

    copied = opened.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("#!/bin/sh\n")
    assert "--bucket acme-logs " in copied


def test_a_bucket_that_stays_has_its_hazard_its_access_and_no_form(opened: OpenPage) -> None:
    opened.go("#open=acme-www&class=stay")

    text = opened.page.locator(".detail").inner_text()
    for said in ("Websites", "is a website", "move it", "loses", "1 principal through its policy", "role/r"):
        assert said in text
    assert opened.page.locator(".forms").count() == 0
    assert "s3kms plan s3://acme-www" in text


def test_a_plan_that_a_fix_refuses_hands_out_no_form(browser: "Browser", tmp_path: Path) -> None:
    with open_page(browser, written(tmp_path, timedelta(days=8)), "#open=acme-logs") as found:
        assert found.page.locator(".forms").count() == 0
        assert "The plan is older than 7 days" in found.page.locator(".detail").inner_text()


def test_axe_finds_nothing(browser: "Browser", file: Path) -> None:
    with open_page(browser, file, "#open=acme-logs", theme="dark", width=400) as found:
        found.page.locator("button.name", has_text="acme-www").click()
        found.page.locator(".forms summary").evaluate_all("all => all.forEach(one => one.click())")

        assert found.violations() == []


def test_nothing_of_a_hostile_plan_runs_or_loads(browser: "Browser", tmp_path: Path) -> None:
    def events() -> Iterator[PlanEvent]:
        for text in ATTACKS:
            for plan_class in PlanClass:
                yield from hostile_plan(text, plan_class)[:-1]
        yield hostile_plan(ATTACKS[0], PlanClass.STAY)[-1]

    file = tmp_path / "hostile.html"
    file.write_bytes("".join(render(events(), STYLE, plan=ATTACKS[1])).encode())
    with open_page(browser, file, width=400) as found:
        found.page.locator("button.name").evaluate_all("all => all.forEach(one => one.click())")

        assert found.trouble == []
        assert found.page.title() == "Plan for SSE-KMS"
        assert found.page.locator("script").count() == 3
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_plan_without_buckets_says_so(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    file.write_text("".join(render([PlanSummary({})], STYLE)))
    with open_page(browser, file) as found:
        assert found.page.locator("#shown").text_content() == "There is nothing to list."
        assert found.page.locator(".headline").text_content() == "No bucket would change."
        assert found.trouble == []


def test_no_title_of_a_column_is_cut_and_no_name_of_a_wave_is_broken(browser: "Browser", file: Path) -> None:
    with open_page(browser, file) as found:
        titles = found.page.locator("#table thead th")
        assert titles.evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth).length") == 0
    with open_page(browser, file, width=400) as found:
        name = found.page.locator(".plain td", has_text="canary").first
        line = found.page.locator(".plain td a").first
        height = name.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e); "
            "return r.getBoundingClientRect().height }"
        )
        assert height < 2 * line.evaluate("e => e.getBoundingClientRect().height")
