"""Which encryption configuration of a root module is for which bucket: by reference, else by name."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.module_loader import MissingModule
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.scope import Instances, ModuleInstance, ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.instance_identity import (
    KEY_AT_END,
    InstanceIdentity,
    evaluate_bucket_argument,
    evaluate_bucket_name,
    name_argument,
    referenced_bucket,
)
from s3kms.iac.terraform.code.shared_names import SharedNames
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import TooManyWorlds
from s3kms.model.unknown import Unknown, UnknownCause

_MAX_PARTS_OF_ARGUMENT = 1000

_Target = tuple[str, str]
"""What a bucket is looked up by: `("address", "aws_s3_bucket.b")`, `("name", "logs")` or `("symbol", "var.name")`."""


@dataclass(slots=True)
class MatchedConfigurations:
    """The encryption configurations of one bucket, in one evaluation."""

    certain: list[ResourceInstance] = field(default_factory=list)
    possible: list[ResourceInstance] = field(default_factory=list)
    """The code does not show whether they are for this bucket."""
    unread: Unknown | None = None
    """Why there may be another: a module that is given the bucket is not there, or the code leaves too much open."""


class ConfigurationMatcher:
    """Matches the configurations of a root module. What each may be for in any world is looked up once."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._by_target: dict[_Target, dict[InstanceIdentity, None]] = {}
        self._without_target: dict[InstanceIdentity, None] = {}
        self._matched = set[InstanceIdentity]()
        self._shared_names = SharedNames(root)
        self._name_symbols = frozenset(self._symbols_of_names())
        self._beyond: Unknown | None = None
        """Why there may be more configurations than were found."""
        for names, resource in root.resources(frozenset({ENCRYPTION_CONFIGURATION})):
            try:
                for found in root.ask_of_instances(names, resource, _evaluate_all):
                    for identity, value in found:
                        self._note(identity, value)
            except TooManyWorlds as error:
                why = f"there may be a configuration for it that was not found: {error.why}"
                self._beyond = Unknown(UnknownCause.BUDGET, why, CHECK_PLAN)
        self._given_to_missing_modules = dict(self._find_given_to_missing_modules())

    def match(self, evaluation: Evaluation, bucket: ResourceInstance) -> MatchedConfigurations:
        """The configurations of a bucket."""
        name = evaluate_bucket_name(evaluation, bucket)
        targets: list[_Target] = [("address", bucket.address)]
        targets += [("name", name)] if isinstance(name, str) else []
        targets += [("symbol", name.symbol)] if isinstance(name, UnknownValue) else []
        candidates: dict[InstanceIdentity, None] = {}
        for target in targets:
            candidates |= self._by_target.get(target, {})
        missing = self._given_to_missing_modules
        matched = MatchedConfigurations(
            unread=next((missing[target] for target in targets if target in missing), self._beyond)
        )
        for identity in candidates | self._without_target:
            configuration = identity.find(evaluation)
            if configuration is None:
                continue
            value = evaluate_bucket_argument(evaluation, configuration)
            is_certain = self._is_for(value, configuration, name, bucket)
            if is_certain is not None:
                (matched.certain if is_certain else matched.possible).append(configuration)
        self._matched.update(InstanceIdentity.of(one) for one in matched.certain or matched.possible)
        return matched

    def is_matched(self, configuration: InstanceIdentity) -> bool:
        """Whether some bucket that was looked up has it, or may have it."""
        return configuration in self._matched

    def _is_for(
        self, value: Value, configuration: ResourceInstance, name: Value, bucket: ResourceInstance
    ) -> bool | None:
        """Whether a configuration whose `bucket` has this value is certain to be for the bucket of that name; None
        where they have nothing to do with each other.
        """
        if isinstance(value, str):
            referenced = self._shared_names.referenced_address(configuration, value)
            return True if value == name and referenced in {None, bucket.address} else None
        is_near = _are_on_one_path(configuration.module_instance, bucket.module_instance)
        if not isinstance(value, UnknownValue):
            return False if is_near else None  # it is rejected, so that nothing says what it is for
        if reference := referenced_bucket(value):
            if reference.address == bucket.address:
                return _are_as_many(configuration, bucket)
            is_one_of = bucket.has_unknown_count and reference.address.startswith(f"{bucket.address}[")
            return False if is_one_of else None
        if isinstance(name, UnknownValue) and value.symbol and value.symbol == name.symbol:
            return _are_as_many(configuration, bucket)
        if value.symbol in self._name_symbols or not is_near:
            return None
        is_computed = bucket.block.body.attributes.get(name_argument(bucket)) is None
        return None if is_computed and value.symbol.startswith("var.") else False

    def _symbols_of_names(self) -> Iterator[str]:
        """What the names of buckets are made of, where they are not known."""
        undecided = self._root.undecided
        for names, resource in self._root.resources(BUCKET_TYPES):
            for bucket in self._root.instances(undecided, names, resource):
                name = evaluate_bucket_name(undecided, bucket)
                if isinstance(name, UnknownValue) and name.symbol:
                    yield name.symbol

    def _note(self, identity: InstanceIdentity, value: Value) -> None:
        targets = list(self._targets_of(value))
        for target in targets:
            self._by_target.setdefault(target, {})[identity] = None
        if not targets:
            self._without_target[identity] = None

    def _targets_of(self, value: Value) -> Iterator[_Target]:
        """What buckets are looked up by for which the value of a `bucket` argument may stand."""
        if isinstance(value, str):
            yield "name", value
        elif reference := referenced_bucket(value):
            yield "address", reference.address
            yield "address", KEY_AT_END.sub("", reference.address)
        elif isinstance(value, UnknownValue) and value.symbol in self._name_symbols:
            yield "symbol", value.symbol

    def _find_given_to_missing_modules(self) -> Iterator[tuple[_Target, Unknown]]:
        """The buckets that are given to modules that are not there, each with why the module is not."""
        undecided, loader = self._root.undecided, self._root.loader
        for names, module in self._root.modules:
            for name, call in module.calls.items():
                found = loader.load_called_module((*names, name), module, call)
                if not isinstance(found, MissingModule):
                    continue
                for caller in self._root.module_instances(undecided, names):
                    for part in _parts_of_arguments(undecided, caller, call):
                        for target in self._targets_of(_as_identity(part)):
                            why = f"a module that is given the bucket may have its configuration: {found.unknown.why}"
                            yield target, replace(found.unknown, why=why)


