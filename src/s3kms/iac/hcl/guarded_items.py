"""The items that a list or a map may have, each with the conditions under which it has them: nothing is decided."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.syntax_tree import Expression, ForExpression, FunctionCall, TupleConstructor
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import UnknownValue

Guard = tuple[Expression, ExpressionScope]
"""A condition, and where it stands."""
_SAME_ITEMS = frozenset({"toset", "tolist", "distinct"})


class NeedsWhole(Exception):
    """What was asked cannot be told without the whole collection."""


class UnknownPosition:
    """In place of the position in a list that something may be missing of."""


UNKNOWN_POSITION: Final = UnknownPosition()


@dataclass(frozen=True, slots=True)
class GuardedItem:
    """One item of a collection: it is there where every guard holds."""

    key: "Value | UnknownPosition"
    value: Value
    guards: tuple[Guard, ...] = ()


class UndecidedEvaluator(Protocol):
    """The evaluation that chooses nothing."""

    def value(self, expression: Expression, scope: ExpressionScope) -> Value:
        """What an expression comes to. Raises Rejected and BudgetExhausted."""
        ...

    def is_true(self, expression: Expression, scope: ExpressionScope) -> bool | UnknownValue:
        """Whether a condition holds. Raises Rejected and BudgetExhausted."""
        ...


LocalOf = Callable[[Expression, ExpressionScope], Guard | None]
"""The expression of the local that an expression names, and where it stands; None where it names none."""


class GuardedItems:
    """Finds the items of collections in one evaluation that chooses nothing."""

    def __init__(self, evaluator: UndecidedEvaluator, local_of: LocalOf) -> None:
        self._evaluator = evaluator
        self._local_of = local_of
        self._busy: list[Expression] = []

    def of(self, expression: Expression, scope: ExpressionScope) -> list[GuardedItem]:
        """The items of a collection. Raises NeedsWhole, Rejected and BudgetExhausted."""
        found = self._evaluator.value(expression, scope)
        if not isinstance(found, UnknownValue):
            return [GuardedItem(key, item) for key, item in iterate_pairs(found)]
        if (local := self._local_of(expression, scope)) is not None:
            return self._of_local(*local)
        match expression:
            case ForExpression(is_grouped=False):
                return list(self._of_for(expression, scope))
            case FunctionCall(name="flatten", args=(inner,)):
                return list(self._flattened(inner, scope))
            case FunctionCall(name="concat", is_expanded=False, args=args):
                items = (item for arg in args for item in self.of(arg, scope))
                return [GuardedItem(UNKNOWN_POSITION, item.value, item.guards) for item in items]
            case FunctionCall(name="values", args=(inner,)):
                return [
                    GuardedItem(UNKNOWN_POSITION, item.value, item.guards) for item in self.of(inner, scope)
                ]
            case FunctionCall(name="keys", args=(inner,)):
                return [
                    GuardedItem(UNKNOWN_POSITION, _known(item.key), item.guards)
                    for item in self.of(inner, scope)
                ]
            case FunctionCall(name=name, args=(inner,)) if name in _SAME_ITEMS:
                key_is_value = name == "toset"
                return [
                    GuardedItem(item.value if key_is_value else UNKNOWN_POSITION, item.value, item.guards)
                    for item in self.of(inner, scope)
                ]
        raise NeedsWhole

    def _of_local(self, expression: Expression, scope: ExpressionScope) -> list[GuardedItem]:
        if any(one is expression for one in self._busy):
            raise NeedsWhole
        self._busy.append(expression)
        try:
            return self.of(expression, scope)
        finally:
            self._busy.pop()

    def _turns(
        self, expression: ForExpression, scope: ExpressionScope
    ) -> Iterator[tuple[ExpressionScope, tuple[Guard, ...]]]:
        for item in self.of(expression.of, scope):
            key = None if expression.key is None else _known(item.key)
            inner = scope.with_loop_names(expression.key, expression.value, key, item.value)
            guards = item.guards
            if expression.test is not None:
                holds = self._evaluator.is_true(expression.test, inner)
                if holds is False:
                    continue
                if isinstance(holds, UnknownValue):
                    guards = (*guards, (expression.test, inner))
            yield inner, guards

    def _of_for(self, expression: ForExpression, scope: ExpressionScope) -> Iterator[GuardedItem]:
        for inner, guards in self._turns(expression, scope):
            new_key = expression.new_key
            key = UNKNOWN_POSITION if new_key is None else self._evaluator.value(new_key, inner)
            if isinstance(key, UnknownValue):
                raise NeedsWhole
            yield GuardedItem(key, self._evaluator.value(expression.body, inner), guards)

    def _flattened(self, expression: Expression, scope: ExpressionScope) -> Iterator[GuardedItem]:
        """The items of the lists in a list."""
        match expression:
            case ForExpression(new_key=None):
                for inner, guards in self._turns(expression, scope):
                    yield from self._leaves(expression.body, inner, guards)
            case TupleConstructor(items=items):
                for item in items:
                    yield from self._leaves(item, scope, ())
            case _:
                raise NeedsWhole

    def _leaves(
        self, expression: Expression, scope: ExpressionScope, guards: tuple[Guard, ...]
    ) -> Iterator[GuardedItem]:
        for item in self.of(expression, scope):
            if isinstance(item.value, list):
                raise NeedsWhole
            yield GuardedItem(UNKNOWN_POSITION, item.value, (*guards, *item.guards))


def _known(key: "Value | UnknownPosition") -> Value:
    if isinstance(key, UnknownPosition):
        raise NeedsWhole
    return key
