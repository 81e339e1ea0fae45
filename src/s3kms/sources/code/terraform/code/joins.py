"""Which encryption configuration is for which bucket: by reference, else by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from s3kms.estate.unknown import Unknown
from s3kms.sources.code.hcl.module import Declared, Resource
from s3kms.sources.code.hcl.project import Missing
from s3kms.sources.code.hcl.root import Root
from s3kms.sources.code.hcl.run import Run
from s3kms.sources.code.hcl.scalars import inside
from s3kms.sources.code.hcl.scope import Key, Placed, Thing, Way
from s3kms.sources.code.hcl.values import Invalid, Meant, Open, Value
from s3kms.sources.code.terraform.instances import BUCKETS, ENCRYPTION, TABLE_BUCKET

_KEY_AT_END = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
_LOOKED_UP = re.compile(r"(?:^|(?<!^module)(?<!\.module)\.)data\.\w+\.[^.\]]+$")
"""The end of the address of a data source, in whichever module; one of a module may be `data`, too."""
_ITSELF = frozenset({"id", "bucket"})
_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Where:
    """An instance of a resource, in whichever world it is there."""

    way: Way
    resource: Resource
    key: Key

    def find(self, run: Run) -> Thing | None:
        """It, if it is there in this run."""
        return run.find(self.way, self.resource, self.key)


@dataclass(slots=True)
class Matched:
    """The configurations of one bucket, in one run."""

    certain: list[Thing] = field(default_factory=list)
    possible: list[Thing] = field(default_factory=list)
    """The code does not tell whether they are for this bucket."""
    handed: Unknown | None = None
    """Why a module that is given the bucket is not there: it may have a configuration for it."""


class Joins:
    """Of a root module. What a configuration may be for in any world is looked up once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._by_mark: dict[str, dict[Where, None]] = {}
        self._unclear: dict[Where, None] = {}
        self._names = frozenset(self._open_names())
        for names, resource in root.resources(frozenset({ENCRYPTION})):
            for _, found in root.worlds(partial(self._targets, names, resource)):
                for where, target in found:
                    self._note(where, target)
        self._handed = dict(self._handed_on())

    def _handed_on(self) -> Iterator[tuple[str, Unknown]]:
        """The buckets that modules are given which are not there, as they are looked for."""
        run, project = self._root.lazy, self._root.project
        for names, module in self._root.modules:
            for name, call in module.calls.items():
                found = project.called((*names, name), module, call)
                if not isinstance(found, Missing):
                    continue
                for placed in self._root.placed(run, names):
                    for part in _parts_of_call(run, placed, call):
                        for mark in self._marks_of(_itself(part)):
                            yield mark, found.unknown

    def _open_names(self) -> Iterator[str]:
        """What the names of buckets are made of, where they are open."""
        for names, resource in self._root.resources(BUCKETS):
            for bucket in self._root.instances(self._root.lazy, names, resource):
                name = name_of(self._root.lazy, bucket)
                if isinstance(name, Open) and name.symbol:
                    yield name.symbol

    def _note(self, where: Where, target: Value) -> None:
        marks = list(self._marks_of(target))
        for mark in marks:
            self._by_mark.setdefault(mark, {})[where] = None
        if not marks:
            self._unclear[where] = None

    def _marks_of(self, target: Value) -> Iterator[str]:
        """Under what the buckets look for it that it may be for."""
        if isinstance(target, str):
            yield f"named {target}"
        elif meant := bucket_of(target):
            yield f"is {meant.address}"
            yield f"is {_KEY_AT_END.sub('', meant.address)}"
        elif isinstance(target, Open) and target.symbol in self._names:
            yield f"made {target.symbol}"

    def of(self, run: Run, bucket: Thing) -> Matched:
        """The configurations of a bucket."""
        name = name_of(run, bucket)
        marks = [f"is {bucket.address}"]
        marks += [f"named {name}"] if isinstance(name, str) else []
        marks += [f"made {name.symbol}"] if isinstance(name, Open) else []
        candidates: dict[Where, None] = {}
        for mark in marks:
            candidates |= self._by_mark.get(mark, {})
        matched = Matched(handed=next((self._handed[mark] for mark in marks if mark in self._handed), None))
        for where in candidates | self._unclear:
            found = where.find(run)
            if found is None:
                continue
            is_certain = self._match(target_of(run, found), found, name, bucket)
            if is_certain is not None:
                (matched.certain if is_certain else matched.possible).append(found)
        return matched

    def _targets(self, names: tuple[str, ...], resource: Resource, run: Run) -> list[tuple[Where, Value]]:
        return [
            (Where(thing.placed.way, resource, thing.each.key), target_of(run, thing))
            for thing in self._root.instances(run, names, resource)
        ]

    def _match(self, target: Value, configuration: Thing, name: Value, bucket: Thing) -> bool | None:
        """Whether it is certain; None where they have nothing to do with each other."""
        if isinstance(target, str):
            return True if target == name else None
        is_near = _are_near(configuration.placed, bucket.placed)
        if not isinstance(target, Open):
            return False if is_near else None  # Terraform refuses it: nobody knows what it is for
        if meant := bucket_of(target):
            if meant.address == bucket.address:
                return _are_as_many(configuration, bucket)
            return False if bucket.is_many and meant.address.startswith(f"{bucket.address}[") else None
        if isinstance(name, Open) and target.symbol and target.symbol == name.symbol:
            return _are_as_many(configuration, bucket)
        if target.symbol in self._names or not is_near:
            return None
        is_computed = bucket.block.body.attributes.get("bucket") is None
        return None if is_computed and target.symbol.startswith("var.") else False


