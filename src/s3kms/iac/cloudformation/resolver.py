"""Evaluates the expressions of a template in one world, one level at a time, and only what is asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s3kms.iac.cloudformation.functions import FUNCTIONS
from s3kms.iac.cloudformation.parameters import read_parameter
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, ScalarKind, Table
from s3kms.iac.cloudformation.values import (
    DEPLOYED,
    NoValue,
    Undecided,
    UnresolvedValue,
    Value,
    comparable_text,
    function_call_of,
    opaque,
    refused,
    short_form,
)
from s3kms.iac.worlds import ImpossibleWorld, World
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
_HOLE = re.compile(r"\$\{([^{}]*)\}")
_DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class ParentStack:
    """The stack around a nested one, and the resource there that the nested one is."""

    resolver: "Resolver"
    resource: TemplateResource


@dataclass(slots=True)
class _Way:
    """What is being asked, in all stacks that hang together."""

    conditions: list[str] = field(default_factory=list)
    depth: int = 0

    def go_on(self, mark: Mark) -> None:
        """One step deeper. Raises Undecided where that never ends, or as good as never."""
        if self.depth > _DEEPEST:
            raise refused("the expression is nested too deeply", mark)
        self.depth += 1


class Resolver:
    """The functions of CloudFormation, on a template, in a world."""

    def __init__(
        self, template: CloudFormationTemplate, world: World, outer: ParentStack | None = None
    ) -> None:
        self.template = template
        self.world = world
        self.outer = outer
        self.root: Resolver = outer.resolver.root if outer else self
        self._ids: tuple[str, ...] = outer.resolver.full(outer.resource.logical_id) if outer else ()
        self.way: _Way = outer.resolver.way if outer else _Way()
        self._nested: dict[str, Resolver] = {}
        self._truths: dict[str, bool] = {}

    def full(self, logical_id: str) -> tuple[str, ...]:
        """A logical id, after those of the stacks that this one is nested in."""
        return (*self._ids, logical_id)

    def name(self, name: str) -> str:
        """A name that no other stack has for something else."""
        return ".".join(self.full(name))

    def inside(self, ids: tuple[str, ...]) -> "Resolver":
        """The nested stack that these logical ids lead to; itself where there are none."""
        if not ids:
            return self
        first, *rest = ids
        if first not in self._nested:
            outer = ParentStack(self, self.template.resources[first])
            self._nested[first] = Resolver(self.template.nested[first], self.world, outer)
        return self._nested[first].inside(tuple(rest))

    def resolve(self, node: Node) -> Value:
        """What a node is, its functions evaluated; the parts of a list or a mapping are left as they are.

        Raises Undecided for what CloudFormation would refuse, Impossible where this world would fail.
        """
        if isinstance(node, Scalar):
            return _dynamic(node)
        called = function_call_of(node)
        if called is None:
            return node
        name, argument = called
        self.way.go_on(node.mark)
        try:
            return self._call(name, argument, node.mark)
        finally:
            self.way.depth -= 1

    def items(self, node: Node, what: str) -> tuple[Value, ...] | UnresolvedValue | NoValue:
        """A list, each item resolved, and without what is AWS::NoValue."""
        value = self.resolve(node)
        if isinstance(value, UnresolvedValue | NoValue):
            return value
        if not isinstance(value, Array):
            raise refused(f"{what} is not a list", value.mark)
        resolved = (self.resolve(item) for item in value.items)
        return tuple(item for item in resolved if not isinstance(item, NoValue))

    def field(self, table: Table, key: str) -> Value:
        """A property; Absent where it is not there."""
        node = table.get(key)
        value = NoValue(table.mark) if node is None else self.resolve(node)
        if isinstance(value, Scalar) and value.kind is ScalarKind.NULL:
            raise refused(f"{key} is null, which CloudFormation refuses", value.mark)
        return value

    def is_true(self, name: str, mark: Mark) -> bool:
        """Whether a condition of the template holds in this world."""
        if name in self._truths:
            return self._truths[name]
        node = self.template.conditions.get(name)
        if node is None:
            raise refused(f"there is no condition {name}", mark)
        asked = self.way.conditions
        if self.name(name) in asked:
            raise refused(f"the condition {name} is defined by itself", mark)
        asked.append(self.name(name))
        try:
            self._truths[name] = self._truth(node)
        finally:
            asked.pop()
        return self._truths[name]

    def say(self, what: str, value: str) -> None:
        """Note that the result hangs on this; what a condition hangs on, its name tells."""
        if not self.way.conditions:
            self.world.said[what] = value

    def _truth(self, node: Node) -> bool:
        self.way.go_on(node.mark)
        try:
            return self._answer(node)
        finally:
            self.way.depth -= 1

    def _answer(self, node: Node) -> bool:
        called = function_call_of(node)
        if called is None:
            if isinstance(node, Scalar) and node.kind is ScalarKind.BOOL:
                return node.text == "true"
            raise refused("this is not a condition", node.mark)
        name, argument = called
        match name:
            case "Condition":
                return self.is_true(_word(argument, "Condition"), node.mark)
            case "Fn::And":
                return all(self._truth(part) for part in _list(argument, name))
            case "Fn::Or":
                return any(self._truth(part) for part in _list(argument, name))
            case "Fn::Not":
                return not self._truth(_list(argument, name, 1)[0])
            case "Fn::Equals":
                left, right = (self.resolve(part) for part in _list(argument, name, 2))
                return self._are_equal(left, right)
        return self.world.decide(self.name(f"{name} at {node.mark.line}:{node.mark.column}"))

    def _are_equal(self, left: Value, right: Value) -> bool:
        texts = comparable_text(left), comparable_text(right)
        if None not in texts:
            return texts[0] == texts[1]
        if isinstance(left, Scalar):
            left, right = right, left
        if isinstance(left, UnresolvedValue) and isinstance(right, Scalar):
            if left.symbol:
                return self.world.is_equal(left.symbol, right.text)
            return self.world.is_equal(left.piece, right.text)
        if isinstance(left, UnresolvedValue) and isinstance(right, UnresolvedValue):
            if left.piece == right.piece:
                return True
            return self.world.decide(" == ".join(sorted((left.piece, right.piece))))
        return self.world.decide(self.name(f"lists at {left.mark.line}:{left.mark.column}"))

    def _call(self, name: str, argument: Node, mark: Mark) -> Value:
        if name == "Ref":
            return self.ref(_word(argument, "Ref"), mark)
        if name == "Fn::If":
            condition, yes, no = _list(argument, name, 3)
            key = _word(condition, "the first part of Fn::If")
            truth = self.is_true(key, condition.mark)
            self.say(self.name(key), str(truth).lower())
            return self.resolve(yes if truth else no)
        function = FUNCTIONS.get(name)
        if function is None:
            unknown = Unknown(
                UnknownCause.UNRESOLVED,
                f"{short_form(name)} is evaluated by CloudFormation alone",
                Advice(DEPLOYED),
            )
            return UnresolvedValue(short_form(name), "${" + name + "}", unknown, mark)
        return function(self, argument, mark)

    def ref(self, name: str, mark: Mark) -> Value:
        """What a name stands for."""
        if name == "AWS::NoValue":
            return NoValue(mark)
        if parameter := self.template.parameter(name):
            return read_parameter(self, name, parameter, mark)
        if name in self.template.resources:
            why = f"{name} is a resource, and what it will be called is known once it is made"
            ids = self.full(name)
            return opaque(
                f"!Ref {name}",
                ".".join(ids),
                Unknown(UnknownCause.UNRESOLVED, why, Advice(DEPLOYED)),
                mark,
                declared=ids,
            )
        if not name.startswith("AWS::"):
            raise refused(f"there is no parameter or resource {name}", mark)
        if (bound := self.world.value_of(name)) is not None:
            self.say(name, bound)
            return Scalar(bound, mark)
        return opaque(
            f"!Ref {name}",
            name,
            Unknown(UnknownCause.UNRESOLVED, f"{name} is known at deployment", Advice(DEPLOYED)),
            mark,
            symbol=name,
        )

    def attribute(self, logical_id: str, attribute: str, mark: Mark) -> Value:
        """What Fn::GetAtt says: nothing that is known before the resource is made, but whose it is.

        An output of a nested stack whose template is here is what that says.
        """
        if logical_id not in self.template.resources:
            raise refused(f"there is no resource {logical_id}", mark)
        kind, _, output = attribute.partition(".")
        if kind == "Outputs" and logical_id in self.template.nested:
            return self._output(logical_id, output, mark)
        why = f"{attribute} of {logical_id} is known once it is made"
        ids, name = self.full(logical_id), f"{logical_id}.{attribute}"
        return opaque(
            f"!GetAtt {name}",
            self.name(name),
            Unknown(UnknownCause.UNRESOLVED, why, Advice(DEPLOYED)),
            mark,
            declared=ids,
        )

    def _output(self, logical_id: str, name: str, mark: Mark) -> Value:
        stack = self.inside((logical_id,))
        output = stack.template.outputs.get(name)
        if not isinstance(output, Table):
            raise refused(f"the nested stack {logical_id} has no output {name}", mark)
        try:
            condition = output.get("Condition")
            if condition is not None and not stack.is_true(_word(condition, "Condition"), mark):
                raise ImpossibleWorld
            value = stack.field(output, "Value")
        except Undecided as untold:
            raise Undecided(untold.unknown, mark) from None
        if not isinstance(value, Scalar | UnresolvedValue):
            raise refused(f"the output {name} of {logical_id} is not a text", mark)
        return replace(value, mark=mark)

    def look_up(self, value: Value, table: Table, what: str) -> Node:
        """An entry of a mapping by a key that may be open. Raises ImpossibleWorld where there is none."""
        text = comparable_text(value)
        if text is not None:
            key = text
        elif isinstance(value, UnresolvedValue):
            key = self.world.bind(value.symbol or value.piece, tuple(table.entries))
            self.say(value.symbol or value.piece, key)
        else:
            raise refused(f"{what} is not a text", value.mark)
        node = table.get(key)
        if node is None:
            raise ImpossibleWorld
        return node

    def texts(self, text: str, mark: Mark, own: Table | None) -> Iterator[Value]:
        """The pieces of the text of Fn::Sub."""
        end = 0
        for found in _HOLE.finditer(text):
            if found.start() > end:
                yield Scalar(text[end : found.start()], mark)
            yield self._hole(found[1], mark, own)
            end = found.end()
        if end < len(text):
            yield Scalar(text[end:], mark)

    def _hole(self, inside: str, mark: Mark, own: Table | None) -> Value:
        name = inside.strip()
        if name.startswith("!"):
            return Scalar("${" + name[1:] + "}", mark)
        if own and (node := own.get(name)) is not None:
            return self.resolve(node)
        logical_id, dot, attribute = name.partition(".")
        return self.attribute(logical_id, attribute, mark) if dot else self.ref(name, mark)


def _dynamic(node: Scalar) -> Value:
    """A text; one that AWS fills in from Systems Manager or Secrets Manager is open."""
    if found := _DYNAMIC.search(node.text):
        unknown = Unknown(UnknownCause.UNRESOLVED, f"{found[0]} is looked up at deployment", Advice(DEPLOYED))
        return UnresolvedValue(node.text, node.text, unknown, node.mark)
    return node


def _word(node: Node, what: str) -> str:
    if not isinstance(node, Scalar):
        raise refused(f"{what} is not a name", node.mark)
    return node.text


def _list(node: Node, name: str, length: int | None = None) -> tuple[Node, ...]:
    if not isinstance(node, Array) or (length is not None and len(node.items) != length):
        parts = "a list" if length is None else f"a list of {length}"
        raise refused(f"{short_form(name)} does not have {parts}", node.mark)
    return node.items
