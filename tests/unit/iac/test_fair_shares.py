"""Questions that share one budget: cheap ones are answered, whatever stands beside them, in their order."""

from collections.abc import Sequence

import pytest

from s3kms.iac.budget import BudgetExhausted, Limits, WorkBudget
from s3kms.iac.fair_shares import FairShares, Question

STEPS = 10_000


class Asked:
    """Questions that cost steps, and who was asked how often."""

    def __init__(self, steps: int = STEPS) -> None:
        self.budget = WorkBudget(Limits(steps=steps))
        self.asked: list[str] = []

    def question(self, name: str, cost: int) -> Question[str]:
        def ask() -> Sequence[str]:
            self.asked.append(name)
            for _ in range(cost):
                self.budget.spend()
            return (name,)

        return Question(ask, lambda _: (f"{name}?",))

    def answers(self, costs: dict[str, int]) -> list[str]:
        questions = [self.question(*one) for one in costs.items()]
        return list(FairShares[str](self.budget).answers(questions))


CHEAP = {f"c{n}": 10 for n in range(50)}
BOMBS = {f"b{n}": 10**9 for n in range(20)}


@pytest.mark.parametrize(
    "costs",
    [
        {**BOMBS, **CHEAP},
        {**CHEAP, **BOMBS},
        {"b0": 10**9, **CHEAP},
        dict(sorted({**BOMBS, **CHEAP}.items(), key=lambda one: one[0][1:])),
    ],
    ids=["first", "last", "one", "mixed"],
)
def test_only_what_costs_too_much_is_given_up_wherever_it_stands(costs: dict[str, int]) -> None:
    found = Asked().answers(costs)

    assert found == [name if name in CHEAP else f"{name}?" for name in costs]


def test_what_costs_more_gets_what_the_others_left() -> None:
    assert Asked().answers({**CHEAP, "middle": STEPS // 2}) == [*CHEAP, "middle"]


def test_several_that_cost_more_share_what_is_left() -> None:
    middle = {f"m{n}": STEPS // 16 for n in range(8)}

    found = Asked().answers({"b0": 10**9, **CHEAP, **middle})

    assert found == ["b0?", *CHEAP, *middle]


def test_one_alone_has_nearly_all_at_once() -> None:
    asked = Asked()

    assert asked.answers({"one": STEPS * 3 // 4}) == ["one"]
    assert asked.asked == ["one"]


def test_answers_come_as_soon_as_those_before_them_are_there() -> None:
    asked = Asked()
    answers = FairShares[str](asked.budget).answers([asked.question(*one) for one in CHEAP.items()])

    assert next(answers) == "c0"
    assert asked.asked == ["c0"]


def test_an_answer_may_be_further_questions_in_its_place() -> None:
    asked = Asked()
    inner = [asked.question(name, cost) for name, cost in {"b0": 10**9, **CHEAP}.items()]
    several: Question[str] = Question(lambda: [*inner, "end"], lambda _: ())

    found = list(FairShares[str](asked.budget).answers([asked.question("first", 1), several]))

    assert found == ["first", "b0?", *CHEAP, "end"]


def test_what_more_steps_do_not_help_is_not_asked_again_but_for_the_last_time() -> None:
    asked = 0

    def ask() -> Sequence[str]:
        nonlocal asked
        asked += 1
        raise BudgetExhausted("memory")

    budget = WorkBudget(Limits(steps=STEPS))
    found = list(FairShares[str](budget).answers([Question(ask, lambda error: (error.why,))] * 2))

    assert found == ["memory", "memory"]
    assert asked == 4


def test_what_is_left_for_others_is_not_spent() -> None:
    asked = Asked()

    asked.answers(BOMBS)

    assert asked.budget.left > 0
