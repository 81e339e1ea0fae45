"""What the blocks of a bucket and of an encryption configuration say, in the form that a plan has it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from s3kms.iac.hcl.blocks import NestedBlock, find_nested_blocks
from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.syntax_tree import (
    Attribute,
    Block,
    Body,
    Expression,
    GetAttribute,
    GetIndex,
    Literal,
    RootName,
    Span,
    Splat,
    TupleConstructor,
)
from s3kms.iac.hcl.type_constraints import to_bool
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.encryption import AttributePath
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    DEFAULT_BLOCK,
    ENCRYPTION_CONFIGURATION,
    INLINE_BLOCK,
    KMS_KEY_ID,
    RULE,
    TABLE_BUCKET,
    TABLE_ENCRYPTION,
    TABLE_KMS_KEY_ARN,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.bucket import Place
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_S3

_ALGORITHMS = frozenset({*KMS_ALGORITHMS, SSE_S3})


@dataclass(frozen=True, slots=True)
class BlockValues:
    """One instance, as its block has it."""

    resource_instance: ResourceInstance
    instance: InstanceValues
    opens: dict[AttributePath, tuple[str, UnknownValue]]
    """What is not told, as it is written and why."""
    places: dict[AttributePath, Place]
    """Where each argument and block is written that decides something."""
    is_kept: bool
    """Whether Terraform ignores changes of what encrypts it."""

    @property
    def place(self) -> Place:
        """Where its block begins."""
        return place_of(self.resource_instance)

    def deciding(self, where: AttributePath) -> Place:
        """The argument that decides, or the nearest block around it."""
        if (TABLE_ENCRYPTION,) in self.places:
            return self.places[TABLE_ENCRYPTION,]
        steps = (*where, 0, DEFAULT_BLOCK, 0, ALGORITHM)
        while steps and steps not in self.places:
            steps = steps[:-1]
        return self.places.get(steps, self.place)


def place_of(resource_instance: ResourceInstance) -> Place:
    """Where the block of an instance begins."""
    return _place(resource_instance.block.span, resource_instance.scope(resource_instance.block))


def evaluate_block(run: Evaluation, resource_instance: ResourceInstance) -> BlockValues:
    """What the block of an instance says in a run. Raises Rejected where Terraform would refuse it."""
    return _Telling(run, resource_instance).tell()


@dataclass(slots=True)
class _Made:
    """What one block says, in a plan's form."""

    steps: AttributePath
    """Where it stands."""
    values: dict[str, object] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)


_Read = Callable[[Body, ExpressionScope, _Made], None]