def _parts_of_call(run: Run, placed: Placed, call: Declared) -> Iterator[Value]:
    """What a module is given, and what is in it."""
    for attribute in call.block.body.attributes.values():
        try:
            waiting = [
                run.value(attribute.expression, placed.scope(placed.module.path_of(attribute, call.path)))
            ]
        except Invalid:
            continue
        number = 0
        while waiting and number < _MOST_PARTS:
            number += 1
            value = waiting.pop()
            waiting += inside(value)
            yield value


def target_of(run: Run, configuration: Thing) -> Value:
    """What the `bucket` of a configuration comes to; None where Terraform would refuse it."""
    try:
        return run.attribute(configuration, "bucket")
    except Invalid:
        return None


def name_of(run: Run, bucket: Thing) -> Value:
    """The name of a bucket, as far as it is told."""
    try:
        return run.attribute(bucket, "name" if bucket.resource.type == TABLE_BUCKET else "bucket")
    except Invalid:
        return None


def _itself(value: Value) -> Value:
    """The bucket, where the whole instance is handed on."""
    if isinstance(value, Open) and value.meant is not None and not value.meant.attribute:
        return replace(value, meant=replace(value.meant, attribute="id"))
    return value


def bucket_of(value: Value) -> Meant | None:
    """The bucket that a value is, where it is exactly one of the code."""
    meant = value.meant if isinstance(value, Open) else None
    is_one = (
        meant
        and meant.type in BUCKETS
        and meant.attribute in _ITSELF
        and not _LOOKED_UP.search(_KEY_AT_END.sub("", meant.address))
    )
    return meant if is_one else None


def _are_near(one: Placed, other: Placed) -> bool:
    length = min(len(one.way), len(other.way))
    return one.way[:length] == other.way[:length]


def _are_as_many(configuration: Thing, bucket: Thing) -> bool:
    """Whether there is a configuration for every bucket, where one stands for many."""
    return _opened(configuration, bucket) == _opened(bucket, bucket)


def _opened(thing: Thing, bucket: Thing) -> set[str]:
    """What leaves it open how many there are."""
    found: set[str] = set()
    if thing.expanded.kind == "many":
        opened = thing.expanded.opened
        if opened is not None and opened.meant is not None and opened.meant.address == bucket.address:
            return _opened(bucket, bucket)
        found.add((opened.symbol if opened else "") or thing.address)
    placed: Placed | None = thing.placed
    while placed is not None:
        if placed.expanded.kind == "many":
            found.add((placed.expanded.opened.symbol if placed.expanded.opened else "") or placed.address)
        placed = placed.above
    return found
