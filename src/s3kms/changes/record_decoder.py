"""Decoders of records that come from outside, made from frozen dataclasses.

They are pydantic's own validators, of its core alone: pydantic itself would be a hundred modules more for a list of
runs, and most of its start.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic_core import CoreSchema, SchemaValidator
from pydantic_core import core_schema as core

RecordT = TypeVar("RecordT")

_PLAIN: Mapping[Any, Callable[[], CoreSchema]] = {
    str: core.str_schema,
    int: core.int_schema,
    bool: core.bool_schema,
    datetime: core.datetime_schema,
    Any: core.any_schema,
}


def record_decoder(record: type[RecordT]) -> Callable[[Any], RecordT]:
    """A function from JSON data to the dataclass, for exactly its fields; it raises pydantic_core's ValidationError.

    A field is text, a number, a truth value, a time, an enum, a literal, another such dataclass, or a tuple, a dict
    or an optional of them; `Annotated[str, ("pattern", …)]` adds to the core schema of its type.
    """
    decode: Callable[[Any], RecordT] = SchemaValidator(_schema(record)).validate_python
    return decode


def union_decoder(records: Mapping[str, type[RecordT]], discriminator: str) -> Callable[[Any], RecordT]:
    """A function from JSON data to one of the dataclasses: the one that the value of the field names."""
    choices: dict[Any, CoreSchema] = {name: _schema(record) for name, record in records.items()}
    schema = core.tagged_union_schema(choices, discriminator)
    decode: Callable[[Any], RecordT] = SchemaValidator(schema).validate_python
    return decode


def _schema(kind: Any) -> CoreSchema:
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if is_dataclass(kind):
        return _dataclass_schema(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return core.enum_schema(kind, list(kind), sub_type="str")
    return _generic_schema(get_origin(kind), get_args(kind))


def _generic_schema(origin: Any, arguments: tuple[Any, ...]) -> CoreSchema:
    if origin is Literal:
        return core.literal_schema(list(arguments))
    if origin is Annotated:
        return cast("CoreSchema", {**_schema(arguments[0]), **dict(arguments[1:])})
    if origin in (UnionType, Union) and arguments[1:] == (NoneType,):
        return core.nullable_schema(_schema(arguments[0]))
    if origin is tuple and arguments[1:] == (...,):
        return core.tuple_schema([_schema(arguments[0])], variadic_item_index=0)
    if origin is dict:
        return core.dict_schema(_schema(arguments[0]), _schema(arguments[1]))
    raise TypeError(f"{origin} is not a type of a record")


def _dataclass_schema(record: Any) -> CoreSchema:
    types = get_type_hints(record, include_extras=True)
    arguments = []
    for field in fields(record):
        schema = _schema(types[field.name])
        if field.default is not MISSING:
            schema = core.with_default_schema(schema, default=field.default)
        arguments.append(core.dataclass_field(field.name, schema))
    inner = core.dataclass_args_schema(record.__name__, arguments, extra_behavior="forbid")
    return core.dataclass_schema(record, inner, [field.name for field in fields(record)], slots=True)
