"""What becomes of a bucket of a plan's file: whatever the file says, what is found decides."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.saved_plans import NOW, plan_text, ready, resealed

from s3kms.changes.waves.reassess import SkippedEntry, is_eligible, reassess
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard
from s3kms.results.saved_plan import read_saved_plan

HAZARD = PlannedHazard("website", "is a static website", Advice("exempt it"), PlanClass.STAY)
HARMLESS = replace(HAZARD, id="writer_names_aws_managed_key", plan_class=PlanClass.READY)
PLANNED = ready()
STAY = ready("pages", plan_class=PlanClass.STAY, wave=None, hazards=(HAZARD,))
LOOK = ready("sealed", plan_class=PlanClass.LOOK, wave=None, before=None, after=None)
WORLD = {one.bucket: one for one in (PLANNED, STAY, LOOK)}
NONE: frozenset[str] = frozenset()
SEEN = Encryption(SSE_S3)


def found(name: str = "logs", encryption: Encryption = SEEN) -> Bucket:
    return Bucket(name, "222222222222", "eu-central-1", encryption=encryption)


def why(become: Change | SkippedEntry) -> str:
    assert isinstance(become, SkippedEntry)
    return become.why


def test_what_is_as_it_was_planned_is_changed() -> None:
    become = reassess(PLANNED, found(), PLANNED, NONE)

    assert isinstance(become, Change)
    assert (become.bucket, become.before, become.after) == ("logs", PLANNED.before, PLANNED.after)


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (
            replace(PLANNED, digests={"encryption": "1" * 32}),
            "it was planned on other facts: encryption changed since",
        ),
        (replace(PLANNED, digests={**PLANNED.digests, "key_policy": "1" * 32}), "key policy changed since"),
        (replace(PLANNED, digests={}), "encryption changed since"),
        (
            replace(PLANNED, plan_class=PlanClass.STAY, hazards=(HAZARD,)),
            "its class is stay now: it is a static website",
        ),
        (replace(PLANNED, after=Encryption(SSE_KMS, "arn:other", bucket_key=True)), "would be another now"),
        (replace(PLANNED, after=Encryption(SSE_KMS, bucket_key=False)), "would be another now"),
        (replace(PLANNED, region="eu-west-1"), "would be another now"),
        (replace(PLANNED, account="333333333333"), "would be another now"),
        (replace(PLANNED, before=Encryption(SSE_S3, blocked=("SSE-C",))), "would be another now"),
        (None, "it needs no change any more, or is exempt now"),
    ],
)
def test_what_is_not_as_it_was_planned_is_left_alone_with_what_changed(
    now: PlannedBucket | None, sentence: str
) -> None:
    assert sentence in why(reassess(PLANNED, found(), now, NONE))


def test_a_bucket_that_is_gone_is_left_alone() -> None:
    assert why(reassess(PLANNED, None, None, NONE)) == "it is not there any more"


def test_what_has_its_encryption_already_is_done_and_no_problem() -> None:
    become = reassess(PLANNED, found(encryption=Encryption(SSE_KMS, bucket_key=True)), None, NONE)

    assert isinstance(become, SkippedEntry)
    assert become.is_done


@pytest.mark.parametrize(
    ("planned", "accept", "expected"),
    [
        (PLANNED, (), True),
        (replace(PLANNED, hazards=(HARMLESS,)), (), True),
        (STAY, (), False),
        (STAY, ("website",), True),
        (replace(STAY, hazards=(HAZARD, replace(HAZARD, id="vended_logs"))), ("website",), False),
        (replace(STAY, plan_class=PlanClass.READY), (), False),  # the word alone is edited
        (replace(STAY, hazards=()), ("website",), False),  # the reason alone is taken out
        (LOOK, ("unread",), False),  # nothing says what it would become
        (replace(PLANNED, account=None), (), False),
    ],
)
def test_the_file_lets_a_bucket_be_changed_where_class_and_hazards_agree(
    planned: PlannedBucket, accept: tuple[str, ...], expected: bool
) -> None:
    assert is_eligible(planned, frozenset(accept)) is expected


def test_an_accepted_hazard_has_to_be_all_that_is_found_today() -> None:
    accept = frozenset({"website"})
    other = replace(STAY, hazards=(HAZARD, replace(HAZARD, id="vended_logs", why="takes logs")))

    assert isinstance(reassess(STAY, found("pages"), STAY, accept), Change)
    assert "its class is stay now: it takes logs" in why(reassess(STAY, found("pages"), other, accept))


TEXT = plan_text(WORLD.values())
WORDS = [
    b"ready",
    b"stay",
    b"look",
    b"logs",
    b"pages",
    b"sealed",
    b"null",
    b"website",
    b"true",
    b"[]",
    b"AES256",
]


@st.composite
def edits(draw: st.DrawFn) -> bytes:
    """The file with some of its words or bytes replaced, taken out or put in."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            old, new = draw(st.sampled_from(WORDS)), draw(st.sampled_from(WORDS))
            text = text.replace(old, new, draw(st.integers(1, 3)))
        else:
            at, end = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
            text = text[:at] + draw(st.binary(max_size=2)) + text[at + end :]
    return text


@given(edits(), st.booleans())
def test_no_edit_of_a_file_leads_to_a_write_that_todays_facts_forbid(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, is_resealed: bool
) -> None:
    path = Path(tmp_path_factory.mktemp("edited")) / "plan.json"
    path.write_bytes(resealed(text) if is_resealed and b', "seal": "' in text else text)
    try:
        entries = read_saved_plan(path, now=NOW, keep=lambda one: is_eligible(one, NONE)).buckets
    except (BadInput, Refused):
        return
    written: list[Any] = []
    for entry in entries:
        bucket = found(entry.bucket) if entry.bucket in WORLD else None
        become = reassess(entry, bucket, WORLD.get(entry.bucket), NONE)
        written += [become] if isinstance(become, Change) else []

    assert {(one.bucket, one.after) for one in written} <= {("logs", PLANNED.after)}
