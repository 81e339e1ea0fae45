"""Type constraints of variables, and values converted to them."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from s3kms.iac.hcl.scalars import (
    build_set,
    compare_equal,
    sort_keys,
    to_bool,
    to_number,
    to_text,
    unify_types,
)
from s3kms.iac.hcl.scalars import describe_type as kind_of
from s3kms.iac.hcl.syntax_tree import (
    Expression,
    FunctionCall,
    Literal,
    ObjectConstructor,
    RootName,
    TemplateExpression,
    TupleConstructor,
    UnaryOperation,
)
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue

__all__ = [
    "ANY_TYPE",
    "CollectionType",
    "ObjectAttribute",
    "ObjectType",
    "PrimitiveType",
    "TupleType",
    "TypeConstraint",
    "compare_equal",
    "convert",
    "evaluate_constant",
    "parse_type_constraint",
    "to_bool",
    "to_number",
    "to_text",
]


class PrimitiveType(Enum):
    """A type without parts; `any` stands for every type."""

    ANY = "any"
    TEXT = "string"
    NUMBER = "number"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class CollectionType:
    """`list(…)`, `set(…)`, `map(…)`."""

    kind: str
    element: "TypeConstraint"


@dataclass(frozen=True, slots=True)
class TupleType:
    """`tuple([…])`."""

    elements: "tuple[TypeConstraint, ...]"


@dataclass(frozen=True, slots=True)
class ObjectAttribute:
    """One attribute of an object."""

    name: str
    type: "TypeConstraint"
    is_optional: bool = False
    default: Value = None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """`object({…})`."""

    attributes: tuple[ObjectAttribute, ...]


TypeConstraint: TypeAlias = PrimitiveType | CollectionType | TupleType | ObjectType
ANY_TYPE = PrimitiveType.ANY
_PLAIN = {plain.value: plain for plain in PrimitiveType}
_OLD = {
    "list": CollectionType("list", ANY_TYPE),
    "map": CollectionType("map", ANY_TYPE),
    "set": CollectionType("set", ANY_TYPE),
}


def parse_type_constraint(expression: Expression) -> TypeConstraint:
    """The type that an expression of `type` names. Raises Rejected where it is not one."""
    match expression:
        case RootName(name=name) | Literal(value=str(name)) if name in _PLAIN:
            return _PLAIN[name]
        case RootName(name=name) | Literal(value=str(name)) if name in _OLD:
            return _OLD[name]
        case FunctionCall(name="list" | "set" | "map" as name, args=(element,)):
            return CollectionType(name, parse_type_constraint(element))
        case FunctionCall(name="tuple", args=(TupleConstructor(items=items),)):
            return TupleType(tuple(parse_type_constraint(item) for item in items))
        case FunctionCall(name="object", args=(ObjectConstructor(items=pairs),)):
            return ObjectType(tuple(_attribute(key, value) for key, value in pairs))
    raise Rejected("the type of a variable is not a type constraint")


def _attribute(key: Expression, value: Expression) -> ObjectAttribute:
    name = key.value if isinstance(key, Literal) else key.name if isinstance(key, RootName) else None
    if not isinstance(name, str):
        raise Rejected("an attribute of an object type has no literal name")
    if isinstance(value, FunctionCall) and value.name == "optional" and 1 <= len(value.args) <= 2:  # noqa: PLR2004
        default = evaluate_constant(value.args[1]) if len(value.args) > 1 else None
        return ObjectAttribute(name, parse_type_constraint(value.args[0]), is_optional=True, default=default)
    return ObjectAttribute(name, parse_type_constraint(value))


def evaluate_constant(expression: Expression) -> Value:
    """The value of an expression that refers to nothing. Raises Rejected for any other."""
    match expression:
        case Literal(value=value):
            return value
        case TemplateExpression(parts=parts):
            return "".join(str(to_text(evaluate_constant(part))) for part in parts)
        case UnaryOperation(operator="-", operand=operand):
            found = to_number(evaluate_constant(operand))
            return -found if isinstance(found, int | float) else found
        case TupleConstructor(items=items):
            return [evaluate_constant(item) for item in items]
        case ObjectConstructor(items=pairs):
            return sort_keys({_key(key): evaluate_constant(value) for key, value in pairs})
    raise Rejected("a default within a type constraint may not refer to anything")


def _key(expression: Expression) -> str:
    if isinstance(expression, RootName):
        return expression.name
    return str(to_text(evaluate_constant(expression)))


def convert(value: Value, type_: TypeConstraint) -> Value:
    """A value converted to a type, missing optional attributes filled in. Raises Rejected where it does not fit."""
    if value is None or isinstance(value, UnknownValue):
        return value
    match type_:
        case PrimitiveType.ANY:
            return value
        case PrimitiveType.TEXT:
            return to_text(value)
        case PrimitiveType.NUMBER:
            return to_number(value)
        case PrimitiveType.BOOL:
            return to_bool(value)
        case CollectionType():
            return _collection(value, type_)
        case TupleType():
            return _tuple(value, type_)
    return _object(value, type_)


def _collection(value: Value, type_: CollectionType) -> Value:
    if type_.kind == "map":
        if not isinstance(value, dict):
            raise Rejected(f"a map is required, and {kind_of(value)} is given")
        return sort_keys(dict(zip(value, _elements(list(value.values()), type_.element), strict=True)))
    if isinstance(value, SetValue):
        value = list(value.items)
    if not isinstance(value, list):
        raise Rejected(f"a {type_.kind} is required, and {kind_of(value)} is given")
    found = _elements(value, type_.element)
    if type_.kind == "list":
        return found
    return build_set(found)


def _elements(values: list[Value], type_: TypeConstraint) -> list[Value]:
    converted = [convert(value, type_) for value in values]
    return unify_types(converted) if type_ is ANY_TYPE else converted


def _tuple(value: Value, type_: TupleType) -> Value:
    if not isinstance(value, list) or len(value) != len(type_.elements):
        raise Rejected(f"a tuple of {len(type_.elements)} elements is required")
    return [convert(item, element) for item, element in zip(value, type_.elements, strict=True)]


def _object(value: Value, type_: ObjectType) -> Value:
    if not isinstance(value, dict):
        raise Rejected(f"an object is required, and {kind_of(value)} is given")
    found: dict[str, Value] = {}
    for attribute in type_.attributes:
        if attribute.name not in value and not attribute.is_optional:
            raise Rejected(f"the attribute {attribute.name} is required")
        given = value.get(attribute.name)
        if given is None and attribute.is_optional:
            given = attribute.default
        found[attribute.name] = convert(given, attribute.type)
    return sort_keys(found)
