"""A saved plan and a saved count of objects, read back: what a report says of them is what the command said."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.events import REPORT_CONTEXT, REPORT_IDENTITY
from tests.support.hostile import ATTACKS, hostile_objects, hostile_plan
from tests.support.saved_plans import ready, resealed

from s3kms.cli.wording import cli_wording
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import PlanClass, PlanEvent, PlanSummary
from s3kms.reports.html.objects import render as render_objects_page
from s3kms.reports.html.plan import render as render_plan_page
from s3kms.reports.interface import ReportStyle
from s3kms.reports.plan_table import render as render_table
from s3kms.results.objects_v1 import objects_v1
from s3kms.results.plan_events import read_plan_events
from s3kms.results.plan_v1 import PlanHeader, PlanWriter
from s3kms.results.saved_objects import read_objects

HEADER = PlanHeader("20261126T114000Z-1a2b3c", datetime(2026, 11, 26, tzinfo=UTC), {})
STYLE = ReportStyle(wording=cli_wording)
PATH = Path("plan.json")


def saved(events: list[PlanEvent]) -> bytes:
    written: list[str] = []
    writer = PlanWriter(HEADER, written.append, cli_wording)
    for event in events:
        writer.add(event)
    return "".join(written).encode()


def read(text: bytes, **titles: str) -> tuple[PlanHeader, list[PlanEvent]]:
    header, events = read_plan_events(io.BytesIO(text), PATH, titles)
    return header, list(events)


@pytest.mark.parametrize("plan_class", PlanClass)
@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_report_of_a_saved_plan_is_what_plan_printed(number: int, plan_class: PlanClass) -> None:
    text = ATTACKS[number].replace("\ud800", "?")  # what no file of UTF-8 has
    events = hostile_plan(text, plan_class)
    header, again = read(saved(events), website=text)

    assert header.plan == HEADER.plan
    assert "".join(render_table(again, STYLE)) == "".join(render_table(events, STYLE))
    assert "".join(render_plan_page(again, STYLE, header=header)) == "".join(
        render_plan_page(events, STYLE, header=HEADER)
    )


def test_a_plan_that_somebody_edited_is_refused_for_its_page_hands_out_fixes() -> None:
    text = saved([ready("acme-www", plan_class=PlanClass.STAY), PlanSummary({PlanClass.STAY: 1})])

    with pytest.raises(Refused, match="was changed after it was written"):
        read(text.replace(b'"class": "stay"', b'"class": "ready"'))


def test_a_plan_that_was_cut_short_is_none() -> None:
    with pytest.raises(BadInput, match="cut short"):
        read(saved([ready(), PlanSummary({})])[:-40])


def test_a_line_that_does_not_hold_is_named() -> None:
    text = saved([ready("acme"), PlanSummary({PlanClass.READY: 1})])

    with pytest.raises(BadInput, match=r"plan.json, line 2: class: "):
        read(resealed(text.replace(b'"class": "ready"', b'"class": "splendid"')))


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_report_of_saved_objects_is_what_objects_printed(number: int) -> None:
    summary = hostile_objects(ATTACKS[number].replace("\ud800", "?"))
    again = read_objects(json.dumps(objects_v1(summary, cli_wording)).encode(), "objects.json")

    assert "".join(render_objects_page(again, STYLE)) == "".join(render_objects_page(summary, STYLE))


def test_what_is_no_count_of_objects_says_what_is_wrong() -> None:
    with pytest.raises(BadInput, match=r"x\.json is not what s3kms objects wrote: bucket: "):
        read_objects(b'{"version": 1, "kind": "objects"}', "x.json")


def test_as_whom_and_when_a_plan_was_made_is_kept_and_shown() -> None:
    events: list[PlanEvent] = [
        ready("acme-www"),
        PlanSummary({PlanClass.READY: 1}, context=REPORT_CONTEXT),
    ]

    _, again = read(saved(events))

    shown = "".join(render_table(again, STYLE)).splitlines()[-1]
    assert shown == "".join(render_table(events, STYLE)).splitlines()[-1]
    assert shown.endswith(f"as {REPORT_IDENTITY}, 2026-11-23 12:00 UTC, s3kms 0.3.0")
