"""Edits of several units put together: what does not fit is declined, and nobody else is changed.

The language of these tests: every file is one unit, and says `NAME = ALGORITHM` or `NAME < FILE` a line, which
takes the algorithm of a bucket from the first line of another file.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.support.code import Memory

from s3kms.iac.editing.assessment import FixTarget, NeedsEdit, assess_bucket
from s3kms.iac.editing.edit_plan import EditPlan, EditPlanner
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    DesiredKey,
    Document,
    Edit,
    Editor,
    EditTarget,
    Language,
    Proposal,
    ReadContext,
    Reader,
    Splice,
    Unit,
)
from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown, UnknownCause

ROOT = Path("/nowhere")
Rewrite = Callable[[Unit, ReadContext, Sequence[BucketToEdit], EditTarget], Iterator[Edit]]


def lines(unit: Unit) -> Iterator[tuple[int, str, str, str]]:
    assert isinstance(unit, Document)
    at = 0
    for line in unit.data.decode().splitlines(keepends=True):
        name, sign, value = line.split()
        yield at, name, sign, value
        at += len(line.encode())


def content(context: ReadContext, path: Path) -> bytes:
    found = context.files.read(path)
    return found if isinstance(found, bytes) else b""


def read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    for _, name, sign, value in lines(unit):
        said = value
        if sign == "<":
            said = content(context, ROOT / value).decode().strip()
        yield Bucket(None, resource=name, encryption=Encryption(said))


def edit(
    unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
) -> Iterator[Edit]:
    names = {one.bucket.resource for one in wanting}
    for at, name, sign, value in lines(unit):
        if name not in names:
            continue
        path, start = (unit.path, at + len(name) + 3) if sign == "=" else (ROOT / value, 0)
        end = start + len(content(context, path)[start:].split(b"\n")[0])
        yield Proposal(
            (name,), ((path, Splice(start, end, (desired.algorithm or SSE_KMS).encode())),), "there"
        )


READER = Reader("a list", lambda _: True, read)
WISH = FixTarget()


def planned(
    files: dict[str, str],
    editor: Editor | None = edit,
    ask: Callable[[Bucket], NeedsEdit | Skipped] = lambda bucket: assess_bucket(bucket, WISH),
    refusal: Callable[[Path], str | None] = lambda _: None,
) -> EditPlan:
    language = Language("List", READER, editor)
    data = {ROOT / name: text.encode() for name, text in files.items()}
    units = [(Document(path, text), language) for path, text in data.items() if path.suffix == ".list"]
    return EditPlanner(ask, refusal).plan(units, ReadContext(Memory(data)))


def after(plan: EditPlan) -> dict[str, str]:
    return {patch.path.name: patch.after.decode() for patch in plan.patches}


def left(plan: EditPlan) -> dict[str | None, str]:
    return {one.bucket.resource: one.skipped.reason for one in plan.skipped if not one.skipped.is_compliant}


def test_buckets_of_one_file_are_edited_together_and_the_others_stay() -> None:
    plan = planned({"a.list": "A = AES256\nB = aws:kms\nC = AES256\n"})

    assert after(plan) == {"a.list": "A = aws:kms\nB = aws:kms\nC = aws:kms\n"}
    assert plan.bucket_count == 2
    assert not plan.is_unsure


def test_two_units_that_share_a_file_edit_it_once() -> None:
    plan = planned({"a.list": "A < shared\n", "b.list": "B < shared\n", "shared": "AES256\n"})

    assert after(plan) == {"shared": "aws:kms\n"}
    assert plan.bucket_count == 2


def test_a_bucket_of_another_unit_that_is_not_to_be_edited_stops_the_edit_it_would_suffer_from() -> None:
    def ask(bucket: Bucket) -> NeedsEdit | Skipped:
        return Skipped("is exempt") if bucket.resource == "B" else assess_bucket(bucket, WISH)

    plan = planned(
        {"a.list": "A < shared\nX = AES256\n", "b.list": "B < shared\n", "shared": "AES256\n"}, ask=ask
    )

    assert after(plan) == {"a.list": "A < shared\nX = aws:kms\n"}
    assert "would change B, too" in left(plan)["A"]
    assert plan.is_unsure


def test_who_is_declined_in_one_unit_and_helped_by_another_is_not_left() -> None:
    def half(
        unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
    ) -> Iterator[Edit]:
        if unit.path.name == "a.list":
            yield Declined("A", "no", NO_ADVICE)
        else:
            yield from edit(unit, context, wanting, desired)

    plan = planned({"a.list": "A < shared\n", "b.list": "B < shared\n", "shared": "AES256\n"}, half)

    assert after(plan) == {"shared": "aws:kms\n"}
    assert left(plan) == {}


def spliced(*splices: tuple[str, int, int, str]) -> Rewrite:
    def propose(
        unit: Unit, _: ReadContext, wanting: Sequence[BucketToEdit], __: EditTarget
    ) -> Iterator[Edit]:
        for one, (name, start, end, text) in zip(wanting, splices, strict=False):
            path = ROOT / name if name else unit.path
            yield Proposal(
                (one.bucket.resource or "",), ((path, Splice(start, end, text.encode())),), "there"
            )

    return propose


TWO = "A = AES256\nB = AES256\n"


@pytest.mark.parametrize(
    ("propose", "why"),
    [
        (spliced(("", 4, 10, "aws:kms"), ("", 5, 21, "x")), "two edits want the bytes"),
        (spliced(("", 4, 10, "aws:kms"), ("", 90, 99, "x")), "the file has 22 bytes"),
        (spliced(("", 4, 10, "aws:kms"), ("none", 0, 0, "x")), "is not there"),
        (spliced(("", 4, 10, "aws:kms"), ("", 15, 21, "AES256")), "does not come out as asked for"),
        (spliced(("", 4, 10, "aws:kms"), ("other", 0, 0, "x")), "does not come out as asked for"),
        (spliced(("", 4, 10, "aws:kms")), "no edit was found for it"),
    ],
)
def test_an_edit_that_does_not_hold_is_declined_and_the_other_is_kept(propose: Rewrite, why: str) -> None:
    plan = planned({"a.list": TWO, "other": "y"}, propose)

    assert after(plan) == {"a.list": "A = aws:kms\nB = AES256\n"}
    assert why in left(plan)["B"]


def test_an_edit_of_a_file_that_has_no_part_in_the_bucket_is_declined() -> None:
    plan = planned({"a.list": "A = AES256\n", "other": "y"}, spliced(("other", 0, 0, "x")))

    assert (after(plan), plan.bucket_count) == ({}, 0)
    assert "changes no file that the bucket is read from" in left(plan)["A"]


def test_an_empty_proposal_helps_nobody() -> None:
    def propose(*_: object) -> Iterator[Edit]:
        yield Proposal(("A",), (), "nowhere")

    plan = planned({"a.list": "A = AES256\n"}, propose)

    assert (after(plan), left(plan)) == ({}, {"A": "the edit is empty"})


def test_a_file_that_may_not_be_written_is_told() -> None:
    plan = planned({"a.list": "A = AES256\n"}, refusal=lambda path: f"{path.name} is read-only")

    assert (after(plan), left(plan)) == ({}, {"A": "a.list is read-only"})


def test_a_language_without_an_editor_is_told() -> None:
    plan = planned({"a.list": "A = AES256\nB = aws:kms\n"}, editor=None)

    assert left(plan) == {"A": "is declared in a list, which is not edited"}


UNKNOWN = Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x="))
AES, KMS, DSSE = Encryption(SSE_S3), Encryption(SSE_KMS, "k", bucket_key=False), Encryption(DSSE_KMS)
OWN = DesiredKey("alias/data")


def bucket(*found: Encryption | Unknown, kind: BucketKind = BucketKind.GENERAL_PURPOSE) -> Bucket:
    outcomes = (
        tuple(BucketOutcome(str(i), one, None, ()) for i, one in enumerate(found)) if len(found) > 1 else ()
    )
    return Bucket(None, resource="B", encryption=found[0], outcomes=outcomes, kind=kind)


@pytest.mark.parametrize(
    ("found", "wish", "before", "desired"),
    [
        ((AES,), FixTarget(), AES, EditTarget()),
        ((AES,), FixTarget(DSSE_KMS, OWN), AES, EditTarget(DSSE_KMS, OWN)),
        ((KMS, AES), FixTarget(key=OWN), AES, EditTarget(key=OWN)),
        ((UNKNOWN, AES), FixTarget(), AES, EditTarget()),
        ((KMS,), FixTarget(DSSE_KMS, OWN), KMS, EditTarget(DSSE_KMS)),
        ((KMS,), FixTarget(bucket_key_of_kms=True), KMS, EditTarget(bucket_key=True)),
        ((KMS,), FixTarget(bucket_key_only=True), KMS, EditTarget(bucket_key=True)),
        ((AES,), FixTarget(bucket_key=False), AES, EditTarget(bucket_key=False)),
    ],
)
def test_who_falls_short_is_edited_in_its_worst_outcome(
    found: tuple[Encryption | Unknown, ...], wish: FixTarget, before: Encryption, desired: EditTarget
) -> None:
    need = assess_bucket(bucket(*found), wish)

    assert isinstance(need, NeedsEdit)
    assert (need.to_edit.before, need.target) == (before, desired)


@pytest.mark.parametrize(
    ("found", "wish", "is_unknown"),
    [
        ((KMS,), FixTarget(), False),
        ((KMS,), FixTarget(key=OWN), False),
        ((DSSE,), FixTarget(bucket_key_of_kms=True), False),
        ((AES,), FixTarget(bucket_key_only=True), False),
        ((DSSE,), FixTarget(bucket_key_only=True), False),
        ((UNKNOWN,), FixTarget(), True),
        ((KMS, UNKNOWN), FixTarget(), True),
        ((Encryption("aws:backup"),), FixTarget(), True),
    ],
)
def test_who_does_not_or_may_not_fall_short_is_left(
    found: tuple[Encryption | Unknown, ...], wish: FixTarget, is_unknown: bool
) -> None:
    leave = assess_bucket(bucket(*found), wish)

    assert isinstance(leave, Skipped)
    assert leave.is_unknown is is_unknown


@pytest.mark.parametrize("wish", [FixTarget(), FixTarget(key=DesiredKey()), FixTarget(DSSE_KMS, OWN)])
def test_a_directory_bucket_is_edited_with_a_key_of_ones_own_only(wish: FixTarget) -> None:
    leave = assess_bucket(bucket(AES, kind=BucketKind.DIRECTORY), wish)

    assert isinstance(leave, Skipped)
    assert "is a directory bucket, which cannot have" in leave.reason
    assert isinstance(assess_bucket(bucket(AES, kind=BucketKind.DIRECTORY), FixTarget(key=OWN)), NeedsEdit)
