"""What all units of one command may cost together."""

from pathlib import Path

import pytest
from tests.support.attacks import CONFIGURATION
from tests.support.code import context

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.budget import BudgetExhausted, Limits, WorkBudget
from s3kms.iac.command_budget import COMMAND_STEPS, USUAL_STEPS, CommandBudget, UnitBudget
from s3kms.iac.interface import Folder, ReadContext
from s3kms.iac.terraform.code import READER as TERRAFORM
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown, UnknownCause

WHOLE = Limits()


def spend(budget: WorkBudget, steps: int) -> int:
    """The steps that were spent, of so many that were to be."""
    try:
        budget.spend(steps)
    except BudgetExhausted:
        return budget.limits.steps
    return steps


def test_any_number_of_bombs_have_the_usual_steps_and_what_the_command_keeps() -> None:
    command, spent = CommandBudget(), 0
    for number in range(100):
        with command.unit(number, WHOLE) as unit:
            spent += spend(unit.open(), 10**9)

    assert spent <= COMMAND_STEPS + 100 * USUAL_STEPS


def test_one_unit_alone_has_its_whole_limits() -> None:
    with CommandBudget().unit("one", WHOLE) as unit:
        assert unit.limits == WHOLE


def test_after_bombs_usual_code_has_the_usual_steps_and_is_told_that_they_are_fewer() -> None:
    command = CommandBudget()
    for number in range(100):
        with command.unit(number, WHOLE) as unit:
            spend(unit.open(), 10**9)

    with command.unit("usual", WHOLE) as unit:
        assert spend(unit.open(), USUAL_STEPS) == USUAL_STEPS
        with pytest.raises(BudgetExhausted, match="all that other code left"):
            unit.open().spend(10**9)


def test_an_estate_of_any_size_never_comes_to_the_end_of_it() -> None:
    command = CommandBudget()
    for number in range(5_000):
        with command.unit(number, WHOLE) as unit:
            assert not unit.limits.are_reduced
            unit.open().spend(USUAL_STEPS - 1)


def test_what_usual_code_leaves_is_kept_for_more() -> None:
    command = CommandBudget()
    for number in range(100):
        with command.unit(number, WHOLE) as unit:
            spend(unit.open(), 10**9)
    for number in range(100, 400):
        with command.unit(number, WHOLE) as unit:
            unit.open()

    with command.unit("more", WHOLE) as unit:
        assert not unit.limits.are_reduced


def test_a_unit_that_is_read_again_has_what_it_had() -> None:
    command = CommandBudget()
    limits = []
    for name in ("a", "b", "a", "b", "a"):
        with command.unit(name, WHOLE) as unit:
            limits.append(unit.limits)
            spend(unit.open(), 10**9)

    assert limits[2:] == [limits[0], limits[1], limits[0]]
    assert limits[0] != limits[1]


def test_the_readers_of_one_unit_share_its_steps_and_each_has_the_usual_ones() -> None:
    unit = UnitBudget(WHOLE)

    assert spend(unit.open(), 10**9) == WHOLE.steps
    assert spend(unit.open(), 10**9) == USUAL_STEPS


def test_units_that_come_to_the_end_of_their_time_leave_less_to_the_others() -> None:
    command = CommandBudget()
    seconds = []
    for number in range(20):
        with command.unit(number, WHOLE) as unit:
            seconds.append(unit.limits.cpu_seconds)
            unit.open().is_out_of_time = True

    assert seconds[0] == WHOLE.cpu_seconds
    assert sum(seconds) < 2 * WHOLE.cpu_seconds


def test_roots_that_are_all_bombs_are_each_unknown_and_usual_ones_among_them_are_judged() -> None:
    bomb = CONFIGURATION.replace("ALGORITHM", "local.a[0][0]")
    bomb += "locals {\n  a = [for i in range(1000) : [for j in range(1000) : i]]\n}\n"
    usual = CONFIGURATION.replace("ALGORITHM", '"aws:kms"')
    texts = {f"r{n:02}": bomb if n % 3 else usual for n in range(30)}
    given = context({f"{name}/main.tf": text for name, text in texts.items()})
    command = CommandBudget(steps=50_000)
    given = ReadContext(given.files, given.inputs, limits=Limits(steps=40_000), command=command)

    for name, text in texts.items():
        (found,) = read_buckets(TERRAFORM, Folder(Path(name)), given)
        if text is usual:
            assert isinstance(found.encryption, Encryption)
        else:
            assert isinstance(found.encryption, Unknown)
            assert found.encryption.cause is UnknownCause.BUDGET
            assert found.resource == "aws_s3_bucket.b"
