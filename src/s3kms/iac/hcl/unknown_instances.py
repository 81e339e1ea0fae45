"""Instances of resources and modules as values, of which only attributes may be known."""

from s3kms.iac.hcl.advice import CHECK_PLAN, CORRECT_CODE
from s3kms.iac.hcl.scope import InstanceKey, Instances
from s3kms.iac.hcl.symbols import shorten_symbol
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Reference, UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

MODULE_TYPE = "module"
"""The type in a Reference to an instance of a module."""
_MAX_SHOWN_CHARACTERS = 500


def unknown_after_apply(expression: str) -> Unknown:
    """Why an expression is not known: only the apply tells it."""
    return Unknown(UnknownCause.UNRESOLVED, f"{expression} is known only after apply", CHECK_PLAN)


def refer_to_instance(address: str, kind: str, expression: str) -> UnknownValue:
    """A whole instance as a value: it refers to the instance, so that its attributes can be found."""
    reference = Reference(address, kind, "")
    return UnknownValue(expression, unknown_after_apply(expression), reference, symbol=address)


def shape_instances(instances: dict[InstanceKey, UnknownValue], expansion: Instances | UnknownValue) -> Value:
    """All instances of one block as a value: a list for `count`, a map for `for_each`, else the one itself."""
    match expansion:
        case Instances(kind="count"):
            return list(instances.values())
        case Instances(kind="for_each"):
            return {str(key): one for key, one in instances.items()}
    return next(iter(instances.values()), None)


def step_into(found: UnknownValue, step: str) -> UnknownValue:
    """A part of an unknown value: `step` is `.name` or `["key"]`."""
    symbol = shorten_symbol(f"{found.symbol}{step}") if found.symbol else ""
    expression = f"{found.expression}{step}"[:_MAX_SHOWN_CHARACTERS]
    return UnknownValue(expression, found.unknown, symbol=symbol)


def refers_to_itself(name: str) -> UnknownValue:
    """The value of what leads back to itself."""
    unknown = Unknown(UnknownCause.UNRESOLVED, f"{name} refers to itself", CORRECT_CODE)
    return UnknownValue(name, unknown)
