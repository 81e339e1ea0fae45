"""Policy documents of code, as the model has them: texts with open parts among them. For every language."""

import json
from collections.abc import Callable, Sequence

from s3kms.iac.values import UnknownValue
from s3kms.model.policy import PartMeaning, PolicyDocument, PolicyNode, UnresolvedPart, UnresolvedText

MAX_DEPTH = 40
"""Levels of nesting. IAM has six."""
_BEGIN, _END = "\ue000", "\ue001"
"""Around the number of an open part in a text that is parsed as JSON: characters of nobody's."""

Explain = Callable[[UnknownValue], tuple[PartMeaning, str, str]]
"""What an unknown value is known to be: its meaning, the address of a declared resource, and the attribute."""


def part_of(value: UnknownValue, explain: Explain) -> UnresolvedPart:
    """An unknown value as a part of a document."""
    meaning, address, attribute = explain(value)
    return UnresolvedPart(value.expression, value.unknown, meaning, address, attribute)


def text_of(value: UnknownValue, explain: Explain) -> UnresolvedText | UnresolvedPart:
    """An unknown value that is a text where it is made of texts, or of a resource; else it may be anything."""
    if value.parts:
        return UnresolvedText(
            tuple(one if isinstance(one, str) else part_of(one, explain) for one in value.parts)
        )
    part = part_of(value, explain)
    is_text = part.meaning is not PartMeaning.OTHER or (value.reference and value.reference.is_never_empty)
    return UnresolvedText((part,)) if is_text else part


def node_of(value: object, explain: Explain, depth: int = 0) -> PolicyNode:
    """An evaluated value as a part of a document; below MAX_DEPTH there is nothing."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, UnknownValue):
        return text_of(value, explain)
    if isinstance(value, dict):
        return {str(key): node_of(item, explain, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(node_of(item, explain, depth + 1) for item in value)
    return value if isinstance(value, str | bool | int | float) else None


def document_of_parts(
    parts: Sequence[str | UnknownValue], source: str, explain: Explain
) -> PolicyDocument | None:
    """A document that is written as JSON with open parts in it; None where it is not JSON around them."""
    made = [part_of(one, explain) for one in parts if isinstance(one, UnknownValue)]
    numbers = iter(range(len(made)))
    text = "".join(one if isinstance(one, str) else f"{_BEGIN}{next(numbers)}{_END}" for one in parts)
    try:
        decoded = json.loads(_quoted(text))
    except (ValueError, RecursionError):
        return None
    return PolicyDocument(_filled(decoded, made, 0), source)


def _quoted(text: str) -> str:
    """With quotes around the marks that stand outside of strings."""
    found: list[str] = []
    is_inside, is_escaped = False, False
    for character in text:
        if not is_inside and character == _BEGIN:
            found.append('"' + character)
        elif not is_inside and character == _END:
            found.append(character + '"')
        else:
            found.append(character)
        if character == '"' and not is_escaped:
            is_inside = not is_inside
        is_escaped = character == "\\" and not is_escaped
    return "".join(found)


def _filled(value: object, parts: list[UnresolvedPart], depth: int) -> PolicyNode:
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key): _filled(item, parts, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_filled(item, parts, depth + 1) for item in value)
    if isinstance(value, str) and _BEGIN in value:
        return _text_with_parts(value, parts)
    return value if isinstance(value, str | bool | int | float) else None


def _text_with_parts(text: str, parts: list[UnresolvedPart]) -> UnresolvedText | UnresolvedPart:
    pieces: list[str | UnresolvedPart] = []
    for piece in text.split(_BEGIN):
        number, end, rest = piece.partition(_END)
        if not end:
            pieces += [piece] if piece else []
            continue
        pieces.append(parts[int(number)])
        pieces += [rest] if rest else []
    only = pieces[0] if len(pieces) == 1 else None
    if isinstance(only, UnresolvedPart) and only.meaning is PartMeaning.OTHER:
        return only
    return UnresolvedText(tuple(pieces))
