"""Functions of lists."""

from itertools import islice, product

from s3kms.iac.hcl.functions.interface import Function, ParameterKind, is_emptiness_known, numbers
from s3kms.iac.hcl.functions.strings import characters
from s3kms.iac.hcl.scalars import (
    build_set,
    compare_equal,
    describe_type,
    forget_origin,
    from_decimal,
    identity_of,
    list_elements,
    make_too_large,
    remove_duplicates,
    to_bool,
    to_decimal,
    unify_types,
)
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue

MAX_LIST_ELEMENTS = 100_000
"""Elements of a list that a function makes."""
MAX_RANGE_ELEMENTS = 1024
"""Terraform's own limit."""


def _opened(values: list[Value]) -> UnknownValue | None:
    """The first element that may still be null or empty, with its reference dropped; None where there is none."""
    found = next(
        (value for value in values if isinstance(value, UnknownValue) and not is_emptiness_known(value)), None
    )
    return found and forget_origin(found)


def _bools(values: list[Value], *, wanted: bool) -> Value:
    """Whether all (any) are true."""
    found = [to_bool(value) for value in values]
    if any(value is None or value is False if wanted else value is True for value in found):
        return not wanted
    waiting = find_unknown([*found])
    return wanted if waiting is None else forget_origin(waiting)


def _chunklist(values: list[Value], size: int) -> Value:
    if size < 0:
        raise Rejected("the chunk size is negative")
    if not values:
        return []
    step = size or len(values)
    return [values[at : at + step] for at in range(0, len(values), step)]


def _coalesce(*values: Value) -> Value:
    for n, value in enumerate(values):
        if isinstance(value, UnknownValue):
            return value if is_emptiness_known(value) or n == len(values) - 1 else forget_origin(value)
        if value is not None and value != "":
            return unify_types([*values])[n]
    raise Rejected("all arguments of coalesce are null or empty strings")


def _coalescelist(*values: Value) -> Value:
    for value in values:
        if isinstance(value, UnknownValue):
            return forget_origin(value)
        if value is None:
            continue
        if not isinstance(value, list | SetValue):
            raise Rejected(f"a list is required, and {describe_type(value)} is given")
        if list_elements(value):
            return value
    raise Rejected("all arguments of coalescelist are empty lists")


def _compact(values: list[Value]) -> Value:
    return _opened(values) or [value for value in values if value is not None and value != ""]


def _concat(*lists: Value) -> Value:
    if not lists:
        raise Rejected("at least one list is required")
    found: list[Value] = []
    for items in lists:
        if not isinstance(items, list):
            raise Rejected(f"a list is required, and {describe_type(items)} is given")
        found += items
    return found if len(found) <= MAX_LIST_ELEMENTS else make_too_large("a list")


def _contains(values: list[Value], wanted: Value) -> Value:
    if wanted is None:
        raise Rejected("an argument is null")
    waiting: UnknownValue | None = None
    for value in values:
        same = compare_equal(value, wanted)
        if same is True:
            return True
        if isinstance(same, UnknownValue):
            waiting = waiting or same
    return False if waiting is None else waiting


def _distinct(values: list[Value]) -> Value:
    waiting = find_unknown(values)
    if waiting is not None and len(values) > 1:
        return forget_origin(waiting)
    return [*remove_duplicates(values)]


def _element(values: Value, index: int) -> Value:
    if not isinstance(values, list):
        raise Rejected(f"a list is required, and {describe_type(values)} is given")
    if not values or index < 0:
        raise Rejected("the element does not exist")
    return values[index % len(values)]


def _flatten(values: list[Value]) -> Value:
    waiting = _opened(values)
    if waiting is not None:
        return waiting
    found: list[Value] = []
    for value in values:
        if isinstance(value, list | SetValue):
            flat = _flatten([*list_elements(value)])
            if not isinstance(flat, list):
                return flat
            found += flat
        else:
            found.append(value)
    return found


def _index(values: list[Value], wanted: Value) -> Value:
    for n, value in enumerate(values):
        same = compare_equal(value, wanted)
        if isinstance(same, UnknownValue):
            return same
        if same:
            return n
    raise Rejected("the list does not contain the element")


def _length(value: Value) -> Value:
    if isinstance(value, str):
        return len(characters(value))
    if isinstance(value, SetValue) and len(value.items) > 1:
        waiting = find_unknown([value])
        if waiting is not None:
            return forget_origin(waiting)
    if isinstance(value, list | dict | SetValue):
        return len([*list_elements(value)])
    raise Rejected(f"{describe_type(value)} has no length")


def _matchkeys(values: list[Value], keys: list[Value], wanted: list[Value]) -> Value:
    if len(values) != len(keys):
        raise Rejected("there are not as many keys as values")
    together = unify_types([*keys, *wanted])
    waiting = find_unknown(together)
    if waiting is not None:
        return forget_origin(waiting)
    allowed = {identity_of(value) for value in together[len(keys) :]}
    return [v for v, k in zip(values, together[: len(keys)], strict=True) if identity_of(k) in allowed]


def _one(value: Value) -> Value:
    if not isinstance(value, list | SetValue):
        raise Rejected(f"a list is required, and {describe_type(value)} is given")
    found = [*list_elements(value)]
    if len(found) > 1:
        waiting = find_unknown(found) if isinstance(value, SetValue) else None
        if waiting is not None:
            return forget_origin(waiting)
        raise Rejected("there is more than one element")
    return found[0] if found else None


