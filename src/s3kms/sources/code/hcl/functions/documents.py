"""JSON, YAML and CSV, read and written as Terraform does."""

import csv
import io
import json
from decimal import Decimal

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.functions.interface import Function, Kind
from s3kms.sources.code.hcl.functions.yaml_values import yaml_read, yaml_written
from s3kms.sources.code.hcl.scalars import number, number_text, ordered
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
LINES = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
TOO_DEEP = Open(
    "a document",
    Unknown(UnknownCause.UNRESOLVED, "the document is nested too deeply", Advice("check a plan instead")),
)


def json_text(value: Value, *, escapes_html: bool = True) -> str:
    """The value in JSON, as Go writes it."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        for character, escaped in {**(HTML if escapes_html else {}), **LINES}.items():
            text = text.replace(character, escaped)
        return text
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dict):
        pairs = (f"{json_text(key)}:{json_text(value[key])}" for key in sorted(value))
        return "{" + ",".join(pairs) + "}"
    items = value.items if isinstance(value, SetOf) else value
    if isinstance(items, Open):
        raise Invalid("an unknown value cannot be written")
    return "[" + ",".join(json_text(item) for item in items) + "]"


def _jsonencode(value: Value) -> Value:
    try:
        return json_text(value)
    except RecursionError:
        return TOO_DEEP


def _not_a_number(text: str) -> Value:
    raise Invalid(f"{text} is no JSON")


def _whole(text: str) -> int | float:
    return number(Decimal(text))


def _jsondecode(text: str) -> Value:
    try:
        found: Value = json.loads(
            text,
            parse_int=_whole,
            parse_float=_whole,
            parse_constant=_not_a_number,
            object_pairs_hook=lambda pairs: ordered(dict(pairs)),
        )
    except RecursionError:
        return TOO_DEEP
    except (ValueError, ArithmeticError) as error:
        raise Invalid("the text is no JSON") from error
    return found


def _csvdecode(text: str) -> Value:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise Invalid("the text is no CSV") from error
    if not rows:
        raise Invalid("the CSV has no line of names")
    names, *lines = rows
    if len(set(names)) != len(names) or any(len(line) != len(names) for line in lines):
        raise Invalid("the CSV has a name twice, or a line with more or fewer fields than names")
    if any('"' in field for row in rows for field in row) and '""' not in text:
        raise Invalid("the CSV has a quote within a field")
    return [dict(sorted(zip(names, line, strict=True))) for line in lines]


TABLE = {
    "csvdecode": Function(_csvdecode, (Kind.TEXT,)),
    "jsondecode": Function(_jsondecode, (Kind.TEXT,)),
    "jsonencode": Function(_jsonencode, (Kind.WHOLE,)),
    "yamldecode": Function(yaml_read, (Kind.TEXT,)),
    "yamlencode": Function(yaml_written, (Kind.WHOLE,)),
}
