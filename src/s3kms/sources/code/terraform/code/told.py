"""What the blocks of a bucket and of an encryption configuration say, in the form that a plan has it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from s3kms.estate.bucket import Place
from s3kms.estate.encryption import KMS_ALGORITHMS, SSE_S3
from s3kms.sources.code.hcl.blocks import Nested, nested
from s3kms.sources.code.hcl.convert import to_bool
from s3kms.sources.code.hcl.parts import pairs_of
from s3kms.sources.code.hcl.run import Run
from s3kms.sources.code.hcl.scope import Scope, Thing
from s3kms.sources.code.hcl.symbols import first_open
from s3kms.sources.code.hcl.tree import (
    Attr,
    Attribute,
    Block,
    Body,
    Expression,
    Index,
    Literal,
    Name,
    Span,
    Splat,
    TupleOf,
)
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value
from s3kms.sources.code.terraform.encryption import INLINE_BLOCK, RULE, Steps
from s3kms.sources.code.terraform.instances import ENCRYPTION, TABLE_BUCKET, Instance

DEFAULT = "apply_server_side_encryption_by_default"
ALGORITHM = "sse_algorithm"
TABLE = "encryption_configuration"
_KEY = "kms_master_key_id"
_TABLE_KEY = "kms_key_arn"
_ALGORITHMS = frozenset({*KMS_ALGORITHMS, SSE_S3})


@dataclass(frozen=True, slots=True)
class Told:
    """One instance, as its block has it."""

    thing: Thing
    instance: Instance
    opens: dict[Steps, tuple[str, Open]]
    """What is not told, as it is written and why."""
    places: dict[Steps, Place]
    """Where each argument and block is written that decides something."""
    is_kept: bool
    """Whether Terraform ignores changes of what encrypts it."""

    @property
    def place(self) -> Place:
        """Where its block begins."""
        return place_of(self.thing)

    def deciding(self, where: Steps) -> Place:
        """The argument that decides, or the nearest block around it."""
        if (TABLE,) in self.places:
            return self.places[TABLE,]
        steps = (*where, 0, DEFAULT, 0, ALGORITHM)
        while steps and steps not in self.places:
            steps = steps[:-1]
        return self.places.get(steps, self.place)


def place_of(thing: Thing) -> Place:
    """Where the block of an instance begins."""
    return _place(thing.block.span, thing.scope(thing.block))


def tell(run: Run, thing: Thing) -> Told:
    """What the block of an instance says in a run. Raises Invalid where Terraform would refuse it."""
    return _Telling(run, thing).tell()


@dataclass(slots=True)
class _Made:
    """What one block says, in a plan's form."""

    steps: Steps
    """Where it stands."""
    values: dict[str, object] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)


_Read = Callable[[Body, Scope, _Made], None]


