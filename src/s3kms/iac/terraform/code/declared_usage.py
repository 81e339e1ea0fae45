"""What the code of a root module says of the use of its buckets, in every world that it may come out in."""

from collections.abc import Iterator
from dataclasses import replace

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.bucket_settings import (
    ATTACHMENTS,
    KEY_POLICIES,
    SETTINGS,
    find_key_policies,
    find_roles,
    find_settings,
)
from s3kms.iac.terraform.code.instance_identity import (
    KEY_AT_END,
    evaluate_bucket_name,
    without_keys,
)
from s3kms.iac.terraform.code.log_senders import SENDERS, find_deliveries
from s3kms.iac.terraform.code.resource_blocks import ResourceBlock
from s3kms.iac.terraform.resource_types import BUCKET, BUCKET_TYPES
from s3kms.iac.usage_index import BucketTarget, FoundUsage, UsageIndex, target_of_text
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import TooManyWorlds
from s3kms.model.usage import BucketUsage

_TYPES = frozenset({*SENDERS, *SETTINGS, *KEY_POLICIES, *ATTACHMENTS})


class DeclaredUsage:
    """The use of the buckets of a root module."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._index = UsageIndex()
        try:
            with within_bounds():
                for names, resource in root.resources(_TYPES):
                    self._explore(names, resource)
        except BudgetExhausted as error:
            self._index.unread = error.unknown(CHECK_PLAN)

    def of(self, bucket: ResourceInstance) -> BucketUsage:
        """What one bucket is used for."""
        targets = [BucketTarget(address=bucket.address)]
        if name := canonical_text(evaluate_bucket_name(self._root.undecided, bucket)):
            targets.append(BucketTarget(name=name))
        return self._index.usage_of(targets)

    def _explore(self, names: CallNames, resource: ResourceDeclaration) -> None:
        """Every world is asked; what only some of them say is not certain."""
        worlds: list[list[FoundUsage]] = []
        try:
            worlds.extend(self._root.ask_of_instances(names, resource, _read_instances))
        except TooManyWorlds as error:
            self._index.unread = error.unknown(CHECK_PLAN)
        self._index.collect(worlds)


def _read_instances(evaluation: Evaluation, instances: list[ResourceInstance]) -> list[FoundUsage]:
    return [found for instance in instances for found in _read_instance(evaluation, instance)]


def _read_instance(evaluation: Evaluation, instance: ResourceInstance) -> Iterator[FoundUsage]:
    block, kind, address = ResourceBlock.of(evaluation, instance), instance.resource.type, instance.address
    if instance.has_unknown_count:
        block = replace(block, is_certain=False)
    for target, delivery in find_deliveries(block, kind, address):
        yield FoundUsage(tuple(targets_of(target)), delivery)
    if kind in SETTINGS:
        own = (BucketTarget(address=address),) if kind == BUCKET else tuple(_targets_of_setting(block))
        for fact in find_settings(block, kind, address):
            yield FoundUsage(own, fact)
    for of_role in find_roles(block, kind, address):
        yield FoundUsage((), None, of_role=of_role)
    if kind in KEY_POLICIES:
        for policy in find_key_policies(block, address):
            yield FoundUsage((), None, policy)


def _targets_of_setting(block: ResourceBlock) -> Iterator[BucketTarget]:
    try:
        value = block.evaluator.value(block.body.attributes["bucket"].expression, block.scope)
    except (KeyError, Rejected):
        return
    yield from targets_of(value)


def targets_of(value: Value) -> Iterator[BucketTarget]:
    """The buckets that a value may mean: a name, an ARN, a domain name, or an attribute of a declared bucket."""
    parts = value.parts or (value,) if isinstance(value, UnknownValue) else ()
    for part in parts:
        reference = part.reference if isinstance(part, UnknownValue) else None
        if reference is not None and reference.type in BUCKET_TYPES:
            yield BucketTarget(address=reference.address)
            yield BucketTarget(address=KEY_AT_END.sub("", reference.address))
            yield BucketTarget(address=without_keys(reference.address))
            return
    if text := canonical_text(value):
        yield target_of_text(text)


def canonical_text(value: Value) -> str:
    """A text in which `${…}` stands for what is open; the same for values that are made alike. Empty for none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, UnknownValue):
        return ""
    pieces = [part if isinstance(part, str) else f"${{{part.symbol}}}" for part in value.parts or (value,)]
    return "" if "${}" in pieces else "".join(pieces)
