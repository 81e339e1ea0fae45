"""Evaluates the expressions of a template in one world, one level at a time, and only what is asked for.

`evaluation.start_resolver` makes one: the functions and parameters that it evaluates stand in modules that need its
type, so it is given them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from s3kms.iac.budget import PARTS_PER_STEP, BudgetExhausted, WorkBudget
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateParameter, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, ScalarKind, Table
from s3kms.iac.cloudformation.values import (
    CHECK_DEPLOYED,
    UNSETTLED,
    NoValue,
    Undecided,
    Value,
    comparable_text,
    function_call_of,
    known_at_deployment,
    named_unknown,
    short_form,
    unknown_of,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld, World
from s3kms.model.unknown import Unknown, UnknownCause

_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
_HOLE = re.compile(r"\$\{([^{}]*)\}")
_DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class ParentStack:
    """The stack around a nested one, and the resource there that the nested one is."""

    resolver: "Resolver"
    resource: TemplateResource


Function = Callable[["Resolver", Node, Mark], Value]
"""Evaluates one function of CloudFormation: its argument, and where the call stands."""


@dataclass(frozen=True, slots=True)
class Builtins:
    """The functions and parameters that a resolver evaluates with."""

    functions: Mapping[str, Function]
    """By their long names: `Fn::Join`."""
    read_parameter: Callable[["Resolver", str, TemplateParameter, Mark], Value]


@dataclass(slots=True)
class _Depth:
    """What is being evaluated at the moment, across all stacks that nest one another."""

    conditions: list[str] = field(default_factory=list)
    level: int = 0

    def enter(self, mark: Mark) -> None:
        """Go one step deeper. Raises Rejected where that never ends, or as good as never."""
        if self.level > _DEEPEST:
            raise Rejected("the expression is nested too deeply", mark)
        self.level += 1


_STEPS_PER_NODE = 3
"""The time of a node of a template, in steps."""


class Resolver:
    """Evaluates nodes of one template in one world. A nested stack has a resolver of its own, inside its parent's."""

    def __init__(
        self,
        template: CloudFormationTemplate,
        world: World,
        builtins: Builtins,
        outer: ParentStack | None = None,
    ) -> None:
        self._builtins = builtins
        self.template = template
        self.world = world
        self.outer = outer
        self.root: Resolver = outer.resolver.root if outer else self
        self._ids: tuple[str, ...] = outer.resolver.full(outer.resource.logical_id) if outer else ()
        self.budget: WorkBudget = outer.resolver.budget if outer else template.budget
        self.depth: _Depth = outer.resolver.depth if outer else _Depth()
        self._nested: dict[str, Resolver] = {}
        self._truths: dict[str, bool] = {}
        self._resolved: dict[tuple[int, bool], Value] = {}
        """What calls of functions come to, where nothing in them is open: by their nodes, which the template keeps,
        and apart for those in conditions, which note no decision."""

    def full(self, logical_id: str) -> tuple[str, ...]:
        """A logical id, after those of the stacks that this one is nested in."""
        return (*self._ids, logical_id)

    def name(self, name: str) -> str:
        """A name that no other stack has for something else."""
        return ".".join(self.full(name))

    def inside(self, ids: tuple[str, ...]) -> "Resolver":
        """The resolver of the nested stack that these logical ids lead to; itself where there are none."""
        if not ids:
            return self
        first, *rest = ids
        if first not in self._nested:
            outer = ParentStack(self, self.template.resources[first])
            self._nested[first] = Resolver(self.template.nested[first], self.world, self._builtins, outer)
        return self._nested[first].inside(tuple(rest))

    def resolve(self, node: Node) -> Value:
        """The value of a node, its functions evaluated; the parts of a list or a mapping stay unresolved.

        Raises Undecided where it hangs on an open value, Rejected for what CloudFormation would refuse, and
        ImpossibleWorld where a deployment in this world would fail.
        """
        if isinstance(node, Scalar):
            return _dynamic(node)
        called = function_call_of(node)
        if called is None:
            return node
        name, argument = called
        key = id(node), bool(self.depth.conditions)
        if key in self._resolved:
            return self._resolved[key]
        self._enter(node.mark)
        try:
            value = self._call(name, argument, node.mark)
        finally:
            self.depth.level -= 1
        if not isinstance(value, UnknownValue):  # which this world may still bind
            self._resolved[key] = value
        return value

    def spend(self, mark: Mark, steps: int = 1, characters: int = 0) -> None:
        """Counts work. Raises Undecided where it is more than the budget."""
        try:
            self.budget.spend(steps * _STEPS_PER_NODE)
            self.budget.touch(characters=characters)
        except BudgetExhausted as error:
            raise Undecided(error.unknown(CHECK_DEPLOYED), mark) from None

    def _enter(self, mark: Mark) -> None:
        self.spend(mark)
        self.depth.enter(mark)

    def items(self, node: Node, what: str) -> tuple[Value, ...] | UnknownValue | NoValue:
        """A list, each item resolved, and without what is AWS::NoValue; `what` is its name in a sentence.

        Raises as `resolve` does.
        """
        value = self.resolve(node)
        if isinstance(value, UnknownValue | NoValue):
            return value
        if not isinstance(value, Array):
            raise Rejected(f"{what} is not a list", value.mark)
        self.spend(value.mark, len(value.items) // PARTS_PER_STEP)
        resolved = (self.resolve(item) for item in value.items)
        return tuple(item for item in resolved if not isinstance(item, NoValue))

    def field(self, table: Table, key: str) -> Value:
        """A property, resolved; NoValue where it is not there. Raises as `resolve` does."""
        node = table.get(key)
        value = NoValue(table.mark) if node is None else self.resolve(node)
        if isinstance(value, Scalar) and value.kind is ScalarKind.NULL:
            raise Rejected(f"{key} is null, which CloudFormation rejects", value.mark)
        return value

    def is_true(self, name: str, mark: Mark) -> bool:
        """Whether a condition of the template holds in this world."""
        if name in self._truths:
            return self._truths[name]
        node = self.template.conditions.get(name)
        if node is None:
            raise Rejected(f"there is no condition {name}", mark)
        asked = self.depth.conditions
        if self.name(name) in asked:
            raise Rejected(f"the condition {name} refers to itself", mark)
        asked.append(self.name(name))
        try:
            self._truths[name] = self._truth(node)
        finally:
            asked.pop()
        return self._truths[name]

    def note_decision(self, what: str, value: str) -> None:
        """Record that the result hangs on this; a condition stands for what it hangs on itself."""
        if not self.depth.conditions:
            self.world.said[what] = value

    def _truth(self, node: Node) -> bool:
        self._enter(node.mark)
        try:
            return self._answer(node)
        finally:
            self.depth.level -= 1

    def _answer(self, node: Node) -> bool:
        called = function_call_of(node)
        if called is None:
            if isinstance(node, Scalar) and node.kind is ScalarKind.BOOL:
                return node.text == "true"
            raise Rejected("this is not a condition", node.mark)
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
        if isinstance(left, UnknownValue) and isinstance(right, Scalar):
            if left.symbol:
                return self.world.is_equal(left.symbol, right.text)
            return self.world.is_equal(left.piece, right.text)
        if isinstance(left, UnknownValue) and isinstance(right, UnknownValue):
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
            self.note_decision(self.name(key), str(truth).lower())
            return self.resolve(yes if truth else no)
        function = self._builtins.functions.get(name)
        if function is None:
            why = f"{short_form(name)} is evaluated only by CloudFormation"
            unknown = Unknown(UnknownCause.UNSUPPORTED, why, CHECK_DEPLOYED)
            return named_unknown(short_form(name), name, unknown, mark)
        return function(self, argument, mark)

    def ref(self, name: str, mark: Mark) -> Value:
        """What `Ref` comes to: a parameter's value, a resource that is not made yet, or a pseudo parameter."""
        if name == "AWS::NoValue":
            return NoValue(mark)
        if parameter := self.template.parameter(name):
            return self._builtins.read_parameter(self, name, parameter, mark)
        if name in self.template.resources:
            why = f"{name} is a resource, whose name is known once it is created"
            ids = self.full(name)
            return named_unknown(
                f"!Ref {name}",
                ".".join(ids),
                known_at_deployment(why),
                mark,
                declared=ids,
            )
        if not name.startswith("AWS::"):
            raise Rejected(f"there is no parameter or resource {name}", mark)
        if (bound := self.world.value_of(name)) is not None:
            self.note_decision(name, bound)
            return Scalar(bound, mark)
        return named_unknown(
            f"!Ref {name}",
            name,
            known_at_deployment(f"{name} is known at deployment"),
            mark,
            symbol=name,
        )

    def attribute(self, logical_id: str, attribute: str, mark: Mark) -> Value:
        """What `Fn::GetAtt` comes to: an open value that says whose attribute it is.

        An output of a nested stack whose template is here has the value that it is given there.
        """
        if logical_id not in self.template.resources:
            raise Rejected(f"there is no resource {logical_id}", mark)
        kind, _, output = attribute.partition(".")
        if kind == "Outputs" and logical_id in self.template.nested:
            return self._output(logical_id, output, mark)
        why = f"{attribute} of {logical_id} is known once it is created"
        ids, name = self.full(logical_id), f"{logical_id}.{attribute}"
        return named_unknown(
            f"!GetAtt {name}",
            self.name(name),
            known_at_deployment(why),
            mark,
            declared=ids,
        )

    def _output(self, logical_id: str, name: str, mark: Mark) -> Value:
        stack = self.inside((logical_id,))
        output = stack.template.outputs.get(name)
        if not isinstance(output, Table):
            raise Rejected(f"the nested stack {logical_id} has no output {name}", mark)
        try:
            condition = output.get("Condition")
            if condition is not None and not stack.is_true(_word(condition, "Condition"), mark):
                raise ImpossibleWorld
            value = stack.field(output, "Value")
        except UNSETTLED as error:
            raise Undecided(unknown_of(error), mark) from None
        if not isinstance(value, Scalar | UnknownValue):
            raise Rejected(f"the output {name} of {logical_id} is not a text", mark)
        return replace(value, mark=mark)

    def look_up(self, value: Value, table: Table, what: str) -> Node:
        """An entry of a mapping by a key that may be open. Raises ImpossibleWorld where there is none."""
        text = comparable_text(value)
        if text is not None:
            key = text
        elif isinstance(value, UnknownValue):
            key = self.world.bind(value.symbol or value.piece, tuple(table.entries))
            self.note_decision(value.symbol or value.piece, key)
        else:
            raise Rejected(f"{what} is not a text", value.mark)
        node = table.get(key)
        if node is None:
            raise ImpossibleWorld
        return node

    def texts(self, text: str, mark: Mark, own: Table | None) -> Iterator[Value]:
        """The pieces of a text of Fn::Sub; `own` is the mapping of names that it brings. Raises as `resolve` does."""
        end = 0
        holes: dict[str, Value] = {}
        for found in _HOLE.finditer(text):
            if found.start() > end:
                yield Scalar(text[end : found.start()], mark)
            if found[1] not in holes:
                holes[found[1]] = self._hole(found[1], mark, own)
            yield holes[found[1]]
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
        unknown = known_at_deployment(f"{found[0]} is looked up at deployment")
        return UnknownValue(node.text, unknown, piece=node.text, mark=node.mark)
    return node


def _word(node: Node, what: str) -> str:
    if not isinstance(node, Scalar):
        raise Rejected(f"{what} is not a name", node.mark)
    return node.text


def _list(node: Node, name: str, length: int | None = None) -> tuple[Node, ...]:
    if not isinstance(node, Array) or (length is not None and len(node.items) != length):
        parts = "a list" if length is None else f"a list of {length}"
        raise Rejected(f"{short_form(name)} does not have {parts}", node.mark)
    return node.items
