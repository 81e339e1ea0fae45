"""Functions of maps."""

from s3kms.iac.hcl.functions.interface import Function, ParameterKind
from s3kms.iac.hcl.scalars import describe_type, forget_origin, sort_keys, to_text, unify_types
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue


def _lookup(map_: dict[str, Value], key: str, *default: Value) -> Value:
    if key in map_:
        return map_[key]
    if not default:
        raise Rejected(f"the map has no key {key}")
    return default[0]


def _merge(*maps: Value) -> Value:
    found: dict[str, Value] = {}
    for map_ in maps:
        if isinstance(map_, UnknownValue):
            return forget_origin(map_)
        if map_ is None:
            continue
        if not isinstance(map_, dict):
            raise Rejected(f"a map is required, and {describe_type(map_)} is given")
        found.update(map_)
    return sort_keys(found)


def _transpose(map_: dict[str, Value]) -> Value:
    waiting = find_unknown([map_])
    if waiting is not None:
        return forget_origin(waiting)
    found: dict[str, list[Value]] = {}
    for key in sorted(map_):
        values = map_[key]
        if not isinstance(values, list):
            raise Rejected(f"a list is required, and {describe_type(values)} is given")
        for value in values:
            text = to_text(value)
            if not isinstance(text, str):
                raise Rejected("an element is null")
            found.setdefault(text, []).append(key)
    return sort_keys({**found})


def _zipmap(keys: list[Value], values: list[Value]) -> Value:
    if len(keys) != len(values):
        raise Rejected("there are not as many keys as values")
    waiting = find_unknown(keys)
    if waiting is not None:
        return forget_origin(waiting)
    if None in keys:
        raise Rejected("a key is null")
    return sort_keys({str(key): value for key, value in zip(keys, values, strict=True)})


def _map(*pairs: Value) -> Value:
    if len(pairs) % 2:
        raise Rejected("map needs keys and values in turn")
    return _zipmap([to_text(key) for key in pairs[::2]], unify_types([*pairs[1::2]]))


TABLE = {
    "keys": Function(lambda map_: [*sorted(map_)], (ParameterKind.MAP,)),
    "lookup": Function(_lookup, (ParameterKind.MAP, ParameterKind.TEXT, ParameterKind.ANYTHING), optional=1),
    "map": Function(_map, rest=ParameterKind.ANYTHING),
    "merge": Function(_merge, rest=ParameterKind.ANYTHING),
    "transpose": Function(_transpose, (ParameterKind.MAP,)),
    "values": Function(lambda map_: [map_[key] for key in sorted(map_)], (ParameterKind.MAP,)),
    "zipmap": Function(_zipmap, (ParameterKind.TEXTS, ParameterKind.SEQUENCE)),
}
