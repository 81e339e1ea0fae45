"""The resource instances that an expression of a plan may refer to, through modules, for_each and count.

A plan has of an expression only the references in it, so the answer is a set: often of one.
"""

import re
from dataclasses import dataclass, field, replace

from s3kms.iac.hcl.scope import InstanceKey, ModulePath
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import value_at
from s3kms.iac.terraform.plan_and_state.instances import parse_instance_key
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration, references_of

_STEPS_PATTERN = re.compile(r'[^.\[\]"]+|\[(?:"(?:[^"\\]|\\.)*"|\d{1,9})\]')
_INDICES = {"each.key", "each.value", "count.index"}
_SAME_KEY = "each.key"
_EACH_VALUE_ITSELF = "each.value."
"""`each.value` where it is the resource itself, and not an index."""
_REPEATS_BUCKET = re.compile(r"aws_s3_bucket_[a-z_]+|aws_s3_bucket")
"""The types of resources that have the `bucket` they are for as an attribute; and of the data source."""
_MAX_REFERENCE_STEPS = 40
"""Steps from reference to reference that are followed."""


@dataclass(frozen=True, slots=True)
class ReferenceTarget:
    """What is looked for at the end of an expression."""

    types: frozenset[str]
    attributes: frozenset[str]
    """Attributes that identify the instance: a reference to one of them refers to the instance itself."""
    through: str | None = None
    """The attribute under which other resources repeat that identity."""


@dataclass(slots=True)
class ReferencedInstances:
    """What an expression may refer to."""

    instances: dict[str, InstanceValues] = field(default_factory=dict)
    """By address."""
    is_unclear: bool = False
    """Whether it has a reference that could not be followed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: in which instance of which module, and what each.key or count.index is there."""

    path: ModulePath
    key: InstanceKey
    for_each: tuple[str, ...] = ()
    steps: int = 0


def resolve_references(
    code: PlanConfiguration, instance: InstanceValues, target: ReferenceTarget, *path: str | int
) -> ReferencedInstances:
    """The instances of the target's types that the expression at a path of an instance may refer to."""
    resource = code.resource(*instance.resource)
    place = _Place(instance.path, instance.key, references_of(value_at(resource, "for_each_expression")))
    search = _Search(code, target)
    search.follow(references_of(value_at(resource, "expressions", *path)), place)
    return search.found


def reachable_instances(
    code: PlanConfiguration, path: ModulePath, target: ReferenceTarget
) -> dict[str, InstanceValues]:
    """The instances, by address, that an expression in a module can refer to in ways that a plan does not show,
    through a local value for example: those in the module and below it, and those that its call passes.
    """
    reach = {found.address: found for found in code.below(path, target.types)}
    if path:
        call = code.call(path)
        place = _Place(path[:-1], path[-1][1], references_of(value_at(call, "for_each_expression")))
        search, passed = _Search(code, target), value_at(call, "expressions")
        for expression in passed.values() if isinstance(passed, dict) else ():
            search.follow(references_of(expression), place)
        reach |= search.found.instances
        if search.found.is_unclear:
            reach |= reachable_instances(code, path[:-1], target)
    return reach


@dataclass(slots=True)
class _Search:
    code: PlanConfiguration
    target: ReferenceTarget
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
            if place.steps >= _MAX_REFERENCE_STEPS:
                self.found.is_unclear = True
                return
            self._step(reference, replace(place, steps=place.steps + 1), by_index)

    def _step(self, reference: str, place: _Place, by_index: bool) -> None:
        words = _STEPS_PATTERN.findall(reference)
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
            case [kind, name, *rest] if kind in self.target.types:
                self._instances_of(kind, name, rest, place, by_index)
            case [kind, name, *rest]:
                self._repeating(kind, name, rest, "managed", place)
            case _:
                self.found.is_unclear = True

    def _variable(self, name: str, rest: list[str], place: _Place) -> None:
        """To the call of the module. A variable of the root is known when a plan is made."""
        if not place.path:
            return
        call = self.code.call(place.path)
        passed = references_of(value_at(call, "expressions", name))
        above = _Place(
            place.path[:-1],
            place.path[-1][1],
            references_of(value_at(call, "for_each_expression")),
            place.steps,
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
        outputs = value_at(self.code.module((*place.path, (name, None))), "outputs")
        for output in rest[:1] or (outputs if isinstance(outputs, dict) else ()):
            references = references_of(value_at(outputs, output, "expression"))
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

    def _instances_of(self, kind: str, name: str, rest: list[str], place: _Place, by_index: bool) -> None:
        key, rest = _key(rest)
        if rest and rest[0] not in self.target.attributes:
            self.found.is_unclear = True  # something made of it: the name cut out of an ARN, say
        chosen = all_of = self.code.instances(place.path, kind, name)
        if key is not None:
            chosen = [instance for instance in all_of if instance.key == key]
        elif by_index:
            chosen = [instance for instance in all_of if instance.key == place.key] or all_of
        self.found.instances.update((instance.address, instance) for instance in chosen)

    def _repeating(self, kind: str, name: str, rest: list[str], mode: str, place: _Place) -> None:
        key, rest = _key(rest)
        through = self.target.through
        code = self.code.resource(place.path, kind, name, mode)
        if (
            through is None
            or code is None
            or not _REPEATS_BUCKET.fullmatch(kind)
            or rest[:1] not in ([], ["id"], [through])
        ):
            self.found.is_unclear = True
            return
        inside = replace(
            place,
            key=place.key if key is None else key,
            for_each=references_of(value_at(code, "for_each_expression")),
        )
        self.follow(references_of(value_at(code, "expressions", through)), inside)


def _key(rest: list[str]) -> tuple[InstanceKey, list[str]]:
    """The index that an address begins with, and what comes after it."""
    if rest and rest[0].startswith("["):
        return parse_instance_key(rest[0][1:-1]), rest[1:]
    return None, rest
