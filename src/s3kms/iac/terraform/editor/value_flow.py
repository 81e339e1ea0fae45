"""The literals that an expression can come to, through variables, locals, outputs and calls of modules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.hcl.syntax_tree import (
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
)
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, group_of_object
from s3kms.iac.terraform.editor.module_tree import ModuleNode, ModuleTree
from s3kms.iac.terraform.resource_types import ALGORITHM, DEFAULT_BLOCK

_PREDICATES = frozenset({"contains", "can", "length", "regexall", "startswith", "endswith", "regex"})
"""Functions whose result is none of their arguments."""
_BLOCKS_WITHOUT_VALUES = frozenset({"lifecycle", "provisioner", "connection"})


@dataclass(frozen=True, slots=True)
class LiteralSite:
    """A text that may be an algorithm, and where it is written."""

    path: Path
    literal: Literal
    where: str
    """For a person: `variable "algorithm"`."""
    node: ModuleNode
    variable: str | None = None
    """The variable whose default it is, where it is one."""
    default: EntryGroup | None = None
    """The object whose `sse_algorithm` it is."""
    rule: EntryGroup | None = None
    """The object around that."""
    names: tuple[tuple[ModuleNode, str], ...] = ()
    """The variables and locals whose whole value it is, from the rule to it: `local.algorithm`."""
    conditional: Conditional | None = None
    """The outermost conditional of which it is in a branch, within its own expression."""

    @property
    def key(self) -> tuple[Path, int]:
        """What identifies it: the file and the first byte."""
        return self.path, self.literal.span.start


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an expression stands in."""

    path: Path
    where: str
    variable: str | None = None
    name: str = ""
    group: EntryGroup | None = None
    outer: EntryGroup | None = None
    outer_name: str = ""
    names: tuple[tuple[ModuleNode, str], ...] = ()
    conditional: Conditional | None = None


_Visit = tuple[Expression, ModuleNode, _Surroundings]
"""An expression to follow, the module that sees it, and what it stands in."""


