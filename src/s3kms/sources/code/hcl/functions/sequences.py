"""Functions of lists."""

from itertools import product

from s3kms.sources.code.hcl.functions.interface import Function, Kind, is_told, numbers
from s3kms.sources.code.hcl.functions.texts import characters
from s3kms.sources.code.hcl.scalars import (
    distinct,
    equal,
    exact,
    first_open,
    inside,
    kind,
    made_of,
    number,
    set_of,
    to_bool,
    too_large,
    unify,
)
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

LARGEST = 100_000
"""Elements of a list that a function makes."""
LONGEST_RANGE = 1024
"""Terraform refuses more."""


def _opened(values: list[Value]) -> Open | None:
    """The first element that could still be anything."""
    found = next((value for value in values if isinstance(value, Open) and not is_told(value)), None)
    return found and made_of(found)


def _bools(values: list[Value], *, wanted: bool) -> Value:
    """Whether all (any) are true."""
    found = [to_bool(value) for value in values]
    if any(value is None or value is False if wanted else value is True for value in found):
        return not wanted
    waiting = first_open([*found])
    return wanted if waiting is None else made_of(waiting)


def _chunklist(values: list[Value], size: int) -> Value:
    if size < 0:
        raise Invalid("the size of the pieces is negative")
    if not values:
        return []
    step = size or len(values)
    return [values[at : at + step] for at in range(0, len(values), step)]


def _coalesce(*values: Value) -> Value:
    for n, value in enumerate(values):
        if isinstance(value, Open):
            return value if is_told(value) or n == len(values) - 1 else made_of(value)
        if value is not None and value != "":
            return unify([*values])[n]
    raise Invalid("coalesce finds only null and empty texts")


def _coalescelist(*values: Value) -> Value:
    for value in values:
        if isinstance(value, Open):
            return made_of(value)
        if value is None:
            continue
        if not isinstance(value, list | SetOf):
            raise Invalid(f"a list is required, and {kind(value)} is given")
        if inside(value):
            return value
    raise Invalid("coalescelist finds only empty lists")


def _compact(values: list[Value]) -> Value:
    return _opened(values) or [value for value in values if value is not None and value != ""]


def _concat(*lists: Value) -> Value:
    if not lists:
        raise Invalid("at least one list is required")
    found: list[Value] = []
    for items in lists:
        if not isinstance(items, list):
            raise Invalid(f"a list is required, and {kind(items)} is given")
        found += items
    return found if len(found) <= LARGEST else too_large("a list")


def _contains(values: list[Value], wanted: Value) -> Value:
    if wanted is None:
        raise Invalid("an argument is null")
    waiting: Open | None = None
    for value in values:
        same = equal(value, wanted)
        if same is True:
            return True
        if isinstance(same, Open):
            waiting = waiting or same
    return False if waiting is None else waiting


def _distinct(values: list[Value]) -> Value:
    waiting = first_open(values)
    if waiting is not None and len(values) > 1:
        return made_of(waiting)
    return [*distinct(values)]


def _element(values: Value, index: int) -> Value:
    if not isinstance(values, list):
        raise Invalid(f"a list is required, and {kind(values)} is given")
    if not values or index < 0:
        raise Invalid("there is no such element")
    return values[index % len(values)]


def _flatten(values: list[Value]) -> Value:
    waiting = _opened(values)
    if waiting is not None:
        return waiting
    found: list[Value] = []
    for value in values:
        if isinstance(value, list | SetOf):
            flat = _flatten([*inside(value)])
            if not isinstance(flat, list):
                return flat
            found += flat
        else:
            found.append(value)
    return found


def _index(values: list[Value], wanted: Value) -> Value:
    for n, value in enumerate(values):
        same = equal(value, wanted)
        if isinstance(same, Open):
            return same
        if same:
            return n
    raise Invalid("the list has no such element")


def _length(value: Value) -> Value:
    if isinstance(value, str):
        return len(characters(value))
    if isinstance(value, SetOf) and len(value.items) > 1:
        waiting = first_open([value])
        if waiting is not None:
            return made_of(waiting)
    if isinstance(value, list | dict | SetOf):
        return len([*inside(value)])
    raise Invalid(f"{kind(value)} has no length")


def _matchkeys(values: list[Value], keys: list[Value], wanted: list[Value]) -> Value:
    if len(values) != len(keys):
        raise Invalid("there are not as many keys as values")
    together = unify([*keys, *wanted])
    waiting = first_open(together)
    if waiting is not None:
        return made_of(waiting)
    keys, wanted = together[: len(keys)], together[len(keys) :]
    return [v for v, k in zip(values, keys, strict=True) if any(equal(k, w) is True for w in wanted)]


def _one(value: Value) -> Value:
    if not isinstance(value, list | SetOf):
        raise Invalid(f"a list is required, and {kind(value)} is given")
    found = [*inside(value)]
    if len(found) > 1:
        waiting = first_open(found) if isinstance(value, SetOf) else None
        if waiting is not None:
            return made_of(waiting)
        raise Invalid("there is more than one element")
    return found[0] if found else None