@dataclass(slots=True)
class _Telling:
    run: Run
    thing: Thing
    opens: dict[Steps, tuple[str, Open]] = field(default_factory=dict)
    places: dict[Steps, Place] = field(default_factory=dict)
    is_secret: bool = False

    def tell(self) -> Told:
        thing, body = self.thing, self.thing.block.body
        if thing.resource.type == TABLE_BUCKET:
            return self._of_table(body)
        kind, read = (
            (RULE[0], self._rule) if thing.resource.type == ENCRYPTION else (INLINE_BLOCK, self._inline)
        )
        made = _Made(())
        self._blocks(body, thing.scope(thing.block), kind, made, read)
        marks = {"rule": [{DEFAULT: [{_KEY: self.is_secret}]}]}
        return self._told(made, kind, marks if kind == RULE[0] else {INLINE_BLOCK: [marks]})

    def _told(self, made: "_Made", kind: str, sensitive: object) -> Told:
        thing = self.thing
        instance = Instance(
            thing.address,
            thing.placed.way,
            thing.resource.type,
            thing.resource.name,
            thing.each.key,
            made.values,
            made.unknown,
            sensitive,
        )
        return Told(thing, instance, self.opens, self.places, _is_kept(thing.block.body, kind))

    def _of_table(self, body: Body) -> Told:
        """A table bucket has one argument, an object. What is open in it is told of the whole."""
        made, attribute = _Made(()), body.attributes.get(TABLE)
        if attribute is None:
            return self._told(made, TABLE, None)
        scope = self._at(attribute, self.thing.scope(self.thing.block))
        value = self.run.value(attribute.expression, scope)
        self.places[TABLE,] = _place(attribute.span, scope)
        parts = value if isinstance(value, dict) else {}
        opens = [
            part for part in (parts.get(ALGORITHM), parts.get(_TABLE_KEY), value) if isinstance(part, Open)
        ]
        if opens:
            self.opens[TABLE,] = self._text(attribute.expression, scope), opens[0]
        made.unknown[TABLE] = isinstance(value, Open) or {
            name: isinstance(part, Open) for name, part in parts.items()
        }
        made.values[TABLE] = {name: part for name, part in parts.items() if not isinstance(part, Open)}
        if value is None:
            made.values.clear()
        key = parts.get(_TABLE_KEY)
        is_secret = isinstance(key, str) and self.run.project.is_secret(key)
        return self._told(made, TABLE, {TABLE: {_TABLE_KEY: is_secret}})

    def _inline(self, body: Body, scope: Scope, made: "_Made") -> None:
        self._blocks(body, scope, "rule", made, self._rule)

    def _rule(self, body: Body, scope: Scope, made: "_Made") -> None:
        self._blocks(body, scope, DEFAULT, made, self._default)
        for name in ("bucket_key_enabled", "blocked_encryption_types"):
            self._argument(body, scope, name, made)

    def _default(self, body: Body, scope: Scope, made: "_Made") -> None:
        for name in (ALGORITHM, _KEY):
            self._argument(body, scope, name, made)
        key = made.values.get(_KEY)
        self.is_secret |= isinstance(key, str) and self.run.project.is_secret(key)

    def _argument(self, body: Body, scope: Scope, name: str, made: "_Made") -> None:
        attribute = body.attributes.get(name)
        if attribute is None:
            return
        here, steps = self._at(attribute, scope), (*made.steps, name)
        value = self.run.value(attribute.expression, here)
        self.places[steps] = _place(attribute.span, here)
        opened = first_open((value,))
        if opened is not None:
            made.unknown[name] = True
            self.opens[steps] = self._text(attribute.expression, here), opened
            return
        if name == ALGORITHM and isinstance(value, str) and value not in _ALGORITHMS:
            value = self.run.project.shown(value)
        made.values[name] = list(value.items) if isinstance(value, SetOf) else _as_flag(name, value)

    def _blocks(self, body: Body, scope: Scope, kind: str, made: "_Made", read: _Read) -> None:
        steps = (*made.steps, kind)
        found: list[_Made] = []
        for one in nested(body, kind):
            here = self._at(one.part, scope)
            for inner, inner_scope in self._bodies(one, here, steps):
                inside = _Made((*steps, len(found)))
                self.places[inside.steps] = _place(one.part.span, here)
                self.places.setdefault(steps, self.places[inside.steps])
                found.append(inside)
                read(inner, inner_scope, inside)
        if steps in self.opens:
            made.unknown[kind] = True
        elif found or kind != RULE[0]:
            made.values[kind] = [inside.values for inside in found]
            made.unknown[kind] = [inside.unknown for inside in found]

    def _bodies(self, one: Nested, scope: Scope, steps: Steps) -> Iterator[tuple[Body, Scope]]:
        """The block; or what a dynamic one makes, which may be open."""
        if not one.is_dynamic:
            yield one.body, scope
            return
        for_each = one.body.attributes.get("for_each")
        if for_each is None:
            raise Invalid("a dynamic block has no for_each")
        found = self.run.value(for_each.expression, scope)
        if isinstance(found, Open):
            self.places[steps] = _place(one.part.span, scope)
            self.opens[steps] = self._text(for_each.expression, scope), found
            return
        name = _iterator(one)
        for content in nested(one.body, "content"):
            for key, item in pairs_of(found):
                yield content.body, scope.having({name: {"key": key, "value": item}})

    def _at(self, part: Block | Attribute, scope: Scope) -> Scope:
        path = self.thing.placed.module.path_of(part, scope.path)
        return scope if path == scope.path else Scope(scope.placed, path, scope.names, is_told=scope.is_told)

    def _text(self, expression: Expression, scope: Scope) -> str:
        return self.run.project.shown(scope.placed.module.text_of(expression.span, scope.path))


def _as_flag(name: str, value: Value) -> Value:
    return to_bool(value) if name == "bucket_key_enabled" else value


def _iterator(one: Nested) -> str:
    found = one.body.attributes.get("iterator")
    match found.expression if found else None:
        case Name(name=name) | Literal(value=str(name)):
            return name
    return one.kind


def _is_kept(body: Body, kind: str) -> bool:
    """Whether `lifecycle { ignore_changes = […] }` has it, or has everything."""
    for lifecycle in nested(body, "lifecycle"):
        ignored = lifecycle.body.attributes.get("ignore_changes")
        if ignored is None:
            continue
        found = ignored.expression
        items = found.items if isinstance(found, TupleOf) else (found,)
        if {_first(item) for item in items} & {"all", kind}:
            return True
    return False


def _first(expression: Expression) -> str | None:
    """What a traversal begins with; in JSON it is a text."""
    while isinstance(expression, Attr | Index | Splat):
        expression = expression.of
    if isinstance(expression, Name):
        return expression.name
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value.partition("[")[0].partition(".")[0]
    return None


def _place(span: Span, scope: Scope) -> Place:
    return Place(str(scope.path), span.line, span.column)
