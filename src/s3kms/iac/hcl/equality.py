"""What the types of two expressions say about whether their values can be equal."""

from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.syntax_tree import (
    Expression,
    ForExpression,
    GetAttribute,
    ObjectConstructor,
    RootName,
    TupleConstructor,
)
from s3kms.iac.hcl.type_constraints import CollectionType
from s3kms.iac.hcl.values import LENGTH_ATTRIBUTE, Value
from s3kms.iac.hcl.variables import read_variable_type
from s3kms.iac.values import UnknownValue

_STRUCTURAL = TupleConstructor | ObjectConstructor | ForExpression
"""Expressions whose values are tuples and objects, not lists and maps."""


def fill_length(value: Value, other: Value) -> Value:
    """The value to compare with another: 1 for the length of a text that is never empty, where it meets 0."""
    is_length = (
        isinstance(value, UnknownValue)
        and value.reference is not None
        and value.reference.attribute == LENGTH_ATTRIBUTE
    )
    return 1 if is_length and other == 0 and not isinstance(other, bool) else value


def are_of_one_type(left: Expression, right: Expression, scope: ExpressionScope) -> bool | None:
    """Whether equal values of two expressions are equal for Terraform, too: a list never equals a tuple, nor a map an
    object, and brackets and braces make tuples and objects. None where that is not known.
    """
    are_written = [isinstance(side, _STRUCTURAL) for side in (left, right)]
    if all(are_written) or not any(are_written):
        return True
    other = right if are_written[0] else left
    if not (isinstance(other, GetAttribute) and isinstance(other.of, RootName)):
        return None
    module = scope.module_instance.module
    if other.of.name == "local" and other.name in module.locals:
        return True if isinstance(module.locals[other.name][0].expression, _STRUCTURAL) else None
    if other.of.name != "var" or other.name not in module.variables:
        return None
    return not isinstance(read_variable_type(module.variables[other.name]), CollectionType)
