"""The page and the document of a plan, whatever texts are in it."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.hostile import hostile_plan

from s3kms.changes.planning.summary import PlanFold
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Wording, library_wording
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.plan import (
    PlanCause,
    PlanClass,
    PlannedBucket,
    PlannedHazard,
    PlannedWave,
    PlanSummary,
)
from s3kms.reports.interface import ReportStyle
from s3kms.reports.plan_table import render
from s3kms.results.plan_v1 import SEAL, PlanHeader, PlanWriter

WILD = st.text(
    alphabet=st.one_of(
        st.sampled_from("\x00\x1b\r\n\t\x7f\x85\u2028\u202e\u2066\u200b\ufeff\ud800\udfff{}\"'\\$"),
        st.characters(),
    ),
    max_size=40,
)
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that steer a terminal or cannot be written: control, bidi and others, surrogates."""
AT = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize("wording", [library_wording, cli_wording])
@given(WILD, st.sampled_from(PlanClass), st.one_of(st.none(), WILD))
@example("", PlanClass.STAY, None)
@example("\u202e\x1b[2J" * 2000, PlanClass.LOOK, "plan.json")
@example("\ud800\x00", PlanClass.PREPARE, None)
@example("", PlanClass.READY, "\u202e\x1b[2J")
def test_no_control_or_bidi_character_reaches_the_page(
    wording: Wording, text: str, plan_class: PlanClass, file: str | None
) -> None:
    page = "".join(render(hostile_plan(text, plan_class), ReportStyle(80, wording=wording), plan=file))

    assert {one for one in page if unicodedata.category(one) in UNSEEN} <= {"\n"}
    page.encode()


@given(WILD, st.sampled_from(PlanClass))
@example("", PlanClass.STAY)
@example("\u202e\x1b[2J" * 2000, PlanClass.LOOK)
@example("\ud800\x00", PlanClass.PREPARE)
@example(SEAL.decode(), PlanClass.READY)
def test_the_document_is_json_that_says_the_same_and_its_seal_fits(text: str, plan_class: PlanClass) -> None:
    pieces: list[str] = []
    request: dict[str, Any] = {"targets": [text]}
    writer = PlanWriter(PlanHeader("20261126T114000Z-1a2b3c", AT, request), pieces.append)
    for event in hostile_plan(text, plan_class):
        writer.add(event)
    written = "".join(pieces).encode()
    document = json.loads(written)
    sealed = written[: written.rindex(SEAL)]

    assert document["seal"] == hashlib.sha256(sealed).hexdigest()
    assert document["request"] == request
    assert document["buckets"][0]["bucket"] == text
    assert document["buckets"][0]["hazards"][0]["why"] == text
    assert len(written.splitlines()) == 3


@pytest.mark.parametrize(
    ("count", "sentences"),
    [
        (1, ("1 needs no change", "1 is exempt", "1 bucket that stays: exempt it (")),
        (2, ("2 need no change", "2 are exempt", "2 buckets that stay: exempt them (")),
    ],
)
def test_one_bucket_is_told_in_the_singular(count: int, sentences: tuple[str, ...]) -> None:
    summary = PlanSummary({PlanClass.STAY: count}, compliant=count, exempt=count)
    page = "".join(render([summary], ReportStyle()))

    assert [one for one in sentences if one not in page] == []


@pytest.mark.parametrize(
    ("account", "shown"),
    [("222222222222", "  1234abcd"), ("999999999999", "arn:aws:kms:eu-central-1:999999999999:key/1234abcd")],
)
def test_a_key_of_the_buckets_own_account_stands_by_its_id_and_leaves_room_for_the_reason(
    account: str, shown: str
) -> None:
    key = f"arn:aws:kms:eu-central-1:{account}:key/1234abcd"
    encryption = Encryption(SSE_KMS, key)
    planned = PlannedBucket(
        "logs",
        "222222222222",
        "eu-central-1",
        PlanClass.READY,
        Encryption("AES256"),
        encryption,
        (),
        key,
        wave=1,
    )
    page = "".join(render([planned, PlanSummary({PlanClass.READY: 1})], ReportStyle(wording=cli_wording)))
    (row,) = (line for line in page.splitlines() if line.startswith("  logs"))
    assert shown in row
    assert row.endswith("wave 1")


def test_the_causes_of_a_large_organization_are_cut_and_those_left_out_are_counted() -> None:
    statements = tuple({"Sid": f"S{number}"} for number in range(480))
    cause = PlanCause(PlanClass.PREPARE, "unread", "a cause", Advice("mend it"), statements, 1, ("logs",))
    page = "".join(render([PlanSummary({PlanClass.PREPARE: 480}, causes=(cause,) * 480)], ReportStyle()))

    assert page.count('{"Sid": "S0"}') == page.count("… 475 more statements: see the plan file") == 40
    assert "… 440 more: see the plan file" in page
    assert len(page.splitlines()) < 500


def causes_of(*buckets: str) -> str:
    hazard = PlannedHazard("website", f"is a website, {'and ' * 40}more", Advice("keep it"), PlanClass.STAY)
    rows = [
        PlannedBucket(one, "111122223333", "eu-west-1", PlanClass.STAY, hazards=(hazard,)) for one in buckets
    ]
    fold = PlanFold()
    for row in rows:
        fold.add(row)
    summary = PlanSummary({PlanClass.STAY: len(rows)}, causes=fold.causes())
    page = "".join(render([*rows, summary], ReportStyle(100)))
    return " ".join(page.partition("why some are not ready:")[2].partition("keep it")[0].split())


def test_a_cause_gives_the_whole_reason_of_its_first_bucket() -> None:
    assert causes_of("a").endswith("a: is a website, " + "and " * 40 + "more")
    assert causes_of("a", "b", "c", "d").endswith("and more; and 3 more: b, c, …")


def test_what_is_to_be_prepared_and_a_plan_without_a_file_name_the_next_command() -> None:
    summary = PlanSummary({PlanClass.PREPARE: 1, PlanClass.READY: 1}, waves=(PlannedWave(1, "canary", 1),))
    page = " ".join("".join(render([summary], ReportStyle(wording=cli_wording))).split())

    assert "s3kms plan --key ARN --prepare shows key and bucket policies" in page
    assert "save the plan: the same command with --out PLAN" in page
    saved = "".join(render([summary], ReportStyle(wording=cli_wording), plan="p.json"))
    assert "save the plan" not in saved
