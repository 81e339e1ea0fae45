"""Parts of values, and values that are built from parts."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from s3kms.iac.hcl.scalars import make_too_large, sort_keys
from s3kms.iac.hcl.symbols import derive_unknown, find_unknown, make_symbol, symbol_of
from s3kms.iac.hcl.type_constraints import to_number, to_text
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue

MAX_TEXT_PARTS = 1000
"""Parts of a text that are kept with it: a text of itself twice, many times over, would have parts without end."""
MAX_TEXT_CHARACTERS = 1_000_000
"""Characters of a string that a template builds."""


def get_element(of: Value, key: Value) -> Value:
    """The element `of[key]` of a known list or map. Raises Rejected."""
    if isinstance(of, dict):
        name = to_text(key)
        if isinstance(name, str) and name in of:
            return of[name]
        raise Rejected("the key does not exist")
    if not isinstance(of, list):
        raise Rejected("only a list or a map can be indexed")
    number = to_number(key)
    if isinstance(number, int) and 0 <= number < len(of):
        return of[number]
    raise Rejected("the index is out of range")


def are_certainly_equal(one: Value, other: Value) -> bool:
    """Whether two values are the same whatever the unknown ones among them are."""
    symbol = symbol_of(one)
    return bool(symbol) and symbol == symbol_of(other)


def join_template(parts: list[Value]) -> Value:
    """The string that the parts of a template make. Raises Rejected for a part that is not a string."""
    texts: list[str | UnknownValue | None] = []
    for part in parts:
        text = to_text(part)
        if text is None:
            raise Rejected("a part of a template is null")
        texts.append(text)
    if sum(len(text) for text in texts if isinstance(text, str)) > MAX_TEXT_CHARACTERS:
        return make_too_large("a template")
    if (found := find_unknown(texts)) is not None:
        merged = _merge_texts(texts)
        return replace(derive_unknown(make_symbol("template", *merged), (found,)), parts=_flatten(merged))
    return "".join(text for text in texts if isinstance(text, str))


def _merge_texts(texts: list[str | UnknownValue | None]) -> list[Value]:
    """Those that follow one another as one, the empty ones left out."""
    merged: list[Value] = []
    for is_text, group in groupby(texts, key=lambda text: isinstance(text, str)):
        parts = list(group)
        text = "".join(part for part in parts if isinstance(part, str))
        merged += [text] * bool(text) if is_text else parts
    return merged


def _flatten(texts: list[Value]) -> tuple[str | UnknownValue, ...]:
    """The texts, those that are made of others replaced by these; none where they are more than MAX_TEXT_PARTS."""
    found: list[str | UnknownValue] = []
    for text in texts:
        if isinstance(text, str):
            found.append(text)
        elif isinstance(text, UnknownValue):
            found += text.parts or (text,)
        if len(found) > MAX_TEXT_PARTS:
            return ()
    return tuple(found)


def iterate_pairs(of: Value) -> Iterator[tuple[Value, Value]]:
    """The pairs of key and element that a `for` iterates over. Raises Rejected for what is not a collection."""
    if isinstance(of, dict):
        yield from of.items()
    elif isinstance(of, list):
        yield from enumerate(of)
    elif isinstance(of, SetValue):
        yield from ((item, item) for item in of.items)
    else:
        raise Rejected("for iterates over something that is not a collection")


def build_object(pairs: list[tuple[Value, Value]], *, is_grouped: bool) -> Value:
    """An object of pairs of key and value; with `is_grouped`, of lists of the values with one key.

    Raises Rejected for a key that occurs twice.
    """
    found: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    for key, item in pairs:
        name = to_text(key)
        if isinstance(name, UnknownValue):
            return derive_unknown("", (name,))
        if name is None:
            raise Rejected("a key is null")
        if not is_grouped and name in found:
            raise Rejected(f"the key {name} occurs twice")
        found[name] = item
        groups.setdefault(name, []).append(item)
    return sort_keys({**groups} if is_grouped else found)
