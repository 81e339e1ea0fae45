"""Which JSON documents are plans and states: by their shape, because their words stand in schemas and tests, too."""

import json
from enum import Enum

from s3kms.iac.terraform.json_document import (
    JsonObject,
    MalformedError,
    decode_text,
    parse_document,
    value_at,
)

_HEAD_BYTES = 4096
"""Bytes in which an object begins, whatever stands before it."""
_SIGNS = (b'"planned_values"', b'"resource_changes"', b'"values"', b'"lineage"', b'"encrypted_data"')
"""Of which every plan and every state has one."""
_SURE_SIGNS = (b'"planned_values"', b'"values"', b'"lineage"')
_OF_TERRAFORM = (b'"terraform_version"', b'"encrypted_data"')
_MODULE_OF_LOG = "terraform.ui"


class DocumentShape(Enum):
    """What a JSON document is."""

    PLAN = "plan"
    SHOWN_STATE = "the output of terraform show for a state"
    STATE_FILE = "state file"
    LOG = "log of terraform plan -json"


def shape_of(document: JsonObject) -> DocumentShape | None:
    """The shape of a parsed document; None where it is neither a plan nor a state."""
    is_shown = isinstance(document.get("format_version"), str)
    is_of_terraform = is_shown or isinstance(document.get("terraform_version"), str)
    if is_of_terraform and "planned_values" in document:
        return DocumentShape.PLAN
    if _has_changes(document.get("resource_changes"), is_shown=is_shown):
        return DocumentShape.PLAN
    if is_of_terraform and isinstance(value_at(document, "values", "root_module"), dict):
        return DocumentShape.SHOWN_STATE
    if isinstance(document.get("encrypted_data"), str) and ("lineage" in document or "meta" in document):
        return DocumentShape.STATE_FILE
    is_counted = isinstance(document.get("version"), int)
    return DocumentShape.STATE_FILE if is_counted and isinstance(document.get("lineage"), str) else None


def _has_changes(changes: object, *, is_shown: bool) -> bool:
    """Whether they are changes of resources; with a version of the format, there may be none."""
    if not isinstance(changes, list):
        return False
    return all(
        isinstance(value_at(change, "address"), str) and isinstance(value_at(change, "change"), dict)
        for change in changes
    ) and (is_shown or bool(changes))


def find_shape(data: bytes) -> DocumentShape | None:
    """The shape of the bytes of a file; None where it is neither a plan nor a state. Quick where a word is missing.

    What cannot be parsed is judged by its words: a plan that is cut short is to be told as such.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = decode_or_empty(data).encode("utf-8", "replace")
    head = data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"{"):
        return None
    if is_log(head):
        return DocumentShape.LOG
    if not any(sign in data for sign in _SIGNS):
        return None
    try:
        return shape_of(parse_document(decode_text(data)))
    except MalformedError:
        is_of_terraform = any(word in data for word in _OF_TERRAFORM)
        return DocumentShape.STATE_FILE if is_of_terraform and any(s in data for s in _SURE_SIGNS) else None


def decode_or_empty(data: bytes) -> str:
    """The text of a file; empty where it is none."""
    try:
        return decode_text(data)
    except MalformedError:
        return ""


def is_log(head: bytes) -> bool:
    """Whether a file begins as `terraform plan -json` does: it logs, an object a line, and writes no plan."""
    if f'"{_MODULE_OF_LOG}"'.encode() not in head:
        return False
    try:
        first = json.loads(head.splitlines()[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and first.get("@module") == _MODULE_OF_LOG
