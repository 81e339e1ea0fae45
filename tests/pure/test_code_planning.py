"""Edits of several units put together: what does not fit is declined, and nobody else is changed.

The language of these tests: every file is one unit, and says `NAME = ALGORITHM` or `NAME < FILE` a line, which
takes the algorithm of a bucket from the first line of another file.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.support.code import Memory

from s3kms.estate.advice import Advice
from s3kms.estate.bucket import Bucket, BucketKind, Outcome
from s3kms.estate.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.fixes.code.interface import Declined, Desired, DesiredKey, Edit, Editor, Proposal, Splice, Wanting
from s3kms.fixes.code.needs import Leave, Need, Wish, need_of
from s3kms.fixes.code.planning import CodePlan, Planner
from s3kms.sources.code.interface import Context, Document, Reader, Unit

ROOT = Path("/nowhere")
Rewrite = Callable[[Unit, Context, Sequence[Wanting], Desired], Iterator[Edit]]


def lines(unit: Unit) -> Iterator[tuple[int, str, str, str]]:
    assert isinstance(unit, Document)
    at = 0
    for line in unit.data.decode().splitlines(keepends=True):
        name, sign, value = line.split()
        yield at, name, sign, value
        at += len(line.encode())


def read(unit: Unit, context: Context) -> Iterator[Bucket]:
    for _, name, sign, value in lines(unit):
        said = value
        if sign == "<":
            said = (context.files.read(ROOT / value) or b"").decode().strip()
        yield Bucket(None, resource=name, encryption=Encryption(said))


def edit(unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired) -> Iterator[Edit]:
    names = {one.bucket.resource for one in wanting}
    for at, name, sign, value in lines(unit):
        if name not in names:
            continue
        path, start = (unit.path, at + len(name) + 3) if sign == "=" else (ROOT / value, 0)
        end = start + len((context.files.read(path) or b"")[start:].split(b"\n")[0])
        yield Proposal((name,), (Splice(path, start, end, (desired.algorithm or SSE_KMS).encode()),), "there")


READER = Reader("a list", lambda _: True, read)
EDITOR = Editor("a list", edit)
WISH = Wish()


def planned(
    files: dict[str, str],
    editor: Editor = EDITOR,
    ask: Callable[[Bucket], Need | Leave] = lambda bucket: need_of(bucket, WISH),
    refusal: Callable[[Path], str | None] = lambda _: None,
) -> CodePlan:
    data = {ROOT / name: text.encode() for name, text in files.items()}
    units = [(Document(path, text), READER) for path, text in data.items() if path.suffix == ".list"]
    return Planner(ask, (editor,), refusal).plan(units, Context(Memory(data)))


def after(plan: CodePlan) -> dict[str, str]:
    return {patch.path.name: patch.after.decode() for patch in plan.patches}


def left(plan: CodePlan) -> dict[str | None, str]:
    return {one.bucket.resource: one.leave.why for one in plan.left if not one.leave.is_well}


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
    def ask(bucket: Bucket) -> Need | Leave:
        return Leave("is exempt") if bucket.resource == "B" else need_of(bucket, WISH)

    plan = planned(
        {"a.list": "A < shared\nX = AES256\n", "b.list": "B < shared\n", "shared": "AES256\n"}, ask=ask
    )

    assert after(plan) == {"a.list": "A < shared\nX = aws:kms\n"}
    assert "would change B, too" in left(plan)["A"]
    assert plan.is_unsure


def test_who_is_declined_in_one_unit_and_helped_by_another_is_not_left() -> None:
    def half(unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired) -> Iterator[Edit]:
        if unit.path.name == "a.list":
            yield Declined("A", "no", "")
        else:
            yield from edit(unit, context, wanting, desired)

    plan = planned(
        {"a.list": "A < shared\n", "b.list": "B < shared\n", "shared": "AES256\n"}, Editor("a list", half)
    )

    assert after(plan) == {"shared": "aws:kms\n"}
    assert left(plan) == {}


def spliced(*splices: tuple[str, int, int, str]) -> Rewrite:
    def propose(unit: Unit, _: Context, wanting: Sequence[Wanting], __: Desired) -> Iterator[Edit]:
        for one, (name, start, end, text) in zip(wanting, splices, strict=False):
            path = ROOT / name if name else unit.path
            yield Proposal((one.bucket.resource or "",), (Splice(path, start, end, text.encode()),), "there")

    return propose


TWO = "A = AES256\nB = AES256\n"


@pytest.mark.parametrize(
    ("propose", "why"),
    [
        (spliced(("", 4, 10, "aws:kms"), ("", 5, 21, "x")), "two edits want the bytes"),
        (spliced(("", 4, 10, "aws:kms"), ("", 90, 99, "x")), "the file has 22 bytes"),
        (spliced(("", 4, 10, "aws:kms"), ("none", 0, 0, "x")), "cannot be read"),
        (spliced(("", 4, 10, "aws:kms"), ("", 15, 21, "AES256")), "does not come out as it is asked for"),
        (spliced(("", 4, 10, "aws:kms"), ("other", 0, 0, "x")), "does not come out as it is asked for"),
        (spliced(("", 4, 10, "aws:kms")), "no edit was found for it"),
    ],
)
def test_an_edit_that_does_not_hold_is_declined_and_the_other_is_kept(propose: Rewrite, why: str) -> None:
    plan = planned({"a.list": TWO, "other": "y"}, Editor("a list", propose))

    assert after(plan) == {"a.list": "A = aws:kms\nB = AES256\n"}
    assert why in left(plan)["B"]


def test_an_edit_of_a_file_that_has_no_part_in_the_bucket_is_declined() -> None:
    plan = planned({"a.list": "A = AES256\n", "other": "y"}, Editor("a list", spliced(("other", 0, 0, "x"))))

    assert (after(plan), plan.bucket_count) == ({}, 0)
    assert "changes nothing that the bucket is read from" in left(plan)["A"]


def test_an_empty_proposal_helps_nobody() -> None:
    def propose(*_: object) -> Iterator[Edit]:
        yield Proposal(("A",), (), "nowhere")

    plan = planned({"a.list": "A = AES256\n"}, Editor("a list", propose))

    assert (after(plan), left(plan)) == ({}, {"A": "the edit is empty"})


def test_a_file_that_may_not_be_written_is_told() -> None:
    plan = planned({"a.list": "A = AES256\n"}, refusal=lambda path: f"{path.name} is read-only")

    assert (after(plan), left(plan)) == ({}, {"A": "a.list is read-only"})


def test_a_language_without_an_editor_is_told() -> None:
    plan = planned({"a.list": "A = AES256\nB = aws:kms\n"}, Editor("another", edit))

    assert left(plan) == {"A": "is declared in a list, which is not edited"}


UNKNOWN = Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x="))
AES, KMS, DSSE = Encryption(SSE_S3), Encryption(SSE_KMS, "k", bucket_key=False), Encryption(DSSE_KMS)
OWN = DesiredKey("alias/data")


def bucket(*found: Encryption | Unknown, kind: BucketKind = BucketKind.GENERAL_PURPOSE) -> Bucket:
    outcomes = tuple(Outcome(str(i), one, None, ()) for i, one in enumerate(found)) if len(found) > 1 else ()
    return Bucket(None, resource="B", encryption=found[0], outcomes=outcomes, kind=kind)


@pytest.mark.parametrize(
    ("found", "wish", "before", "desired"),
    [
        ((AES,), Wish(), AES, Desired()),
        ((AES,), Wish(DSSE_KMS, OWN), AES, Desired(DSSE_KMS, OWN)),
        ((KMS, AES), Wish(key=OWN), AES, Desired(key=OWN)),
        ((UNKNOWN, AES), Wish(), AES, Desired()),
        ((KMS,), Wish(DSSE_KMS, OWN), KMS, Desired(DSSE_KMS)),
        ((KMS,), Wish(bucket_key_of_kms=True), KMS, Desired(bucket_key=True)),
        ((KMS,), Wish(bucket_key_only=True), KMS, Desired(bucket_key=True)),
        ((AES,), Wish(bucket_key=False), AES, Desired(bucket_key=False)),
    ],
)
def test_who_falls_short_is_edited_in_its_worst_outcome(
    found: tuple[Encryption | Unknown, ...], wish: Wish, before: Encryption, desired: Desired
) -> None:
    need = need_of(bucket(*found), wish)

    assert isinstance(need, Need)
    assert (need.wanting.before, need.desired) == (before, desired)


@pytest.mark.parametrize(
    ("found", "wish", "is_unknown"),
    [
        ((KMS,), Wish(), False),
        ((KMS,), Wish(key=OWN), False),
        ((DSSE,), Wish(bucket_key_of_kms=True), False),
        ((AES,), Wish(bucket_key_only=True), False),
        ((DSSE,), Wish(bucket_key_only=True), False),
        ((UNKNOWN,), Wish(), True),
        ((KMS, UNKNOWN), Wish(), True),
        ((Encryption("aws:backup"),), Wish(), True),
    ],
)
def test_who_does_not_or_may_not_fall_short_is_left(
    found: tuple[Encryption | Unknown, ...], wish: Wish, is_unknown: bool
) -> None:
    leave = need_of(bucket(*found), wish)

    assert isinstance(leave, Leave)
    assert leave.is_unknown is is_unknown


@pytest.mark.parametrize("wish", [Wish(), Wish(key=DesiredKey()), Wish(DSSE_KMS, OWN)])
def test_a_directory_bucket_is_edited_with_a_key_of_ones_own_only(wish: Wish) -> None:
    leave = need_of(bucket(AES, kind=BucketKind.DIRECTORY), wish)

    assert isinstance(leave, Leave)
    assert "fact A20" in leave.why
    assert isinstance(need_of(bucket(AES, kind=BucketKind.DIRECTORY), Wish(key=OWN)), Need)
