"""From expressions to values. What a name refers to is found by the evaluation of a root module."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress

from s3kms.iac.hcl.advice import CORRECT_CODE
from s3kms.iac.hcl.composite_values import (
    are_certainly_equal,
    build_object,
    get_element,
    iterate_pairs,
    join_template,
)
from s3kms.iac.hcl.nesting import Nesting
from s3kms.iac.hcl.operation_evaluator import OperationEvaluator
from s3kms.iac.hcl.scalars import make_too_large, sort_keys
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.symbols import derive_unknown, make_symbol
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
from s3kms.iac.hcl.type_constraints import to_text
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld, World
from s3kms.model.unknown import Unknown, UnknownCause

_MAX_SHOWN_CHARACTERS = 80


class ExpressionEvaluator(OperationEvaluator, ABC):
    """Evaluates in one world; without a world nothing is chosen, and what depends on a choice is unknown."""

    def __init__(self, world: World | None, nesting: Nesting) -> None:
        super().__init__(world)
        self._nesting = nesting
        self._trying = 0
        """How many `try` and `can` are around what is being evaluated."""
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
            InvalidExpression: self._invalid,
        }

    # What the evaluation of a root module knows.

    @abstractmethod
    def step(self) -> None:
        """Counts one expression against the budget. Raises BudgetExhausted."""

    @abstractmethod
    def resolve_reference(self, root: str, names: tuple[str, ...], scope: ExpressionScope) -> Value:
        """The value of `var.x`, `local.x`, `type.x`, `data.type.x`, `module.x` or `path.module`. Raises Rejected."""

    @abstractmethod
    def get_unknown_attribute(self, found: UnknownValue, name: str) -> Value:
        """An attribute of an unknown value. Raises Rejected."""

    @abstractmethod
    def get_unknown_element(self, found: UnknownValue, key: Value) -> Value:
        """An element of an unknown value. Raises Rejected."""

    @abstractmethod
    def call_function(self, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
        """What a function makes of its arguments. Raises Rejected."""

    @abstractmethod
    def any_instance(self, found: UnknownValue) -> Value:
        """One of the instances that a whole instance stands for, nobody knows which; itself where it is one."""

    @abstractmethod
    def is_one_instance(self, found: UnknownValue) -> bool:
        """Whether an unknown value is an instance of a resource or a module, which stands for a list of one."""

    @abstractmethod
    def settle(self, found: UnknownValue) -> Value:
        """What this world takes an unknown value for; the value itself where it does not choose."""

    # Expressions.

    def value(self, expression: Expression, scope: ExpressionScope) -> Value:
        """The value of an expression. Raises Rejected where Terraform would reject it, and BudgetExhausted."""
        self.step()
        if isinstance(expression, Literal):
            return expression.value
        self._nesting.level += 1
        try:
            found = self._forms[type(expression)](expression, scope)
        finally:
            self._nesting.level -= 1
        return self.settle(found) if isinstance(found, UnknownValue) else found

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
        return self.get_attribute(self.value(of, scope), name)

    def get_attribute(self, found: Value, name: str) -> Value:
        """An attribute of a value. Raises Rejected."""
        if isinstance(found, UnknownValue):
            return self.get_unknown_attribute(found, name)
        if isinstance(found, dict):
            if name in found:
                return found[name]
            raise Rejected(f"there is no attribute {name}")
        raise Rejected(f"only an object has an attribute {name}")

    def _index(self, expression: GetIndex, scope: ExpressionScope) -> Value:
        of, key = self.value(expression.of, scope), self.value(expression.key, scope)
        if isinstance(of, UnknownValue):
            return self.get_unknown_element(of, key)
        if isinstance(key, UnknownValue):
            return self._element_at_unknown_key(of, key)
        return get_element(of, key)

    def _element_at_unknown_key(self, of: Value, key: UnknownValue) -> Value:
        """The element at a key that is unknown: every one in the undecided evaluation, one of them in a world."""
        keys: list[Value] = []
        if not self.weights.touch(of):
            return make_too_large("a value")
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
            raise Rejected("the element does not exist")
        raise ImpossibleWorld

    def _splat(self, expression: Splat, scope: ExpressionScope) -> Value:
        of = self.value(expression.of, scope)
        if of is None:
            return []
        if isinstance(of, UnknownValue) and not self.is_one_instance(of):
            return derive_unknown(make_symbol("[*]", of), (of,))
        items = of if isinstance(of, list) else list(of.items) if isinstance(of, SetValue) else [of]
        items = [self.any_instance(of)] if isinstance(of, UnknownValue) else items
        return self._held(
            [self.value(expression.each, scope.with_names({SPLAT_ELEMENT: item})) for item in items]
        )

    def _held(self, value: Value) -> Value:
        """A value that was made, its memory counted. Raises BudgetExhausted."""
        self.weights.hold(value)
        return value

    def _conditional(self, expression: Conditional, scope: ExpressionScope) -> Value:
        test = self._flag(expression.test, scope)
        if isinstance(test, bool):
            return self._taken(expression, scope, is_yes=test)
        branches: list[Value] = []
        for branch in (expression.yes, expression.no):
            with suppress(Rejected, *(() if self.world is None else (ImpossibleWorld,))):
                branches.append(self._value_aside(branch, scope))
        if len(branches) > 1 and are_certainly_equal(*branches):
            return branches[0]
        if self.world is None:
            symbol = make_symbol("?", test, *branches) if len(branches) > 1 else ""
            return derive_unknown(symbol, (test,))
        return self._taken(expression, scope, is_yes=self.decide(test, expression.test, scope))

    def _taken(self, expression: Conditional, scope: ExpressionScope, *, is_yes: bool) -> Value:
        """The value of one branch, as a string where the other branch is written as one."""
        taken, other = (expression.yes, expression.no) if is_yes else (expression.no, expression.yes)
        found = self.value(taken, scope)
        is_text = isinstance(other, Literal) and isinstance(other.value, str)
        return to_text(found) if is_text and isinstance(found, bool | int | float) else found

    @abstractmethod
    def _value_aside(self, expression: Expression, scope: ExpressionScope) -> Value:
        """The value of what may not be needed, without choosing anything for its sake. Raises Rejected."""

    def _tuple(self, expression: TupleConstructor, scope: ExpressionScope) -> Value:
        return self._held([self.value(item, scope) for item in expression.items])

    def _object(self, expression: ObjectConstructor, scope: ExpressionScope) -> Value:
        found: dict[str, Value] = {}
        for key_expression, item in expression.items:
            key = to_text(self._key(key_expression, scope))
            if isinstance(key, UnknownValue):
                return derive_unknown("", (key,))
            if key is None:
                raise Rejected("a key is null")
            found[key] = self.value(item, scope)
        return self._held(sort_keys(found))

    def _key(self, expression: Expression, scope: ExpressionScope) -> Value:
        if isinstance(expression, RootName) and expression.name not in scope.names:
            return expression.name
        return self.value(expression, scope)

    def _template(self, expression: TemplateExpression, scope: ExpressionScope) -> Value:
        parts = expression.parts
        if len(parts) == 1 and not isinstance(parts[0], Literal):
            return self.value(parts[0], scope)
        return self._joined([self.value(part, scope) for part in parts])

    def _joined(self, parts: list[Value]) -> Value:
        """The string that the parts of a template make. Raises Rejected, BudgetExhausted."""
        return (
            self._held(join_template(parts)) if self.weights.touch(*parts) else make_too_large("a template")
        )

    def _template_for(self, expression: TemplateFor, scope: ExpressionScope) -> Value:
        of = self.value(expression.collection, scope)
        if isinstance(of, UnknownValue):
            return derive_unknown("", (of,))
        bodies = [
            self.value(expression.body, scope.with_loop_names(expression.key, expression.value, key, item))
            for key, item in iterate_pairs(of)
        ]
        return self._joined(bodies)

    def _for(self, expression: ForExpression, scope: ExpressionScope) -> Value:
        of = self.value(expression.of, scope)
        if isinstance(of, UnknownValue):
            return derive_unknown("", (of,))
        found: list[tuple[Value, Value]] = []
        for key, item in iterate_pairs(of):
            inner = scope.with_loop_names(expression.key, expression.value, key, item)
            test = True if expression.test is None else self.is_true(expression.test, inner)
            if isinstance(test, UnknownValue):
                return derive_unknown("", (test,))
            if test:
                new_key = None if expression.new_key is None else self.value(expression.new_key, inner)
                found.append((new_key, self.value(expression.body, inner)))
        if expression.new_key is None:
            return self._held([body for _, body in found])
        return self._held(build_object(found, is_grouped=expression.is_grouped))

    def _call(self, expression: FunctionCall, scope: ExpressionScope) -> Value:
        if expression.name in {"try", "can"}:
            return self._try(expression, scope)
        args = [self.value(arg, scope) for arg in expression.args]
        if expression.is_expanded and args:
            last = args.pop()
            if isinstance(last, UnknownValue):
                return derive_unknown("", (last,))
            if not isinstance(last, list | SetValue):
                raise Rejected("... follows something that is not a list")
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
            raise Rejected("no argument of try can be evaluated")
        return False

    def _invalid(self, expression: InvalidExpression, scope: ExpressionScope) -> Value:  # noqa: ARG002 - as all of them
        text = " ".join(expression.text.split())[:_MAX_SHOWN_CHARACTERS]
        if expression.is_too_large:
            return make_too_large(f"what begins with {text!r}")
        why = f"{text!r} is not an HCL expression"
        return UnknownValue(text, Unknown(UnknownCause.FILE_UNREAD, why, CORRECT_CODE))
