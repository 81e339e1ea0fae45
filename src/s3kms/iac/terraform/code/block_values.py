"""The arguments in the blocks of a bucket or of an encryption configuration, in the form that a plan has them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from s3kms.iac.hcl.blocks import NestedBlock, find_nested_blocks
from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance, ResourceInstance
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.syntax_tree import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    RootName,
    Span,
)
from s3kms.iac.hcl.type_constraints import to_bool
from s3kms.iac.hcl.value_sources import stand_in_for_default
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.cloud_control import find_algorithm, mark_unknown, to_rules
from s3kms.iac.terraform.encryption import INLINE_RULE_PATH, TABLE_PATH, AttributePath
from s3kms.iac.terraform.ignored_changes import ALL, ignored_changes
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    ALGORITHM_ARGUMENTS,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    CLOUD_CONTROL_BUCKETS,
    CLOUD_CONTROL_ENCRYPTION,
    DEFAULT_BLOCK,
    ENCRYPTION_CONFIGURATION,
    INLINE_BLOCK,
    KMS_KEY_ID,
    RULE,
    SELF_ENCRYPTED_BUCKETS,
    TABLE_ENCRYPTION,
    TABLE_KMS_KEY_ARN,
    VECTOR_BUCKET,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_S3
from s3kms.model.place import Place

_KNOWN_ALGORITHMS = frozenset({*KMS_ALGORITHMS, SSE_S3})


@dataclass(frozen=True, slots=True)
class BlockValues:
    """What the block of one instance sets."""

    resource_instance: ResourceInstance
    instance: InstanceValues
    unknown_values: dict[AttributePath, tuple[str, UnknownValue]]
    """The values that are not known, each after its expression as it is written."""
    places: dict[AttributePath, Place]
    """Where each argument and block stands."""
    ignores_changes: bool
    """Whether `lifecycle` ignores changes of the encryption."""

    def deciding_place(self, rules_path: AttributePath) -> Place:
        """Where the algorithm stands, or the nearest block around the place where it would."""
        if TABLE_PATH in self.places:
            return self.places[TABLE_PATH]
        path = (*rules_path, 0, DEFAULT_BLOCK, 0, ALGORITHM)
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path) or place_of(self.resource_instance)


def place_of(resource_instance: ResourceInstance) -> Place:
    """Where the block of an instance begins."""
    return _place(resource_instance.block.span, resource_instance.scope(resource_instance.block))


def places_of_calls(resource_instance: ResourceInstance) -> Iterator[Place]:
    """Where the modules around an instance are called, that of the root module last."""
    module_instance: ModuleInstance | None = resource_instance.module_instance
    while module_instance is not None:
        if module_instance.call is not None:
            span = module_instance.call.block.span
            yield Place(str(module_instance.call.path), span.line, span.column)
        module_instance = module_instance.caller


def evaluate_block(evaluation: Evaluation, resource_instance: ResourceInstance) -> BlockValues:
    """What the block of an instance sets, as far as it is about encryption. Raises Rejected."""
    return _BlockEvaluator(evaluation, resource_instance).evaluate()


@dataclass(slots=True)
class _BlockResult:
    """The values in one block, in a plan's form."""

    path: AttributePath
    """Where the block stands."""
    values: dict[str, object] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)


_ReadBody = Callable[[Body, ExpressionScope, _BlockResult], None]


