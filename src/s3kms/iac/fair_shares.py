"""Many questions that share one budget: what is cheap is answered whatever stands beside it.

All are asked with a small share each; those for which it is too small are asked again with more, after all others
had theirs, until the budget is spent. So the order in which they stand decides nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from s3kms.iac.budget import BudgetExhausted, StepsExhausted, WorkBudget, within_bounds

T = TypeVar("T")

STEPS_OF_BUCKET = 250
"""The steps that each bucket brings: a hundred thousand buckets are much work, and none too much."""
_SHARE_OF_ALL = 4
"""The first round takes a fourth of the budget, if every question takes its whole share."""
_MIN_SHARE, _MAX_SHARE = 200, 20_000
"""Steps. A usual bucket takes 6, and 99 of 100 take under 20,000."""
_GROWTH = 4
_LEAST_GROWTH = 1.25
"""Another round is for shares that are that much larger than those of the last."""
_RESERVE = 16
"""The part of the budget that is left for the answers of those that are given up: a sixteenth."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """Something that is answered by some values, or by further questions in their place."""

    ask: "Callable[[], Sequence[T | Question[T]]]"
    """Raises BudgetExhausted; it is asked again then, unless more steps would not help."""
    give_up: Callable[[BudgetExhausted], Iterable[T]]
    """What stands in place of the answer."""


class Scratch(Protocol):
    """What asking leaves behind: values that were computed on the way."""

    def mark(self) -> tuple[tuple[int, ...], ...]:
        """How much there is before a question."""
        ...

    def roll_back(self, mark: tuple[tuple[int, ...], ...]) -> None:
        """Called after a question that took too much: lets go of what was computed since."""
        ...

    def allow_retry(self) -> None:
        """Called before all that took too much are asked again: forgets what was given up."""
        ...


class NoScratch:
    """Where asking leaves nothing behind."""

    def mark(self) -> tuple[tuple[int, ...], ...]:
        """Nothing."""
        return ()

    def roll_back(self, mark: tuple[tuple[int, ...], ...]) -> None:
        """Does nothing."""

    def allow_retry(self) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class _Pending(Generic[T]):
    question: Question[T]
    error: BudgetExhausted

    @property
    def may_be_answered(self) -> bool:
        """Whether more steps may help."""
        return isinstance(self.error, StepsExhausted)


class FairShares(Generic[T]):
    """Answers questions from one budget."""

    def __init__(self, budget: WorkBudget, scratch: Scratch | None = None) -> None:
        self._budget = budget
        self._scratch = scratch or NoScratch()

    def answers(self, questions: Iterable[Question[T]]) -> Iterator[T]:
        """The answers to all, in the order of the questions; each as soon as those before it are there."""
        waiting = list(questions)
        share = self._first_share(len(waiting))
        line: list[T | _Pending[T]] = []
        for found in self._ask_all(waiting, share):
            if line or isinstance(found, _Pending):
                line.append(found)
            else:
                yield found
        spent = len(waiting) * share
        while (pending := _open_in(line)) and (more := self._next_share(share, spent, len(pending))):
            share, before = more, self._budget.steps
            self._scratch.allow_retry()
            line = list(self._ask_again(line, share))
            spent = self._budget.steps - before
        number = sum(isinstance(found, _Pending) for found in line)
        for found in line:
            if isinstance(found, _Pending):
                yield from self._last_answers(found, number)
            else:
                yield found

    @property
    def _left(self) -> int:
        """The steps that the rounds may take."""
        return self._budget.left - self._budget.left // _RESERVE

    def _first_share(self, number: int) -> int:
        share = max(_MIN_SHARE, min(_MAX_SHARE, self._left // (_SHARE_OF_ALL * max(1, number))))
        return self._left if number == 1 else share

    def _next_share(self, share: int, spent: int, number: int) -> int:
        """The share of the next round, in which all that is left is given out; 0 where it would be hardly larger.

        Where the last round spent less than it gave out, many need the same, and one alone paid for it.
        """
        more = self._left // number
        if more <= share * _LEAST_GROWTH and 2 * spent < share * number:
            more = min(share * _GROWTH, self._left)
        return more if more > share * _LEAST_GROWTH else 0

    def _ask_all(self, questions: Iterable[Question[T]], share: int) -> Iterator[T | _Pending[T]]:
        for question in questions:
            try:
                answers = self._ask(question, share)
            except BudgetExhausted as error:
                yield _Pending(question, error)
                continue
            number = sum(isinstance(answer, Question) for answer in answers)
            for answer in answers:
                if isinstance(answer, Question):
                    yield from self._ask_all((answer,), min(share, self._first_share(number)))
                else:
                    yield answer

    def _ask_again(self, line: Iterable[T | _Pending[T]], share: int) -> Iterator[T | _Pending[T]]:
        for found in line:
            if isinstance(found, _Pending) and found.may_be_answered:
                yield from self._ask_all((found.question,), share)
            else:
                yield found

    def _ask(self, question: Question[T], share: int, *, is_trying: bool = True) -> Sequence[T | Question[T]]:
        mark = self._scratch.mark()
        try:
            with self._budget.part(share, is_trying=is_trying), within_bounds():
                return question.ask()
        except BudgetExhausted:
            self._scratch.roll_back(mark)
            raise

    def _last_answers(self, pending: _Pending[T], number: int) -> Iterator[T]:
        """The answer with what took too much as a value that is not known: often that decides nothing."""
        share = self._budget.left // (2 * max(1, number))
        try:
            answers = self._ask(pending.question, share, is_trying=False)
        except BudgetExhausted:
            yield from pending.question.give_up(pending.error)
            return
        for answer in answers:
            if isinstance(answer, Question):
                yield from self._last_answers(_Pending(answer, pending.error), number)
            else:
                yield answer


def _open_in(line: "Iterable[T | _Pending[T]]") -> "list[_Pending[T]]":
    return [found for found in line if isinstance(found, _Pending) and found.may_be_answered]
