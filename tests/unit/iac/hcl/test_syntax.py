"""What the grammar of HCL makes of a text; the table was compared with what Terraform 1.11 makes of it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.iac.hcl import syntax_tree as tree
from s3kms.iac.hcl.json_syntax import parse_json, parse_json_values
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.syntax_tree import (
    Block,
    Body,
    Expression,
    HclFile,
    InvalidExpression,
    Literal,
    Span,
    TemplateExpression,
)


def shown(part: object) -> str:
    """An expression, its grouping in brackets."""
    match part:
        case Literal():
            return repr(part.value)
        case tree.RootName():
            return part.name
        case tree.GetAttribute():
            return f"{shown(part.of)}.{part.name}"
        case tree.GetIndex():
            return f"{shown(part.of)}[{shown(part.key)}]"
        case tree.Splat():
            return f"splat({shown(part.of)}, {shown(part.each)})"
        case tree.UnaryOperation():
            return f"({part.operator}{shown(part.operand)})"
        case tree.BinaryOperation():
            return f"({shown(part.left)} {part.operator} {shown(part.right)})"
        case tree.Conditional():
            return f"({shown(part.test)} ? {shown(part.yes)} : {shown(part.no)})"
        case InvalidExpression():
            return f"unreadable {part.text}"
        case _:
            return shown_collection(part)


def shown_collection(part: object) -> str:
    match part:
        case TemplateExpression():
            return f"<{' '.join(map(shown, part.parts))}>"
        case tree.TemplateFor():
            return f"<for {part.key},{part.value} in {shown(part.collection)}: {shown(part.body)}>"
        case tree.FunctionCall():
            return f"{part.name}({', '.join(map(shown, part.args))}{'...' if part.is_expanded else ''})"
        case tree.TupleConstructor():
            return f"[{', '.join(map(shown, part.items))}]"
        case tree.ObjectConstructor():
            return f"{{{', '.join(f'{shown(key)}: {shown(value)}' for key, value in part.items)}}}"
        case tree.ForExpression():
            new = f"{shown(part.new_key)} => " if part.new_key else ""
            test = f" if {shown(part.test)}" if part.test else ""
            dots = "..." if part.is_grouped else ""
            return f"for({part.key},{part.value} in {shown(part.of)}: {new}{shown(part.body)}{dots}{test})"
        case _:
            raise AssertionError(part)


def read(text: str) -> Expression:
    """The expression of an attribute."""
    return parse_native(f"a = {text}\n".encode()).body.attributes["a"].expression


def items(found: Expression) -> tuple[Expression, ...]:
    assert isinstance(found, tree.TupleConstructor)
    return found.items


def parts(part: object) -> Iterator[object]:
    """It and everything in it."""
    yield part
    if isinstance(part, tuple):
        for item in part:
            yield from parts(item)
    elif isinstance(part, tree.Attribute):
        yield from parts(part.expression)
    elif isinstance(part, Body):
        yield from parts(tuple(part.attributes.values()))
        yield from parts(part.blocks)
    elif is_dataclass(part) and not isinstance(part, Span):
        for field in fields(part):
            yield from parts(getattr(part, field.name))


EXPRESSIONS = {
    "1": "1",
    "1.5": "1.5",
    "1e3": "1000",
    "1.0": "1",
    "-1.5e3": "(-1500)",
    "null": "None",
    '"a"': "'a'",
    '""': "''",
    '"\\n\\t\\"\\\\"': repr('\n\t"\\'),
    '"\\u00e9\\U0001F600"': "'é😀'",
    '"$${x} %%{y} $x %y"': "'${x} %{y} $x %y'",
    '"${x}"': "<x>",
    '"${"x"}"': "<'x'>",
    '"a${x}b"': "<'a' x 'b'>",
    '"a  ${~ x ~}  b"': "<'a' x 'b'>",
    '"${f("}")}"': "<f('}')>",
    '"%{ if x }a%{ else }b%{ endif }"': "<(x ? 'a' : 'b')>",
    '"%{ if x ~} a ${y}%{ endif }"': "<(x ? <'a ' y> : '')>",
    '"%{ for k, v in m }${k}%{ endfor }"': "<<for k,v in m: <k ''>>>",
    "<<E\n a ${x}\n\\n\nE": r"<' a ' x '\n\\n\n'>",
    "<<-E\n    a\n\n      b\n    E": r"<'a\n\n  b\n'>",
    "<<-E\n    ${x}\n      b\n    E": r"<x '\n  b\n'>",
    "<<E\nE": "<>",
    "1 + 2 * 3": "(1 + (2 * 3))",
    "1 - 2 - 3": "((1 - 2) - 3)",
    "a || b && c == d < e + f * g": "(a || (b && (c == (d < (e + (f * g))))))",
    "a * b + c < d == e && f || g": "((((((a * b) + c) < d) == e) && f) || g)",
    "!a && b": "((!a) && b)",
    "-a.b": "(-a.b)",
    "(1 + 2) * 3": "((1 + 2) * 3)",
    "a ? b ? c : d : e ? f : g": "(a ? (b ? c : d) : (e ? f : g))",
    'a.b[0].c["k"]': "a.b[0].c['k']",
    "a.0.b": "a[0].b",
    "a[*].b[0]": "splat(a, *.b[0])",
    "a.*.b[0]": "splat(a, *.b)[0]",
    "a.*.0.b": "splat(a, *[0].b)",
    "a[*].b[*].c": "splat(a, splat(*.b, *.c))",
    "a[b ? 1 : 2]": "a[(b ? 1 : 2)]",
    "f()": "f()",
    "f(a, b,)": "f(a, b)",
    "f(a, b.*.c...)": "f(a, splat(b, *.c)...)",
    "f(\n  a,\n  b # c\n)": "f(a, b)",
    "provider::aws::arn_parse(x)": "provider::aws::arn_parse(x)",
    "f(x)[0].y": "f(x)[0].y",
    "[]": "[]",
    "[\n  1, // one\n  2,\n]": "[1, 2]",
    "[for x in y : x if z]": "for(None,x in y: x if z)",
    "{ for k, v in y : k => v... if z }": "for(k,v in y: k => v... if z)",
    '{ a = 1, "b" : 2, (c) = 3 }': "{'a': 1, 'b': 2, c: 3}",
    '{\n  a = b\n  (c) = 3\n  "${d}" = e # f\n  g = 1 // h\n}': "{'a': b, c: 3, <d>: e, 'g': 1}",
    "{ true = null }": "{'true': None}",
    "{ a.b = 1 }": "{a.b: 1}",
    "fortune": "fortune",
    "[fortune]": "[fortune]",
    "a /* b */ + /* c */ d": "(a + d)",
    "a-b": "a-b",
    "a ? b :": "unreadable a ? b :",
    "1 b = 2": "unreadable 1 b = 2",
    '"a': 'unreadable "a',
    '"\\q"': 'unreadable "\\q"',
    '"%{ if x }a"': 'unreadable "%{ if x }a"',
    "f(": "unreadable f(",
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items(), ids=repr)
def test_an_expression_is_grouped_as_terraform_groups_it(text: str, expected: str) -> None:
    assert shown(read(text)) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_read_with_every_line_end_and_byte_order_mark(newline: str, start: bytes) -> None:
    text = 'resource "t" "é" { # c\n  a = "x"\n  b {}\n  one { c = 1 }\n}\n\n/* d */ e = true'
    data = start + text.replace("\n", newline).encode()
    file = parse_native(data)
    (block,) = file.body.blocks
    a = block.body.attributes["a"]

    assert not file.diagnostics
    assert (block.type, block.labels) == ("resource", ("t", "é"))
    assert [inner.type for inner in block.body.blocks] == ["b", "one"]
    assert data[a.span.start : a.span.end] == b'a = "x"'
    assert (a.span.line, a.span.column) == (2, 3)
    assert data[a.expression.span.start : a.expression.span.end] == b'"x"'
    assert data[block.span.start : block.span.end].startswith(b"resource")
    assert data[block.body.span.start - 1 : block.body.span.start] == b"{"
    assert data[block.body.span.end : block.span.end] == b"}"
    assert file.body.attributes["e"].span.line == 7


def test_a_column_counts_characters() -> None:
    (_, name) = items(read('["é", x]'))

    assert (name.span.line, name.span.column) == (1, 11)


@pytest.mark.parametrize(
    "text",
    [
        "}\nx = 1",
        "a b c\nx = 1",
        "= 2\nx = 1",
        "x = 1\nx = 2",
        "x = 1\nb {",
        "x = 1)",
        'b "${y}" {\n}\nx = 1',
    ],
)
def test_around_a_problem_the_file_is_read(text: str) -> None:
    file = parse_native(text.encode())

    assert file.diagnostics
    assert shown(file.body.attributes["x"].expression) == "1"


def test_what_is_no_expression_leaves_the_others_alone() -> None:
    file = parse_native(b"b = [1, =]\nd = 1")

    assert not file.diagnostics
    assert isinstance(file.body.attributes["b"].expression, InvalidExpression)
    assert shown(file.body.attributes["d"].expression) == "1"


@pytest.mark.parametrize(
    "opening", ["(", "[", "{a=", "-", "!", '"${', "f(", "x ? y : ", "x + (", "a[", "{for a in b:c=>"]
)
def test_endless_nesting_is_unreadable(opening: str) -> None:
    assert isinstance(read(opening * 20_000), InvalidExpression)


@pytest.mark.parametrize("link", [".a", "[0]", "[*]", " + 1", ".*.a"])
def test_an_endless_chain_is_unreadable(link: str) -> None:
    assert isinstance(read("x" + link * 20_000), InvalidExpression)


def test_fifty_levels_are_read() -> None:
    assert not isinstance(read("[" * 50 + "]" * 50), InvalidExpression)


def test_blocks_without_end_are_a_problem() -> None:
    assert parse_native(b"b {\n" * 20_000).diagnostics


TOKENS = [
    *(
        "a",
        "b = ",
        '"',
        "${",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        "\n",
        "<<E\n",
        "<<-E\n",
        "E\n",
        "%{ if x }",
        "%{ endif }",
    ),
    *(
        "%{for a in b}",
        "%{endfor~}",
        ".",
        "*",
        "0",
        "...",
        " ",
        ",",
        "?",
        ":",
        "for a in ",
        "=>",
        "\\",
        "#",
        "//",
    ),
    *(
        "/*",
        "*/",
        "-",
        "!",
        "==",
        '"x"',
        "é",
        "$",
        "%",
        "~",
        'block "x" {',
        "\r\n",
        "::",
        "f(",
        "\\u12",
        "1e9",
        "null",
    ),
]
SOUND = """a = "x${f([1, { a = b }])}"
block "x" {
  c = <<E
  ${x}
E
}
d = [for k, v in y : { a = k } if v]
e = a ? b.*.c : d[*].e[0]
"""


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound text in which something is put, and something left out."""
    text = SOUND
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(TOKENS)) + text[at + draw(st.integers(0, 3)) :]
    return text.encode()


