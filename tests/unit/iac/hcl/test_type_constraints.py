"""Types of variables, and what values become under them."""

import pytest

from s3kms.iac.hcl.syntax_tree import (
    Expression,
    FunctionCall,
    Literal,
    ObjectConstructor,
    RootName,
    Span,
    TupleConstructor,
)
from s3kms.iac.hcl.type_constraints import (
    ANY_TYPE,
    CollectionType,
    ObjectAttribute,
    ObjectType,
    PrimitiveType,
    TupleType,
    TypeConstraint,
    compare_equal,
    convert,
    parse_type_constraint,
)
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

HERE = Span(0, 0, 1, 1)
OPEN = UnknownValue("var.x", Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x=…")))
TEXTS = CollectionType("list", PrimitiveType.TEXT)
RULE = ObjectType(
    (
        ObjectAttribute("algorithm", PrimitiveType.TEXT, is_optional=True, default="aws:kms"),
        ObjectAttribute("key", PrimitiveType.TEXT, is_optional=True),
        ObjectAttribute("name", PrimitiveType.TEXT),
    )
)


def name(text: str) -> RootName:
    return RootName(text, HERE)


def called(text: str, *args: Expression) -> FunctionCall:
    return FunctionCall(text, args, is_expanded=False, span=HERE)


def text(value: str) -> Literal:
    return Literal(value, HERE)


def test_a_plain_type_is_read() -> None:
    assert parse_type_constraint(name("string")) is PrimitiveType.TEXT


def test_an_old_type_in_quotes_is_read() -> None:
    assert parse_type_constraint(text("map")) == CollectionType("map", ANY_TYPE)


def test_a_nested_type_is_read() -> None:
    written = called(
        "map",
        called(
            "object", ObjectConstructor(((text("a"), called("optional", name("string"), text("x"))),), HERE)
        ),
    )

    assert parse_type_constraint(written) == CollectionType(
        "map", ObjectType((ObjectAttribute("a", PrimitiveType.TEXT, is_optional=True, default="x"),))
    )


def test_a_tuple_type_is_read() -> None:
    assert parse_type_constraint(called("tuple", TupleConstructor((name("bool"),), HERE))) == TupleType(
        (PrimitiveType.BOOL,)
    )


def test_what_is_no_type_is_refused() -> None:
    with pytest.raises(Rejected):
        parse_type_constraint(called("lower", text("x")))


CONVERTED: list[tuple[Value, TypeConstraint, Value]] = [
    (1, PrimitiveType.TEXT, "1"),
    ("true", PrimitiveType.BOOL, True),
    ("1.0", PrimitiveType.NUMBER, 1),
    ([1, True], TEXTS, ["1", "true"]),
    (["b", "a", "b"], CollectionType("set", PrimitiveType.TEXT), SetValue(("a", "b"))),
    (SetValue(("a",)), TEXTS, ["a"]),
    ({"b": 1, "a": "x"}, CollectionType("map", ANY_TYPE), {"a": "x", "b": "1"}),
    ({"name": 1}, RULE, {"algorithm": "aws:kms", "key": None, "name": "1"}),
    ({"name": "b", "algorithm": None}, RULE, {"algorithm": "aws:kms", "key": None, "name": "b"}),
    ({"name": "b", "algorithm": OPEN, "more": 1}, RULE, {"algorithm": OPEN, "key": None, "name": "b"}),
    ([1, "x"], TupleType((PrimitiveType.TEXT, ANY_TYPE)), ["1", "x"]),
    (OPEN, RULE, OPEN),
    (None, RULE, None),
    ([1, "x"], ANY_TYPE, [1, "x"]),
]


@pytest.mark.parametrize(("value", "wanted", "expected"), CONVERTED)
def test_a_value_becomes_what_its_type_says(value: Value, wanted: TypeConstraint, expected: Value) -> None:
    assert convert(value, wanted) == expected


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([], PrimitiveType.TEXT),
        ("x", PrimitiveType.NUMBER),
        ("a", TEXTS),
        ([], CollectionType("map", ANY_TYPE)),
        ({}, RULE),
        ([], RULE),
        ([1], TupleType(())),
        ([1, []], CollectionType("list", ANY_TYPE)),
    ],
)
def test_what_does_not_fit_is_refused(value: Value, wanted: TypeConstraint) -> None:
    with pytest.raises(Rejected):
        convert(value, wanted)


EQUAL: list[tuple[Value, Value, bool | UnknownValue]] = [
    (1, 1.0, True),
    (1, "1", False),
    (1, True, False),
    (None, None, True),
    (None, "", False),
    ([1, "a"], [1, "a"], True),
    ([1], [1, 2], False),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"b": 1}, False),
    (SetValue(("a",)), SetValue(("a",)), True),
    (OPEN, 1, OPEN),
    ([OPEN, 1], [2, 1], OPEN),
    ([OPEN, 1], [2, 2], False),
]


@pytest.mark.parametrize(("left", "right", "expected"), EQUAL)
def test_equality_is_without_conversion(left: Value, right: Value, expected: bool | UnknownValue) -> None:
    assert compare_equal(left, right) == expected
