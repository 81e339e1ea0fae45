"""Types of variables, and what values become under them."""

import pytest

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.convert import (
    ANY,
    Attribute,
    CollectionOf,
    ObjectType,
    Plain,
    TupleType,
    Type,
    convert,
    equal,
    read_type,
)
from s3kms.sources.code.hcl.tree import Call, Expression, Literal, Name, ObjectOf, Span, TupleOf
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

HERE = Span(0, 0, 1, 1)
OPEN = Open("var.x", Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x=…")))
TEXTS = CollectionOf("list", Plain.TEXT)
RULE = ObjectType(
    (
        Attribute("algorithm", Plain.TEXT, is_optional=True, default="aws:kms"),
        Attribute("key", Plain.TEXT, is_optional=True),
        Attribute("name", Plain.TEXT),
    )
)


def name(text: str) -> Name:
    return Name(text, HERE)


def called(text: str, *args: Expression) -> Call:
    return Call(text, args, is_expanded=False, span=HERE)


def text(value: str) -> Literal:
    return Literal(value, HERE)


def test_a_plain_type_is_read() -> None:
    assert read_type(name("string")) is Plain.TEXT


def test_an_old_type_in_quotes_is_read() -> None:
    assert read_type(text("map")) == CollectionOf("map", ANY)


def test_a_nested_type_is_read() -> None:
    written = called(
        "map", called("object", ObjectOf(((text("a"), called("optional", name("string"), text("x"))),), HERE))
    )

    assert read_type(written) == CollectionOf(
        "map", ObjectType((Attribute("a", Plain.TEXT, is_optional=True, default="x"),))
    )


def test_a_tuple_type_is_read() -> None:
    assert read_type(called("tuple", TupleOf((name("bool"),), HERE))) == TupleType((Plain.BOOL,))


def test_what_is_no_type_is_refused() -> None:
    with pytest.raises(Invalid):
        read_type(called("lower", text("x")))


CONVERTED: list[tuple[Value, Type, Value]] = [
    (1, Plain.TEXT, "1"),
    ("true", Plain.BOOL, True),
    ("1.0", Plain.NUMBER, 1),
    ([1, True], TEXTS, ["1", "true"]),
    (["b", "a", "b"], CollectionOf("set", Plain.TEXT), SetOf(("a", "b"))),
    (SetOf(("a",)), TEXTS, ["a"]),
    ({"b": 1, "a": "x"}, CollectionOf("map", ANY), {"a": "x", "b": "1"}),
    ({"name": 1}, RULE, {"algorithm": "aws:kms", "key": None, "name": "1"}),
    ({"name": "b", "algorithm": None}, RULE, {"algorithm": "aws:kms", "key": None, "name": "b"}),
    ({"name": "b", "algorithm": OPEN, "more": 1}, RULE, {"algorithm": OPEN, "key": None, "name": "b"}),
    ([1, "x"], TupleType((Plain.TEXT, ANY)), ["1", "x"]),
    (OPEN, RULE, OPEN),
    (None, RULE, None),
    ([1, "x"], ANY, [1, "x"]),
]


@pytest.mark.parametrize(("value", "wanted", "expected"), CONVERTED)
def test_a_value_becomes_what_its_type_says(value: Value, wanted: Type, expected: Value) -> None:
    assert convert(value, wanted) == expected


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([], Plain.TEXT),
        ("x", Plain.NUMBER),
        ("a", TEXTS),
        ([], CollectionOf("map", ANY)),
        ({}, RULE),
        ([], RULE),
        ([1], TupleType(())),
        ([1, []], CollectionOf("list", ANY)),
    ],
)
def test_what_does_not_fit_is_refused(value: Value, wanted: Type) -> None:
    with pytest.raises(Invalid):
        convert(value, wanted)


EQUAL: list[tuple[Value, Value, bool | Open]] = [
    (1, 1.0, True),
    (1, "1", False),
    (1, True, False),
    (None, None, True),
    (None, "", False),
    ([1, "a"], [1, "a"], True),
    ([1], [1, 2], False),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"b": 1}, False),
    (SetOf(("a",)), SetOf(("a",)), True),
    (OPEN, 1, OPEN),
    ([OPEN, 1], [2, 1], OPEN),
    ([OPEN, 1], [2, 2], False),
]


@pytest.mark.parametrize(("left", "right", "expected"), EQUAL)
def test_equality_is_without_conversion(left: Value, right: Value, expected: bool | Open) -> None:
    assert equal(left, right) == expected
