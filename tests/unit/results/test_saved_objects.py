"""The objects of a bucket in sum, read back from their JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.events import REPORT_CONTEXT, REPORT_IDENTITY
from tests.support.hostile import ATTACKS, hostile_objects

from s3kms.model.errors import BadInput
from s3kms.model.object_costs import CostKind, CostLine, EngineEstimate, ImmovableCount, ReencryptionCosts
from s3kms.model.object_summary import CountInterval, KeyStanding, ObjectSummary, SampleFrame, Tally
from s3kms.model.scan_context import ScanScope
from s3kms.reports.interface import ReportStyle
from s3kms.reports.objects_table import render_objects
from s3kms.results.objects_v1 import objects_v1
from s3kms.results.saved_objects import read_objects

ESTIMATE = EngineEstimate(
    "copy",
    3,
    78,
    (ImmovableCount("noncurrent", 1, "noncurrent versions"),),
    (CostLine(CostKind.REQUESTS, "CopyObject", 3, 0.5, False, True),),
    6,
    1.5,
    "AWS's rate",
    ("a note",),
)
COSTS = ReencryptionCosts(
    (ESTIMATE,), (replace(ESTIMATE, seconds=None),), "copy", "August 2026", "us-east-1", ("n",)
)


ONE_SIDED = {
    "prices": {"as_of": "August 2026", "region": "us-east-1"},
    "advised": "copy",
    "engines": [{"bucket_key": True, "engine": "copy", "objects": 1, "bytes": 1}],
}


def summary() -> ObjectSummary:
    plain = hostile_objects("plain")
    sample = SampleFrame(Tally(9, 90), 1, 3, 42, False)
    coverage = replace(plain.coverage, sample=sample, as_of=datetime(2026, 11, 20, tzinfo=UTC))
    in_all = {KeyStanding.OFFENDER: CountInterval(1, 9)}
    return replace(plain, coverage=coverage, costs=COSTS, in_all=in_all)


def document(of: ObjectSummary) -> dict[str, Any]:
    return json.loads(json.dumps(objects_v1(of)))  # type: ignore[no-any-return]


def test_objects_that_are_read_and_written_again_are_the_same() -> None:
    written = document(summary())

    assert document(read_objects(json.dumps(written).encode(), "o.json")) == written


def test_the_page_of_saved_objects_is_that_of_the_objects() -> None:
    read = read_objects(json.dumps(document(summary())).encode(), "o.json")

    shown = "".join(render_objects(read, ReportStyle()))
    assert shown == "".join(render_objects(summary(), ReportStyle()))


def test_why_an_engine_leaves_versions_is_a_word_where_an_older_version_wrote_no_more() -> None:
    written = document(summary())
    for engine in written["costs"]["engines"]:
        for left in engine["immovable"]:
            del left["meaning"]

    read = read_objects(json.dumps(written).encode(), "o.json")

    assert read.costs is not None
    assert read.costs.with_bucket_key[0].immovable == (ImmovableCount("noncurrent", 1, "noncurrent"),)


@pytest.mark.parametrize("text", ATTACKS[:12], ids=range(12))
def test_attacks_are_read_to_the_letter_where_they_are_text(text: str) -> None:
    written = json.dumps(objects_v1(hostile_objects(text))).encode()
    try:
        read = read_objects(written, "o.json")
    except BadInput:
        assert "\\ud800" in json.dumps(text)  # half a character is no text to the decoder
    else:
        assert read.offenders[0].key == text


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("total", 7, "total"),
        ("standings", {"odd": {}}, "standings"),
        ("evidence", {"kind": "x"}, "evidence.kind"),
        ("total", {"objects": 10**400, "bytes": 0}, "total.objects"),
        ("total", {"objects": 0, "bytes": 0}, "it: the total is 0, and its parts are not"),
        ("costs", ONE_SIDED, "costs: each engine has to be there"),
    ],
)
def test_a_mistake_is_named(key: str, value: object, where: str) -> None:
    written = {**document(summary()), key: value}

    with pytest.raises(BadInput, match=f"o.json is not what s3kms objects wrote: {where}"):
        read_objects(json.dumps(written).encode(), "o.json")


def test_as_whom_and_when_objects_were_counted_is_kept_and_shown() -> None:
    context = replace(REPORT_CONTEXT, scope=ScanScope(None, phrase="the objects of s3://plain"))
    written = document(replace(summary(), context=context))

    read = read_objects(json.dumps(written).encode(), "o.json")

    assert read.context == context
    last = "".join(render_objects(read, ReportStyle())).splitlines()[-1]
    assert last == (f"the objects of s3://plain as {REPORT_IDENTITY}, 2026-11-23 12:00 UTC, s3kms 0.3.0")


@pytest.mark.parametrize("text", ATTACKS[9:11], ids=range(2))
def test_no_text_of_a_cost_moves_the_cursor(text: str) -> None:
    wild = replace(
        ESTIMATE, engine=text, limit=text, notes=(text,), immovable=(ImmovableCount(text, 1, text),)
    )
    costs = ReencryptionCosts((wild,), (wild,), "copy", text, text, ("n", text))

    shown = "".join(render_objects(replace(summary(), costs=costs), ReportStyle()))

    assert [c for c in shown if not c.isprintable() and c != "\n"] == []
