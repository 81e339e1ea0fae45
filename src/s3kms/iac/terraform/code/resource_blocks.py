"""The blocks within a resource, of any type: dynamic ones expanded, arguments evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.blocks import NestedBlock, find_nested_blocks
from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Body, Literal, RootName
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue


@dataclass(frozen=True, slots=True)
class ResourceBlock:
    """The block of a resource instance, or one within it."""

    evaluator: Evaluator
    instance: ResourceInstance
    body: Body
    scope: ExpressionScope
    is_certain: bool = True
    """Whether it is there: the number of blocks that a dynamic one makes may not be known."""

    @classmethod
    def of(cls, evaluator: Evaluator, instance: ResourceInstance) -> "ResourceBlock":
        """The outermost block of an instance."""
        return cls(evaluator, instance, instance.block.body, instance.scope(instance.block))

    def value(self, name: str) -> Value:
        """What an argument comes to; None where it is not there, or Terraform would reject it."""
        found = self.body.attributes.get(name)
        if found is None:
            return None
        path = self.instance.module_instance.module.path_of(found, self.scope.path)
        scope = ExpressionScope(
            self.scope.module_instance, path, self.scope.names, is_certain=self.scope.is_certain
        )
        try:
            return self.evaluator.value(found.expression, scope)
        except Rejected:
            return None

    def blocks(self, *kinds: str) -> "Iterator[ResourceBlock]":
        """The blocks that these types lead to, one within the other."""
        if not kinds:
            yield self
            return
        for nested in find_nested_blocks(self.body, kinds[0]):
            for inner in self._expand(nested):
                yield from inner.blocks(*kinds[1:])

    def _expand(self, nested: NestedBlock) -> "Iterator[ResourceBlock]":
        if not nested.is_dynamic:
            yield self._inner(nested.body, self.scope, is_certain=True)
            return
        for_each = nested.body.attributes.get("for_each")
        if for_each is None:
            return
        try:
            found = self.evaluator.value(for_each.expression, self.scope)
            is_unknown = isinstance(found, UnknownValue)
            pairs = [(found, found)] if is_unknown else list(iterate_pairs(found))
        except Rejected:
            return
        for content in find_nested_blocks(nested.body, "content"):
            for key, item in pairs:
                scope = self.scope.with_names({_iterator_name(nested): {"key": key, "value": item}})
                yield self._inner(content.body, scope, is_certain=not is_unknown)

    def _inner(self, body: Body, scope: ExpressionScope, *, is_certain: bool) -> "ResourceBlock":
        return ResourceBlock(
            self.evaluator, self.instance, body, scope, is_certain=self.is_certain and is_certain
        )


def _iterator_name(nested: NestedBlock) -> str:
    found = nested.body.attributes.get("iterator")
    match found.expression if found else None:
        case RootName(name=name) | Literal(value=str(name)):
            return name
    return nested.kind
