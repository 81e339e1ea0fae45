"""Functions of maps."""

from s3kms.sources.code.hcl.functions.interface import Function, Kind
from s3kms.sources.code.hcl.scalars import first_open, kind, made_of, ordered, to_text, unify
from s3kms.sources.code.hcl.values import Invalid, Open, Value


def _lookup(map_: dict[str, Value], key: str, *default: Value) -> Value:
    if key in map_:
        return map_[key]
    if not default:
        raise Invalid(f"the map has no key {key}")
    return default[0]


def _merge(*maps: Value) -> Value:
    found: dict[str, Value] = {}
    for map_ in maps:
        if isinstance(map_, Open):
            return made_of(map_)
        if map_ is None:
            continue
        if not isinstance(map_, dict):
            raise Invalid(f"a map is required, and {kind(map_)} is given")
        found.update(map_)
    return ordered(found)


def _transpose(map_: dict[str, Value]) -> Value:
    waiting = first_open([map_])
    if waiting is not None:
        return made_of(waiting)
    found: dict[str, list[Value]] = {}
    for key in sorted(map_):
        values = map_[key]
        if not isinstance(values, list):
            raise Invalid(f"a list is required, and {kind(values)} is given")
        for value in values:
            text = to_text(value)
            if not isinstance(text, str):
                raise Invalid("an element is null")
            found.setdefault(text, []).append(key)
    return ordered({**found})


def _zipmap(keys: list[Value], values: list[Value]) -> Value:
    if len(keys) != len(values):
        raise Invalid("there are not as many keys as values")
    waiting = first_open(keys)
    if waiting is not None:
        return made_of(waiting)
    if None in keys:
        raise Invalid("a key is null")
    return ordered({str(key): value for key, value in zip(keys, values, strict=True)})


def _map(*pairs: Value) -> Value:
    if len(pairs) % 2:
        raise Invalid("map takes keys and values in turn")
    return _zipmap([to_text(key) for key in pairs[::2]], unify([*pairs[1::2]]))


TABLE = {
    "keys": Function(lambda map_: [*sorted(map_)], (Kind.MAP,)),
    "lookup": Function(_lookup, (Kind.MAP, Kind.TEXT, Kind.ANYTHING), optional=1),
    "map": Function(_map, rest=Kind.ANYTHING),
    "merge": Function(_merge, rest=Kind.ANYTHING),
    "transpose": Function(_transpose, (Kind.MAP,)),
    "values": Function(lambda map_: [map_[key] for key in sorted(map_)], (Kind.MAP,)),
    "zipmap": Function(_zipmap, (Kind.TEXTS, Kind.SEQUENCE)),
}
