"""Types of Terraform's variables, and values made to fit them."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from s3kms.sources.code.hcl.scalars import (
    equal,
    ordered,
    set_of,
    to_bool,
    to_number,
    to_text,
    unify,
)
from s3kms.sources.code.hcl.scalars import kind as kind_of
from s3kms.sources.code.hcl.tree import Call, Expression, Literal, Name, ObjectOf, Template, TupleOf, Unary
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

__all__ = [
    "ANY",
    "Attribute",
    "CollectionOf",
    "ObjectType",
    "Plain",
    "TupleType",
    "Type",
    "constant",
    "convert",
    "equal",
    "read_type",
    "to_bool",
    "to_number",
    "to_text",
]


class Plain(Enum):
    """A type that has no parts; `any` is every one."""

    ANY = "any"
    TEXT = "string"
    NUMBER = "number"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class CollectionOf:
    """`list(…)`, `set(…)`, `map(…)`."""

    kind: str
    element: "Type"


@dataclass(frozen=True, slots=True)
class TupleType:
    """`tuple([…])`."""

    elements: "tuple[Type, ...]"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an object."""

    name: str
    type: "Type"
    is_optional: bool = False
    default: Value = None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """`object({…})`."""

    attributes: tuple[Attribute, ...]


Type: TypeAlias = Plain | CollectionOf | TupleType | ObjectType
ANY = Plain.ANY
_PLAIN = {plain.value: plain for plain in Plain}
_OLD = {"list": CollectionOf("list", ANY), "map": CollectionOf("map", ANY), "set": CollectionOf("set", ANY)}


def read_type(expression: Expression) -> Type:
    """The type that a variable's `type` says. Raises Invalid for anything else."""
    match expression:
        case Name(name=name) | Literal(value=str(name)) if name in _PLAIN:
            return _PLAIN[name]
        case Name(name=name) | Literal(value=str(name)) if name in _OLD:
            return _OLD[name]
        case Call(name="list" | "set" | "map" as name, args=(element,)):
            return CollectionOf(name, read_type(element))
        case Call(name="tuple", args=(TupleOf(items=items),)):
            return TupleType(tuple(read_type(item) for item in items))
        case Call(name="object", args=(ObjectOf(items=pairs),)):
            return ObjectType(tuple(_attribute(key, value) for key, value in pairs))
    raise Invalid("the type of a variable is not written as one")


def _attribute(key: Expression, value: Expression) -> Attribute:
    name = key.value if isinstance(key, Literal) else key.name if isinstance(key, Name) else None
    if not isinstance(name, str):
        raise Invalid("an attribute of an object type has no plain name")
    if isinstance(value, Call) and value.name == "optional" and 1 <= len(value.args) <= 2:  # noqa: PLR2004
        default = constant(value.args[1]) if len(value.args) > 1 else None
        return Attribute(name, read_type(value.args[0]), is_optional=True, default=default)
    return Attribute(name, read_type(value))


def constant(expression: Expression) -> Value:
    """The value of an expression that refers to nothing. Raises Invalid for any other."""
    match expression:
        case Literal(value=value):
            return value
        case Template(parts=parts):
            return "".join(str(to_text(constant(part))) for part in parts)
        case Unary(operator="-", operand=operand):
            found = to_number(constant(operand))
            return -found if isinstance(found, int | float) else found
        case TupleOf(items=items):
            return [constant(item) for item in items]
        case ObjectOf(items=pairs):
            return ordered({_key(key): constant(value) for key, value in pairs})
    raise Invalid("a default within a type may not refer to anything")


def _key(expression: Expression) -> str:
    if isinstance(expression, Name):
        return expression.name
    return str(to_text(constant(expression)))


def convert(value: Value, type_: Type) -> Value:
    """The value as the type wants it, missing optional attributes filled. Raises Invalid where it does not fit."""
    if value is None or isinstance(value, Open):
        return value
    match type_:
        case Plain.ANY:
            return value
        case Plain.TEXT:
            return to_text(value)
        case Plain.NUMBER:
            return to_number(value)
        case Plain.BOOL:
            return to_bool(value)
        case CollectionOf():
            return _collection(value, type_)
        case TupleType():
            return _tuple(value, type_)
    return _object(value, type_)


def _collection(value: Value, type_: CollectionOf) -> Value:
    if type_.kind == "map":
        if not isinstance(value, dict):
            raise Invalid(f"a map is required, and {kind_of(value)} is given")
        return ordered(dict(zip(value, _elements(list(value.values()), type_.element), strict=True)))
    if isinstance(value, SetOf):
        value = list(value.items)
    if not isinstance(value, list):
        raise Invalid(f"a {type_.kind} is required, and {kind_of(value)} is given")
    found = _elements(value, type_.element)
    if type_.kind == "list":
        return found
    return set_of(found)


def _elements(values: list[Value], type_: Type) -> list[Value]:
    converted = [convert(value, type_) for value in values]
    return unify(converted) if type_ is ANY else converted


def _tuple(value: Value, type_: TupleType) -> Value:
    if not isinstance(value, list) or len(value) != len(type_.elements):
        raise Invalid(f"a tuple of {len(type_.elements)} elements is required")
    return [convert(item, element) for item, element in zip(value, type_.elements, strict=True)]


def _object(value: Value, type_: ObjectType) -> Value:
    if not isinstance(value, dict):
        raise Invalid(f"an object is required, and {kind_of(value)} is given")
    found: dict[str, Value] = {}
    for attribute in type_.attributes:
        if attribute.name not in value and not attribute.is_optional:
            raise Invalid(f"the attribute {attribute.name} is required")
        given = value.get(attribute.name)
        if given is None and attribute.is_optional:
            given = attribute.default
        found[attribute.name] = convert(given, attribute.type)
    return ordered(found)
