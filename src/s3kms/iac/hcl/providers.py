"""The AWS provider of a resource: its region, and the tags that it puts on everything."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance, ResourceInstance
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.syntax_tree import Expression, GetAttribute, GetIndex, Literal, ObjectConstructor, RootName
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

if TYPE_CHECKING:
    from s3kms.iac.hcl.evaluation import Evaluation

_AWS = "aws"


def region_of(evaluation: "Evaluation", resource_instance: ResourceInstance) -> str | None:
    """The region of a resource: its own argument (provider 6), else its provider's. None where it is not told."""
    own = resource_instance.block.body.attributes.get("region")
    if own is not None:
        found = _value(evaluation, own.expression, resource_instance.scope(own))
        return found if isinstance(found, str) else None
    provider = _provider(resource_instance)
    if provider is None:
        return None
    module_instance, declared = provider
    written = declared.block.body.attributes.get("region")
    found = _value(evaluation, written.expression, module_instance.scope(declared.path)) if written else None
    return found if isinstance(found, str) else None


def tags_of(evaluation: "Evaluation", resource_instance: ResourceInstance) -> Mapping[str, str] | Unknown:
    """The tags of a resource, with those of its provider."""
    found: dict[str, str] = {}
    for expression, scope in _tag_maps(resource_instance):
        value = _value(evaluation, expression, scope)
        unknown_value = find_unknown((value,))
        if unknown_value is not None:
            return Unknown(
                UnknownCause.UNRESOLVED,
                f"the tags of {resource_instance.address} are not told: {unknown_value.unknown.why}",
                unknown_value.unknown.advice,
            )
        if isinstance(value, dict):
            found |= {key: str(item) for key, item in value.items() if isinstance(item, str | int | float)}
    if any(evaluation.loader.is_secret(text) for text in found.values()):
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"the tags of {resource_instance.address} are marked as sensitive",
            Advice("check the bucket live"),
        )
    return found


def _tag_maps(resource_instance: ResourceInstance) -> "list[tuple[Expression, ExpressionScope]]":
    found: list[tuple[Expression, ExpressionScope]] = []
    if provider := _provider(resource_instance):
        module_instance, declared = provider
        default = (
            block.body.attributes.get("tags")
            for block in find_nested_blocks(declared.block.body, "default_tags")
        )
        found += [(tags.expression, module_instance.scope(declared.path)) for tags in default if tags]
    if tags := resource_instance.block.body.attributes.get("tags"):
        found.append((tags.expression, resource_instance.scope(tags)))
    return found


def _provider(resource_instance: ResourceInstance) -> tuple[ModuleInstance, Declaration] | None:
    """The block that configures it, and the module in which that stands."""
    written = resource_instance.block.body.attributes.get("provider")
    name = (_dotted(written.expression) if written else None) or _AWS
    module_instance: ModuleInstance | None = resource_instance.module_instance
    while module_instance is not None:
        if found := module_instance.module.providers.get(name):
            return module_instance, found
        name = _passed(module_instance, name)
        module_instance = module_instance.caller
    return None


def _passed(module_instance: ModuleInstance, name: str) -> str:
    """What the call of a module passes for a provider; the default one goes by itself."""
    given = module_instance.call.block.body.attributes.get("providers") if module_instance.call else None
    if given is not None and isinstance(given.expression, ObjectConstructor):
        for key, value in given.expression.items:
            if _dotted(key) == name:
                return _dotted(value) or name
    return name


def _dotted(expression: Expression) -> str | None:
    match expression:
        case RootName(name=name) | Literal(value=str(name)):
            return name
        case GetAttribute(of=RootName(name=first), name=name):
            return f"{first}.{name}"
        case GetIndex(of=of):
            return _dotted(of)
    return None


def _value(evaluation: "Evaluation", expression: Expression, scope: ExpressionScope) -> Value:
    try:
        return evaluation.value(expression, scope)
    except Rejected:
        return None
