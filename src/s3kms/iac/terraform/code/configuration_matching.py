"""Which encryption configuration is for which bucket: by reference, else by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Declaration, ResourceDeclaration
from s3kms.iac.hcl.module_loader import MissingModule
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.scope import InstanceKey, ModuleInstance, ModulePath, ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION, TABLE_BUCKET
from s3kms.iac.values import Reference, Rejected, UnknownValue
from s3kms.model.unknown import Unknown

_KEY_AT_END = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
_LOOKED_UP = re.compile(r"(?:^|(?<!^module)(?<!\.module)\.)data\.\w+\.[^.\]]+$")
"""The end of the address of a data source, in whichever module; one of a module may be `data`, too."""
_ITSELF = frozenset({"id", "bucket"})
_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class InstanceIdentity:
    """An instance of a resource, in whichever world it is there."""

    module_path: ModulePath
    resource: ResourceDeclaration
    key: InstanceKey

    def find(self, run: Evaluation) -> ResourceInstance | None:
        """It, if it is there in this run."""
        return run.find_resource_instance(self.module_path, self.resource, self.key)


@dataclass(slots=True)
class MatchedConfigurations:
    """The configurations of one bucket, in one run."""

    certain: list[ResourceInstance] = field(default_factory=list)
    possible: list[ResourceInstance] = field(default_factory=list)
    """The code does not tell whether they are for this bucket."""
    handed: Unknown | None = None
    """Why a module that is given the bucket is not there: it may have a configuration for it."""


class ConfigurationMatcher:
    """Of a root module. What a configuration may be for in any world is looked up once."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._by_mark: dict[str, dict[InstanceIdentity, None]] = {}
        self._unclear: dict[InstanceIdentity, None] = {}
        self._names = frozenset(self._open_names())
        for names, resource in root.resources(frozenset({ENCRYPTION_CONFIGURATION})):
            for _, found in root.worlds(partial(self._targets, names, resource)):
                for where, target in found:
                    self._note(where, target)
        self._handed = dict(self._handed_on())

    def _handed_on(self) -> Iterator[tuple[str, Unknown]]:
        """The buckets that modules are given which are not there, as they are looked for."""
        run, loader = self._root.undecided, self._root.loader
        for names, module in self._root.modules:
            for name, call in module.calls.items():
                found = loader.load_called_module((*names, name), module, call)
                if not isinstance(found, MissingModule):
                    continue
                for module_instance in self._root.module_instances(run, names):
                    for part in _parts_of_call(run, module_instance, call):
                        for mark in self._marks_of(_itself(part)):
                            yield mark, found.unknown

    def _open_names(self) -> Iterator[str]:
        """What the names of buckets are made of, where they are open."""
        for names, resource in self._root.resources(BUCKET_TYPES):
            for bucket in self._root.instances(self._root.undecided, names, resource):
                name = evaluate_bucket_name(self._root.undecided, bucket)
                if isinstance(name, UnknownValue) and name.symbol:
                    yield name.symbol

    def _note(self, where: InstanceIdentity, target: Value) -> None:
        marks = list(self._marks_of(target))
        for mark in marks:
            self._by_mark.setdefault(mark, {})[where] = None
        if not marks:
            self._unclear[where] = None

    def _marks_of(self, target: Value) -> Iterator[str]:
        """Under what the buckets look for it that it may be for."""
        if isinstance(target, str):
            yield f"named {target}"
        elif reference := referenced_bucket(target):
            yield f"is {reference.address}"
            yield f"is {_KEY_AT_END.sub('', reference.address)}"
        elif isinstance(target, UnknownValue) and target.symbol in self._names:
            yield f"made {target.symbol}"

    def of(self, run: Evaluation, bucket: ResourceInstance) -> MatchedConfigurations:
        """The configurations of a bucket."""
        name = evaluate_bucket_name(run, bucket)
        marks = [f"is {bucket.address}"]
        marks += [f"named {name}"] if isinstance(name, str) else []
        marks += [f"made {name.symbol}"] if isinstance(name, UnknownValue) else []
        candidates: dict[InstanceIdentity, None] = {}
        for mark in marks:
            candidates |= self._by_mark.get(mark, {})
        matched = MatchedConfigurations(
            handed=next((self._handed[mark] for mark in marks if mark in self._handed), None)
        )
        for where in candidates | self._unclear:
            found = where.find(run)
            if found is None:
                continue
            is_certain = self._match(evaluate_target(run, found), found, name, bucket)
            if is_certain is not None:
                (matched.certain if is_certain else matched.possible).append(found)
        return matched

    def _targets(
        self, names: tuple[str, ...], resource: ResourceDeclaration, run: Evaluation
    ) -> list[tuple[InstanceIdentity, Value]]:
        return [
            (
                InstanceIdentity(
                    resource_instance.module_instance.module_path, resource, resource_instance.repetition.key
                ),
                evaluate_target(run, resource_instance),
            )
            for resource_instance in self._root.instances(run, names, resource)
        ]

    def _match(
        self, target: Value, configuration: ResourceInstance, name: Value, bucket: ResourceInstance
    ) -> bool | None:
        """Whether it is certain; None where they have nothing to do with each other."""
        if isinstance(target, str):
            return True if target == name else None
        is_near = _are_near(configuration.module_instance, bucket.module_instance)
        if not isinstance(target, UnknownValue):
            return False if is_near else None  # Terraform refuses it: nobody knows what it is for
        if reference := referenced_bucket(target):
            if reference.address == bucket.address:
                return _are_as_many(configuration, bucket)
            return (
                False
                if bucket.has_unknown_count and reference.address.startswith(f"{bucket.address}[")
                else None
            )
        if isinstance(name, UnknownValue) and target.symbol and target.symbol == name.symbol:
            return _are_as_many(configuration, bucket)
        if target.symbol in self._names or not is_near:
            return None
        is_computed = bucket.block.body.attributes.get("bucket") is None
        return None if is_computed and target.symbol.startswith("var.") else False


