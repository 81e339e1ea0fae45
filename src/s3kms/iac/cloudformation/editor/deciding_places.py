"""Finds the places of a template that decide how a bucket is encrypted, and how each can be fixed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from s3kms.iac.cloudformation.editor.render_yaml import TemplateValue
from s3kms.iac.cloudformation.editor.syntax import (
    SyntaxKind,
    SyntaxNode,
    TemplateSource,
    find_entry,
    find_value,
    function_call,
    has_own_entry,
)
from s3kms.iac.cloudformation.editor.target import TemplateTarget
from s3kms.iac.cloudformation.editor.text_splices import (
    append_entry,
    fill_mapping,
    remove_entry,
    replace_value,
    rewrite_scalar,
)
from s3kms.iac.cloudformation.tree import MAX_TREE_DEPTH, Mark
from s3kms.iac.interface import Splice
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.keys import AWS_S3_ALIAS
from s3kms.model.unknown import Unknown

DecidingPlaces = Mapping[Mark, list[Encryption | Unknown]]
"""The places that decide, by what the reader says, and what comes of each that is not desired."""


_COMMENT = re.compile(r"(?:^|[ \t])#", re.MULTILINE)
_IF_PARTS = 3


class PropertyLevel(IntEnum):
    """How deep in the properties of a bucket a value stands."""

    PROPERTIES = 0
    ENCRYPTION = 1
    RULES = 2
    RULE = 3
    DEFAULT = 4
    ALGORITHM = 5


@dataclass(frozen=True, slots=True)
class PlaceFix:
    """One way to fix a place that decides the default encryption."""

    cuts: tuple[Splice[str], ...]
    why: str


@dataclass(frozen=True, slots=True)
class AlgorithmExpression:
    """An algorithm that is neither written here nor absent: it comes from elsewhere."""

    written: SyntaxNode
    owner: SyntaxNode | None
    told: frozenset[str | None]
    """The algorithms that come of it and are not desired."""


@dataclass(slots=True)
class RequiredFixes:
    """What has to change in a template for one bucket."""

    ways: list[list[PlaceFix | AlgorithmExpression]] = field(default_factory=list)
    """For each place, the ways, the best first."""
    rules: dict[int, SyntaxNode] = field(default_factory=dict)
    """The rules that stay, by where they begin."""
    changed: set[int] = field(default_factory=set)
    """Those of them whose algorithm changes."""
    defaults: dict[int, SyntaxNode] = field(default_factory=dict)
    """The parts with an algorithm, likewise."""


@dataclass(frozen=True, slots=True)
class _At:
    """Where a value stands in the properties of a bucket."""

    owner: SyntaxNode | None
    """The key that has it."""
    rule: SyntaxNode | None = None
    default: SyntaxNode | None = None
    marks: tuple[Mark, ...] = ()
    """What the reader blames for something that is not there."""
    is_only: bool = True
    depth: int = 0


class PlaceFinder:
    """Walks from a resource to the places that decide its encryption, through every branch of Fn::If."""

    def __init__(
        self,
        source: TemplateSource,
        body: SyntaxNode,
        target: TemplateTarget,
        undesired: DecidingPlaces,
        missing: Mark,
    ) -> None:
        """`missing` is what the reader blames where there is no encryption at all."""
        self._source = source
        self.body = body
        self._target = target
        self._undesired = undesired
        self._missing = missing
        self.found = RequiredFixes()
        self.algorithms: list[SyntaxNode] = []
        """Every place with an algorithm, undesired or not."""
        self._seen: set[tuple[int, ...]] = set()

    def run(self) -> RequiredFixes:
        """Every place with an undesired result, and how it can be fixed."""
        found = find_entry(self.body, "Properties")
        if found is None:
            properties: TemplateValue = {self._target.schema.property: self._target.encryption()}
            cuts = append_entry(self._source, self.body, "Properties", properties, self.body)
            self._offer((self._missing,), cuts, f"it has no {self._target.schema.property}")
        else:
            self._walk(PropertyLevel.PROPERTIES, found[1], _At(found[0], marks=(self._missing,)))
        return self.found

    def _walk(self, level: PropertyLevel, written: SyntaxNode, at: _At) -> None:
        where = (level, written.start, *(part.start for part in (at.rule, at.default) if part is not None))
        if at.depth > MAX_TREE_DEPTH or where in self._seen:
            return
        self._seen.add(where)
        piece = written.plain
        called = function_call(piece)
        if called is None:
            self._value(level, written, piece, at)
            return
        name, argument = called
        if name == "Fn::If" and argument.kind is SyntaxKind.LIST:
            if self._unite(level, written, piece, at):
                return
            for branch in argument.children[1:3]:
                self._walk(level, branch, replace(at, owner=None, depth=at.depth + 1))
        elif name == "Ref" and argument.text == "AWS::NoValue":
            self._absent(level, piece, at)
        elif level is PropertyLevel.ALGORITHM:
            self._expression(written, piece, at)

    def _unite(self, level: PropertyLevel, written: SyntaxNode, piece: SyntaxNode, at: _At) -> bool:
        """Fixes a choice whose branches would come out alike by writing what they come to; a choice between two same
        values is none that a reviewer takes. The branches are edited instead where that is not proven.
        """
        leaves = uniform_leaves(self._source, piece, level is PropertyLevel.DEFAULT)
        has_key = self._target.key is not None or self._target.drops_key
        if at.owner is None or written is not piece or (level is PropertyLevel.DEFAULT and has_key):
            return False
        if level not in {PropertyLevel.DEFAULT, PropertyLevel.ALGORITHM} or not leaves:
            return False
        changed = [leaf for leaf in leaves if self._needs_algorithm(leaf.mark)]
        others = {leaf.text for leaf in leaves if leaf not in changed}
        if not changed or not others <= {self._target.algorithm}:
            return False
        self.algorithms += leaves
        self._keep(at, is_changed=True)
        is_default = level is PropertyLevel.DEFAULT
        value: TemplateValue = self._target.default() if is_default else self._target.algorithm
        united = replace_value(self._source, at.owner, piece, value, self.body)
        apart = (
            cut for leaf in changed for cut in rewrite_scalar(self._source, leaf, self._target.algorithm)
        )
        why = f"the algorithm is written in line {changed[0].mark.line}"
        both = f"{why}; both branches of the !If would be {self._target.algorithm}"
        self.found.ways.append([PlaceFix(tuple(united), both), PlaceFix(tuple(apart), why)])
        return True

    def _value(self, level: PropertyLevel, written: SyntaxNode, piece: SyntaxNode, at: _At) -> None:
        if level is PropertyLevel.RULES:
            if piece.kind is SyntaxKind.LIST:
                for item in piece.children:
                    only = len(piece.children) == 1
                    self._walk(PropertyLevel.RULE, item, replace(at, owner=None, is_only=only))
        elif level is PropertyLevel.ALGORITHM:
            if piece.kind is SyntaxKind.SCALAR:
                self._literal(written, piece, at)
        elif piece.kind is SyntaxKind.TABLE:
            self._table(level, piece, at)

    def _table(self, level: PropertyLevel, table: SyntaxNode, at: _At) -> None:
        key, below = self._below(level)
        found = find_entry(table, key)
        inside = at
        if level is PropertyLevel.RULE:
            inside = replace(at, rule=table)
        elif level is PropertyLevel.DEFAULT:
            inside = replace(at, default=table)
        if found is None:
            if level is PropertyLevel.PROPERTIES:
                self._insert_encryption(table, at)
            elif level is PropertyLevel.RULE and self._is_undesired(at.marks):
                self._insert_default(table, inside)
            return
        marks = (found[0].mark,) if level is PropertyLevel.PROPERTIES else at.marks
        self._walk(below, found[1], replace(inside, owner=found[0], marks=marks, depth=at.depth + 1))

    def _below(self, level: PropertyLevel) -> tuple[str, PropertyLevel]:
        match level:
            case PropertyLevel.PROPERTIES:
                below = PropertyLevel.ENCRYPTION if self._target.schema.has_rules else PropertyLevel.DEFAULT
                return self._target.schema.property, below
            case PropertyLevel.ENCRYPTION:
                return "ServerSideEncryptionConfiguration", PropertyLevel.RULES
            case PropertyLevel.RULE:
                return "ServerSideEncryptionByDefault", PropertyLevel.DEFAULT
        return "SSEAlgorithm", PropertyLevel.ALGORITHM

    def _insert_default(self, rule: SyntaxNode, at: _At) -> None:
        why = "its rule has no ServerSideEncryptionByDefault"
        if rule.is_flow and not rule.pairs:
            self._offer(at.marks, fill_mapping(self._source, rule, self._target.rule(), self.body), why)
            return
        name = "ServerSideEncryptionByDefault"
        self._offer(at.marks, append_entry(self._source, rule, name, self._target.default(), self.body), why)
        self._keep(at, is_changed=True)

    def _insert_encryption(self, properties: SyntaxNode, at: _At) -> None:
        name, value = self._target.schema.property, self._target.encryption()
        is_bare = properties.is_flow and not properties.pairs and not properties.within_flow
        if is_bare and not properties.anchor and not self.body.is_flow:
            cuts = replace_value(self._source, at.owner, properties, {name: value}, self.body)
        else:
            cuts = append_entry(self._source, properties, name, value, self.body)
        self._offer((self._missing,), cuts, f"it has no {name}")

    def _absent(self, level: PropertyLevel, piece: SyntaxNode, at: _At) -> None:
        """Fixes a place that says AWS::NoValue."""
        target = self._target
        values: dict[PropertyLevel, TemplateValue] = {
            PropertyLevel.PROPERTIES: {target.schema.property: target.encryption()},
            PropertyLevel.ENCRYPTION: target.encryption(),
            PropertyLevel.RULE: target.rule(),
            PropertyLevel.DEFAULT: target.default(),
        }
        if level not in values or (level is PropertyLevel.RULE and not at.is_only):
            return
        marks = (self._missing, piece.mark) if level is PropertyLevel.PROPERTIES else (piece.mark,)
        marks = (*marks, *at.marks) if level >= PropertyLevel.RULE else marks
        if self._is_undesired(marks):
            self._offer(
                marks,
                replace_value(self._source, at.owner, piece, values[level], self.body),
                f"line {piece.mark.line} says AWS::NoValue in its place",
            )
            self._keep(at, is_changed=level is PropertyLevel.DEFAULT)

    def _literal(self, written: SyntaxNode, piece: SyntaxNode, at: _At) -> None:
        self.algorithms.append(piece)
        if not self._is_undesired((piece.mark,)):
            return
        is_changed = self._needs_algorithm(piece.mark)
        self._keep(at, is_changed=is_changed)
        if not is_changed:
            return
        where = f"the algorithm is written in line {piece.mark.line}"
        ways: list[PlaceFix | AlgorithmExpression] = [
            PlaceFix(tuple(rewrite_scalar(self._source, piece, self._target.algorithm)), where)
        ]
        if written is not piece:
            cuts = replace_value(self._source, at.owner, written, self._target.algorithm, self.body)
            ways.append(PlaceFix(tuple(cuts), f"the anchor &{written.text} has other uses"))
        self.found.ways.append(ways)

    def _expression(self, written: SyntaxNode, piece: SyntaxNode, at: _At) -> None:
        self.algorithms.append(piece)
        undesired = self._undesired.get(piece.mark, [])
        if not undesired:
            return
        is_changed = self._needs_algorithm(piece.mark)
        self._keep(at, is_changed=is_changed)
        if is_changed:
            told = frozenset(e.algorithm for e in undesired if isinstance(e, Encryption))
            self.found.ways.append([AlgorithmExpression(written, at.owner, told)])

    def _needs_algorithm(self, mark: Mark) -> bool:
        """Whether the algorithm itself is told, and is not the desired one."""
        told = [e for e in self._undesired.get(mark, []) if isinstance(e, Encryption)]
        return any(not self._target.suffices(encryption.algorithm) for encryption in told)

    def _keep(self, at: _At, *, is_changed: bool) -> None:
        if at.rule is not None:
            self.found.rules[at.rule.start] = at.rule
            if is_changed:
                self.found.changed.add(at.rule.start)
        if at.default is not None:
            self.found.defaults[at.default.start] = at.default

    def _is_undesired(self, marks: tuple[Mark, ...]) -> bool:
        return any(mark in self._undesired for mark in marks)

    def _offer(self, marks: tuple[Mark, ...], cuts: list[Splice[str]], why: str) -> None:
        if cuts and self._is_undesired(marks):
            self.found.ways.append([PlaceFix(tuple(cuts), why)])


def uniform_leaves(source: TemplateSource, piece: SyntaxNode, is_default: bool) -> list[SyntaxNode]:
    """The algorithms at the ends of a choice, where each branch is one and nothing else; with `is_default`, a mapping
    of one. Empty where a branch is more than that, or has a comment.
    """
    if _COMMENT.search(source.text, piece.start, piece.end):
        return []
    found: list[SyntaxNode] = []
    waiting = [piece]
    while waiting:
        node = waiting.pop()
        called = function_call(node.plain)
        if called and called[0] == "Fn::If" and len(called[1].children) == _IF_PARTS and node is node.plain:
            waiting += reversed(called[1].children[1:])
            continue
        if is_default and len(node.pairs) == 1 and node.pairs[0][0].text == "SSEAlgorithm":
            node = node.pairs[0][1]
        elif is_default:
            return []
        if node.kind is not SyntaxKind.SCALAR or (node.tag or "").startswith("!"):
            return []
        found.append(node)
    return found


def key_splices(
    source: TemplateSource, found: RequiredFixes, target: TemplateTarget, near: SyntaxNode, *, adds: bool
) -> Iterator[Splice[str]]:
    """Splices for the key and the bucket key of what stays. `adds` is whether a rule that says nothing of the bucket
    key gets one.
    """
    for default in found.defaults.values():
        yield from _key(source, default, target, near)
    for start, rule in found.rules.items():
        is_new = adds and start in found.changed
        yield from _bucket_key(source, rule, target, near, is_new=is_new)


def _key(
    source: TemplateSource, default: SyntaxNode, target: TemplateTarget, near: SyntaxNode
) -> Iterator[Splice[str]]:
    name = target.schema.key
    written = find_entry(default, name)
    if target.drops_key and written:
        is_own = has_own_entry(default, name) and written[1].kind is SyntaxKind.SCALAR
        is_own = is_own and function_call(written[1]) is None
        removed = remove_entry(source, default, name) if is_own else []
        yield from removed or replace_value(source, written[0], written[1], AWS_S3_ALIAS, near)
    elif target.key is not None:
        yield from _put(source, default, name, target.key, near)


def _bucket_key(
    source: TemplateSource, rule: SyntaxNode, target: TemplateTarget, near: SyntaxNode, *, is_new: bool
) -> Iterator[Splice[str]]:
    name = "BucketKeyEnabled"
    written = find_value(rule, name)
    wanted = target.bucket_key
    if target.algorithm == DSSE_KMS:  # fact A15
        wanted = None if written is None else False
    elif wanted is None and written is None and is_new:
        wanted = target.new_bucket_key()
    if wanted is None:
        return
    is_on = written is not None and written.plain.text.lower() in {"true", "yes", "on"}
    if written is None or function_call(written) or is_on is not wanted:
        yield from _put(source, rule, name, wanted, near)


def _put(
    source: TemplateSource, table: SyntaxNode, name: str, value: TemplateValue, near: SyntaxNode
) -> Iterator[Splice[str]]:
    """Replaces the entry of a mapping, or appends it."""
    written = find_entry(table, name)
    if written and has_own_entry(table, name):
        yield from replace_value(source, written[0], written[1], value, near)
    else:
        yield from append_entry(source, table, name, value, near)
