"""From expressions to values. What a name refers to is found by whoever runs a module (`run.py`)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.convert import CollectionOf, equal, to_bool, to_number, to_text
from s3kms.sources.code.hcl.operators import operate
from s3kms.sources.code.hcl.parts import element, is_alike, joined, mapped, pairs_of
from s3kms.sources.code.hcl.scalars import kind, ordered
from s3kms.sources.code.hcl.scope import Scope
from s3kms.sources.code.hcl.symbols import derived, is_closed, made, symbol_of
from s3kms.sources.code.hcl.tree import (
    ELEMENT,
    Attr,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Splat,
    Template,
    TemplateFor,
    TupleOf,
    Unary,
    Unreadable,
)
from s3kms.sources.code.hcl.values import LENGTH, Invalid, Open, SetOf, Value
from s3kms.sources.code.hcl.variables import type_of
from s3kms.sources.code.worlds import Impossible, World

_NO_TYPES = Unknown(
    UnknownCause.UNRESOLVED,
    "whether Terraform has a list or a tuple there, a map or an object, is not told here: they are never equal",
    Advice("ask for the length instead: length(…) == 0"),
)


class Evaluator(ABC):
    """Evaluates in one world; without a world nothing is chosen, and what hangs on a choice is open."""

    def __init__(self, world: World | None) -> None:
        self.world = world
        self._trying = 0
        """How many `try` and `can` are around what is evaluated."""
        self._forms: Mapping[type, Callable[..., Value]] = {
            Name: self._name,
            Attr: self._attr,
            Index: self._index,
            Splat: self._splat,
            Unary: self._unary,
            Binary: self._binary,
            Conditional: self._conditional,
            TupleOf: self._tuple,
            ObjectOf: self._object,
            Template: self._template,
            TemplateFor: self._template_for,
            For: self._for,
            Call: self._call,
            Unreadable: self._unreadable,
        }

    # What the one who runs the module knows.

    @abstractmethod
    def step(self) -> None:
        """Counts one. Raises Exhausted."""

    @abstractmethod
    def refer(self, root: str, names: tuple[str, ...], scope: Scope) -> Value:
        """`var.x`, `local.x`, `aws_s3_bucket.b`, `data.a.b`, `module.m`, `path.module`. Raises Invalid."""

    @abstractmethod
    def part_of(self, found: Open, name: str) -> Value:
        """An attribute of an open value."""

    @abstractmethod
    def instance_of(self, found: Open, key: Value) -> Value:
        """An element of an open value."""

    @abstractmethod
    def called(self, name: str, args: tuple[Value, ...], scope: Scope) -> Value:
        """What a function makes of its arguments. Raises Invalid."""

    @abstractmethod
    def settled(self, found: Open) -> Value:
        """What this world takes an open value for, if it does."""

    @abstractmethod
    def decide(self, found: Open, expression: Expression, scope: Scope) -> bool:
        """Which of true and false this world takes an open value for."""

    @abstractmethod
    def is_same(self, found: Open, other: Value) -> bool | None:
        """Whether this world takes an open value for that; None where it cannot say."""

    # Expressions.

    def value(self, expression: Expression, scope: Scope) -> Value:
        """What it comes to. Raises Invalid where Terraform would refuse it."""
        self.step()
        if isinstance(expression, Literal):
            return expression.value
        found = self._forms[type(expression)](expression, scope)
        return self.settled(found) if isinstance(found, Open) else found

    def is_true(self, expression: Expression, scope: Scope) -> bool | Open:
        """The same, of a condition. Open only where there is no world."""
        found = to_bool(self.value(expression, scope))
        if found is None:
            raise Invalid("a condition is null")
        if isinstance(found, Open) and self.world is not None:
            return self.decide(found, expression, scope)
        return found

    def _name(self, expression: Name, scope: Scope) -> Value:
        if expression.name in scope.names:
            return scope.names[expression.name]
        raise Invalid(f"{expression.name} refers to nothing")

    def _attr(self, expression: Attr, scope: Scope) -> Value:
        of, name = expression.of, expression.name
        if isinstance(of, Name) and of.name not in scope.names and of.name != "data":
            return self.refer(of.name, (name,), scope)
        if (
            isinstance(of, Attr)
            and isinstance(of.of, Name)
            and of.of.name == "data"
            and "data" not in scope.names
        ):
            return self.refer("data", (of.name, name), scope)
        found = self.value(of, scope)
        if isinstance(found, Open):
            return self.part_of(found, name)
        if isinstance(found, dict):
            if name in found:
                return found[name]
            raise Invalid(f"there is no attribute {name}")
        raise Invalid(f"{name} is asked of something that is no object")

    def _index(self, expression: Index, scope: Scope) -> Value:
        of, key = self.value(expression.of, scope), self.value(expression.key, scope)
        if isinstance(of, Open):
            return self.instance_of(of, key)
        if isinstance(key, Open):
            return self._chosen(of, key)
        return element(of, key)

    def _chosen(self, of: Value, key: Open) -> Value:
        """The element under a key that is open: each, one in a world."""
        keys: list[Value] = []
        if isinstance(of, dict | list):
            keys += of if isinstance(of, dict) else range(len(of))
        items = [element(of, one) for one in keys]
        if items and all(is_alike(item, items[0]) for item in items) and not self._trying:
            return items[0]
        if self.world is None or any(
            isinstance(item, Open) and item.meant and not item.meant.attribute for item in items
        ):
            return derived(made("[]", of, key), (key,))
        for one, item in zip(keys, items, strict=True):
            same = self.is_same(key, one)
            if same is None:
                return derived(made("[]", of, key), (key,))
            if same:
                return item
        if self._trying or not items:
            raise Invalid("there is no such element")
        raise Impossible

    def _splat(self, expression: Splat, scope: Scope) -> Value:
        of = self.value(expression.of, scope)
        if of is None:
            return []
        if isinstance(of, Open) and not (of.meant and not of.meant.attribute):
            return derived(made("[*]", of), (of,))
        items = of if isinstance(of, list) else list(of.items) if isinstance(of, SetOf) else [of]
        return [self.value(expression.each, scope.having({ELEMENT: item})) for item in items]

    def _unary(self, expression: Unary, scope: Scope) -> Value:
        if expression.operator == "!":
            found = self.is_true(expression.operand, scope)
            return derived(made("!", found), (found,)) if isinstance(found, Open) else not found
        number = to_number(self.value(expression.operand, scope))
        if isinstance(number, Open):
            return derived(made("-", number), (number,))
        return operate("-", 0, number)

    def _binary(self, expression: Binary, scope: Scope) -> Value:
        if expression.operator in {"&&", "||"}:
            return self._logical(expression, scope)
        left, right = self.value(expression.left, scope), self.value(expression.right, scope)
        if expression.operator in {"==", "!="}:
            same = self._equal(left, right)
            if isinstance(same, Open):
                return derived(made(expression.operator, left, right), (left, right))
            is_one = _are_of_one_type(expression.left, expression.right, scope)
            if same and isinstance(left, list | dict) and not is_one:
                if is_one is None:
                    return Open(f"{expression.operator} of {kind(left)}", _NO_TYPES)
                same = False
            return same is (expression.operator == "==")
        left, right = _filled(left, right), _filled(right, left)
        if isinstance(left, Open) or isinstance(right, Open):
            return derived(made(expression.operator, left, right), (left, right))
        return operate(expression.operator, left, right)

    def _equal(self, left: Value, right: Value) -> bool | Open:
        if (symbol := symbol_of(left)) and symbol == symbol_of(right):
            return True
        left, right = _filled(left, right), _filled(right, left)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Open) and is_closed(other):
                same = self.is_same(one, other)
                return one if same is None else same
        return equal(left, right)

    def _logical(self, expression: Binary, scope: Scope) -> Value:
        decisive = expression.operator == "||"
        left = self._flag(expression.left, scope)
        if left is decisive:
            return decisive
        right: bool | Open = left
        with suppress(*((Invalid,) if isinstance(left, Open) else ())):
            right = self._flag(expression.right, scope)
        if right is decisive:
            return decisive
        if self.world is not None and (isinstance(left, Open) or isinstance(right, Open)):
            if self.is_true(expression.left, scope) is decisive:
                return decisive
            return self.is_true(expression.right, scope)
        if isinstance(left, Open) or isinstance(right, Open):
            return derived(made(expression.operator, left, right), (left, right))
        return right

    def _flag(self, expression: Expression, scope: Scope) -> bool | Open:
        found = to_bool(self.value(expression, scope))
        if found is None:
            raise Invalid("a condition is null")
        return found

    def _conditional(self, expression: Conditional, scope: Scope) -> Value:
        test = self._flag(expression.test, scope)
        if isinstance(test, bool):
            return self._taken(expression, scope, is_yes=test)
        branches: list[Value] = []
        for branch in (expression.yes, expression.no):
            with suppress(Invalid, *(() if self.world is None else (Impossible,))):
                branches.append(self._apart(branch, scope))
        if len(branches) > 1 and is_alike(*branches):
            return branches[0]
        if self.world is None:
            symbol = made("?", test, *branches) if len(branches) > 1 else ""
            return derived(symbol, (test,))
        return self._taken(expression, scope, is_yes=self.decide(test, expression.test, scope))

    def _taken(self, expression: Conditional, scope: Scope, *, is_yes: bool) -> Value:
        """One branch; a text where the other one is written as a text."""
        taken, other = (expression.yes, expression.no) if is_yes else (expression.no, expression.yes)
        found = self.value(taken, scope)
        is_text = isinstance(other, Literal) and isinstance(other.value, str)
        return to_text(found) if is_text and isinstance(found, bool | int | float) else found

    @abstractmethod
    def _apart(self, expression: Expression, scope: Scope) -> Value:
        """The value of what may not come to pass: nothing is chosen for its sake."""

    def _tuple(self, expression: TupleOf, scope: Scope) -> Value:
        return [self.value(item, scope) for item in expression.items]

    def _object(self, expression: ObjectOf, scope: Scope) -> Value:
        found: dict[str, Value] = {}
        for key_expression, item in expression.items:
            key = to_text(self._key(key_expression, scope))
            if isinstance(key, Open):
                return derived("", (key,))
            if key is None:
                raise Invalid("a key is null")
            found[key] = self.value(item, scope)
        return ordered(found)

    def _key(self, expression: Expression, scope: Scope) -> Value:
        if isinstance(expression, Name) and expression.name not in scope.names:
            return expression.name
        return self.value(expression, scope)

    def _template(self, expression: Template, scope: Scope) -> Value:
        parts = expression.parts
        if len(parts) == 1 and not isinstance(parts[0], Literal):
            return self.value(parts[0], scope)
        return joined([self.value(part, scope) for part in parts])

    def _template_for(self, expression: TemplateFor, scope: Scope) -> Value:
        of = self.value(expression.collection, scope)
        if isinstance(of, Open):
            return derived("", (of,))
        bodies = [
            self.value(expression.body, _in_loop(scope, expression.key, expression.value, key, item))
            for key, item in pairs_of(of)
        ]
        return joined(bodies)

    def _for(self, expression: For, scope: Scope) -> Value:
        of = self.value(expression.of, scope)
        if isinstance(of, Open):
            return derived("", (of,))
        found: list[tuple[Value, Value]] = []
        for key, item in pairs_of(of):
            inner = _in_loop(scope, expression.key, expression.value, key, item)
            test = True if expression.test is None else self.is_true(expression.test, inner)
            if isinstance(test, Open):
                return derived("", (test,))
            if test:
                new_key = None if expression.new_key is None else self.value(expression.new_key, inner)
                found.append((new_key, self.value(expression.body, inner)))
        if expression.new_key is None:
            return [body for _, body in found]
        return mapped(found, is_grouped=expression.is_grouped)

    def _call(self, expression: Call, scope: Scope) -> Value:
        if expression.name in {"try", "can"}:
            return self._try(expression, scope)
        args = [self.value(arg, scope) for arg in expression.args]
        if expression.is_expanded and args:
            last = args.pop()
            if isinstance(last, Open):
                return derived("", (last,))
            if not isinstance(last, list | SetOf):
                raise Invalid("... follows something that is no list")
            args += last if isinstance(last, list) else last.items
        return self.called(expression.name, tuple(args), scope)

    def _try(self, expression: Call, scope: Scope) -> Value:
        for arg in expression.args:
            self._trying += 1
            try:
                found = self.value(arg, scope)
            except Invalid:
                continue
            finally:
                self._trying -= 1
            if expression.name == "try":
                return found
            return derived(made("can", found), (found,)) if isinstance(found, Open) else True
        if expression.name == "try":
            raise Invalid("nothing that try has comes to a value")
        return False

    def _unreadable(self, expression: Unreadable, scope: Scope) -> Value:  # noqa: ARG002 - as all of them
        text = " ".join(expression.text.split())[:80]
        return Open(
            text,
            Unknown(
                UnknownCause.UNRESOLVED,
                f"{text!r} is no expression of HCL",
                Advice("correct it; terraform validate says more"),
            ),
        )


def _in_loop(scope: Scope, key_name: str | None, name: str, key: Value, item: Value) -> Scope:
    return scope.having({key_name: key, name: item} if key_name else {name: item})


def _filled(value: Value, other: Value) -> Value:
    """One for the length of a text that is never empty, where it is compared with zero."""
    is_length = isinstance(value, Open) and value.meant is not None and value.meant.attribute == LENGTH
    return 1 if is_length and other == 0 and not isinstance(other, bool) else value


def _are_of_one_type(left: Expression, right: Expression, scope: Scope) -> bool | None:
    """Whether what is the same is so for Terraform: a list is never equal to a tuple, nor a map to an object, and
    what stands in brackets and braces is of the latter kind. None where that is not told.
    """
    are_written = [isinstance(side, TupleOf | ObjectOf | For) for side in (left, right)]
    if all(are_written) or not any(are_written):
        return True
    other = right if are_written[0] else left
    if not (isinstance(other, Attr) and isinstance(other.of, Name)):
        return None
    module = scope.placed.module
    if other.of.name == "local" and other.name in module.locals:
        return True if isinstance(module.locals[other.name][0].expression, TupleOf | ObjectOf | For) else None
    if other.of.name != "var" or other.name not in module.variables:
        return None
    return not isinstance(type_of(module.variables[other.name]), CollectionOf)