@dataclass(slots=True)
class _Telling:
    run: Evaluation
    resource_instance: ResourceInstance
    opens: dict[AttributePath, tuple[str, UnknownValue]] = field(default_factory=dict)
    places: dict[AttributePath, Place] = field(default_factory=dict)
    is_secret: bool = False

    def tell(self) -> BlockValues:
        resource_instance, body = self.resource_instance, self.resource_instance.block.body
        if resource_instance.resource.type == TABLE_BUCKET:
            return self._of_table(body)
        kind, read = (
            (RULE, self._rule)
            if resource_instance.resource.type == ENCRYPTION_CONFIGURATION
            else (INLINE_BLOCK, self._inline)
        )
        made = _Made(())
        self._blocks(body, resource_instance.scope(resource_instance.block), kind, made, read)
        marks = {RULE: [{DEFAULT_BLOCK: [{KMS_KEY_ID: self.is_secret}]}]}
        return self._told(made, kind, marks if kind == RULE else {INLINE_BLOCK: [marks]})

    def _told(self, made: "_Made", kind: str, sensitive: object) -> BlockValues:
        resource_instance = self.resource_instance
        instance = InstanceValues(
            resource_instance.address,
            resource_instance.module_instance.module_path,
            resource_instance.resource.type,
            resource_instance.resource.name,
            resource_instance.repetition.key,
            made.values,
            made.unknown,
            sensitive,
        )
        return BlockValues(
            resource_instance, instance, self.opens, self.places, _is_kept(resource_instance.block.body, kind)
        )

    def _of_table(self, body: Body) -> BlockValues:
        """A table bucket has one argument, an object. What is open in it is told of the whole."""
        made, attribute = _Made(()), body.attributes.get(TABLE_ENCRYPTION)
        if attribute is None:
            return self._told(made, TABLE_ENCRYPTION, None)
        scope = self._at(attribute, self.resource_instance.scope(self.resource_instance.block))
        value = self.run.value(attribute.expression, scope)
        self.places[TABLE_ENCRYPTION,] = _place(attribute.span, scope)
        parts = value if isinstance(value, dict) else {}
        opens = [
            part
            for part in (parts.get(ALGORITHM), parts.get(TABLE_KMS_KEY_ARN), value)
            if isinstance(part, UnknownValue)
        ]
        if opens:
            self.opens[TABLE_ENCRYPTION,] = self._text(attribute.expression, scope), opens[0]
        made.unknown[TABLE_ENCRYPTION] = isinstance(value, UnknownValue) or {
            name: isinstance(part, UnknownValue) for name, part in parts.items()
        }
        made.values[TABLE_ENCRYPTION] = {
            name: part for name, part in parts.items() if not isinstance(part, UnknownValue)
        }
        if value is None:
            made.values.clear()
        key = parts.get(TABLE_KMS_KEY_ARN)
        is_secret = isinstance(key, str) and self.run.loader.is_secret(key)
        return self._told(made, TABLE_ENCRYPTION, {TABLE_ENCRYPTION: {TABLE_KMS_KEY_ARN: is_secret}})

    def _inline(self, body: Body, scope: ExpressionScope, made: "_Made") -> None:
        self._blocks(body, scope, RULE, made, self._rule)

    def _rule(self, body: Body, scope: ExpressionScope, made: "_Made") -> None:
        self._blocks(body, scope, DEFAULT_BLOCK, made, self._default)
        for name in (BUCKET_KEY_ENABLED, BLOCKED_TYPES):
            self._argument(body, scope, name, made)

    def _default(self, body: Body, scope: ExpressionScope, made: "_Made") -> None:
        for name in (ALGORITHM, KMS_KEY_ID):
            self._argument(body, scope, name, made)
        key = made.values.get(KMS_KEY_ID)
        self.is_secret |= isinstance(key, str) and self.run.loader.is_secret(key)

    def _argument(self, body: Body, scope: ExpressionScope, name: str, made: "_Made") -> None:
        attribute = body.attributes.get(name)
        if attribute is None:
            return
        here, steps = self._at(attribute, scope), (*made.steps, name)
        value = self.run.value(attribute.expression, here)
        self.places[steps] = _place(attribute.span, here)
        unknown_value = find_unknown((value,))
        if unknown_value is not None:
            made.unknown[name] = True
            self.opens[steps] = self._text(attribute.expression, here), unknown_value
            return
        if name == ALGORITHM and isinstance(value, str) and value not in _ALGORITHMS:
            value = self.run.loader.redact(value)
        made.values[name] = list(value.items) if isinstance(value, SetValue) else _as_flag(name, value)

    def _blocks(self, body: Body, scope: ExpressionScope, kind: str, made: "_Made", read: _Read) -> None:
        steps = (*made.steps, kind)
        found: list[_Made] = []
        for one in find_nested_blocks(body, kind):
            here = self._at(one.part, scope)
            for inner, inner_scope in self._bodies(one, here, steps):
                inside = _Made((*steps, len(found)))
                self.places[inside.steps] = _place(one.part.span, here)
                self.places.setdefault(steps, self.places[inside.steps])
                found.append(inside)
                read(inner, inner_scope, inside)
        if steps in self.opens:
            made.unknown[kind] = True
        elif found or kind != RULE:
            made.values[kind] = [inside.values for inside in found]
            made.unknown[kind] = [inside.unknown for inside in found]

    def _bodies(
        self, one: NestedBlock, scope: ExpressionScope, steps: AttributePath
    ) -> Iterator[tuple[Body, ExpressionScope]]:
        """The block; or what a dynamic one makes, which may be open."""
        if not one.is_dynamic:
            yield one.body, scope
            return
        for_each = one.body.attributes.get("for_each")
        if for_each is None:
            raise Rejected("a dynamic block has no for_each")
        found = self.run.value(for_each.expression, scope)
        if isinstance(found, UnknownValue):
            self.places[steps] = _place(one.part.span, scope)
            self.opens[steps] = self._text(for_each.expression, scope), found
            return
        name = _iterator(one)
        for content in find_nested_blocks(one.body, "content"):
            for key, item in iterate_pairs(found):
                yield content.body, scope.with_names({name: {"key": key, "value": item}})

    def _at(self, part: Block | Attribute, scope: ExpressionScope) -> ExpressionScope:
        path = self.resource_instance.module_instance.module.path_of(part, scope.path)
        return (
            scope
            if path == scope.path
            else ExpressionScope(scope.module_instance, path, scope.names, is_certain=scope.is_certain)
        )

    def _text(self, expression: Expression, scope: ExpressionScope) -> str:
        return self.run.loader.redact(scope.module_instance.module.excerpt(expression.span, scope.path))


def _as_flag(name: str, value: Value) -> Value:
    return to_bool(value) if name == BUCKET_KEY_ENABLED else value


def _iterator(one: NestedBlock) -> str:
    found = one.body.attributes.get("iterator")
    match found.expression if found else None:
        case RootName(name=name) | Literal(value=str(name)):
            return name
    return one.kind


def _is_kept(body: Body, kind: str) -> bool:
    """Whether `lifecycle { ignore_changes = […] }` has it, or has everything."""
    for lifecycle in find_nested_blocks(body, "lifecycle"):
        ignored = lifecycle.body.attributes.get("ignore_changes")
        if ignored is None:
            continue
        found = ignored.expression
        items = found.items if isinstance(found, TupleConstructor) else (found,)
        if {_first(item) for item in items} & {"all", kind}:
            return True
    return False


def _first(expression: Expression) -> str | None:
    """What a traversal begins with; in JSON it is a text."""
    while isinstance(expression, GetAttribute | GetIndex | Splat):
        expression = expression.of
    if isinstance(expression, RootName):
        return expression.name
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value.partition("[")[0].partition(".")[0]
    return None


def _place(span: Span, scope: ExpressionScope) -> Place:
    return Place(str(scope.path), span.line, span.column)
