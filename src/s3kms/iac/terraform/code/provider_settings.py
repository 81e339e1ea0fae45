"""What the AWS provider of a resource adds to it: its region, and the tags that it puts on everything."""

from collections.abc import Mapping

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.providers import find_provider_configuration
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.syntax_tree import Expression
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.cloud_control import read_tags
from s3kms.iac.terraform.encryption import LIVE_ADVICE
from s3kms.iac.values import Rejected
from s3kms.model.unknown import Unknown, UnknownCause


def evaluate_region(evaluator: Evaluator, instance: ResourceInstance) -> str | None:
    """The region of a resource: its own argument (provider 6), else its provider's. None where it is not known."""
    own = instance.block.body.attributes.get("region")
    if own is not None:
        found = _value(evaluator, own.expression, instance.scope(own))
        if found is not None:
            return found if isinstance(found, str) else None
    provider = find_provider_configuration(instance)
    if provider is None:
        return None
    module_instance, declared = provider
    written = declared.block.body.attributes.get("region")
    found = _value(evaluator, written.expression, module_instance.scope(declared.path)) if written else None
    return found if isinstance(found, str) else None


def evaluate_tags(evaluator: Evaluator, instance: ResourceInstance) -> Mapping[str, str] | Unknown:
    """The tags of a resource, with those of its provider."""
    found: dict[str, str] = {}
    for expression, scope in _tag_maps(instance):
        value = _value(evaluator, expression, scope)
        unknown_value = find_unknown((value,))
        if unknown_value is not None:
            why = f"the tags of {instance.address} are not known: {unknown_value.unknown.why}"
            return Unknown(unknown_value.unknown.cause, why, unknown_value.unknown.advice)
        tags = read_tags(list(value.items) if isinstance(value, SetValue) else value)
        if isinstance(tags, dict):
            found |= {key: str(item) for key, item in tags.items() if isinstance(item, str | int | float)}
    if any(evaluator.loader.sensitive.are_in(text) for text in found.values()):
        why = f"the tags of {instance.address} are marked as sensitive"
        return Unknown(UnknownCause.NOT_READ, why, LIVE_ADVICE)
    return found


def _tag_maps(instance: ResourceInstance) -> list[tuple[Expression, ExpressionScope]]:
    found: list[tuple[Expression, ExpressionScope]] = []
    if provider := find_provider_configuration(instance):
        module_instance, declared = provider
        blocks = find_nested_blocks(declared.block.body, "default_tags")
        default = (block.body.attributes.get("tags") for block in blocks)
        found += [(tags.expression, module_instance.scope(declared.path)) for tags in default if tags]
    if tags := instance.block.body.attributes.get("tags"):
        found.append((tags.expression, instance.scope(tags)))
    return found


def _value(evaluator: Evaluator, expression: Expression, scope: ExpressionScope) -> Value:
    try:
        return evaluator.value(expression, scope)
    except Rejected:
        return None
