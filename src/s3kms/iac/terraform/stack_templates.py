"""The template of a stack within Terraform, in code, plans and states alike, with the parameters that it passes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from s3kms.iac.budget import WorkBudget
from s3kms.iac.cloudformation.embedded import EmbeddedTemplate, read_embedded_template
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.unevaluated import REPOSITORY_STACK, describe_stack, may_declare_buckets
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class StackValues:
    """What a stack says of its template."""

    address: str
    template: Value
    url: Value
    parameters: Value
    """By name; of a stack set of Cloud Control, a list of names and values."""
    has_overrides: bool = False
    """Whether instances of the stack set may pass other values."""


def read_stack(
    stack: StackValues, uri: str, context: ReadContext, budget: WorkBudget, place: Place
) -> Iterator[Bucket]:
    """The buckets that a stack makes, under its address, at the lines of the template in `uri`; one without a name
    where the template is not known. Raises BudgetExhausted.
    """
    embedded = EmbeddedTemplate()
    if stack.template is None:
        yield _unnamed(describe_stack(stack.address, _whereabouts(stack)), place)
        return
    embedded.add(stack.template)
    if not embedded.holes and not may_declare_buckets(embedded.text):
        return
    given = _parameters(stack.parameters)
    if stack.has_overrides and "_stack_set" in stack.address:
        given = describe_stack(stack.address, "instances of the stack set pass parameters of their own")
    found = (
        given if isinstance(given, Unknown) else read_embedded_template(embedded, uri, given, context, budget)
    )
    if isinstance(found, Unknown):
        yield _unnamed(describe_stack(stack.address, found.why), place)
        return
    for bucket in found:
        address = bucket.resource and f"{stack.address}.{bucket.resource}"
        yield replace(bucket, resource=address)


def _whereabouts(stack: StackValues) -> str:
    """Where the template is that the stack does not hold itself."""
    if f"{REPOSITORY_STACK}." in stack.address:
        return "it is that of an application in the AWS Serverless Application Repository"
    return f"it is at {stack.url}" if stack.url is not None else "it is not shown"


def _parameters(value: Value) -> dict[str, str | Unknown] | Unknown:
    """What the template's parameters are given."""
    if isinstance(value, UnknownValue):
        return value.unknown
    if isinstance(value, list | SetValue):
        items = value if isinstance(value, list) else value.items
        pairs = [item for item in items if isinstance(item, dict)]
        value = {str(item.get("parameter_key")): item.get("parameter_value") for item in pairs}
    found: dict[str, str | Unknown] = {}
    for name, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, UnknownValue):
            found[name] = item.unknown
        elif isinstance(item, bool):
            found[name] = str(item).lower()
        elif item is not None:
            found[name] = str(item)
    return found


def _unnamed(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)
