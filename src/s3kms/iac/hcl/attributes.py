"""Attributes of resource instances: what the code sets is known, the rest only after the apply."""

from dataclasses import replace

from s3kms.iac.hcl.advice import CHECK_PLAN, CHECK_STATE
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Reference, UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause


def evaluate_attribute(evaluator: Evaluator, instance: ResourceInstance, name: str) -> Value:
    """An attribute of an instance; an UnknownValue with a reference where only the plan or the apply tells it.

    Raises Rejected.
    """
    resource, schema = instance.resource, evaluator.schema
    reference = Reference(instance.address, resource.type, name, schema.is_never_empty(name))
    argument = schema.repeated_argument(resource.type, name)
    if argument != name and argument in instance.block.body.attributes:
        found = evaluator.attribute(instance, argument)  # which is answered once, whatever repeats it
    else:
        found = evaluate_argument(evaluator, instance, argument)
    if isinstance(found, UnknownValue):
        is_own = resource.mode == "managed" and schema.is_origin(resource.type)
        is_of_other = found.reference is not None and found.reference.address != instance.address
        if is_of_other and not is_own:
            return found  # it repeats what another resource has
        return replace(found, reference=reference, symbol=found.symbol or f"{instance.address}.{name}")
    if found is None:
        found = schema.derive_attribute(evaluator, instance, name)
    return _unknown_attribute(instance, reference) if found is None else found


def evaluate_argument(evaluator: Evaluator, instance: ResourceInstance, name: str) -> Value:
    """What the block of an instance sets an argument to; None where it does not. Raises Rejected."""
    found = instance.block.body.attributes.get(name)
    return None if found is None else evaluator.value(found.expression, instance.scope(found))


def _unknown_attribute(instance: ResourceInstance, reference: Reference) -> UnknownValue:
    expression = f"{instance.resource.address}.{reference.attribute}"
    symbol = f"{instance.address}.{reference.attribute}"
    if instance.resource.mode == "data":
        unknown = Unknown(UnknownCause.UNRESOLVED, f"{expression} is read when the plan is made", CHECK_PLAN)
    else:
        unknown = Unknown(UnknownCause.UNRESOLVED, f"{expression} is known only after apply", CHECK_STATE)
    return UnknownValue(expression, unknown, reference, symbol=symbol)
