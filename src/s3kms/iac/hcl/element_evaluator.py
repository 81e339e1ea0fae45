"""One element of a collection, without deciding what leaves the others open.

A map that a `for` filters by twenty unknown conditions comes out in a million ways, and each element of it in two.
What is no map or set that is made element by element raises NeedsWhole: the whole collection is to be evaluated.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self, TypeAlias

from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.expression_evaluator import ExpressionEvaluator
from s3kms.iac.hcl.guarded_items import Guard, GuardedItem, GuardedItems, NeedsWhole, UnknownPosition
from s3kms.iac.hcl.nesting import Nesting
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance, ModulePath
from s3kms.iac.hcl.syntax_tree import (
    Conditional,
    Expression,
    ForExpression,
    FunctionCall,
    GetAttribute,
    RootName,
    Span,
    TemplateExpression,
    TupleConstructor,
)
from s3kms.iac.hcl.type_constraints import to_text
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import World

_SAME_MEMBERS = frozenset({"toset", "tolist", "distinct", "sort", "reverse"})
_ALL_MEMBERS = frozenset({"concat", "setunion"})


class Absent:
    """In place of an element that is not there."""


ABSENT: Final = Absent()
Element: TypeAlias = "Value | Absent"

_Rows: TypeAlias = "dict[str, list[tuple[ExpressionScope, tuple[Guard, ...]]]]"
"""The turns of a `for`, each with what its item hangs on, by the text that an expression makes of it."""


class ElementEvaluator(ExpressionEvaluator, ABC):
    """Evaluates elements in one world. A key is a text: one of a map, or the text in a set."""

    def __init__(self, world: World | None, nesting: Nesting) -> None:
        super().__init__(world, nesting)
        self._elements: dict[tuple[ModulePath, str, str, bool], Element] = {}
        self._known_rows: dict[tuple[ModulePath, Path, Span], _Rows] = {}
        self._busy = set[tuple[ModulePath, str, str, bool]]()

    @abstractmethod
    def is_open(self, module_instance: ModuleInstance, local: str) -> bool:
        """Whether the value of a local hangs on what is still to be chosen. Raises Rejected."""

    @abstractmethod
    def without_choices(self) -> Self:
        """The evaluation that chooses nothing: the undecided one."""

    def forget_elements(self) -> None:
        """Lets go of the elements that were found."""
        self._elements.clear()

    def element(self, expression: Expression, key: str, scope: ExpressionScope) -> Element:
        """The element of a map at a key, of a set the text itself; ABSENT where it is not there.

        Raises NeedsWhole, Rejected and BudgetExhausted.
        """
        self.step()
        if (local := self._open_local(expression, scope)) is not None:
            return self._element_of_local(local, key, scope, is_member=False)
        match expression:
            case ForExpression(new_key=new_key, is_grouped=False) if new_key is not None:
                return self._element_of_for(expression, new_key, key, scope)
            case FunctionCall(name="merge", is_expanded=False):
                found = (self.element(arg, key, scope) for arg in reversed(expression.args))
                return next((one for one in found if one is not ABSENT), ABSENT)
            case FunctionCall(name="tomap", args=(of,)) | TemplateExpression(parts=(of,)):
                return self.element(of, key, scope)
            case FunctionCall(name="toset", args=(of,)):
                return self._member(of, key, scope)
            case Conditional(test=test, yes=yes, no=no):
                return self.element(yes if self._is_certainly(test, scope) else no, key, scope)
        return _element_in(self.value(expression, scope), key)

    def possible_keys(self, expression: Expression, scope: ExpressionScope) -> dict[str, None]:
        """The keys that a map or a set may have, whatever is chosen. Raises NeedsWhole, Rejected, BudgetExhausted."""
        self.step()
        if (local := self._local_of(expression, scope)) is not None:
            return self._possible_keys_of_local(local, scope)
        match expression:
            case ForExpression(is_grouped=False):
                return self._possible_keys_of_for(expression, scope)
            case FunctionCall(name="merge" | "concat" | "setunion", is_expanded=False, args=args):
                return {key: None for arg in args for key in self.possible_keys(arg, scope)}
            case FunctionCall(name="keys" | "tomap", args=(of,)) | TemplateExpression(parts=(of,)):
                return self.possible_keys(of, scope)
            case FunctionCall(name=name, args=(of,)) if name in _SAME_MEMBERS:
                return self.possible_keys(of, scope)
            case Conditional(yes=yes, no=no):
                return {**self.possible_keys(yes, scope), **self.possible_keys(no, scope)}
        return dict.fromkeys(_keys_in(self.value(expression, scope)))

    def _open_local(self, expression: Expression, scope: ExpressionScope) -> str | None:
        local = self._local_of(expression, scope)
        return local if local is not None and self.is_open(scope.module_instance, local) else None

    def _local_of(self, expression: Expression, scope: ExpressionScope) -> str | None:
        match expression:
            case GetAttribute(of=RootName(name="local"), name=name) if "local" not in scope.names:
                return name if name in scope.module_instance.module.locals else None
        return None

    def _element_of_local(self, local: str, key: str, scope: ExpressionScope, *, is_member: bool) -> Element:
        module_instance = scope.module_instance
        mark = module_instance.module_path, local, key, is_member
        if mark in self._elements:
            return self._elements[mark]
        if mark in self._busy:
            raise NeedsWhole
        attribute, path = module_instance.module.locals[local]
        find = self._member if is_member else self.element
        self._busy.add(mark)
        self._nesting.level += 1
        try:
            self._elements[mark] = find(attribute.expression, key, module_instance.scope(path))
        finally:
            self._nesting.level -= 1
            self._busy.discard(mark)
        return self._elements[mark]

    def _element_of_for(
        self, expression: ForExpression, new_key: Expression, key: str, scope: ExpressionScope
    ) -> Element:
        for inner in self._turns(expression, new_key, key, scope):
            if self._holds(expression, inner):
                return self.value(expression.body, inner)
        return ABSENT

    def _turns(
        self, expression: ForExpression, making: Expression, key: str, scope: ExpressionScope
    ) -> Iterator[ExpressionScope]:
        """The turns of a `for` in which `making`, its key or its body, comes to the text `key`."""
        if isinstance(making, RootName) and making.name == expression.key:
            item = self.element(expression.of, key, scope)
            if not isinstance(item, Absent):
                yield scope.with_loop_names(expression.key, expression.value, key, item)
            return
        if isinstance(making, RootName) and making.name == expression.value and expression.key is None:
            if self._member(expression.of, key, scope) is not ABSENT:
                yield scope.with_loop_names(None, expression.value, key, key)
            return
        for inner, guards in self._rows(expression, making, scope).get(key, ()):
            if all(self._is_certainly(test, at) for test, at in guards):
                yield inner

    def _rows(self, expression: ForExpression, making: Expression, scope: ExpressionScope) -> _Rows:
        """What a `for` iterates over, by the text that `making` comes to; the same in all worlds where it can be."""
        if not scope.is_certain or scope.names:
            return self._read_rows(expression, making, scope)
        mark = scope.module_instance.module_path, scope.path, expression.span
        known = self.without_choices()._known_rows  # noqa: SLF001 - another evaluation of the same class
        if mark not in known:
            known[mark] = self.without_choices()._read_rows(expression, making, scope)  # noqa: SLF001 - so is this
        return known[mark]

    def _read_rows(self, expression: ForExpression, making: Expression, scope: ExpressionScope) -> _Rows:
        found: _Rows = {}
        for item in self._items(expression.of, scope):
            if isinstance(item.key, UnknownPosition) and expression.key is not None:
                raise NeedsWhole
            key = None if isinstance(item.key, UnknownPosition) else item.key
            inner = scope.with_loop_names(expression.key, expression.value, key, item.value)
            found.setdefault(self._text(making, inner), []).append((inner, item.guards))
        return found

    def _items(self, expression: Expression, scope: ExpressionScope) -> list[GuardedItem]:
        if self.world is None:
            return GuardedItems(self, self._expression_of_local).of(expression, scope)
        of = self.value(expression, scope)
        if isinstance(of, UnknownValue):
            raise NeedsWhole
        return [GuardedItem(key, item) for key, item in iterate_pairs(of)]

    def _expression_of_local(self, expression: Expression, scope: ExpressionScope) -> Guard | None:
        local = self._local_of(expression, scope)
        if local is None:
            return None
        attribute, path = scope.module_instance.module.locals[local]
        return attribute.expression, scope.module_instance.scope(path)

    def _text(self, expression: Expression, scope: ExpressionScope) -> str:
        """What a key comes to. One that is rejected may belong to what its condition leaves out."""
        try:
            found = to_text(self.value(expression, scope))
        except Rejected:
            raise NeedsWhole from None
        if not isinstance(found, str):
            raise NeedsWhole
        return found

    def _holds(self, expression: ForExpression, scope: ExpressionScope) -> bool:
        return expression.test is None or self._is_certainly(expression.test, scope)

    def _is_certainly(self, test: Expression, scope: ExpressionScope) -> bool:
        found = self.is_true(test, scope)
        if isinstance(found, UnknownValue):
            raise NeedsWhole
        return found

    def _member(self, expression: Expression, key: str, scope: ExpressionScope) -> Element:
        """The text `key`, where a list or a set has it."""
        self.step()
        if (local := self._open_local(expression, scope)) is not None:
            return self._element_of_local(local, key, scope, is_member=True)
        match expression:
            case ForExpression(new_key=None):
                turns = self._turns(expression, expression.body, key, scope)
                return key if any(self._holds(expression, inner) for inner in turns) else ABSENT
            case TupleConstructor(items=items):
                return key if any(self._text(item, scope) == key for item in items) else ABSENT
            case TemplateExpression(parts=(of,)):
                return self._member(of, key, scope)
            case Conditional(test=test, yes=yes, no=no):
                return self._member(yes if self._is_certainly(test, scope) else no, key, scope)
            case FunctionCall(name="keys", args=(of,)):
                return ABSENT if self.element(of, key, scope) is ABSENT else key
            case FunctionCall(name=name, args=(of,)) if name in _SAME_MEMBERS:
                return self._member(of, key, scope)
            case FunctionCall(name=name, is_expanded=False, args=args) if name in _ALL_MEMBERS:
                return key if any(self._member(of, key, scope) is not ABSENT for of in args) else ABSENT
        found = self.value(expression, scope)
        if isinstance(found, dict):
            raise NeedsWhole
        return _element_in(found, key)

    def _possible_keys_of_local(self, local: str, scope: ExpressionScope) -> dict[str, None]:
        module_instance = scope.module_instance
        mark = module_instance.module_path, local, "", False
        if mark in self._busy:
            raise NeedsWhole
        attribute, path = module_instance.module.locals[local]
        self._busy.add(mark)
        try:
            return self.possible_keys(attribute.expression, module_instance.scope(path))
        finally:
            self._busy.discard(mark)

    def _possible_keys_of_for(self, expression: ForExpression, scope: ExpressionScope) -> dict[str, None]:
        making = expression.body if expression.new_key is None else expression.new_key
        if isinstance(making, RootName) and making.name == expression.key:
            return self.possible_keys(expression.of, scope)
        if isinstance(making, RootName) and making.name == expression.value and expression.key is None:
            return self.possible_keys(expression.of, scope)
        return dict.fromkeys(self._rows(expression, making, scope))


def _element_in(of: Value, key: str) -> Element:
    if isinstance(of, dict):
        return of.get(key, ABSENT)
    items = list(of.items) if isinstance(of, SetValue) else of
    if not isinstance(items, list) or any(not isinstance(item, str) for item in items):
        raise NeedsWhole
    return key if key in items else ABSENT


def _keys_in(of: Value) -> list[str]:
    if isinstance(of, dict):
        return list(of)
    items = list(of.items) if isinstance(of, SetValue) else of
    if not isinstance(items, list):
        raise NeedsWhole
    found = [item for item in items if isinstance(item, str)]
    if len(found) < len(items):
        raise NeedsWhole
    return found