@dataclass(slots=True)
class ValueFlow:
    """Follows expressions through a root module, and collects the literals at their ends."""

    tree: ModuleTree
    sites: dict[tuple[Path, int], LiteralSite] = field(default_factory=dict)
    """The literals that were found, by file and first byte."""
    _seen: set[tuple[int, tuple[str, ...]]] = field(default_factory=set)
    _alive: list[object] = field(default_factory=list)
    """Expressions whose ids are in `_seen`: an id is one of its own only while the object lives."""

    def follow_body(self, body: Body, node: ModuleNode, path: Path, where: str) -> None:
        """Follows every expression in a body, nested blocks included."""
        for attribute in body.attributes.values():
            self._follow(attribute.expression, node, _Surroundings(path, where, name=attribute.name))
        for block in body.blocks:
            if block.type not in _BLOCKS_WITHOUT_VALUES:
                self.follow_body(block.body, node, path, where)

    def _follow(self, expression: Expression, node: ModuleNode, surroundings: _Surroundings) -> None:
        waiting: list[_Visit] = [(expression, node, surroundings)]
        while waiting:
            here, node, surroundings = waiting.pop()
            mark = (id(here), node.call_names)
            if mark in self._seen:
                continue
            self._seen.add(mark)
            self._alive.append(here)
            waiting += self._step(here, node, surroundings)

    def _step(self, here: Expression, node: ModuleNode, surroundings: _Surroundings) -> Iterable[_Visit]:
        if isinstance(here, Literal):
            if isinstance(here.value, str):
                self._note(here, node, surroundings)
            return ()
        if isinstance(here, ObjectConstructor):
            group = group_of_object(here, surroundings.path)
            return [(value, node, _inside(surroundings, group, _text(key))) for key, value in here.items]
        if isinstance(here, GetAttribute | GetIndex):
            names = (*surroundings.names, *_whole_name(here, node))
            found = self._traversal(here, node, surroundings)
            return [(part, where, replace(of, names=names)) for part, where, of in found]
        if isinstance(here, Conditional) and surroundings.conditional is None:
            surroundings = replace(surroundings, conditional=here)
        return [(part, node, surroundings) for part in _possible_values(here)]

    def _note(self, here: Literal, node: ModuleNode, surroundings: _Surroundings) -> None:
        is_algorithm = surroundings.name == ALGORITHM
        is_in_rule = is_algorithm and surroundings.outer_name == DEFAULT_BLOCK
        site = LiteralSite(
            surroundings.path,
            here,
            surroundings.where,
            node,
            surroundings.variable,
            surroundings.group if is_algorithm else None,
            surroundings.outer if is_in_rule else None,
            surroundings.names,
            surroundings.conditional,
        )
        self.sites.setdefault(site.key, site)

    def _traversal(
        self, here: GetAttribute | GetIndex, node: ModuleNode, surroundings: _Surroundings
    ) -> Iterator[_Visit]:
        """To what a traversal leads: `var.a`, `local.a`, `module.m.output`; or what it takes a part of."""
        steps: list[str] = []
        of: Expression = here
        while isinstance(of, GetAttribute | GetIndex):
            steps.append(of.name if isinstance(of, GetAttribute) else "")
            of = of.of
        steps.reverse()
        if not isinstance(of, RootName):
            yield of, node, surroundings
        elif of.name == "var":
            yield from self._variable(steps[0], node)
        elif of.name == "local" and steps[0] in node.module.locals:
            attribute, path = node.module.locals[steps[0]]
            yield attribute.expression, node, _Surroundings(path, f"local.{steps[0]}", name=steps[0])
        elif of.name == "module" and (child := node.children.get(steps[0])):
            outputs = [child.module.outputs.get(step) for step in steps[1:]]
            for output in filter(None, outputs):
                if value := output.block.body.attributes.get("value"):
                    where = f'output "{output.block.labels[0]}"'
                    yield value.expression, child, _Surroundings(output.path, where)

    def _variable(self, name: str, node: ModuleNode) -> Iterator[_Visit]:
        """To the default of a variable, to its type (`optional(string, "AES256")`), and to what it is given."""
        where = f'variable "{name}"'
        if declared := node.module.variables.get(name):
            if default := declared.block.body.attributes.get("default"):
                path = node.module.path_of(default, declared.path)
                yield default.expression, node, _Surroundings(path, where, name, name)
            if type_ := declared.block.body.attributes.get("type"):
                path = node.module.path_of(type_, declared.path)
                yield type_.expression, node, _Surroundings(path, where)
        if node.caller is None:
            if given := self.tree.values.get(name):
                attribute, path = given
                yield attribute.expression, node, _Surroundings(path, f"{name} of {path.name}", name=name)
        elif node.call and (argument := node.call.block.body.attributes.get(name)):
            path = node.caller.module.path_of(argument, node.call.path)
            where = f'module "{node.call_names[-1]}"'
            yield argument.expression, node.caller, _Surroundings(path, where, name=name)
            yield from _repetition(node.call.block, node.caller, path, where)


def _repetition(block: Block, node: ModuleNode, path: Path, where: str) -> Iterator[_Visit]:
    """To what `each` stands for in the arguments of a call."""
    if for_each := block.body.attributes.get("for_each"):
        yield for_each.expression, node, _Surroundings(path, where)


def _whole_name(here: GetAttribute | GetIndex, node: ModuleNode) -> Iterator[tuple[ModuleNode, str]]:
    """`var.a` or `local.a`, where a traversal is that and nothing below it."""
    if isinstance(here, GetAttribute) and isinstance(here.of, RootName) and here.of.name in {"var", "local"}:
        yield node, f"{here.of.name}.{here.name}"


def _inside(outer: _Surroundings, group: EntryGroup, name: str) -> _Surroundings:
    return _Surroundings(outer.path, outer.where, outer.variable, name, group, outer.group, outer.name)


def _text(key: Expression) -> str:
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else ""


def _possible_values(here: Expression) -> Iterable[Expression]:
    """The parts of an expression that it can come to; not those that it is chosen by."""
    match here:
        case Conditional():
            return (here.yes, here.no)
        case TemplateExpression():
            return here.parts if len(here.parts) == 1 else ()
        case FunctionCall():
            return () if here.name in _PREDICATES else here.args
        case TupleConstructor():
            return here.items
        case ForExpression():
            return (here.of, here.body)
        case Splat():
            return (here.of, here.each)
    return ()
