"""The page of the objects of a bucket in a real browser."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.chromium.browser import open_page
from tests.support.hostile import ATTACKS, hostile_objects

from s3kms.model.object_costs import CostKind, CostLine, EngineEstimate, ReencryptionCosts
from s3kms.reports.html.objects import render
from s3kms.reports.interface import ReportStyle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium


def test_axe_finds_nothing(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "objects.html"
    file.write_text("".join(render(hostile_objects("2026/11/part.parquet"), ReportStyle())))
    with open_page(browser, file, width=400) as found:
        found.page.locator("button.name").first.click()

        assert found.violations() == []
        assert found.trouble == []


def test_no_key_of_an_object_runs_or_loads_or_takes_all_the_room(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "objects.html"
    file.write_text("")
    with open_page(browser, file, width=400) as found:
        for attack in ATTACKS:
            file.write_bytes("".join(render(hostile_objects(attack), ReportStyle())).encode())
            found.go()
            found.page.locator("button.name").first.click()

            assert found.trouble == []
            assert found.page.title() == "Objects of an S3 bucket"
            assert found.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_no_column_of_the_costs_is_cut_on_a_phone(browser: "Browser", tmp_path: Path) -> None:
    cost = (CostLine(CostKind.REQUESTS, "PUT", 3, 0.001),)
    engines = tuple(
        EngineEstimate(name, 12_345, 78, (), cost, 3, None, "AWS's rate")
        for name in ("update", "batch", "copy")
    )
    costs = ReencryptionCosts(engines, engines, "update", "August 2026", "us-east-1", ())
    file = tmp_path / "objects.html"
    file.write_text("".join(render(replace(hostile_objects("k"), costs=costs), ReportStyle())))
    with open_page(browser, file, width=400) as found:
        box = found.page.locator(".scroll").first

        assert box.evaluate("e => e.scrollWidth - e.clientWidth") == 0
