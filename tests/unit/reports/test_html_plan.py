"""The page of a plan: the fix of what is ready and of nothing else, hazards, access, and hostile texts."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.findings import WILD
from tests.support.hostile import ATTACKS, hostile_plan
from tests.support.pages import Page
from tests.support.saved_plans import ready

from s3kms.cli.wording import cli_wording
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.plan import PlanClass, PlanEvent, PlannedHazard, PlannedWave, PlanSummary
from s3kms.model.scan_context import ScanContext, ScanScope, ScopeKind
from s3kms.model.unknown import NOT_READ
from s3kms.reports.html.plan import MAX_SHAPES, render
from s3kms.reports.interface import ReportStyle
from s3kms.results.plan_v1 import PlanHeader

HEADER = PlanHeader("20261126T114000Z-1a2b3c", datetime(2026, 11, 26, tzinfo=UTC), {})
STYLE = ReportStyle(wording=cli_wording)


def page(*buckets: PlanEvent, summary: PlanSummary | None = None, **options: Any) -> Page:
    events: Iterable[PlanEvent] = (*buckets, summary or PlanSummary({PlanClass.READY: len(buckets)}))
    return Page("".join(render(events, STYLE, **options)))


def forms(made: Page, row: int = 0) -> Any:
    return made.cells(row)["forms"]


def test_a_ready_bucket_has_the_fix_in_four_forms_and_the_command_of_its_wave() -> None:
    made = page(ready("acme-logs"), plan="plan.json", header=HEADER)

    assert made.cells()["command"] == "s3kms fix --plan plan.json --wave 1 --apply"
    (texts,) = made.data["shapes"]
    assert [one["title"] for one in texts] == ["AWS console", "AWS CLI", "CloudFormation", "Terraform"]
    assert forms(made)[0] == 0


def test_buckets_that_change_alike_share_the_texts() -> None:
    made = page(*(ready(f"acme-{n}") for n in range(100)))

    assert len(made.data["shapes"]) == 1
    assert "acme-7" not in str(made.data["shapes"])


@pytest.mark.parametrize("plan_class", [PlanClass.PREPARE, PlanClass.LOOK, PlanClass.STAY])
def test_a_bucket_that_is_not_ready_has_the_command_of_a_plan_and_no_form(plan_class: PlanClass) -> None:
    made = page(ready("acme-logs", plan_class=plan_class, wave=None), plan="plan.json")

    assert forms(made) == 0
    assert made.data["shapes"] == []
    assert made.cells()["command"] == "s3kms plan s3://acme-logs"


@pytest.mark.parametrize(
    "fields",
    [
        {"account": None, "region": None, "place": "infra/main.tf:12"},
        {"before": None},
        {"after": None},
        {"before": Encryption(SSE_S3, bucket_key=NOT_READ)},
        {"after": Encryption(SSE_KMS, key="x'; reboot '")},
        {"region": "eu west"},
    ],
    ids=str,
)
def test_what_is_not_live_or_not_known_or_not_plain_has_no_form(fields: dict[str, Any]) -> None:
    assert forms(page(ready("acme-logs", **fields))) == 0


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("infra/main.tf:12", "s3kms plan infra/main.tf"),
        ("aws_s3_bucket.logs (infra/main.tf:12)", "s3kms plan infra/main.tf"),
        ("x (a (b).tf:1)", ""),
        ("$(reboot):1", ""),
        ("", ""),
    ],
)
def test_of_code_the_command_names_the_file_where_its_name_is_plain(place: str, command: str) -> None:
    assert (
        page(ready("logs", account=None, region=None, wave=None, place=place)).cells()["command"] == command
    )


def test_so_many_sorts_of_changes_have_forms_and_no_more() -> None:
    sorts = [ready(before=Encryption(SSE_S3, blocked=(f"T{n}",))) for n in range(MAX_SHAPES + 5)]
    made = page(*sorts)

    assert len(made.data["shapes"]) == MAX_SHAPES
    assert [bool(forms(made, n)) for n in (MAX_SHAPES - 1, MAX_SHAPES)] == [True, False]


def test_the_forms_end_when_a_fix_refuses_the_plan() -> None:
    assert page(ready(), header=HEADER).data["expired"]["at"] == "2026-12-03T00:00:00+00:00"


def test_a_hazard_says_what_breaks_why_and_what_mends_it() -> None:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt"}
    hazard = PlannedHazard(
        "website", "is a website", Advice("move acme-www"), PlanClass.STAY, "Websites", (statement,)
    )
    made = page(ready("acme-www", plan_class=PlanClass.STAY, hazards=(hazard,)))

    ((mark, title, said, code),) = made.items("hazards")
    assert (mark, title, said) == ("stay", "Websites", ["is a website", "move acme-www"])
    assert code == '{"Effect": "Allow", "Action": "kms:Decrypt"}'
    assert (made.cells()["why"], made.cells()["reason"]) == ("is a website", "Websites")


def test_who_loses_access_is_told_with_the_first_names() -> None:
    names = tuple(f"arn:aws:iam::111122223333:role/r{n}" for n in range(25))
    group = AccessGroup(KeyAccess.LOSES, (KeyUse.READ,), "nothing allows it", "its policy", names)
    made = page(ready("acme-a", access=(group,)), ready("acme-b", access=(group,)))

    ((mark, title, said, _),) = made.items("access")
    assert (mark, title) == ("loses", "25 principals through its policy")
    assert said[0] == "read: nothing allows it"
    assert said[1].endswith("role/r19 and 5 more")
    assert len(made.data["items"]) == 1


def test_the_sum_and_its_steps_stand_above() -> None:
    summary = PlanSummary({PlanClass.READY: 3, PlanClass.STAY: 1}, waves=(PlannedWave(1, "canary", 3),))
    made = page(summary=summary, plan="plan.json", header=HEADER)

    assert "3 of 4 buckets are ready, and 1 stays as it is." in made.text
    assert "s3kms fix --plan plan.json --wave 1 --apply" in made.text
    assert "20261126T114000Z-1a2b3c" in made.text


def test_the_page_says_as_whom_of_what_and_by_which_s3kms_it_was_made() -> None:
    scope = ScanScope(ScopeKind.ACCOUNT, ("s3://logs-*",), 1)
    context = ScanContext(HEADER.at, "111122223333", "arn:aws:iam::111122223333:user/auditor", "0.3.0", scope)
    made = page(summary=PlanSummary({PlanClass.READY: 1}, context=context), header=HEADER)

    for said in ("s3://logs-* of account 111122223333", "user/auditor", "0.3.0", "2026-11-26 00:00 UTC"):
        assert said in made.text


def test_of_code_the_next_step_is_a_fix_of_the_code() -> None:
    made = page(summary=PlanSummary({PlanClass.READY: 2}))

    assert "edit them where code declares them" in made.text
    assert "s3kms fix PATH" in made.text


@settings(max_examples=25)
@given(WILD, st.sampled_from(PlanClass), st.none() | WILD)
@example(ATTACKS[0], PlanClass.READY, ATTACKS[1])
@example(ATTACKS[2], PlanClass.PREPARE, None)
def test_no_text_of_a_plan_makes_an_element(text: str, plan_class: PlanClass, file: str | None) -> None:
    made = Page("".join(render(hostile_plan(text, plan_class), STYLE, plan=file)))
    plain = Page("".join(render(hostile_plan("acme", plan_class), STYLE, plan="plan.json")))

    assert set(made.tags) <= set(plain.tags)
    assert made.tags.count("script") == 3
