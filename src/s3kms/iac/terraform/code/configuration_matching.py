"""Which encryption configuration of a root module is for which bucket: by reference, else by name."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.fair_shares import FairShares, Question
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Declaration, ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames, MissingModule
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.scope import Instances, ModuleInstance, ResourceInstance, qualify_address
from s3kms.iac.hcl.syntax_tree import GetAttribute, RootName
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.instance_identity import (
    KEY_AT_END,
    InstanceIdentity,
    evaluate_bucket_argument,
    evaluate_bucket_name,
    name_argument,
    referenced_bucket,
    without_keys,
)
from s3kms.iac.terraform.code.shared_names import SharedNames
from s3kms.iac.terraform.effective_default import MADE_ELSEWHERE, OF_UNKNOWN_NUMBER
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import TooManyWorlds
from s3kms.model.unknown import Unknown, UnknownCause

_MAX_PARTS_OF_ARGUMENT = 1000
_PART_FOR_NAMES = 4
"""The part of the steps that the names of all buckets may take."""

_Target = tuple[str, str]
"""What a bucket is looked up by: `("address", "aws_s3_bucket.b")`, `("name", "logs")` or `("symbol", "var.name")`."""


_Found = tuple[InstanceIdentity, Value]
"""An instance of a configuration, and its `bucket`."""


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
        names = list(self._names_of_buckets())
        self._shared_names = SharedNames(root, names)
        self._name_symbols = frozenset(
            name.symbol for _, name in names if isinstance(name, UnknownValue) and name.symbol
        )
        """What the names of buckets are made of, where they are not known."""
        self._beyond: Unknown | None = None
        """Why there may be more configurations than were found."""
        self._unread: dict[str, Unknown] = {}
        """By the address of a bucket without its key: why there may be more for it."""
        questions = [
            Question(partial(self._find_instances, *one), partial(self._give_up, *one))
            for one in root.resources(frozenset({ENCRYPTION_CONFIGURATION}))
        ]
        for identity, value in FairShares[_Found](root.loader.budget, root).answers(questions):
            self._note(identity, value)
        self._given_to_missing_modules = dict(self._find_given_to_missing_modules())

    def _find_instances(self, names: CallNames, resource: ResourceDeclaration) -> "list[_Found]":
        found: list[_Found] = []
        try:
            for instances in self._root.ask_of_instances(names, resource, self._evaluate_all):
                found += instances
        except TooManyWorlds as error:
            self._beyond = _describe_unread(error)
        return found

    def _give_up(
        self, names: CallNames, resource: ResourceDeclaration, error: BudgetExhausted
    ) -> "tuple[_Found, ...]":
        """Notes that there may be instances, for the bucket that is written there or, where none is, for any."""
        written, noted = _written_bucket(resource), False
        with suppress(BudgetExhausted), within_bounds():
            for module_instance in self._root.module_instances(self._root.undecided, names):
                if written is not None:
                    self._unread[qualify_address(module_instance, written)] = _describe_unread(error)
                    noted = True
        if not noted:
            self._beyond = _describe_unread(error)
        return ()

    def match(self, evaluation: Evaluation, bucket: ResourceInstance) -> MatchedConfigurations:
        """The configurations of a bucket."""
        name = evaluate_bucket_name(evaluation, bucket)
        targets: list[_Target] = [("address", bucket.address)]
        targets += [("address", without_keys(bucket.address))] if bucket.has_unknown_count else []
        targets += [("name", name)] if isinstance(name, str) else []
        targets += [("symbol", name.symbol)] if isinstance(name, UnknownValue) else []
        candidates: dict[InstanceIdentity, None] = {}
        for target in targets:
            candidates |= self._by_target.get(target, {})
        missing = self._given_to_missing_modules
        unread = next((missing[target] for target in targets if target in missing), None)
        unread = unread or self._unread.get(KEY_AT_END.sub("", bucket.address), self._beyond)
        matched = MatchedConfigurations(unread=unread)
        for identity in candidates | self._without_target:
            configuration = identity.find(evaluation)
            if configuration is None:
                continue
            value = self._argument(evaluation, configuration)
            is_certain = self._is_for(value, configuration, name, bucket)
            if is_certain is not None:
                (matched.certain if is_certain else matched.possible).append(configuration)
        self._matched.update(InstanceIdentity.of(one) for one in matched.certain or matched.possible)
        return matched

    def _evaluate_all(self, evaluation: Evaluation, instances: list[ResourceInstance]) -> "list[_Found]":
        """The instances of a configuration, each with the value of its `bucket`."""
        return [(InstanceIdentity.of(one), self._argument(evaluation, one)) for one in instances]

    def _argument(self, evaluation: Evaluation, configuration: ResourceInstance) -> Value:
        """What its `bucket` comes to; the bucket that it refers to, where the name of that takes too much."""
        value = evaluate_bucket_argument(evaluation, configuration)
        if isinstance(value, UnknownValue) and value.unknown.cause is UnknownCause.BUDGET:
            found = self._shared_names.argument_without_names(InstanceIdentity.of(configuration))
            return found if referenced_bucket(found) else value
        return value

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
            if value != name:
                return None
            referenced = self._shared_names.referenced_address(configuration, value)
            return _are_as_many(configuration, bucket) if referenced in {None, bucket.address} else None
        is_near = _are_on_one_path(configuration.module_instance, bucket.module_instance)
        if not isinstance(value, UnknownValue):
            return False if is_near else None  # it is rejected, so that nothing says what it is for
        if reference := referenced_bucket(value):
            if reference.address == bucket.address:
                return _are_as_many(configuration, bucket)
            is_one_of = without_keys(reference.address) == without_keys(bucket.address)
            return False if is_one_of and bucket.has_unknown_count else None
        if isinstance(name, UnknownValue) and value.symbol and value.symbol == name.symbol:
            return _are_as_many(configuration, bucket)
        if value.symbol in self._name_symbols or not is_near:
            return None
        is_computed = bucket.block.body.attributes.get(name_argument(bucket)) is None
        return None if is_computed and value.symbol.startswith("var.") else False

    def _names_of_buckets(self) -> Iterator[tuple[str, Value]]:
        """The name of every bucket by its address; without those that take too much."""
        budget = self._root.loader.budget
        questions = [
            Question(partial(self._names_of, *one), lambda _: ())
            for one in self._root.resources(BUCKET_TYPES)
        ]
        with budget.part(budget.left // _PART_FOR_NAMES):
            yield from FairShares[tuple[str, Value]](budget, self._root).answers(questions)

    def _names_of(self, names: CallNames, resource: ResourceDeclaration) -> list[tuple[str, Value]]:
        undecided = self._root.undecided
        return [
            (bucket.address, evaluate_bucket_name(undecided, bucket))
            for bucket in self._root.instances(undecided, names, resource)
        ]

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
            yield "address", without_keys(reference.address)
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


def _describe_unread(error: BudgetExhausted) -> Unknown:
    why = f"there may be a configuration for it that was not found: {error.why}"
    return Unknown(UnknownCause.BUDGET, why, CHECK_PLAN)


def caveat_of_configuration(root: RootModule, configuration: ResourceInstance) -> str:
    """That the bucket of a configuration is made elsewhere; or which it is, where it is declared beside it."""
    written = _written_bucket(configuration.resource)
    module = tuple(name for name, _ in configuration.module_instance.module_path)
    is_beside = any(
        tuple(names) == module and bucket.address == written for names, bucket in root.resources(BUCKET_TYPES)
    )
    return OF_UNKNOWN_NUMBER.format(bucket=written) if is_beside else MADE_ELSEWHERE


def _written_bucket(configuration: ResourceDeclaration) -> str | None:
    """The address, within its module, of the bucket that the text of a configuration names; None for none."""
    attribute = configuration.declared.block.body.attributes.get("bucket")
    expression = attribute.expression if attribute else None
    match expression:
        case GetAttribute(of=GetAttribute(of=RootName(name=kind), name=name)) if kind in BUCKET_TYPES:
            return f"{kind}.{name}"
    return None


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
