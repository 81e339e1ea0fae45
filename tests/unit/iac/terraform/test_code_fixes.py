"""Every failing case of Terraform is put right, or said why not."""

import shutil
from functools import cache
from pathlib import Path

import pytest
from tests.support.terraform_case import ARN, FAIL, PASS, Case
from tests.support.terraform_fixes import AS_USUAL, FAILING, Fixed, buckets_of, said_of, table
from tests.support.terraform_fixes import fix as plan
from tests.unit.iac.terraform.test_edits import unformatted

from s3kms.iac.editing.assessment import FixTarget
from s3kms.iac.interface import DesiredKey
from s3kms.model.encryption import DSSE_KMS, Encryption

SNAPSHOT = Path(__file__).with_name("code_fixes.txt")
WISHES = {
    "as usual": AS_USUAL,
    "a key": FixTarget(key=DesiredKey(literal=ARN)),
    "DSSE-KMS": FixTarget(algorithm=DSSE_KMS),
    "no bucket key": FixTarget(bucket_key=False),
}
fix = cache(lambda number, wish: plan(FAILING[number], WISHES[wish]))


def every(*wishes: str) -> pytest.MarkDecorator:
    """Every failing case with these wishes."""
    chosen = [
        pytest.param(number, wish, id=f"{case.id}, {wish}")
        for wish in wishes
        for number, case in enumerate(FAILING)
    ]
    return pytest.mark.parametrize(("number", "wish"), chosen)


def test_as_many_lines_change_as_were_looked_at() -> None:
    assert list(table()) == SNAPSHOT.read_text().splitlines(), (
        "look at the difference; `python -m tests.support.terraform_fixes` prints the file anew"
    )


@every(*WISHES)
def test_every_bucket_that_fails_is_put_right_or_left_with_a_reason(number: int, wish: str) -> None:
    fixed: Fixed = fix(number, wish)
    fails = {address for address, said in fixed.case.said.items() if said.verdict is FAIL}

    assert not fixed.edited & fixed.left.keys()
    assert fails <= fixed.edited | fixed.left.keys()
    assert all(fixed.left.values())


@every(*WISHES)
def test_the_check_passes_what_was_edited(number: int, wish: str) -> None:
    fixed: Fixed = fix(number, wish)

    for address in fixed.edited:
        assert fixed.after.said[address].verdict is PASS


@every(*WISHES)
def test_nobody_else_comes_out_differently(number: int, wish: str) -> None:
    fixed: Fixed = fix(number, wish)
    before = {str(bucket.resource): said_of(bucket) for bucket in buckets_of(fixed.case)}

    assert before.keys() == fixed.after.said.keys()
    for address in before.keys() - fixed.edited:
        assert fixed.after.said[address] == before[address]


@every("a key", "DSSE-KMS", "no bucket key")
def test_what_was_edited_has_what_was_asked_for(number: int, wish: str) -> None:
    fixed: Fixed = fix(number, wish)
    asked = WISHES[wish]

    for bucket in buckets_of(fixed.after):
        if str(bucket.resource) not in fixed.edited:
            continue
        for one in [outcome.encryption for outcome in bucket.outcomes] or [bucket.encryption]:
            assert isinstance(one, Encryption)
            assert asked.algorithm in {None, one.algorithm}
            assert asked.key is None or one.key == ARN
            assert asked.bucket_key is None or not one.bucket_key


@every(*WISHES)
def test_a_second_run_edits_nothing(number: int, wish: str) -> None:
    assert plan(fix(number, wish).after, WISHES[wish]).plan.patches == ()


def test_most_are_put_right() -> None:
    fixed = [fix(number, "as usual") for number in range(len(FAILING))]

    assert len(FAILING) >= 70
    assert sum(bool(one.edited) for one in fixed) >= 50


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform")
@pytest.mark.parametrize("wish", WISHES)
def test_terraform_formats_nothing_that_it_would_not_have_formatted_before(tmp_path: Path, wish: str) -> None:
    for number, case in enumerate(FAILING):
        fixed: Fixed = fix(number, wish)
        write(tmp_path / "before" / str(number), case)
        write(tmp_path / "after" / str(number), fixed.after)

    assert unformatted(tmp_path / "after") <= unformatted(tmp_path / "before")


def write(folder: Path, case: Case) -> None:
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
