"""Operators: arithmetic, comparison and logic, of values that may be unknown."""

from abc import ABC, abstractmethod
from contextlib import suppress

from s3kms.iac.hcl.equality import are_of_one_type, fill_length
from s3kms.iac.hcl.operators import apply_operator
from s3kms.iac.hcl.scalars import describe_type, make_too_large
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.symbols import derive_unknown, is_known, make_symbol, symbol_of
from s3kms.iac.hcl.syntax_tree import BinaryOperation, Expression, UnaryOperation
from s3kms.iac.hcl.type_constraints import compare_equal, to_bool, to_number
from s3kms.iac.hcl.value_weights import ValueWeights
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import World
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_NO_TYPES = Unknown(
    UnknownCause.UNSUPPORTED,
    "it is not known whether a list is compared with a tuple, or a map with an object, which are never equal",
    Advice("compare the length instead: length(…) == 0"),
)


class OperationEvaluator(ABC):
    """Evaluates operators in one world; without a world nothing is chosen."""

    weights: ValueWeights
    """Weighs the values that are made here, and counts the memory they take."""

    def __init__(self, world: World | None) -> None:
        self.world = world

    @abstractmethod
    def value(self, expression: Expression, scope: ExpressionScope) -> Value:
        """The value of an expression. Raises Rejected where Terraform would reject it, and BudgetExhausted."""

    @abstractmethod
    def decide(self, found: UnknownValue, expression: Expression, scope: ExpressionScope) -> bool:
        """Whether this world takes an unknown condition for true. Raises Rejected where nothing is chosen."""

    @abstractmethod
    def is_same(self, found: UnknownValue, other: Value) -> bool | None:
        """Whether this world takes an unknown value for that one; None where it cannot say."""

    def is_true(self, expression: Expression, scope: ExpressionScope) -> bool | UnknownValue:
        """Whether a condition holds; an UnknownValue only where there is no world. Raises Rejected."""
        found = to_bool(self.value(expression, scope))
        if found is None:
            raise Rejected("a condition is null")
        if isinstance(found, UnknownValue) and self.world is not None:
            return self.decide(found, expression, scope)
        return found

    def _unary(self, expression: UnaryOperation, scope: ExpressionScope) -> Value:
        if expression.operator == "!":
            found = self.is_true(expression.operand, scope)
            return (
                derive_unknown(make_symbol("!", found), (found,))
                if isinstance(found, UnknownValue)
                else not found
            )
        number = to_number(self.value(expression.operand, scope))
        if isinstance(number, UnknownValue):
            return derive_unknown(make_symbol("-", number), (number,))
        return apply_operator("-", 0, number)

    def _binary(self, expression: BinaryOperation, scope: ExpressionScope) -> Value:
        if expression.operator in {"&&", "||"}:
            return self._logical(expression, scope)
        left, right = self.value(expression.left, scope), self.value(expression.right, scope)
        if not self.weights.touch(left, right):
            return make_too_large("a value")
        if expression.operator in {"==", "!="}:
            same = self._equal(left, right)
            if isinstance(same, UnknownValue):
                return derive_unknown(make_symbol(expression.operator, left, right), (left, right))
            is_one = are_of_one_type(expression.left, expression.right, scope)
            if same and isinstance(left, list | dict) and not is_one:
                if is_one is None:
                    return UnknownValue(f"{expression.operator} of {describe_type(left)}", _NO_TYPES)
                same = False
            return same is (expression.operator == "==")
        left, right = fill_length(left, right), fill_length(right, left)
        if isinstance(left, UnknownValue) or isinstance(right, UnknownValue):
            return derive_unknown(make_symbol(expression.operator, left, right), (left, right))
        return apply_operator(expression.operator, left, right)

    def _equal(self, left: Value, right: Value) -> bool | UnknownValue:
        if (symbol := symbol_of(left)) and symbol == symbol_of(right):
            return True
        left, right = fill_length(left, right), fill_length(right, left)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, UnknownValue) and is_known(other):
                same = self.is_same(one, other)
                return one if same is None else same
        return compare_equal(left, right)

    def _logical(self, expression: BinaryOperation, scope: ExpressionScope) -> Value:
        decisive = expression.operator == "||"
        left = self._flag(expression.left, scope)
        if left is decisive:
            return decisive
        right: bool | UnknownValue = left
        with suppress(*((Rejected,) if isinstance(left, UnknownValue) else ())):
            right = self._flag(expression.right, scope)
        if right is decisive:
            return decisive
        if self.world is not None and (isinstance(left, UnknownValue) or isinstance(right, UnknownValue)):
            if self.is_true(expression.left, scope) is decisive:
                return decisive
            return self.is_true(expression.right, scope)
        if isinstance(left, UnknownValue) or isinstance(right, UnknownValue):
            return derive_unknown(make_symbol(expression.operator, left, right), (left, right))
        return right

    def _flag(self, expression: Expression, scope: ExpressionScope) -> bool | UnknownValue:
        found = to_bool(self.value(expression, scope))
        if found is None:
            raise Rejected("a condition is null")
        return found
