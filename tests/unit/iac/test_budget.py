"""What reading one unit may cost: counted, named where it is used up, and enough for ordinary code."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.attacks import CONFIGURATION
from tests.support.code import context

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.budget import BudgetExhausted, Limits, WorkBudget, within_bounds
from s3kms.iac.hcl.functions.regular_expressions import regex
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.interface import Document, Folder, Reader
from s3kms.iac.terraform.code import READER as TERRAFORM
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.values import Rejected
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown, UnknownCause

SMALL = Limits(steps=20_000)
BOMB = "[for i in range(1000) : [for j in range(1000) : i]]"


def read(main: str, limits: Limits = SMALL) -> dict[str | None, Bucket]:
    given = context({"i/main.tf": main})
    given = type(given)(given.files, given.inputs, limits=limits)
    return {found.resource: found for found in read_buckets(TERRAFORM, Folder(Path("i")), given)}


def algorithm(locals_: str, value: str, limits: Limits = SMALL) -> str | Unknown | None:
    main = f"{CONFIGURATION.replace('ALGORITHM', value)}\nlocals {{\n{locals_}\n}}\n"
    encryption = read(main, limits)["aws_s3_bucket.b"].encryption
    return encryption.algorithm if isinstance(encryption, Encryption) else encryption


def test_work_beyond_the_steps_is_an_unknown_that_names_the_budget() -> None:
    found = algorithm(f"a = {BOMB}", "local.a[0][0]")

    assert isinstance(found, Unknown)
    assert found.cause is UnknownCause.BUDGET
    assert "20,000 steps" in found.why


def test_memory_beyond_the_budget_is_an_unknown_that_names_it() -> None:
    limits = Limits(held_bytes=1024**2)
    found = algorithm(
        'a = [for i in range(1000) : join("", [i, strrev(local.s)])]\ns = format("%09000d", 1)',
        "local.a[0]",
        limits,
    )

    assert isinstance(found, Unknown)
    assert "1 MB" in found.why


def test_the_clock_is_the_last_line_of_defense() -> None:
    ticks: Iterator[float] = iter([0.0, 1.0, 9.0])
    budget = WorkBudget(Limits(cpu_seconds=8), clock=lambda: next(ticks))

    budget.spend(10_000)
    budget.spend(10_000)
    with pytest.raises(BudgetExhausted, match="8 CPU seconds"):
        budget.spend(10_000)
    assert budget.is_out_of_time


def test_a_small_unit_never_asks_for_the_time() -> None:
    def clock() -> float:
        raise AssertionError

    budget = WorkBudget(clock=clock)
    for _ in range(100):
        with budget.part(1000):
            budget.spend(10)


def test_a_part_gets_its_steps_and_what_comes_after_it_the_others() -> None:
    budget = WorkBudget(Limits(steps=100))

    with pytest.raises(BudgetExhausted), budget.part(50):
        budget.spend(51)
    assert budget.left == 49
    with pytest.raises(BudgetExhausted), budget.part(1000):
        budget.spend(50)


def test_what_is_shared_is_not_of_the_part_around_it() -> None:
    budget = WorkBudget(Limits(steps=100))

    with budget.part(10):
        with budget.shared():
            budget.spend(60)
        assert budget.left == 10
        budget.spend(10)
    assert budget.left == 30


def test_what_brings_its_own_steps_adds_them_to_every_part_around_it() -> None:
    budget = WorkBudget(Limits(steps=100))

    with budget.part(50):
        with budget.part(10):
            budget.add(5)
            assert budget.left == 15
        assert budget.left == 55
    assert budget.left == 105


def test_memory_that_there_is_no_room_for_is_not_counted() -> None:
    budget = WorkBudget(Limits(held_bytes=100))

    budget.hold(90)
    with pytest.raises(BudgetExhausted):
        budget.hold(50)
    budget.hold(10)


def test_what_costs_too_much_does_not_take_the_others_with_it() -> None:
    found = read(
        f'locals {{\n  a = {BOMB}\n}}\nresource "aws_s3_bucket" "a" {{\n  count = local.a[0][0]\n}}\n'
        'resource "aws_s3_bucket" "b" {}\n'
    )

    assert isinstance(found["aws_s3_bucket.b"].encryption, Encryption)
    assert any(isinstance(one.encryption, Unknown) for one in found.values())


def test_a_value_that_took_too_much_is_not_tried_again() -> None:
    root = RootModule(
        Path("i"),
        context({"i/main.tf": f"locals {{\n  a = {BOMB}\n}}\n"}).files,
        context().inputs,
        AWS_SCHEMA,
        budget=WorkBudget(SMALL),
    )
    with pytest.raises(BudgetExhausted), root.loader.budget.part(10_000):
        root.undecided.local(root.undecided.root, "a")
    before = root.loader.budget.steps

    again = root.undecided.local(root.undecided.root, "a")

    assert root.loader.budget.steps == before
    assert getattr(again, "unknown").cause is UnknownCause.BUDGET  # noqa: B009 - it is no other value


def test_what_comes_last_is_not_to_blame_for_what_others_spent() -> None:
    main = f"locals {{\n  a = {BOMB}\n  b = [for i in range(9) : i]\n}}\n"
    files = context({"i/main.tf": main}).files
    root = RootModule(Path("i"), files, context().inputs, AWS_SCHEMA, budget=WorkBudget(SMALL))
    budget, evaluation = root.loader.budget, root.undecided

    with budget.part(100):
        budget.spend(99)
        with pytest.raises(BudgetExhausted):
            evaluation.local(evaluation.root, "b")

    assert evaluation.local(evaluation.root, "b") == list(range(9))


@pytest.mark.parametrize("count", [150, 2000])
def test_a_chain_of_locals_is_no_bomb(count: int) -> None:
    chain = "\n".join(f'  s{n} = "${{local.s{n - 1}}}"' for n in range(1, count + 1))

    assert algorithm(f'  s0 = "aws:kms"\n{chain}', f"local.s{count}") == "aws:kms"


def test_a_long_chain_that_leads_to_a_variable_is_followed_in_each_world() -> None:
    chain = "\n".join(f"  s{n} = local.s{n - 1}" for n in range(1, 151))
    main = f'{CONFIGURATION.replace("ALGORITHM", "local.s150")}\nvariable "k" {{}}\n'
    found = read(f'{main}locals {{\n  s0 = var.k == "a" ? "AES256" : "aws:kms"\n{chain}\n}}\n')

    encryptions = [one.encryption for one in found["aws_s3_bucket.b"].outcomes]
    assert [one.algorithm for one in encryptions if isinstance(one, Encryption)] == ["AES256", "aws:kms"]


def test_a_long_circle_of_locals_refers_to_itself() -> None:
    chain = "\n".join(f"  s{n} = local.s{n - 1}" for n in range(1, 151))
    found = algorithm(f"  s0 = local.s150\n{chain}", "local.s150")

    assert isinstance(found, Unknown)
    assert "refers to itself" in found.why


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_what_is_too_much_for_the_process_is_an_unknown_bucket(error: type[Exception]) -> None:
    def fail(*_: object) -> Iterator[Bucket]:
        raise error
        yield

    unit = Document(Path("t.yaml"), b"")
    (found,) = read_buckets(Reader("", lambda _: True, fail), unit, context())

    assert isinstance(found.encryption, Unknown)
    assert found.encryption.cause is UnknownCause.BUDGET


def test_bounds_let_other_errors_through() -> None:
    with pytest.raises(KeyError), within_bounds():
        raise KeyError


@pytest.mark.parametrize(
    "source", ["(?:(?:x{10}){11}){10}", "((a{100}|b){11})", "(?:(?:(?:){1000}){1000}){1000}"]
)
def test_counted_repetitions_that_multiply_beyond_a_thousand_are_rejected(source: str) -> None:
    """As Go's regexp does: invalid repeat count."""
    with pytest.raises(Rejected, match="repeats more than 1000 times"):
        regex(source, "x")


def test_counted_repetitions_beside_one_another_do_not_multiply() -> None:
    assert regex("(?:x{30}y{30}){1}x{900}", "x" * 30 + "y" * 30 + "x" * 900) is not None
