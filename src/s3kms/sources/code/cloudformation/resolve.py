"""Evaluates the expressions of a template in one world, one level at a time, and only what is asked for."""

import re
from collections.abc import Iterator

from s3kms.estate.unknown import Unknown
from s3kms.sources.code.cloudformation.functions import FUNCTIONS
from s3kms.sources.code.cloudformation.template import Parameter, Template
from s3kms.sources.code.cloudformation.tree import Array, Kind, Mark, Node, Scalar, Table
from s3kms.sources.code.cloudformation.values import (
    DEPLOYED,
    Absent,
    Opaque,
    Value,
    call_of,
    opaque,
    refused,
    short,
)
from s3kms.sources.code.cloudformation.worlds import Impossible, World

_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
_HOLE = re.compile(r"\$\{([^{}]*)\}")
_DEEPEST = 100


class Resolver:
    """The functions of CloudFormation, on a template, in a world."""

    def __init__(self, template: Template, world: World) -> None:
        self.template = template
        self.world = world
        self._truths: dict[str, bool] = {}
        self._asking: list[str] = []
        self._depth = 0

    def resolve(self, node: Node) -> Value:
        """What a node is, its functions evaluated; the parts of a list or a mapping are left as they are.

        Raises Untold for what CloudFormation would refuse, Impossible where this world would fail.
        """
        if isinstance(node, Scalar):
            return _dynamic(node)
        called = call_of(node)
        if called is None:
            return node
        name, argument = called
        if self._depth > _DEEPEST:
            raise refused("the expression is nested too deeply", node.mark)
        self._depth += 1
        try:
            return self._call(name, argument, node.mark)
        finally:
            self._depth -= 1

    def items(self, node: Node, what: str) -> tuple[Value, ...] | Opaque | Absent:
        """A list, each item resolved, and without what is AWS::NoValue."""
        value = self.resolve(node)
        if isinstance(value, Opaque | Absent):
            return value
        if not isinstance(value, Array):
            raise refused(f"{what} is not a list", value.mark)
        resolved = (self.resolve(item) for item in value.items)
        return tuple(item for item in resolved if not isinstance(item, Absent))

    def field(self, table: Table, key: str) -> Value:
        """A property; Absent where it is not there."""
        node = table.get(key)
        value = Absent(table.mark) if node is None else self.resolve(node)
        if isinstance(value, Scalar) and value.kind is Kind.NULL:
            raise refused(f"{key} is null, which CloudFormation refuses", value.mark)
        return value

    def is_true(self, name: str, mark: Mark) -> bool:
        """Whether a condition of the template holds in this world."""
        if name in self._truths:
            return self._truths[name]
        node = self.template.conditions.get(name)
        if node is None:
            raise refused(f"there is no condition {name}", mark)
        if name in self._asking:
            raise refused(f"the condition {name} is defined by itself", mark)
        self._asking.append(name)
        try:
            self._truths[name] = self._truth(node)
        finally:
            self._asking.pop()
        return self._truths[name]

    def say(self, what: str, value: str) -> None:
        """Note that the result hangs on this; what a condition hangs on, its name tells."""
        if not self._asking:
            self.world.said[what] = value

    def _truth(self, node: Node) -> bool:
        called = call_of(node)
        if called is None:
            if isinstance(node, Scalar) and node.kind is Kind.BOOL:
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
        return self.world.decide(f"{name} at {node.mark.line}:{node.mark.column}")

    def _are_equal(self, left: Value, right: Value) -> bool:
        if isinstance(left, Scalar) and isinstance(right, Scalar):
            return left.text == right.text
        if isinstance(left, Scalar):
            left, right = right, left
        if isinstance(left, Opaque) and isinstance(right, Scalar):
            if left.symbol:
                return self.world.is_equal(left.symbol, right.text)
            return self.world.is_equal(left.piece, right.text)
        if isinstance(left, Opaque) and isinstance(right, Opaque):
            if left.piece == right.piece:
                return True
            return self.world.decide(" == ".join(sorted((left.piece, right.piece))))
        return self.world.decide(f"lists at {left.mark.line}:{left.mark.column}")

    def _call(self, name: str, argument: Node, mark: Mark) -> Value:
        if name == "Ref":
            return self.ref(_word(argument, "Ref"), mark)
        if name == "Fn::If":
            condition, yes, no = _list(argument, name, 3)
            key = _word(condition, "the first part of Fn::If")
            truth = self.is_true(key, condition.mark)
            self.say(key, str(truth).lower())
            return self.resolve(yes if truth else no)
        function = FUNCTIONS.get(name)
        if function is None:
            unknown = Unknown(f"{short(name)} is evaluated by CloudFormation alone", DEPLOYED)
            return Opaque(short(name), "${" + name + "}", unknown, mark)
        return function(self, argument, mark)

    def ref(self, name: str, mark: Mark) -> Value:
        """What a name stands for."""
        if name == "AWS::NoValue":
            return Absent(mark)
        if parameter := self.template.parameter(name):
            return self._parameter(name, parameter, mark)
        if name in self.template.resources:
            why = f"{name} is a resource, and what it will be called is known once it is made"
            return opaque(f"!Ref {name}", name, Unknown(why, DEPLOYED), mark, declared=name)
        if not name.startswith("AWS::"):
            raise refused(f"there is no parameter or resource {name}", mark)
        if (bound := self.world.value_of(name)) is not None:
            self.say(name, bound)
            return Scalar(bound, mark)
        return opaque(
            f"!Ref {name}", name, Unknown(f"{name} is known at deployment", DEPLOYED), mark, symbol=name
        )

    def attribute(self, logical_id: str, attribute: str, mark: Mark) -> Opaque:
        """What Fn::GetAtt says: nothing that is known before the resource is made, but whose it is."""
        if logical_id not in self.template.resources:
            raise refused(f"there is no resource {logical_id}", mark)
        why = f"{attribute} of {logical_id} is known once it is made"
        name = f"{logical_id}.{attribute}"
        return opaque(f"!GetAtt {name}", name, Unknown(why, DEPLOYED), mark, declared=logical_id)

    def _parameter(self, name: str, parameter: Parameter, mark: Mark) -> Value:
        if (bound := self.world.value_of(name)) is not None:
            self.say(name, bound)
            return Scalar(bound, mark)
        if parameter.is_lookup:
            unknown = Unknown(f"the value of {name} is in Systems Manager, not in the template", DEPLOYED)
            return opaque(f"!Ref {name}", name, unknown, mark, symbol=name)
        if parameter.is_list and parameter.default is not None and not parameter.allowed:
            parts = parameter.default.split(",")
            return Array(tuple(Scalar(part.strip(), mark) for part in parts), mark)
        if parameter.is_list or (parameter.default is None and not parameter.allowed):
            why = f"the parameter {name} has no default"
            remedy = f"give {name} a Default or AllowedValues in the template, or {DEPLOYED}"
            return opaque(f"!Ref {name}", name, Unknown(why, remedy), mark, symbol=name)
        options = parameter.allowed
        if parameter.default in options or not options:
            options = tuple(dict.fromkeys((parameter.default or "", *options)))
        text = self.world.bind(name, options)
        self.say(name, text)
        return _dynamic(Scalar(text, mark))

    def look_up(self, value: Value, table: Table, what: str) -> Node:
        """An entry of a mapping by a key that may be open. Raises Impossible where there is none."""
        if isinstance(value, Scalar):
            key = value.text
        elif isinstance(value, Opaque):
            key = self.world.bind(value.symbol or value.piece, tuple(table.entries))
            self.say(value.symbol or value.piece, key)
        else:
            raise refused(f"{what} is not a text", value.mark)
        node = table.get(key)
        if node is None:
            raise Impossible
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
        unknown = Unknown(f"{found[0]} is looked up at deployment", DEPLOYED)
        return Opaque(node.text, node.text, unknown, node.mark)
    return node


def _word(node: Node, what: str) -> str:
    if not isinstance(node, Scalar):
        raise refused(f"{what} is not a name", node.mark)
    return node.text


def _list(node: Node, name: str, length: int | None = None) -> tuple[Node, ...]:
    if not isinstance(node, Array) or (length is not None and len(node.items) != length):
        parts = "a list" if length is None else f"a list of {length}"
        raise refused(f"{short(name)} does not have {parts}", node.mark)
    return node.items