def _range(*bounds: Value) -> Value:
    given = [to_decimal(bound) for bound in numbers(bounds)]
    if not 1 <= len(given) <= 3:  # noqa: PLR2004
        raise Rejected("range takes one, two or three numbers")
    start, end = (given[0] * 0, given[0]) if len(given) == 1 else (given[0], given[1])
    step = given[2] if len(given) > 2 else start * 0 + (1 if end >= start else -1)  # noqa: PLR2004
    if step == 0 or (step > 0 and end < start) or (step < 0 and end > start):
        raise Rejected("the step of range does not lead to its limit")
    found: list[Value] = []
    while (start < end) if step > 0 else (start > end):
        if len(found) >= MAX_RANGE_ELEMENTS:
            raise Rejected("range has more than 1024 values")
        found.append(from_decimal(start))
        start += step
    return found


def _setproduct(*sets: Value) -> Value:
    if len(sets) < 2:  # noqa: PLR2004
        raise Rejected("setproduct takes at least two sets")
    total = 1
    for items in sets:
        if not isinstance(items, list | SetValue):
            raise Rejected(f"a set is required, and {describe_type(items)} is given")
        waiting = find_unknown([items]) if isinstance(items, SetValue) and len(items.items) > 1 else None
        if waiting is not None:
            return forget_origin(waiting)
        total *= len([*list_elements(items)])
    if total > MAX_LIST_ELEMENTS:
        return make_too_large("a product of sets")
    rows: list[Value] = [[*row] for row in product(*(list_elements(items) for items in sets))]
    return build_set(rows) if all(isinstance(items, SetValue) for items in sets) else rows


def _work_of_product(args: tuple[Value, ...]) -> int:
    total = len(args)
    for items in args:
        total = min(total * len([*list_elements(items)]), MAX_LIST_ELEMENTS)
    return total // 2


def _slice(values: list[Value], start: int, end: int) -> Value:
    if not 0 <= start <= end <= len(values):
        raise Rejected("slice goes beyond the list")
    return values[start:end]


def _sort(values: list[Value]) -> Value:
    waiting = find_unknown(values)
    if waiting is not None:
        return forget_origin(waiting) if len(values) > 1 else values
    if None in values:
        raise Rejected("an element is null")
    return [*sorted(map(str, values))]


def _sets(*sets: list[Value]) -> tuple[list[list[Value]], UnknownValue | None]:
    together = iter(unify_types([value for items in sets for value in items]))
    found: list[list[Value]] = [[*islice(together, len(items))] for items in sets]
    waiting = find_unknown([[*items] for items in found])
    return found, waiting and forget_origin(waiting)


def _union(*sets: list[Value]) -> Value:
    found, _ = _sets(*sets)
    return build_set(value for items in found for value in items)


def _intersection(*sets: list[Value]) -> Value:
    found, waiting = _sets(*sets)
    if waiting is not None:
        return waiting
    others = [{identity_of(value) for value in items} for items in found[1:]]
    return build_set(v for v in found[0] if all(identity_of(v) in items for items in others))


def _subtract(*sets: list[Value]) -> Value:
    found, waiting = _sets(*sets)
    if waiting is not None:
        return waiting
    others = {identity_of(value) for value in found[1]}
    return build_set(value for value in found[0] if identity_of(value) not in others)


TABLE = {
    "alltrue": Function(lambda values: _bools(values, wanted=True), (ParameterKind.SEQUENCE,)),
    "anytrue": Function(lambda values: _bools(values, wanted=False), (ParameterKind.SEQUENCE,)),
    "chunklist": Function(_chunklist, (ParameterKind.LIST, ParameterKind.INTEGER)),
    "coalesce": Function(_coalesce, rest=ParameterKind.ANYTHING),
    "coalescelist": Function(_coalescelist, rest=ParameterKind.ANYTHING),
    "compact": Function(_compact, (ParameterKind.TEXTS,)),
    "concat": Function(_concat, rest=ParameterKind.VALUE),
    "contains": Function(_contains, (ParameterKind.SEQUENCE, ParameterKind.ANYTHING)),
    "distinct": Function(_distinct, (ParameterKind.LIST,)),
    "element": Function(_element, (ParameterKind.VALUE, ParameterKind.INTEGER)),
    "flatten": Function(_flatten, (ParameterKind.SEQUENCE,)),
    "index": Function(_index, (ParameterKind.SEQUENCE, ParameterKind.ANYTHING)),
    "length": Function(_length, (ParameterKind.VALUE,)),
    "list": Function(lambda *values: unify_types([*values]), rest=ParameterKind.ANYTHING),
    "matchkeys": Function(_matchkeys, (ParameterKind.LIST, ParameterKind.LIST, ParameterKind.LIST)),
    "one": Function(_one, (ParameterKind.VALUE,)),
    "range": Function(_range, rest=ParameterKind.NUMBER),
    "reverse": Function(lambda values: values[::-1], (ParameterKind.SEQUENCE,)),
    "setintersection": Function(_intersection, (ParameterKind.LIST,), rest=ParameterKind.LIST),
    "setproduct": Function(_setproduct, rest=ParameterKind.VALUE, work=_work_of_product, has_new_parts=True),
    "setsubtract": Function(_subtract, (ParameterKind.LIST, ParameterKind.LIST)),
    "setunion": Function(_union, (ParameterKind.LIST,), rest=ParameterKind.LIST),
    "slice": Function(_slice, (ParameterKind.SEQUENCE, ParameterKind.INTEGER, ParameterKind.INTEGER)),
    "sort": Function(_sort, (ParameterKind.TEXTS,)),
}