def _evaluate_all(
    evaluation: Evaluation, instances: list[ResourceInstance]
) -> list[tuple[InstanceIdentity, Value]]:
    """The instances of a configuration, each with the value of its `bucket`."""
    return [(InstanceIdentity.of(one), evaluate_bucket_argument(evaluation, one)) for one in instances]


def _parts_of_arguments(evaluation: Evaluation, caller: ModuleInstance, call: Declaration) -> Iterator[Value]:
    """The values that a call gives to its module, and the elements in them."""
    for attribute in call.block.body.attributes.values():
        scope = caller.scope(caller.module.path_of(attribute, call.path))
        try:
            waiting = [evaluation.value(attribute.expression, scope)]
        except Rejected:
            continue
        number = 0
        while waiting and number < _MAX_PARTS_OF_ARGUMENT:
            number += 1
            value = waiting.pop()
            waiting += list_elements(value)
            yield value


def _as_identity(value: Value) -> Value:
    """A reference to a whole instance as one to its id; any other value as it is."""
    if isinstance(value, UnknownValue) and value.reference is not None and not value.reference.attribute:
        return replace(value, reference=replace(value.reference, attribute="id", is_never_empty=True))
    return value


def _are_on_one_path(one: ModuleInstance, other: ModuleInstance) -> bool:
    """Whether one of two modules is the other, or stands within it."""
    length = min(len(one.module_path), len(other.module_path))
    return one.module_path[:length] == other.module_path[:length]


def _are_as_many(configuration: ResourceInstance, bucket: ResourceInstance) -> bool:
    """Whether there is a configuration for every bucket, where one instance stands for many."""
    return _sources_of_count(configuration, bucket) == _sources_of_count(bucket, bucket)


def _sources_of_count(instance: ResourceInstance, bucket: ResourceInstance) -> set[str]:
    """The symbols that decide how many instances there are, where that is not known."""
    found: set[str] = set()
    if instance.expansion.kind == "many":
        value = instance.expansion.unknown_value
        if value is not None and value.reference is not None and value.reference.address == bucket.address:
            return _sources_of_count(bucket, bucket)
        found.add(_symbol_of_count(instance.expansion) or instance.address)
    module_instance: ModuleInstance | None = instance.module_instance
    while module_instance is not None:
        if module_instance.expansion.kind == "many":
            found.add(_symbol_of_count(module_instance.expansion) or module_instance.address)
        module_instance = module_instance.caller
    return found


def _symbol_of_count(expansion: Instances) -> str:
    return expansion.unknown_value.symbol if expansion.unknown_value else ""
