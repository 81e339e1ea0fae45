"""Following an expression through modules, for_each and count to the instances that it may mean.

A plan tells of an expression only what it mentions, so the answer is a set: often of one.
"""

import re
from dataclasses import dataclass, field, replace

from s3kms.iac.terraform.instances import InstanceKey, InstanceValues, ModulePath, parse_instance_key
from s3kms.iac.terraform.json_document import at
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration, references_of

_WORDS = re.compile(r'[^.\[\]"]+|\[(?:"(?:[^"\\]|\\.)*"|\d{1,9})\]')
_INDICES = {"each.key", "each.value", "count.index"}
_SAME_KEY = "each.key"
_EACH_VALUE_ITSELF = "each.value."
"""Where it is the thing itself, and no index."""
_FOLLOWED = re.compile(r"aws_s3_bucket_[a-z_]+|aws_s3_bucket")
"""Resources that repeat the `bucket` they are for; and the data source."""
_FAR = 40
"""Steps from reference to reference; longer ways are not followed."""


@dataclass(frozen=True, slots=True)
class ReferenceTarget:
    """What is looked for at the end of an expression."""

    types: frozenset[str]
    attributes: frozenset[str]
    """Those that stand for the thing itself."""
    through: str | None = None
    """The attribute in which other resources repeat it."""


@dataclass(slots=True)
class ReferencedInstances:
    """What an expression may mean."""

    instances: dict[str, InstanceValues] = field(default_factory=dict)
    """By address."""
    is_unclear: bool = False
    """Whether something was mentioned that could not be followed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: in which instance of which module, and what each.key or count.index is there."""

    path: ModulePath
    key: InstanceKey
    for_each: tuple[str, ...] = ()
    steps: int = 0


def resolve_references(
    code: PlanConfiguration, instance: InstanceValues, wish: ReferenceTarget, *steps: str | int
) -> ReferencedInstances:
    """What the expression there may mean."""
    resource = code.resource(*instance.resource)
    place = _Place(instance.path, instance.key, references_of(at(resource, "for_each_expression")))
    search = _Search(code, wish)
    search.follow(references_of(at(resource, "expressions", *steps)), place)
    return search.found


def reachable_instances(
    code: PlanConfiguration, path: ModulePath, wish: ReferenceTarget
) -> dict[str, InstanceValues]:
    """What an expression in a module can mean by ways that a plan does not tell, a local value say, by address.

    That is what stands there and below, and what the call passes.
    """
    reach = {found.address: found for found in code.below(path, wish.types)}
    if path:
        call = code.call(path)
        place = _Place(path[:-1], path[-1][1], references_of(at(call, "for_each_expression")))
        search, passed = _Search(code, wish), at(call, "expressions")
        for expression in passed.values() if isinstance(passed, dict) else ():
            search.follow(references_of(expression), place)
        reach |= search.found.instances
        if search.found.is_unclear:
            reach |= reachable_instances(code, path[:-1], wish)
    return reach


@dataclass(slots=True)
class _Search:
    code: PlanConfiguration
    wish: ReferenceTarget
    found: ReferencedInstances = field(default_factory=ReferencedInstances)
    seen: set[tuple[str, bool, ModulePath, InstanceKey]] = field(default_factory=set)

    def follow(self, references: tuple[str, ...], place: _Place) -> None:
        by_index = any(reference in _INDICES for reference in references)
        if all(reference in _INDICES or reference.startswith("var.") for reference in references):
            references = tuple(_EACH_VALUE_ITSELF if item == "each.value" else item for item in references)
        for reference in references:
            mark = (reference, by_index, place.path, place.key)
            if mark in self.seen:
                continue
            self.seen.add(mark)
            if place.steps >= _FAR:
                self.found.is_unclear = True
                return
            self._step(reference, replace(place, steps=place.steps + 1), by_index)

    def _step(self, reference: str, place: _Place, by_index: bool) -> None:
        words = _WORDS.findall(reference)
        match words:
            case ["each", "value", *_] if reference != "each.value":
                self.follow((*place.for_each, _SAME_KEY), replace(place, for_each=()))
            case ["each" | "count" | "path" | "terraform" | "self", *_]:
                pass
            case ["var", name, *rest]:
                self._variable(name, rest, place)
            case ["module", name, *rest]:
                self._output(name, rest, place, by_index)
            case ["data", kind, name, *rest]:
                self._repeating(kind, name, rest, "data", place)
            case [kind, name, *rest] if kind in self.wish.types:
                self._wished(kind, name, rest, place, by_index)
            case [kind, name, *rest]:
                self._repeating(kind, name, rest, "managed", place)
            case _:
                self.found.is_unclear = True

    def _variable(self, name: str, rest: list[str], place: _Place) -> None:
        """To the call of the module. A variable of the root is known when a plan is made."""
        if not place.path:
            return
        call = self.code.call(place.path)
        passed = references_of(at(call, "expressions", name))
        above = _Place(
            place.path[:-1], place.path[-1][1], references_of(at(call, "for_each_expression")), place.steps
        )
        self._keyed(passed, rest, above)

    def _output(self, name: str, rest: list[str], place: _Place, by_index: bool) -> None:
        """Into the module. The index of one of its instances leaves no trace of which output it is."""
        children = self.code.children(place.path, name)
        key, rest = _key(rest)
        if key is not None:
            children = [path for path in children if path[-1][1] == key]
        elif not rest and by_index:
            children = [path for path in children if path[-1][1] == place.key] or children
        outputs = at(self.code.module((*place.path, (name, None))), "outputs")
        for output in rest[:1] or (outputs if isinstance(outputs, dict) else ()):
            references = references_of(at(outputs, output, "expression"))
            if by_index and rest:
                references = (*references, _SAME_KEY)
            for child in children:
                self._keyed(references, rest[1:], _Place(child, place.key, (), place.steps))

    def _keyed(self, references: tuple[str, ...], rest: list[str], place: _Place) -> None:
        """Of `var.ids["a"]`, the reference is to a whole, and the key is that of the instance."""
        key, _ = _key(rest)
        if key is not None:
            references, place = (*references, _SAME_KEY), replace(place, key=key)
        self.follow(references, place)

    def _wished(self, kind: str, name: str, rest: list[str], place: _Place, by_index: bool) -> None:
        key, rest = _key(rest)
        if rest and rest[0] not in self.wish.attributes:
            self.found.is_unclear = True  # something made of it: the name cut out of an ARN, say
        chosen = all_of = self.code.instances(place.path, kind, name)
        if key is not None:
            chosen = [instance for instance in all_of if instance.key == key]
        elif by_index:
            chosen = [instance for instance in all_of if instance.key == place.key] or all_of
        self.found.instances.update((instance.address, instance) for instance in chosen)

    def _repeating(self, kind: str, name: str, rest: list[str], mode: str, place: _Place) -> None:
        key, rest = _key(rest)
        through = self.wish.through
        code = self.code.resource(place.path, kind, name, mode)
        if (
            through is None
            or code is None
            or not _FOLLOWED.fullmatch(kind)
            or rest[:1] not in ([], ["id"], [through])
        ):
            self.found.is_unclear = True
            return
        inside = replace(
            place,
            key=place.key if key is None else key,
            for_each=references_of(at(code, "for_each_expression")),
        )
        self.follow(references_of(at(code, "expressions", through)), inside)


def _key(rest: list[str]) -> tuple[InstanceKey, list[str]]:
    """The index that an address begins with, and what comes after it."""
    if rest and rest[0].startswith("["):
        return parse_instance_key(rest[0][1:-1]), rest[1:]
    return None, rest
