"""The places of a template that decide how a bucket is encrypted, and how each is put right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from s3kms.estate.encryption import DSSE_KMS, Encryption
from s3kms.estate.keys import AWS_S3_ALIAS
from s3kms.estate.unknown import Unknown
from s3kms.fixes.code.cloudformation.slots import Cut, append, fill, rewrite, substitute
from s3kms.fixes.code.cloudformation.syntax import Kind, Piece, Source, call, entry, own, value_of
from s3kms.fixes.code.cloudformation.wish import Wish
from s3kms.fixes.code.cloudformation.writing import Value
from s3kms.sources.code.cloudformation.tree import DEEPEST, Mark

Blamed = Mapping[Mark, list[Encryption | Unknown]]
"""The places that decide, by what the reader says, and what comes of each that is not desired."""


class Level(IntEnum):
    """How deep in the properties of a bucket a value stands."""

    PROPERTIES = 0
    ENCRYPTION = 1
    RULES = 2
    RULE = 3
    DEFAULT = 4
    ALGORITHM = 5


@dataclass(frozen=True, slots=True)
class Way:
    """One way to put a place right."""

    cuts: tuple[Cut, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Expression:
    """An algorithm that is neither written here nor absent: it comes from elsewhere."""

    written: Piece
    owner: Piece | None
    told: frozenset[str | None]
    """The algorithms that come of it and are not desired."""


@dataclass(slots=True)
class Found:
    """What a bucket needs."""

    ways: list[list[Way | Expression]] = field(default_factory=list)
    """For each place, the ways, the best first."""
    rules: dict[int, Piece] = field(default_factory=dict)
    """The rules that stay, by where they begin."""
    changed: set[int] = field(default_factory=set)
    """Those of them whose algorithm changes."""
    defaults: dict[int, Piece] = field(default_factory=dict)
    """The parts with an algorithm, likewise."""


@dataclass(frozen=True, slots=True)
class _At:
    """Where a value stands."""

    owner: Piece | None
    """The key that has it."""
    rule: Piece | None = None
    default: Piece | None = None
    marks: tuple[Mark, ...] = ()
    """What the reader blames for something that is not there."""
    is_only: bool = True
    depth: int = 0


class Walk:
    """From a resource to the places, through every branch of Fn::If."""

    def __init__(self, source: Source, body: Piece, wish: Wish, blamed: Blamed, missing: Mark) -> None:
        """`missing` is what the reader blames where there is no encryption at all."""
        self._source = source
        self.body = body
        self._wish = wish
        self._blamed = blamed
        self._missing = missing
        self.found = Found()
        self.algorithms: list[Piece] = []
        """Every place with an algorithm, blamed or not."""
        self._seen: set[tuple[int, ...]] = set()

    def run(self) -> Found:
        """Everything that is blamed."""
        found = entry(self.body, "Properties")
        if found is None:
            properties: Value = {self._wish.shape.property: self._wish.encryption()}
            cuts = append(self._source, self.body, "Properties", properties, self.body)
            self._offer((self._missing,), cuts, f"it has no {self._wish.shape.property}")
        else:
            self._walk(Level.PROPERTIES, found[1], _At(found[0], marks=(self._missing,)))
        return self.found

    def _walk(self, level: Level, written: Piece, at: _At) -> None:
        where = (level, written.start, *(part.start for part in (at.rule, at.default) if part is not None))
        if at.depth > DEEPEST or where in self._seen:
            return
        self._seen.add(where)
        piece = written.plain
        called = call(piece)
        if called is None:
            self._value(level, written, piece, at)
            return
        name, argument = called
        if name == "Fn::If" and argument.kind is Kind.LIST:
            for branch in argument.children[1:3]:
                self._walk(level, branch, replace(at, owner=None, depth=at.depth + 1))
        elif name == "Ref" and argument.text == "AWS::NoValue":
            self._absent(level, piece, at)
        elif level is Level.ALGORITHM:
            self._expression(written, piece, at)

    def _value(self, level: Level, written: Piece, piece: Piece, at: _At) -> None:
        if level is Level.RULES:
            if piece.kind is Kind.LIST:
                for item in piece.children:
                    only = len(piece.children) == 1
                    self._walk(Level.RULE, item, replace(at, owner=None, is_only=only))
        elif level is Level.ALGORITHM:
            if piece.kind is Kind.SCALAR:
                self._literal(written, piece, at)
        elif piece.kind is Kind.TABLE:
            self._table(level, piece, at)

    def _table(self, level: Level, table: Piece, at: _At) -> None:
        key, below = self._below(level)
        found = entry(table, key)
        inside = at
        if level is Level.RULE:
            inside = replace(at, rule=table)
        elif level is Level.DEFAULT:
            inside = replace(at, default=table)
        if found is None:
            if level is Level.PROPERTIES:
                self._insert_encryption(table, at)
            elif level is Level.RULE and self._is_blamed(at.marks):
                self._insert_default(table, inside)
            return
        marks = (found[0].mark,) if level is Level.PROPERTIES else at.marks
        self._walk(below, found[1], replace(inside, owner=found[0], marks=marks, depth=at.depth + 1))

    def _below(self, level: Level) -> tuple[str, Level]:
        match level:
            case Level.PROPERTIES:
                below = Level.ENCRYPTION if self._wish.shape.has_rules else Level.DEFAULT
                return self._wish.shape.property, below
            case Level.ENCRYPTION:
                return "ServerSideEncryptionConfiguration", Level.RULES
            case Level.RULE:
                return "ServerSideEncryptionByDefault", Level.DEFAULT
        return "SSEAlgorithm", Level.ALGORITHM

    def _insert_default(self, rule: Piece, at: _At) -> None:
        why = "its rule has no ServerSideEncryptionByDefault"
        if rule.is_flow and not rule.pairs:
            self._offer(at.marks, fill(self._source, rule, self._wish.rule(), self.body), why)
            return
        name = "ServerSideEncryptionByDefault"
        self._offer(at.marks, append(self._source, rule, name, self._wish.default(), self.body), why)
        self._keep(at, is_changed=True)

    def _insert_encryption(self, properties: Piece, at: _At) -> None:
        name, value = self._wish.shape.property, self._wish.encryption()
        is_bare = properties.is_flow and not properties.pairs and not properties.within_flow
        if is_bare and not properties.anchor and not self.body.is_flow:
            cuts = substitute(self._source, at.owner, properties, {name: value}, self.body)
        else:
            cuts = append(self._source, properties, name, value, self.body)
        self._offer((self._missing,), cuts, f"it has no {name}")

    def _absent(self, level: Level, piece: Piece, at: _At) -> None:
        """AWS::NoValue."""
        wish = self._wish
        values: dict[Level, Value] = {
            Level.PROPERTIES: {wish.shape.property: wish.encryption()},
            Level.ENCRYPTION: wish.encryption(),
            Level.RULE: wish.rule(),
            Level.DEFAULT: wish.default(),
        }
        if level not in values or (level is Level.RULE and not at.is_only):
            return
        marks = (self._missing, piece.mark) if level is Level.PROPERTIES else (piece.mark,)
        marks = (*marks, *at.marks) if level >= Level.RULE else marks
        if self._is_blamed(marks):
            self._offer(
                marks,
                substitute(self._source, at.owner, piece, values[level], self.body),
                f"line {piece.mark.line} says AWS::NoValue in its place",
            )
            self._keep(at, is_changed=level is Level.DEFAULT)

    def _literal(self, written: Piece, piece: Piece, at: _At) -> None:
        self.algorithms.append(piece)
        if not self._is_blamed((piece.mark,)):
            return
        is_changed = self._needs_algorithm(piece.mark)
        self._keep(at, is_changed=is_changed)
        if not is_changed:
            return
        where = f"the algorithm is written in line {piece.mark.line}"
        ways: list[Way | Expression] = [Way(tuple(rewrite(self._source, piece, self._wish.algorithm)), where)]
        if written is not piece:
            cuts = substitute(self._source, at.owner, written, self._wish.algorithm, self.body)
            ways.append(Way(tuple(cuts), f"the anchor &{written.text} has other uses"))
        self.found.ways.append(ways)

    def _expression(self, written: Piece, piece: Piece, at: _At) -> None:
        self.algorithms.append(piece)
        blamed = self._blamed.get(piece.mark, [])
        if not blamed:
            return
        is_changed = self._needs_algorithm(piece.mark)
        self._keep(at, is_changed=is_changed)
        if is_changed:
            told = frozenset(e.algorithm for e in blamed if isinstance(e, Encryption))
            self.found.ways.append([Expression(written, at.owner, told)])

    def _needs_algorithm(self, mark: Mark) -> bool:
        """Whether the algorithm itself is told, and is not the desired one."""
        told = [e for e in self._blamed.get(mark, []) if isinstance(e, Encryption)]
        return any(not self._wish.suffices(encryption.algorithm) for encryption in told)

    def _keep(self, at: _At, *, is_changed: bool) -> None:
        if at.rule is not None:
            self.found.rules[at.rule.start] = at.rule
            if is_changed:
                self.found.changed.add(at.rule.start)
        if at.default is not None:
            self.found.defaults[at.default.start] = at.default

    def _is_blamed(self, marks: tuple[Mark, ...]) -> bool:
        return any(mark in self._blamed for mark in marks)

    def _offer(self, marks: tuple[Mark, ...], cuts: list[Cut], why: str) -> None:
        if cuts and self._is_blamed(marks):
            self.found.ways.append([Way(tuple(cuts), why)])


def parts(source: Source, found: Found, wish: Wish, near: Piece, *, adds: bool) -> Iterator[Cut]:
    """The key and the bucket key of what stays; `adds` is whether a rule that says nothing of it gets one."""
    for default in found.defaults.values():
        yield from _key(source, default, wish, near)
    for start, rule in found.rules.items():
        is_new = adds and start in found.changed
        yield from _bucket_key(source, rule, wish, near, is_new=is_new)


def _key(source: Source, default: Piece, wish: Wish, near: Piece) -> Iterator[Cut]:
    name = wish.shape.key
    written = entry(default, name)
    if wish.drops_key and written:
        yield from substitute(source, written[0], written[1], AWS_S3_ALIAS, near)
    elif wish.key is not None:
        yield from _put(source, default, name, wish.key, near)


def _bucket_key(source: Source, rule: Piece, wish: Wish, near: Piece, *, is_new: bool) -> Iterator[Cut]:
    name = "BucketKeyEnabled"
    written = value_of(rule, name)
    wanted = wish.bucket_key
    if wish.algorithm == DSSE_KMS:  # fact A15
        wanted = None if written is None else False
    elif wanted is None and written is None and is_new:
        wanted = wish.new_bucket_key()
    if wanted is None:
        return
    is_on = written is not None and written.plain.text.lower() in {"true", "yes", "on"}
    if written is None or call(written) or is_on is not wanted:
        yield from _put(source, rule, name, wanted, near)


def _put(source: Source, table: Piece, name: str, value: Value, near: Piece) -> Iterator[Cut]:
    """In place of the entry that the mapping has, or as a new one."""
    written = entry(table, name)
    if written and own(table, name):
        yield from substitute(source, written[0], written[1], value, near)
    else:
        yield from append(source, table, name, value, near)
