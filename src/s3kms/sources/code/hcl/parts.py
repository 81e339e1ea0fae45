"""Parts of values, and values put together of parts."""

from collections.abc import Iterator

from s3kms.sources.code.hcl.convert import to_number, to_text
from s3kms.sources.code.hcl.scalars import ordered
from s3kms.sources.code.hcl.symbols import derived, first_open, made, symbol_of
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

LONGEST = 1_000_000
"""Characters of a text that is put together here."""


class Exhausted(Exception):
    """The code takes more steps, or makes more, than anybody needs who declares buckets."""


def element(of: Value, key: Value) -> Value:
    """`of[key]`. Raises Invalid."""
    if isinstance(of, dict):
        name = to_text(key)
        if isinstance(name, str) and name in of:
            return of[name]
        raise Invalid("there is no such key")
    if not isinstance(of, list):
        raise Invalid("an index is asked of something that is no list and no map")
    number = to_number(key)
    if isinstance(number, int) and 0 <= number < len(of):
        return of[number]
    raise Invalid("there is no such index")


def is_alike(one: Value, other: Value) -> bool:
    """Whether they are certainly the same."""
    symbol = symbol_of(one)
    return bool(symbol) and symbol == symbol_of(other)


def joined(parts: list[Value]) -> Value:
    """The texts of a template, put together."""
    texts: list[str | Open] = []
    for part in parts:
        text = to_text(part)
        if text is None:
            raise Invalid("a part of a template is null")
        if isinstance(text, str) and texts and isinstance(texts[-1], str):
            texts[-1] += text
        else:
            texts.append(text)
    if (found := first_open(texts)) is not None:
        return derived(made("template", *[text for text in texts if text != ""]), (found,))
    whole = "".join(text for text in texts if isinstance(text, str))
    if len(whole) > LONGEST:
        raise Exhausted
    return whole


def pairs_of(of: Value) -> Iterator[tuple[Value, Value]]:
    """What a loop goes through. Raises Invalid."""
    if isinstance(of, dict):
        yield from of.items()
    elif isinstance(of, list):
        yield from enumerate(of)
    elif isinstance(of, SetOf):
        yield from ((item, item) for item in of.items)
    else:
        raise Invalid("a loop is over something that is no collection")


def mapped(pairs: list[tuple[Value, Value]], *, is_grouped: bool) -> Value:
    """An object of these; with lists of what has the same key. Raises Invalid for a key that is there twice."""
    found: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    for key, item in pairs:
        name = to_text(key)
        if isinstance(name, Open):
            return derived("", (name,))
        if name is None:
            raise Invalid("a key is null")
        if not is_grouped and name in found:
            raise Invalid(f"the key {name} is there twice")
        found[name] = item
        groups.setdefault(name, []).append(item)
    return ordered({**groups} if is_grouped else found)