def _range(*bounds: Value) -> Value:
    given = [exact(bound) for bound in numbers(bounds)]
    if not 1 <= len(given) <= 3:  # noqa: PLR2004
        raise Invalid("range takes one, two or three numbers")
    start, end = (given[0] * 0, given[0]) if len(given) == 1 else (given[0], given[1])
    step = given[2] if len(given) > 2 else start * 0 + (1 if end >= start else -1)  # noqa: PLR2004
    if step == 0 or (step > 0 and end < start) or (step < 0 and end > start):
        raise Invalid("the step of range does not lead to its end")
    found: list[Value] = []
    while (start < end) if step > 0 else (start > end):
        if len(found) >= LONGEST_RANGE:
            raise Invalid("range has more than 1024 values")
        found.append(number(start))
        start += step
    return found


def _setproduct(*sets: Value) -> Value:
    if len(sets) < 2:  # noqa: PLR2004
        raise Invalid("setproduct takes at least two sets")
    total = 1
    for items in sets:
        if not isinstance(items, list | SetOf):
            raise Invalid(f"a set is required, and {kind(items)} is given")
        waiting = first_open([items]) if isinstance(items, SetOf) and len(items.items) > 1 else None
        if waiting is not None:
            return made_of(waiting)
        total *= len([*inside(items)])
    if total > LARGEST:
        return too_large("a product of sets")
    rows: list[Value] = [[*row] for row in product(*(inside(items) for items in sets))]
    return set_of(rows) if all(isinstance(items, SetOf) for items in sets) else rows


def _slice(values: list[Value], start: int, end: int) -> Value:
    if not 0 <= start <= end <= len(values):
        raise Invalid("slice goes beyond the list")
    return values[start:end]


def _sort(values: list[Value]) -> Value:
    waiting = first_open(values)
    if waiting is not None:
        return made_of(waiting) if len(values) > 1 else values
    if None in values:
        raise Invalid("an element is null")
    return [*sorted(map(str, values))]


def _sets(*sets: list[Value]) -> tuple[list[list[Value]], Open | None]:
    together = unify([value for items in sets for value in items])
    found: list[list[Value]] = []
    for items in sets:
        found.append(together[: len(items)])
        together = together[len(items) :]
    waiting = first_open([[*items] for items in found])
    return found, waiting and made_of(waiting)


def _in(value: Value, values: list[Value]) -> bool:
    return any(equal(value, other) is True for other in values)


def _union(*sets: list[Value]) -> Value:
    found, _ = _sets(*sets)
    return set_of(value for items in found for value in items)


def _intersection(*sets: list[Value]) -> Value:
    found, waiting = _sets(*sets)
    return waiting or set_of(v for v in found[0] if all(_in(v, items) for items in found[1:]))


def _subtract(*sets: list[Value]) -> Value:
    found, waiting = _sets(*sets)
    return waiting or set_of(value for value in found[0] if not _in(value, found[1]))


TABLE = {
    "alltrue": Function(lambda values: _bools(values, wanted=True), (Kind.SEQUENCE,)),
    "anytrue": Function(lambda values: _bools(values, wanted=False), (Kind.SEQUENCE,)),
    "chunklist": Function(_chunklist, (Kind.LIST, Kind.INTEGER)),
    "coalesce": Function(_coalesce, rest=Kind.ANYTHING),
    "coalescelist": Function(_coalescelist, rest=Kind.ANYTHING),
    "compact": Function(_compact, (Kind.TEXTS,)),
    "concat": Function(_concat, rest=Kind.VALUE),
    "contains": Function(_contains, (Kind.SEQUENCE, Kind.ANYTHING)),
    "distinct": Function(_distinct, (Kind.LIST,)),
    "element": Function(_element, (Kind.VALUE, Kind.INTEGER)),
    "flatten": Function(_flatten, (Kind.SEQUENCE,)),
    "index": Function(_index, (Kind.SEQUENCE, Kind.ANYTHING)),
    "length": Function(_length, (Kind.VALUE,)),
    "list": Function(lambda *values: unify([*values]), rest=Kind.ANYTHING),
    "matchkeys": Function(_matchkeys, (Kind.LIST, Kind.LIST, Kind.LIST)),
    "one": Function(_one, (Kind.VALUE,)),
    "range": Function(_range, rest=Kind.NUMBER),
    "reverse": Function(lambda values: values[::-1], (Kind.SEQUENCE,)),
    "setintersection": Function(_intersection, (Kind.LIST,), rest=Kind.LIST),
    "setproduct": Function(_setproduct, rest=Kind.VALUE),
    "setsubtract": Function(_subtract, (Kind.LIST, Kind.LIST)),
    "setunion": Function(_union, (Kind.LIST,), rest=Kind.LIST),
    "slice": Function(_slice, (Kind.SEQUENCE, Kind.INTEGER, Kind.INTEGER)),
    "sort": Function(_sort, (Kind.TEXTS,)),
}
