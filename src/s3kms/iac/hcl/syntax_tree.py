"""A file of HCL as a tree, in its native syntax or in JSON. Every part knows where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file: bytes from `start` up to `end`, and the position of the first, from 1 (columns in
    characters).
    """

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a bool, null, or a string without interpolation (its span has the quotes)."""

    value: str | int | float | bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class TemplateExpression:
    """A string with interpolations or directives, or a heredoc.

    Its parts, joined, are the string; those of an indented heredoc are without the indentation. Of one part that is
    not a Literal it is that part's value.
    """

    parts: "tuple[Expression, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class TemplateFor:
    """`%{ for k, v in collection }…%{ endfor }`: the body once an element, put together."""

    key: str | None
    value: str
    collection: "Expression"
    body: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class RootName:
    """The root of a traversal: `var`, `local`, `each`, a resource type, or a loop's own name."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class GetAttribute:
    """`of.name`; the legacy form `of.0` is a GetIndex."""

    of: "Expression"
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class GetIndex:
    """`of[key]`."""

    of: "Expression"
    key: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Splat:
    """`of[*].a[0]` and `of.*.a`: `each` is the rest, in which RootName(SPLAT_ELEMENT) is the element."""

    of: "Expression"
    each: "Expression"
    span: Span


SPLAT_ELEMENT = "*"
"""The name of the element within a Splat; no name in a file can be it."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """`name(args…)`; a provider's function is `provider::NAME::FUNCTION`."""

    name: str
    args: "tuple[Expression, ...]"
    is_expanded: bool
    """Whether the last argument is followed by `...`."""
    span: Span


@dataclass(frozen=True, slots=True)
class UnaryOperation:
    """`-x`, `!x`."""

    operator: str
    operand: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class BinaryOperation:
    """`a == b`; precedence and grouping are already in the tree."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`test ? yes : no`, and `%{ if }` in a template."""

    test: "Expression"
    yes: "Expression"
    no: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class TupleConstructor:
    """`[a, b]`."""

    items: "tuple[Expression, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectConstructor:
    """`{ a = b }`. A key that is written as a bare word is a Literal; `(x)` and `"${x}"` are expressions."""

    items: "tuple[tuple[Expression, Expression], ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class ForExpression:
    """`[for k, v in of : body if test]`; with `new_key` an object, with `is_grouped` one of lists."""

    key: str | None
    value: str
    of: "Expression"
    body: "Expression"
    new_key: "Expression | None"
    test: "Expression | None"
    is_grouped: bool
    span: Span


@dataclass(frozen=True, slots=True)
class InvalidExpression:
    """What stands in the place of an expression and is not one, or is too large to be read."""

    text: str
    """How it begins."""
    span: Span
    is_too_large: bool = False


Expression: TypeAlias = (
    Literal
    | TemplateExpression
    | TemplateFor
    | RootName
    | GetAttribute
    | GetIndex
    | Splat
    | FunctionCall
    | UnaryOperation
    | BinaryOperation
    | Conditional
    | TupleConstructor
    | ObjectConstructor
    | ForExpression
    | InvalidExpression
)


class DeferredExpression:
    """An expression that is parsed when it is first asked for; most never are."""

    __slots__ = ("_found", "_read")

    def __init__(self, read: Callable[[], Expression]) -> None:
        self._read = read
        self._found: Expression | None = None

    def get(self) -> Expression:
        """The expression; the same object every time."""
        if self._found is None:
            self._found = self._read()
        return self._found


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = expression`."""

    name: str
    value: Expression | DeferredExpression
    """Use `expression` instead."""
    span: Span
    """From the name to the end of the expression."""

    @property
    def expression(self) -> Expression:
        """What stands after the `=`."""
        return self.value.get() if isinstance(self.value, DeferredExpression) else self.value


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    body: "Body"
    span: Span
    """From the type to the closing brace; in JSON, from the key of the innermost label to the end of the object."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between the braces of a block, or in a file."""

    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]
    span: Span
    """Between the braces, without them."""
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A place where a file is not valid HCL; what stands around it is parsed all the same."""

    why: str
    span: Span


@dataclass(frozen=True, slots=True)
class HclFile:
    """One parsed file."""

    body: Body
    diagnostics: tuple[Diagnostic, ...] = field(default=())