WILD = st.one_of(
    mutated(), st.lists(st.sampled_from(TOKENS)).map(lambda all_: "".join(all_).encode()), st.binary()
)


@given(WILD)
def test_any_text_is_read_without_an_error(data: bytes) -> None:
    for part in parts(parse_native(data).body):
        span = getattr(part, "span", None)
        assert span is None or 0 <= span.start <= span.end <= len(data)


@given(WILD)
def test_any_text_is_read_as_json_without_an_error(data: bytes) -> None:
    list(parts(parse_json(data).body))
    list(parts(parse_json_values(data).body))


@given(st.text())
def test_a_text_is_where_its_span_says(text: str) -> None:
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "$${")
    data = f'# é\na = ["{written.replace("%{", "%%{")}"]'.encode()
    (found,) = items(parse_native(data).body.attributes["a"].expression)

    assert isinstance(found, Literal)
    assert found.value == text
    assert data[found.span.start : found.span.end] == data.split(b"[", 1)[1][:-1]


JSON = """{
  "//": "a comment",
  "resource": {"t": {"one": {"a": "x", "b": {"c": ["é", 1, 2.5, true, null]}}, "two": [{"a": "${var.y}"}]}},
  "locals": [{"l": "a${x}"}],
  "variable": {"v": {"default": "${kept}", "type": "string"}}
}"""


