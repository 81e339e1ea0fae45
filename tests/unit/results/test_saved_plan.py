"""The file of a plan, read back: as it was written, or not at all."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.saved_plans import NOW, PLAN, plan_text, ready, resealed

from s3kms.model.advice import Advice
from s3kms.model.errors import BadInput, Refused, S3kmsError
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.results.saved_plan import MAX_LINE_BYTES, SavedPlan, read_saved_plan

BUCKETS = (
    ready("first"),
    ready("second", plan_class=PlanClass.STAY, wave=None, before=None, after=None),
    ready("third", wave=2),
)


def read(folder: Path, text: bytes, **options: Any) -> SavedPlan:
    path = folder / "plan.json"
    path.write_bytes(text)
    return read_saved_plan(path, now=NOW, **options)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    found = read(tmp_path, plan_text(BUCKETS, request={"key": "alias/logs", "org": True}))

    assert found.plan == PLAN
    assert found.buckets == list(BUCKETS)
    assert (found.request.key, found.request.enters_accounts) == ("alias/logs", True)
    assert (found.waves, found.classes) == ({1: 1, 2: 1}, {"ready": 2, "stay": 1})


def test_hazards_keep_their_id_and_their_class(tmp_path: Path) -> None:
    hazard = PlannedHazard("website", "it is a website", Advice("exempt it"), plan_class=PlanClass.STAY)
    (found,) = read(tmp_path, plan_text([ready(hazards=(hazard,))])).buckets

    assert found.hazards == (hazard,)


def test_a_plan_without_buckets_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, plan_text()).buckets == []


def test_only_what_is_asked_for_is_kept_and_all_is_counted(tmp_path: Path) -> None:
    found = read(tmp_path, plan_text(BUCKETS), keep=lambda one: one.wave == 2)

    assert [one.bucket for one in found.buckets] == ["third"]
    assert found.waves.total() == 2


TEXT = plan_text(BUCKETS)
EDITED = "was changed after it was written"
REFUSALS: dict[str, tuple[bytes, type[S3kmsError], str]] = {
    "stay becomes ready": (TEXT.replace(b'"stay"', b'"ready"'), Refused, EDITED),
    "a bucket is taken out": (TEXT.replace(TEXT.splitlines(keepends=True)[2], b""), Refused, EDITED),
    "a bucket is put in": (TEXT.replace(b'{"bucket": "first"', b'{"bucket": "other"'), Refused, EDITED),
    "the sum is edited": (TEXT.replace(b'"compliant": 0', b'"compliant": 7'), Refused, EDITED),
    "the seal is edited": (TEXT[:-10] + b"0" * 7 + TEXT[-3:], Refused, EDITED),
    "something follows": (TEXT + b"{}\n", Refused, EDITED),
    "written again with Windows ends": (TEXT.replace(b"\n", b"\r\n"), S3kmsError, ""),
    "a line of no bucket": (TEXT.replace(b'{"bucket": "first"', b'{"bucket": '), Refused, "line 2, it"),
    "cut after a line": (b"".join(TEXT.splitlines(keepends=True)[:3]), BadInput, "was cut short"),
    "cut within a line": (TEXT[:1000], BadInput, "was cut short"),
    "cut within the seal": (TEXT[:-20], BadInput, "was cut short"),
    "cut before the seal": (TEXT.rpartition(b', "seal"')[0], BadInput, "was cut short"),
    "too old": (
        plan_text(age=timedelta(hours=169)),
        Refused,
        "is 7 days and 1 hours old, and max_age=168 is",
    ),
    "from the future": (plan_text(age=timedelta(hours=-2)), Refused, "comes from the future"),
    "another version": (TEXT.replace(b'"version": 1', b'"version": 2', 1), BadInput, "reads version 1"),
    "a result of a check": (
        b'{"version": 1, "findings": [\n], "summary": {}}\n',
        BadInput,
        "result of a check",
    ),
    "JSON in another layout": (b'{\n  "version": 1,\n  "kind": "plan"\n}\n', BadInput, "not in the layout"),
    "a configuration": (b"[s3kms]\n", BadInput, "its first line is not that of a plan"),
    "nothing": (b"", BadInput, "it is empty"),
    "bytes": (b"\x00\xff" * 100, BadInput, "its first line is not that of a plan"),
    "a plan of code": (plan_text([ready(account=None)]), BadInput, "is the plan of code"),
    "a bucket twice": (plan_text([ready(), ready()]), Refused, "names s3://logs again"),
    "no id": (plan_text(plan="../../etc"), BadInput, "its first line does not hold: plan"),
    "a role that is none": (plan_text(request={"assume_role": "../x y"}), BadInput, "request.assume_role"),
    "a target that is none": (
        plan_text(request={"targets": ["s3://\x1b[31m"]}),
        BadInput,
        "request.targets.0",
    ),
    "a key with a line break": (plan_text(request={"key": "a\nb"}), BadInput, "request.key"),
    "a hostile name": (plan_text([ready("../../x")]), Refused, "S3 gives out no such name"),
    "a name with an escape": (plan_text([ready("logs\x1b[2J")]), Refused, "S3 gives out no such name"),
    "a huge name": (plan_text([ready("x" * 100_000)]), Refused, "at most 2048"),
    "a hostile region": (plan_text([ready(region="eu-1/../x")]), Refused, "region"),
    "a hostile account": (plan_text([ready(account="1/2")]), Refused, "account"),
    "no digest": (plan_text([ready(digests={"policy": "x"})]), Refused, "digests.policy"),
    "a wave before the first": (plan_text([ready(wave=0)]), Refused, "wave"),
}


@pytest.mark.parametrize(("text", "error", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_as_plan_wrote_it_is_refused_with_its_sentence(
    tmp_path: Path, text: bytes, error: type[S3kmsError], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        read(tmp_path, text)

    assert sentence in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_an_older_plan_is_taken_where_that_is_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path, plan_text(age=timedelta(hours=169)), max_age_hours=200).plan == PLAN


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "closed", "absent", "null"])
def test_what_is_no_readable_file_is_bad_input(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "plan.json"
    if kind == "link":
        (tmp_path / "there").write_bytes(TEXT)
        path.symlink_to(tmp_path / "there")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "closed":
        path.write_bytes(TEXT)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("root reads everything")
    elif kind == "null":
        path = tmp_path / "plan\0.json"

    with pytest.raises(BadInput, match="cannot be read"):
        read_saved_plan(path, now=NOW)


@pytest.mark.parametrize("first", [b"", TEXT.splitlines(keepends=True)[0]])
def test_a_gigabyte_of_one_line_is_read_no_further_than_a_line_may_be(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "plan.json"
    with path.open("wb") as file:
        file.write(first + b"{")
        file.truncate(1_000_000_000)  # a hole: it takes no room

    with pytest.raises(BadInput, match=f"more than {MAX_LINE_BYTES} bytes"):
        read_saved_plan(path, now=NOW)


def test_lines_without_end_end_at_the_first_that_is_no_bucket(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 2, it"):
        read(tmp_path, TEXT.splitlines(keepends=True)[0] + b"\n" * 1_000_000)


@given(st.data())
def test_no_edit_of_a_single_byte_is_believed(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    at = data.draw(st.integers(0, len(TEXT) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    edited = data.draw(
        st.sampled_from(
            [TEXT[:at] + byte + TEXT[at + 1 :], TEXT[:at] + byte + TEXT[at:], TEXT[:at] + TEXT[at + 1 :]]
        )
    )
    folder = tmp_path_factory.mktemp("edited")
    if edited.rstrip(b"\n") == TEXT.rstrip(b"\n") and not edited.endswith(b"\n\n"):
        assert read(folder, edited).buckets == list(BUCKETS)
        return

    with pytest.raises((BadInput, Refused)):
        read(folder, edited)


def test_whoever_makes_the_seal_fit_is_believed_here_and_judged_by_the_facts_later(tmp_path: Path) -> None:
    found = read(tmp_path, resealed(TEXT.replace(b'"stay"', b'"ready"')))

    assert found.classes == {"ready": 3}
