"""From expressions to values. What a name refers to is found by whoever runs a module (`run.py`)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress

from s3kms.iac.hcl.composite_values import (
    are_certainly_equal,
    build_object,
    get_element,
    iterate_pairs,
    join_template,
)
from s3kms.iac.hcl.operators import apply_operator
from s3kms.iac.hcl.scalars import describe_type, sort_keys
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.symbols import derive_unknown, is_known, make_symbol, symbol_of
from s3kms.iac.hcl.syntax_tree import (
    SPLAT_ELEMENT,
    BinaryOperation,
    Conditional,
    Expression,
    ForExpression,
    FunctionCall,
    GetAttribute,
    GetIndex,
    InvalidExpression,
    Literal,
    ObjectConstructor,
    RootName,
    Splat,
    TemplateExpression,
    TemplateFor,
    TupleConstructor,
    UnaryOperation,
)
from s3kms.iac.hcl.type_constraints import CollectionType, compare_equal, to_bool, to_number, to_text
from s3kms.iac.hcl.values import LENGTH_ATTRIBUTE, SetValue, Value
from s3kms.iac.hcl.variables import read_variable_type
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld, World
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_NO_TYPES = Unknown(
    UnknownCause.UNRESOLVED,
    "whether Terraform has a list or a tuple there, a map or an object, is not told here: they are never equal",
    Advice("ask for the length instead: length(…) == 0"),
)


class ExpressionEvaluator(ABC):
    """Evaluates in one world; without a world nothing is chosen, and what hangs on a choice is open."""

    def __init__(self, world: World | None) -> None:
        self.world = world
        self._trying = 0
        """How many `try` and `can` are around what is evaluated."""
        self._forms: Mapping[type, Callable[..., Value]] = {
            RootName: self._name,
            GetAttribute: self._attr,
            GetIndex: self._index,
            Splat: self._splat,
            UnaryOperation: self._unary,
            BinaryOperation: self._binary,
            Conditional: self._conditional,
            TupleConstructor: self._tuple,
            ObjectConstructor: self._object,
            TemplateExpression: self._template,
            TemplateFor: self._template_for,
            ForExpression: self._for,
            FunctionCall: self._call,
            InvalidExpression: self._unreadable,
        }

    # What the one who runs the module knows.

    @abstractmethod
    def step(self) -> None:
        """Counts one. Raises Exhausted."""

    @abstractmethod
    def resolve_reference(self, root: str, names: tuple[str, ...], scope: ExpressionScope) -> Value:
        """`var.x`, `local.x`, `a_type.b`, `data.a_type.b`, `module.m`, `path.module`. Raises Rejected."""

    @abstractmethod
    def get_unknown_attribute(self, found: UnknownValue, name: str) -> Value:
        """An attribute of an open value."""

    @abstractmethod
    def get_unknown_element(self, found: UnknownValue, key: Value) -> Value:
        """An element of an open value."""

    @abstractmethod
    def call_function(self, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
        """What a function makes of its arguments. Raises Rejected."""

    @abstractmethod
    def settle(self, found: UnknownValue) -> Value:
        """What this world takes an open value for, if it does."""

    @abstractmethod
    def decide(self, found: UnknownValue, expression: Expression, scope: ExpressionScope) -> bool:
        """Which of true and false this world takes an open value for."""

    @abstractmethod
    def is_same(self, found: UnknownValue, other: Value) -> bool | None:
        """Whether this world takes an open value for that; None where it cannot say."""

    # Expressions.

    def value(self, expression: Expression, scope: ExpressionScope) -> Value:
        """What it comes to. Raises Rejected where Terraform would refuse it."""
        self.step()
        if isinstance(expression, Literal):
            return expression.value
        found = self._forms[type(expression)](expression, scope)
        return self.settle(found) if isinstance(found, UnknownValue) else found

    def is_true(self, expression: Expression, scope: ExpressionScope) -> bool | UnknownValue:
        """The same, of a condition. Open only where there is no world."""
        found = to_bool(self.value(expression, scope))
        if found is None:
            raise Rejected("a condition is null")
        if isinstance(found, UnknownValue) and self.world is not None:
            return self.decide(found, expression, scope)
        return found

    def _name(self, expression: RootName, scope: ExpressionScope) -> Value:
        if expression.name in scope.names:
            return scope.names[expression.name]
        raise Rejected(f"{expression.name} refers to nothing")

    def _attr(self, expression: GetAttribute, scope: ExpressionScope) -> Value:
        of, name = expression.of, expression.name
        if isinstance(of, RootName) and of.name not in scope.names and of.name != "data":
            return self.resolve_reference(of.name, (name,), scope)
        if (
            isinstance(of, GetAttribute)
            and isinstance(of.of, RootName)
            and of.of.name == "data"
            and "data" not in scope.names
        ):
            return self.resolve_reference("data", (of.name, name), scope)
        found = self.value(of, scope)
        if isinstance(found, UnknownValue):
            return self.get_unknown_attribute(found, name)
        if isinstance(found, dict):
            if name in found:
                return found[name]
            raise Rejected(f"there is no attribute {name}")
        raise Rejected(f"{name} is asked of something that is no object")

    def _index(self, expression: GetIndex, scope: ExpressionScope) -> Value:
        of, key = self.value(expression.of, scope), self.value(expression.key, scope)
        if isinstance(of, UnknownValue):
            return self.get_unknown_element(of, key)
        if isinstance(key, UnknownValue):
            return self._chosen(of, key)
        return get_element(of, key)

    def _chosen(self, of: Value, key: UnknownValue) -> Value:
        """The element under a key that is open: each, one in a world."""
        keys: list[Value] = []
        if isinstance(of, dict | list):
            keys += of if isinstance(of, dict) else range(len(of))
        items = [get_element(of, one) for one in keys]
        if items and all(are_certainly_equal(item, items[0]) for item in items) and not self._trying:
            return items[0]
        if self.world is None or any(
            isinstance(item, UnknownValue) and item.reference and not item.reference.attribute
            for item in items
        ):
            return derive_unknown(make_symbol("[]", of, key), (key,))
        for one, item in zip(keys, items, strict=True):
            same = self.is_same(key, one)
            if same is None:
                return derive_unknown(make_symbol("[]", of, key), (key,))
            if same:
                return item
        if self._trying or not items:
            raise Rejected("there is no such element")
        raise ImpossibleWorld

    def _splat(self, expression: Splat, scope: ExpressionScope) -> Value:
        of = self.value(expression.of, scope)
        if of is None:
            return []
        if isinstance(of, UnknownValue) and not (of.reference and not of.reference.attribute):
            return derive_unknown(make_symbol("[*]", of), (of,))
        items = of if isinstance(of, list) else list(of.items) if isinstance(of, SetValue) else [of]
        return [self.value(expression.each, scope.with_names({SPLAT_ELEMENT: item})) for item in items]

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
        if expression.operator in {"==", "!="}:
            same = self._equal(left, right)
            if isinstance(same, UnknownValue):
                return derive_unknown(make_symbol(expression.operator, left, right), (left, right))
            is_one = _are_of_one_type(expression.left, expression.right, scope)
            if same and isinstance(left, list | dict) and not is_one:
                if is_one is None:
                    return UnknownValue(f"{expression.operator} of {describe_type(left)}", _NO_TYPES)
                same = False
            return same is (expression.operator == "==")
        left, right = _filled(left, right), _filled(right, left)
        if isinstance(left, UnknownValue) or isinstance(right, UnknownValue):
            return derive_unknown(make_symbol(expression.operator, left, right), (left, right))
        return apply_operator(expression.operator, left, right)

    def _equal(self, left: Value, right: Value) -> bool | UnknownValue:
        if (symbol := symbol_of(left)) and symbol == symbol_of(right):
            return True
        left, right = _filled(left, right), _filled(right, left)
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

    def _conditional(self, expression: Conditional, scope: ExpressionScope) -> Value:
        test = self._flag(expression.test, scope)
        if isinstance(test, bool):
            return self._taken(expression, scope, is_yes=test)
        branches: list[Value] = []
        for branch in (expression.yes, expression.no):
            with suppress(Rejected, *(() if self.world is None else (ImpossibleWorld,))):
                branches.append(self._apart(branch, scope))
        if len(branches) > 1 and are_certainly_equal(*branches):
            return branches[0]
        if self.world is None:
            symbol = make_symbol("?", test, *branches) if len(branches) > 1 else ""
            return derive_unknown(symbol, (test,))
        return self._taken(expression, scope, is_yes=self.decide(test, expression.test, scope))

    def _taken(self, expression: Conditional, scope: ExpressionScope, *, is_yes: bool) -> Value:
        """One branch; a text where the other one is written as a text."""
        taken, other = (expression.yes, expression.no) if is_yes else (expression.no, expression.yes)
        found = self.value(taken, scope)
        is_text = isinstance(other, Literal) and isinstance(other.value, str)
        return to_text(found) if is_text and isinstance(found, bool | int | float) else found

    @abstractmethod
    def _apart(self, expression: Expression, scope: ExpressionScope) -> Value:
        """The value of what may not come to pass: nothing is chosen for its sake."""

    def _tuple(self, expression: TupleConstructor, scope: ExpressionScope) -> Value:
        return [self.value(item, scope) for item in expression.items]

    def _object(self, expression: ObjectConstructor, scope: ExpressionScope) -> Value:
        found: dict[str, Value] = {}
        for key_expression, item in expression.items:
            key = to_text(self._key(key_expression, scope))
            if isinstance(key, UnknownValue):
                return derive_unknown("", (key,))
            if key is None:
                raise Rejected("a key is null")
            found[key] = self.value(item, scope)
        return sort_keys(found)

    def _key(self, expression: Expression, scope: ExpressionScope) -> Value:
        if isinstance(expression, RootName) and expression.name not in scope.names:
            return expression.name
        return self.value(expression, scope)

    def _template(self, expression: TemplateExpression, scope: ExpressionScope) -> Value:
        parts = expression.parts
        if len(parts) == 1 and not isinstance(parts[0], Literal):
            return self.value(parts[0], scope)
        return join_template([self.value(part, scope) for part in parts])

    def _template_for(self, expression: TemplateFor, scope: ExpressionScope) -> Value:
        of = self.value(expression.collection, scope)
        if isinstance(of, UnknownValue):
            return derive_unknown("", (of,))
        bodies = [
            self.value(expression.body, _in_loop(scope, expression.key, expression.value, key, item))
            for key, item in iterate_pairs(of)
        ]
        return join_template(bodies)

    def _for(self, expression: ForExpression, scope: ExpressionScope) -> Value:
        of = self.value(expression.of, scope)
        if isinstance(of, UnknownValue):
            return derive_unknown("", (of,))
        found: list[tuple[Value, Value]] = []
        for key, item in iterate_pairs(of):
            inner = _in_loop(scope, expression.key, expression.value, key, item)
            test = True if expression.test is None else self.is_true(expression.test, inner)
            if isinstance(test, UnknownValue):
                return derive_unknown("", (test,))
            if test:
                new_key = None if expression.new_key is None else self.value(expression.new_key, inner)
                found.append((new_key, self.value(expression.body, inner)))
        if expression.new_key is None:
            return [body for _, body in found]
        return build_object(found, is_grouped=expression.is_grouped)

    def _call(self, expression: FunctionCall, scope: ExpressionScope) -> Value:
        if expression.name in {"try", "can"}:
            return self._try(expression, scope)
        args = [self.value(arg, scope) for arg in expression.args]
        if expression.is_expanded and args:
            last = args.pop()
            if isinstance(last, UnknownValue):
                return derive_unknown("", (last,))
            if not isinstance(last, list | SetValue):
                raise Rejected("... follows something that is no list")
            args += last if isinstance(last, list) else last.items
        return self.call_function(expression.name, tuple(args), scope)

    def _try(self, expression: FunctionCall, scope: ExpressionScope) -> Value:
        for arg in expression.args:
            self._trying += 1
            try:
                found = self.value(arg, scope)
            except Rejected:
                continue
            finally:
                self._trying -= 1
            if expression.name == "try":
                return found
            return (
                derive_unknown(make_symbol("can", found), (found,))
                if isinstance(found, UnknownValue)
                else True
            )
        if expression.name == "try":
            raise Rejected("nothing that try has comes to a value")
        return False

    def _unreadable(self, expression: InvalidExpression, scope: ExpressionScope) -> Value:  # noqa: ARG002 - as all of them
        text = " ".join(expression.text.split())[:80]
        return UnknownValue(
            text,
            Unknown(
                UnknownCause.UNRESOLVED,
                f"{text!r} is no expression of HCL",
                Advice("correct it; terraform validate says more"),
            ),
        )


def _in_loop(
    scope: ExpressionScope, key_name: str | None, name: str, key: Value, item: Value
) -> ExpressionScope:
    return scope.with_names({key_name: key, name: item} if key_name else {name: item})


def _filled(value: Value, other: Value) -> Value:
    """One for the length of a text that is never empty, where it is compared with zero."""
    is_length = (
        isinstance(value, UnknownValue)
        and value.reference is not None
        and value.reference.attribute == LENGTH_ATTRIBUTE
    )
    return 1 if is_length and other == 0 and not isinstance(other, bool) else value


def _are_of_one_type(left: Expression, right: Expression, scope: ExpressionScope) -> bool | None:
    """Whether what is the same is so for Terraform: a list is never equal to a tuple, nor a map to an object, and
    what stands in brackets and braces is of the latter kind. None where that is not told.
    """
    are_written = [
        isinstance(side, TupleConstructor | ObjectConstructor | ForExpression) for side in (left, right)
    ]
    if all(are_written) or not any(are_written):
        return True
    other = right if are_written[0] else left
    if not (isinstance(other, GetAttribute) and isinstance(other.of, RootName)):
        return None
    module = scope.module_instance.module
    if other.of.name == "local" and other.name in module.locals:
        return (
            True
            if isinstance(
                module.locals[other.name][0].expression, TupleConstructor | ObjectConstructor | ForExpression
            )
            else None
        )
    if other.of.name != "var" or other.name not in module.variables:
        return None
    return not isinstance(read_variable_type(module.variables[other.name]), CollectionType)