@dataclass(slots=True)
class _BlockEvaluator:
    evaluation: Evaluation
    resource_instance: ResourceInstance
    unknown_values: dict[AttributePath, tuple[str, UnknownValue]] = field(default_factory=dict)
    places: dict[AttributePath, Place] = field(default_factory=dict)
    is_key_secret: bool = False

    def evaluate(self) -> BlockValues:
        instance, body = self.resource_instance, self.resource_instance.block.body
        if instance.resource.type in SELF_ENCRYPTED_BUCKETS:
            return self._evaluate_self_encrypted(body)
        if instance.resource.type in CLOUD_CONTROL_BUCKETS:
            return self._evaluate_cloud_control(body)
        is_configuration = instance.resource.type == ENCRYPTION_CONFIGURATION
        block_type = RULE if is_configuration else INLINE_BLOCK
        result = _BlockResult(())
        read = self._read_rule if is_configuration else self._read_inline
        self._read_blocks(body, instance.scope(instance.block), block_type, result, read)
        marks = {RULE: [{DEFAULT_BLOCK: [{KMS_KEY_ID: self.is_key_secret}]}]}
        return self._finish(result, block_type, marks if is_configuration else {INLINE_BLOCK: [marks]})

    def _finish(self, result: _BlockResult, name: str, sensitive: object) -> BlockValues:
        found = self.resource_instance
        instance = InstanceValues(
            found.address,
            found.module_instance.module_path,
            found.resource.type,
            found.resource.name,
            found.repetition.key,
            result.values,
            result.unknown,
            sensitive,
        )
        ignores_changes = any(path[0] in {ALL, name} for path in ignored_changes(found.block.body))
        return BlockValues(found, instance, self.unknown_values, self.places, ignores_changes)

    def _evaluate_self_encrypted(self, body: Body) -> BlockValues:
        """The one argument, an object. What is unknown in it is kept under the path of the whole."""
        result, attribute = _BlockResult(()), body.attributes.get(TABLE_ENCRYPTION)
        resource_type = self.resource_instance.resource.type
        if attribute is None:
            if resource_type == VECTOR_BUCKET:
                return self._evaluate_blocks_of_vectors(body, result)
            return self._finish(result, TABLE_ENCRYPTION, None)
        scope = self._scope_of(attribute, self.resource_instance.scope(self.resource_instance.block))
        value = self.evaluation.value(attribute.expression, scope)
        self.places[TABLE_PATH] = _place(attribute.span, scope)
        if resource_type == VECTOR_BUCKET and isinstance(value, list):  # its provider has a list of one
            value = value[0] if len(value) == 1 else value or None
        parts = value if isinstance(value, dict) else {}
        deciding = (parts.get(ALGORITHM_ARGUMENTS[resource_type]), parts.get(TABLE_KMS_KEY_ARN), value)
        unknown = next((part for part in deciding if isinstance(part, UnknownValue)), None)
        if unknown:
            self.unknown_values[TABLE_PATH] = self._excerpt(attribute.expression, scope), unknown
        result.unknown[TABLE_ENCRYPTION] = isinstance(value, UnknownValue) or {
            name: isinstance(part, UnknownValue) for name, part in parts.items()
        }
        if value is not None:
            result.values[TABLE_ENCRYPTION] = {
                name: part for name, part in parts.items() if not isinstance(part, UnknownValue)
            }
        key = parts.get(TABLE_KMS_KEY_ARN)
        is_secret = isinstance(key, str) and self.evaluation.loader.sensitive.are_in(key)
        return self._finish(result, TABLE_ENCRYPTION, {TABLE_ENCRYPTION: {TABLE_KMS_KEY_ARN: is_secret}})

    def _evaluate_blocks_of_vectors(self, body: Body, result: _BlockResult) -> BlockValues:
        """The argument of a vector bucket, written as a block."""
        scope = self.resource_instance.scope(self.resource_instance.block)
        self._read_blocks(body, scope, TABLE_ENCRYPTION, result, self._read_vectors)
        if TABLE_PATH in self.unknown_values:
            return self._finish(result, TABLE_ENCRYPTION, None)
        for part in (ALGORITHM_ARGUMENTS[VECTOR_BUCKET], TABLE_KMS_KEY_ARN):
            if unknown := self.unknown_values.get((*TABLE_PATH, 0, part)):
                self.unknown_values.setdefault(TABLE_PATH, unknown)
        result.values[TABLE_ENCRYPTION] = _only(result.values.get(TABLE_ENCRYPTION))
        result.unknown[TABLE_ENCRYPTION] = _only(result.unknown.get(TABLE_ENCRYPTION))
        return self._finish(
            result, TABLE_ENCRYPTION, {TABLE_ENCRYPTION: {TABLE_KMS_KEY_ARN: self.is_key_secret}}
        )

    def _read_vectors(self, body: Body, scope: ExpressionScope, result: _BlockResult) -> None:
        for name in (ALGORITHM_ARGUMENTS[VECTOR_BUCKET], TABLE_KMS_KEY_ARN):
            self._read_argument(body, scope, name, result)
        key = result.values.get(TABLE_KMS_KEY_ARN)
        self.is_key_secret |= isinstance(key, str) and self.evaluation.loader.sensitive.are_in(key)

    def _evaluate_cloud_control(self, body: Body) -> BlockValues:
        """A bucket of awscc has one argument, an object; its rules come out as those of an inline block."""
        result, attribute = _BlockResult(()), body.attributes.get(CLOUD_CONTROL_ENCRYPTION)
        if attribute is None:
            return self._finish(result, CLOUD_CONTROL_ENCRYPTION, None)
        scope = self._scope_of(attribute, self.resource_instance.scope(self.resource_instance.block))
        value = self.evaluation.value(attribute.expression, scope)
        place = self.places[(INLINE_BLOCK,)] = _place(attribute.span, scope)
        if isinstance(value, dict) and (algorithm := find_algorithm(attribute.expression)):
            place = _place(algorithm.span, scope)
        self.places[(*INLINE_RULE_PATH, 0, DEFAULT_BLOCK, 0, ALGORITHM)] = place
        text = self._excerpt(attribute.expression, scope)
        rules: object = None if value is None else to_rules(value)
        if value is not None:
            inline = {RULE: self._encode(rules, INLINE_RULE_PATH, text)}
            result.values[INLINE_BLOCK] = [inline]
            result.unknown[INLINE_BLOCK] = [{RULE: mark_unknown(rules)}]
        marks = [{RULE: [{DEFAULT_BLOCK: [{KMS_KEY_ID: self.is_key_secret}]}]}]
        return self._finish(result, CLOUD_CONTROL_ENCRYPTION, {INLINE_BLOCK: marks})

    def _encode(self, value: object, path: AttributePath, text: str) -> object:
        """A value in a plan's form; what is unknown in it is noted under its path."""
        if isinstance(value, UnknownValue):
            self.unknown_values[path] = text, value
            return None
        if isinstance(value, list):
            return [self._encode(item, (*path, number), text) for number, item in enumerate(value)]
        if isinstance(value, dict):
            return {name: self._encode(part, (*path, name), text) for name, part in value.items()}
        if path[-1] == KMS_KEY_ID and isinstance(value, str):
            self.is_key_secret |= self.evaluation.loader.sensitive.are_in(value)
        if path[-1] == ALGORITHM and isinstance(value, str) and value not in _KNOWN_ALGORITHMS:
            return self.evaluation.loader.sensitive.redact(value)
        is_flag = path[-1] == BUCKET_KEY_ENABLED and isinstance(value, str)
        return to_bool(value) if is_flag and isinstance(value, str) else value

    def _read_inline(self, body: Body, scope: ExpressionScope, result: _BlockResult) -> None:
        self._read_blocks(body, scope, RULE, result, self._read_rule)

    def _read_rule(self, body: Body, scope: ExpressionScope, result: _BlockResult) -> None:
        self._read_blocks(body, scope, DEFAULT_BLOCK, result, self._read_default)
        for name in (BUCKET_KEY_ENABLED, BLOCKED_TYPES):
            self._read_argument(body, scope, name, result)

    def _read_default(self, body: Body, scope: ExpressionScope, result: _BlockResult) -> None:
        for name in (ALGORITHM, KMS_KEY_ID):
            self._read_argument(body, scope, name, result)
        key = result.values.get(KMS_KEY_ID)
        self.is_key_secret |= isinstance(key, str) and self.evaluation.loader.sensitive.are_in(key)

    def _read_argument(self, body: Body, scope: ExpressionScope, name: str, result: _BlockResult) -> None:
        attribute = body.attributes.get(name)
        if attribute is None:
            return
        scope, path = self._scope_of(attribute, scope), (*result.path, name)
        value = self._value_of(attribute, scope)
        self.places[path] = _place(attribute.span, scope)
        unknown = find_unknown((value,))
        if unknown is not None:
            result.unknown[name] = True
            self.unknown_values[path] = self._excerpt(attribute.expression, scope), unknown
            return
        if name == ALGORITHM and isinstance(value, str) and value not in _KNOWN_ALGORITHMS:
            value = self.evaluation.loader.sensitive.redact(value)
        result.values[name] = list(value.items) if isinstance(value, SetValue) else _as_flag(name, value)

    def _value_of(self, attribute: Attribute, scope: ExpressionScope) -> Value:
        """The value of an argument. Raises Rejected; not for one that the algorithm does not hang on, where another
        value than a variable's default would do.
        """
        try:
            return self.evaluation.value(attribute.expression, scope)
        except Rejected as rejected:
            given, owner = self.evaluation.loader.given, self.resource_instance.resource.declared
            why = f"{attribute.name} cannot be evaluated: {rejected.why}"
            found = stand_in_for_default(given, attribute.expression, scope.module_instance, why, owner)
            if found is None or attribute.name == ALGORITHM:
                raise
            return found

    def _read_blocks(
        self, body: Body, scope: ExpressionScope, block_type: str, result: _BlockResult, read: _ReadBody
    ) -> None:
        path = (*result.path, block_type)
        found: list[_BlockResult] = []
        for nested in find_nested_blocks(body, block_type):
            outer = self._scope_of(nested.part, scope)
            for inner, inner_scope in self._expand(nested, outer, path):
                inside = _BlockResult((*path, len(found)))
                self.places[inside.path] = _place(nested.part.span, outer)
                self.places.setdefault(path, self.places[inside.path])
                found.append(inside)
                read(inner, inner_scope, inside)
        if path in self.unknown_values:
            result.unknown[block_type] = True
        elif found or block_type != RULE:
            result.values[block_type] = [inside.values for inside in found]
            result.unknown[block_type] = [inside.unknown for inside in found]

    def _expand(
        self, nested: NestedBlock, scope: ExpressionScope, path: AttributePath
    ) -> Iterator[tuple[Body, ExpressionScope]]:
        """The block itself, or the blocks that a dynamic one generates; none where its for_each is not known."""
        if not nested.is_dynamic:
            yield nested.body, scope
            return
        for_each = nested.body.attributes.get("for_each")
        if for_each is None:
            raise Rejected("a dynamic block has no for_each")
        found = self.evaluation.value(for_each.expression, scope)
        if isinstance(found, UnknownValue):
            self.places[path] = _place(nested.part.span, scope)
            self.unknown_values[path] = self._excerpt(for_each.expression, scope), found
            return
        name = _iterator_name(nested)
        for content in find_nested_blocks(nested.body, "content"):
            for key, item in iterate_pairs(found):
                yield content.body, scope.with_names({name: {"key": key, "value": item}})

    def _scope_of(self, part: Block | Attribute, scope: ExpressionScope) -> ExpressionScope:
        """The scope of a part of the block, which may stand in a file that overrides another."""
        path = self.resource_instance.module_instance.module.path_of(part, scope.path)
        if path == scope.path:
            return scope
        return ExpressionScope(scope.module_instance, path, scope.names, is_certain=scope.is_certain)

    def _excerpt(self, expression: Expression, scope: ExpressionScope) -> str:
        text = scope.module_instance.module.excerpt(expression.span, scope.path)
        return self.evaluation.loader.sensitive.redact(text)


def _only(items: object) -> object:
    """The one item of a list; None where it has none, and the list itself where it has more."""
    if not isinstance(items, list):
        return items
    return items[0] if len(items) == 1 else items or None


def _as_flag(name: str, value: Value) -> Value:
    return to_bool(value) if name == BUCKET_KEY_ENABLED else value


def _iterator_name(nested: NestedBlock) -> str:
    found = nested.body.attributes.get("iterator")
    match found.expression if found else None:
        case RootName(name=name) | Literal(value=str(name)):
            return name
    return nested.kind


def _place(span: Span, scope: ExpressionScope) -> Place:
    return Place(str(scope.path), span.line, span.column)