def _parts_of_call(run: Evaluation, module_instance: ModuleInstance, call: Declaration) -> Iterator[Value]:
    """What a module is given, and what is in it."""
    for attribute in call.block.body.attributes.values():
        try:
            waiting = [
                run.value(
                    attribute.expression,
                    module_instance.scope(module_instance.module.path_of(attribute, call.path)),
                )
            ]
        except Rejected:
            continue
        number = 0
        while waiting and number < _MOST_PARTS:
            number += 1
            value = waiting.pop()
            waiting += list_elements(value)
            yield value


def evaluate_target(run: Evaluation, configuration: ResourceInstance) -> Value:
    """What the `bucket` of a configuration comes to; None where Terraform would refuse it."""
    try:
        return run.attribute(configuration, "bucket")
    except Rejected:
        return None


def evaluate_bucket_name(run: Evaluation, bucket: ResourceInstance) -> Value:
    """The name of a bucket, as far as it is told."""
    try:
        return run.attribute(bucket, "name" if bucket.resource.type == TABLE_BUCKET else "bucket")
    except Rejected:
        return None


def _itself(value: Value) -> Value:
    """The bucket, where the whole instance is handed on."""
    if isinstance(value, UnknownValue) and value.reference is not None and not value.reference.attribute:
        return replace(value, reference=replace(value.reference, attribute="id", is_never_empty=True))
    return value


def referenced_bucket(value: Value) -> Reference | None:
    """The bucket that a value is, where it is exactly one of the code."""
    reference = value.reference if isinstance(value, UnknownValue) else None
    is_one = (
        reference
        and reference.type in BUCKET_TYPES
        and reference.attribute in _ITSELF
        and not _LOOKED_UP.search(_KEY_AT_END.sub("", reference.address))
    )
    return reference if is_one else None


def _are_near(one: ModuleInstance, other: ModuleInstance) -> bool:
    length = min(len(one.module_path), len(other.module_path))
    return one.module_path[:length] == other.module_path[:length]


def _are_as_many(configuration: ResourceInstance, bucket: ResourceInstance) -> bool:
    """Whether there is a configuration for every bucket, where one stands for many."""
    return _opened(configuration, bucket) == _opened(bucket, bucket)


def _opened(resource_instance: ResourceInstance, bucket: ResourceInstance) -> set[str]:
    """What leaves it open how many there are."""
    found: set[str] = set()
    if resource_instance.expansion.kind == "many":
        unknown_value = resource_instance.expansion.unknown_value
        if (
            unknown_value is not None
            and unknown_value.reference is not None
            and unknown_value.reference.address == bucket.address
        ):
            return _opened(bucket, bucket)
        found.add((unknown_value.symbol if unknown_value else "") or resource_instance.address)
    module_instance: ModuleInstance | None = resource_instance.module_instance
    while module_instance is not None:
        if module_instance.expansion.kind == "many":
            found.add(
                (
                    module_instance.expansion.unknown_value.symbol
                    if module_instance.expansion.unknown_value
                    else ""
                )
                or module_instance.address
            )
        module_instance = module_instance.caller
    return found
