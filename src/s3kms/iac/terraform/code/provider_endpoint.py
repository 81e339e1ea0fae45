"""The S3 endpoint that the provider of a resource is given in code."""

from collections.abc import Iterator

from s3kms.iac.hcl.blocks import NestedBlock, find_nested_blocks
from s3kms.iac.hcl.composite_values import iterate_pairs
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.providers import find_provider_configuration
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Body
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.endpoints import ENDPOINT_ARGUMENTS, TestEndpoint, judge_endpoint
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.unknown import Unknown


def judge_provider_endpoint(
    evaluation: Evaluation, instance: ResourceInstance
) -> TestEndpoint | Unknown | None:
    """What the endpoint of a resource's provider means for it; None where that is AWS. Raises Rejected."""
    value = _evaluate_endpoint(evaluation, instance)
    if isinstance(value, UnknownValue):
        why = f"whether its provider's s3 endpoint is AWS is not known: {value.unknown.why}"
        return Unknown(value.unknown.cause, why, value.unknown.advice)
    return judge_endpoint(evaluation.loader.sensitive.redact(value) if isinstance(value, str) else value)


def describe_test_endpoint(evaluation: Evaluation, instance: ResourceInstance) -> str | None:
    """What to say of a resource whose provider has an endpoint that stands in for AWS; None where it has none."""
    try:
        found = judge_provider_endpoint(evaluation, instance)
    except Rejected:
        return None
    return str(found) if isinstance(found, TestEndpoint) else None


def _evaluate_endpoint(evaluation: Evaluation, instance: ResourceInstance) -> Value:
    """The value of `endpoints { s3 = … }`; None where there is none."""
    provider = find_provider_configuration(instance)
    if provider is None:
        return None
    module_instance, declared = provider
    scope = module_instance.scope(declared.path)
    for nested in find_nested_blocks(declared.block.body, "endpoints"):
        for body, inner in _expand(evaluation, nested, scope):
            if isinstance(body, UnknownValue):
                return body
            for name in ENDPOINT_ARGUMENTS:
                written = body.attributes.get(name)
                found = evaluation.value(written.expression, inner) if written is not None else None
                if isinstance(found, UnknownValue) or found:
                    return found
    return None


def _expand(
    evaluation: Evaluation, nested: NestedBlock, scope: ExpressionScope
) -> Iterator[tuple[Body | UnknownValue, ExpressionScope]]:
    """The block itself, or those that a dynamic one makes; its for_each where that is not known. Raises Rejected."""
    if not nested.is_dynamic:
        yield nested.body, scope
        return
    for_each = nested.body.attributes.get("for_each")
    if for_each is None:
        raise Rejected("a dynamic block has no for_each")
    found = evaluation.value(for_each.expression, scope)
    if isinstance(found, UnknownValue):
        yield found, scope
        return
    for content in find_nested_blocks(nested.body, "content"):
        for key, item in iterate_pairs(found):
            yield content.body, scope.with_names({nested.kind: {"key": key, "value": item}})