def block(file: HclFile, *path: str) -> Block:
    (found,) = (item for item in file.body.blocks if (item.type, *item.labels) == path)
    return found


def test_blocks_of_json_are_told_by_their_keys() -> None:
    file = parse_json(JSON.encode())

    assert not file.diagnostics
    assert {(item.type, *item.labels) for item in file.body.blocks} == {
        ("resource", "t", "one"),
        ("resource", "t", "two"),
        ("locals",),
        ("variable", "v"),
    }
    assert shown(block(file, "resource", "t", "one").body.attributes["b"].expression) == (
        "{'c': ['é', 1, 2.5, True, None]}"
    )
    assert shown(block(file, "locals").body.attributes["l"].expression) == "<'a' x>"
    assert shown(block(file, "variable", "v").body.attributes["default"].expression) == "'${kept}'"


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_values_of_json_are_where_their_spans_say(start: bytes) -> None:
    data = start + JSON.encode()
    one = block(parse_json(data), "resource", "t", "one")
    span = one.body.attributes["a"].expression.span

    assert data[one.span.start : one.span.end].startswith(b'"one": {')
    assert data[one.body.span.start : one.body.span.end].startswith(b'{"a"')
    assert one.body.is_json
    assert (data[span.start : span.end], span.line, span.column) == (b'"x"', 3, 35)


