"""What evaluating one root module may cost."""

from s3kms.iac.hcl.scalars import list_elements, make_too_large
from s3kms.iac.hcl.values import SetValue, Value

MAX_EVALUATION_STEPS = 1_000_000
"""Expressions that are evaluated, and instances that are made, for one root module."""
MAX_VALUE_PARTS = 300_000
"""Parts of one value, those of its parts included."""


class BudgetExhausted(Exception):
    """The code takes more steps to evaluate, or makes larger values, than its budget allows."""


class EvaluationBudget:
    """Counts the steps of all evaluations of one root module, and weighs their values."""

    def __init__(self) -> None:
        self.steps = 0
        self._weights: dict[int, tuple[Value, int]] = {}
        """By identity, with the value itself, so that no other gets that identity."""

    def count_steps(self, number: int = 1) -> None:
        """Counts evaluated expressions and made instances. Raises BudgetExhausted after MAX_EVALUATION_STEPS."""
        self.steps += number
        if self.steps > MAX_EVALUATION_STEPS:
            raise BudgetExhausted

    def limit_size(self, value: Value) -> Value:
        """The value, or an UnknownValue where it has more than MAX_VALUE_PARTS.

        Every value with a name is weighed, because a name costs nothing, and what it stands for may double each time.
        """
        weight = self._weigh(value)
        if isinstance(value, list | dict | SetValue):
            self._weights[id(value)] = value, weight
        return value if weight <= MAX_VALUE_PARTS else make_too_large("a value")

    def _weigh(self, value: Value) -> int:
        if not isinstance(value, list | dict | SetValue):
            return 1
        known = self._weights.get(id(value))
        return known[1] if known else 1 + sum(self._weigh(part) for part in list_elements(value))
