"""Functions that read and write JSON, YAML and CSV."""

import csv
import io
import json
from decimal import Decimal

from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.functions.interface import Function, ParameterKind, count_characters
from s3kms.iac.hcl.functions.yaml_documents import read_yaml, write_yaml
from s3kms.iac.hcl.scalars import format_number, from_decimal, make_too_large, sort_keys
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

MAX_CSV_FIELDS = 100_000
"""Fields of a document."""
HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
LINES = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
TOO_DEEP = UnknownValue(
    "a document", Unknown(UnknownCause.BUDGET, "the document is nested too deeply", CHECK_PLAN)
)


def write_json(value: Value, *, escapes_html: bool = True) -> str:
    """A value as JSON, formatted as Go's encoder does. Raises RecursionError where it is nested too deeply."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        for character, escaped in {**(HTML if escapes_html else {}), **LINES}.items():
            text = text.replace(character, escaped)
        return text
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return format_number(value)
    if isinstance(value, dict):
        pairs = (f"{write_json(key)}:{write_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(pairs) + "}"
    items = value.items if isinstance(value, SetValue) else value
    if isinstance(items, UnknownValue):
        raise Rejected("an unknown value cannot be encoded")
    return "[" + ",".join(write_json(item) for item in items) + "]"


def _jsonencode(value: Value) -> Value:
    try:
        return write_json(value)
    except RecursionError:
        return TOO_DEEP


def _not_a_number(text: str) -> Value:
    raise Rejected(f"{text} is not JSON")


def _whole(text: str) -> int | float:
    return from_decimal(Decimal(text))


def _jsondecode(text: str) -> Value:
    try:
        found: Value = json.loads(
            text,
            parse_int=_whole,
            parse_float=_whole,
            parse_constant=_not_a_number,
            object_pairs_hook=lambda pairs: sort_keys(dict(pairs)),
        )
    except RecursionError:
        return TOO_DEEP
    except (ValueError, ArithmeticError) as error:
        raise Rejected("the string is not JSON") from error
    return found


def _csvdecode(text: str) -> Value:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise Rejected("the string is not CSV") from error
    if not rows:
        raise Rejected("the CSV has no header line")
    names, *lines = rows
    if len(names) * len(lines) > MAX_CSV_FIELDS:
        return make_too_large("the CSV")
    if len(set(names)) != len(names) or any(len(line) != len(names) for line in lines):
        raise Rejected("the CSV repeats a column name, or a line has more or fewer fields than the header")
    if any('"' in field for row in rows for field in row) and '""' not in text:
        raise Rejected("a field of the CSV contains a bare quote")
    return [dict(sorted(zip(names, line, strict=True))) for line in lines]


TABLE = {
    "csvdecode": Function(_csvdecode, (ParameterKind.TEXT,), has_new_parts=True),
    "jsondecode": Function(_jsondecode, (ParameterKind.TEXT,), has_new_parts=True),
    "jsonencode": Function(_jsonencode, (ParameterKind.WHOLE,)),
    "yamldecode": Function(
        read_yaml, (ParameterKind.TEXT,), work=lambda args: 16 * count_characters(args), has_new_parts=True
    ),
    "yamlencode": Function(write_yaml, (ParameterKind.WHOLE,)),
}