def test_a_reference_in_escaped_json_has_the_span_of_its_text() -> None:
    data = b'{"a": "${x[\\"k\\"]}"}'
    found = parse_json(data).body.attributes["a"].expression
    spans = {
        part.span
        for part in (found, *parts(found))
        if isinstance(part, TemplateExpression | tree.GetIndex | Literal)
    }

    assert shown(found) == "<x['k']>"
    assert {data[span.start : span.end] for span in spans} == {b'"${x[\\"k\\"]}"'}


def test_texts_of_variables_in_json_are_meant_as_they_are() -> None:
    file = parse_json_values(b'{"resource": "${x}", "n": [1]}')

    assert {name: shown(found.expression) for name, found in file.body.attributes.items()} == {
        "resource": "'${x}'",
        "n": "[1]",
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": }', '{"a": 1} x', '{"a": 01}', "[" * 20_000, '{"a":' * 20_000]
)
def test_what_is_not_json_is_a_problem(text: str) -> None:
    file = parse_json(text.encode())

    assert file.diagnostics
    assert not file.body.attributes


def test_a_file_that_is_not_utf_8_is_a_problem() -> None:
    assert parse_native(b'a = "\xff"').diagnostics
    assert parse_json(b'{"a": "\xff"}').diagnostics


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('a = "x\nb = 1\n', "a quoted string is not closed"),
        ("a = f(\n", "a bracket is not closed"),
        ("a = [1,\n", "a bracket is not closed"),
        ("a = {\n", "a brace is not closed"),
        ('a = "${x"', "a quoted string is not closed"),
        ("a = <<X\ntext\n", "a heredoc is not closed"),
        ("a =\n", "the attribute a has no value"),
        ("b {\n  a =\n}\n", "the attribute a has no value"),
    ],
)
def test_an_expression_without_an_end_is_a_problem(text: str, why: str) -> None:
    assert [problem.why for problem in parse_native(text.encode()).diagnostics] == [why]
