"""Where a value comes from: the literals that an expression can come to, through variables, locals and outputs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.hcl.syntax_tree import (
    BinaryOperation,
    Block,
    Body,
    Conditional,
    Expression,
    ForExpression,
    FunctionCall,
    GetAttribute,
    GetIndex,
    Literal,
    ObjectConstructor,
    RootName,
    Splat,
    TemplateExpression,
    TupleConstructor,
    UnaryOperation,
)
from s3kms.iac.terraform.editor.entry_groups import ALGORITHM, APPLY, EntryGroup, group_of_object
from s3kms.iac.terraform.editor.module_tree import ModuleNode, ModuleTree

_TELLS_OF = frozenset({"contains", "can", "length", "regexall", "startswith", "endswith", "regex"})
"""Functions whose result is none of their arguments."""


@dataclass(frozen=True, slots=True)
class LiteralSite:
    """A text that may be an algorithm, and where it is written."""

    path: Path
    literal: Literal
    where: str
    """For a person: `variable "algorithm"`."""
    frame: ModuleNode
    variable: str | None = None
    """The variable whose default it is, where it is one."""
    apply: EntryGroup | None = None
    """The object whose `sse_algorithm` it is."""
    rule: EntryGroup | None = None
    """The object around that."""
    names: tuple[tuple[ModuleNode, str], ...] = ()
    """The variables and locals whose whole value it is, from the rule to it: `local.algorithm`."""

    @property
    def key(self) -> tuple[Path, int]:
        """What tells it from others."""
        return self.path, self.literal.span.start


@dataclass(frozen=True, slots=True)
class _Around:
    """What an expression stands in."""

    path: Path
    where: str
    variable: str | None = None
    name: str = ""
    group: EntryGroup | None = None
    outer: EntryGroup | None = None
    outer_name: str = ""
    names: tuple[tuple[ModuleNode, str], ...] = ()


@dataclass(slots=True)
class ValueFlow:
    """What was gone through."""

    layout: ModuleTree
    sites: dict[tuple[Path, int], LiteralSite] = field(default_factory=dict)
    _seen: set[tuple[int, tuple[str, ...]]] = field(default_factory=set)
    _alive: list[object] = field(default_factory=list)

    def body(self, body: Body, frame: ModuleNode, path: Path, where: str) -> None:
        """Everything in a body, nested blocks included."""
        for attribute in body.attributes.values():
            self.follow(attribute.expression, frame, _Around(path, where, name=attribute.name))
        for block in body.blocks:
            if block.type not in {"lifecycle", "provisioner", "connection"}:
                self.body(block.body, frame, path, where)

    def follow(self, expression: Expression, frame: ModuleNode, around: _Around) -> None:
        """What an expression can come to."""
        waiting = [(expression, frame, around)]
        while waiting:
            here, frame, around = waiting.pop()
            mark = (id(here), frame.way)
            if mark in self._seen:
                continue
            self._seen.add(mark)
            self._alive.append(here)
            waiting += self._step(here, frame, around)

    def _step(
        self, here: Expression, frame: ModuleNode, around: _Around
    ) -> Iterable[tuple[Expression, ModuleNode, _Around]]:
        if isinstance(here, Literal):
            if isinstance(here.value, str):
                self._note(here, frame, around)
            return ()
        if isinstance(here, ObjectConstructor):
            group = group_of_object(here, around.path)
            return [(value, frame, _inside(around, group, _text(key))) for key, value in here.items]
        if isinstance(here, GetAttribute | GetIndex):
            names = (*around.names, *_named(here, frame))
            found = self._traversal(here, frame, around)
            return [(part, where, replace(of, names=names)) for part, where, of in found]
        return [(part, frame, around) for part in _values_of(here)]

    def _note(self, here: Literal, frame: ModuleNode, around: _Around) -> None:
        is_named = around.name == ALGORITHM
        has_rule = is_named and around.outer_name == APPLY
        self.sites.setdefault(
            (around.path, here.span.start),
            LiteralSite(
                around.path,
                here,
                around.where,
                frame,
                around.variable,
                around.group if is_named else None,
                around.outer if has_rule else None,
                around.names,
            ),
        )

    def _traversal(
        self, here: GetAttribute | GetIndex, frame: ModuleNode, around: _Around
    ) -> Iterator[tuple[Expression, ModuleNode, _Around]]:
        steps: list[str] = []
        of: Expression = here
        while isinstance(of, GetAttribute | GetIndex):
            steps.append(of.name if isinstance(of, GetAttribute) else "")
            of = of.of
        steps.reverse()
        if not isinstance(of, RootName):
            yield of, frame, around
        elif of.name == "var":
            yield from self._variable(steps[0], frame)
        elif of.name == "local" and steps[0] in frame.module.locals:
            attribute, path = frame.module.locals[steps[0]]
            yield attribute.expression, frame, _Around(path, f"local.{steps[0]}", name=steps[0])
        elif of.name == "module" and (below := frame.below.get(steps[0])):
            outputs = [below.module.outputs.get(step) for step in steps[1:]]
            for output in filter(None, outputs):
                value = output.block.body.attributes.get("value")
                if value:
                    yield value.expression, below, _Around(output.path, f'output "{output.block.labels[0]}"')

    def _variable(self, name: str, frame: ModuleNode) -> Iterator[tuple[Expression, ModuleNode, _Around]]:
        declared = frame.module.variables.get(name)
        default = declared.block.body.attributes.get("default") if declared else None
        if declared and default:
            path = frame.module.path_of(default, declared.path)
            yield default.expression, frame, _Around(path, f'variable "{name}"', name, name)
        if declared and (kind := declared.block.body.attributes.get("type")):
            path = frame.module.path_of(kind, declared.path)
            yield kind.expression, frame, _Around(path, f'variable "{name}"')  # optional(string, "AES256")
        if frame.above is None:
            if given := self.layout.values.get(name):
                attribute, path = given
                yield attribute.expression, frame, _Around(path, f"{name} of {path.name}", name=name)
        elif frame.call:
            argument = frame.call.block.body.attributes.get(name)
            if argument:
                path = frame.above.module.path_of(argument, frame.call.path)
                where = f'module "{frame.way[-1]}"'
                yield argument.expression, frame.above, _Around(path, where, name=name)
                yield from self._repeats(frame.call.block, frame.above, path, where)

    def _repeats(
        self, block: Block, frame: ModuleNode, path: Path, where: str
    ) -> Iterator[tuple[Expression, ModuleNode, _Around]]:
        """What `each` is."""
        if over := block.body.attributes.get("for_each"):
            yield over.expression, frame, _Around(path, where)


def _named(here: GetAttribute | GetIndex, frame: ModuleNode) -> Iterator[tuple[ModuleNode, str]]:
    """`var.a` or `local.a`, and nothing below it."""
    if isinstance(here, GetAttribute) and isinstance(here.of, RootName) and here.of.name in {"var", "local"}:
        yield frame, f"{here.of.name}.{here.name}"


def _inside(around: _Around, group: EntryGroup, name: str) -> _Around:
    return _Around(around.path, around.where, around.variable, name, group, around.group, around.name)


def _text(key: Expression) -> str:
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else ""


def _values_of(here: Expression) -> Iterable[Expression]:
    """The parts of an expression that it can come to; not what it is chosen by."""
    match here:
        case Conditional():
            return (here.yes, here.no)
        case TemplateExpression():
            return here.parts if len(here.parts) == 1 else ()
        case FunctionCall():
            return () if here.name in _TELLS_OF else here.args
        case TupleConstructor():
            return here.items
        case ForExpression():
            return (here.of, here.body)
        case Splat():
            return (here.of, here.each)
        case UnaryOperation() | BinaryOperation():
            return ()
        case _:
            return ()
