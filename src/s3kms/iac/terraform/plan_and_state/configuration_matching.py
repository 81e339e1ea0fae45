"""Which encryption configuration is for which bucket."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from s3kms.iac.terraform.instances import BUCKETS, ENCRYPTION, InstanceValues
from s3kms.iac.terraform.json_document import is_marked
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration
from s3kms.iac.terraform.plan_and_state.references import (
    ReferencedInstances,
    ReferenceTarget,
    reachable_instances,
    resolve_references,
)

BUCKET_REFERENCE = ReferenceTarget(BUCKETS, frozenset({"id", "bucket"}), through="bucket")


@dataclass(slots=True)
class BucketConfigurations:
    """The configurations of one bucket."""

    certain: list[InstanceValues] = field(default_factory=list)
    possible: list[InstanceValues] = field(default_factory=list)
    """The file does not tell whether they are for this bucket."""


def match_configurations(
    instances: Iterable[InstanceValues], configuration: PlanConfiguration | None
) -> dict[str, BucketConfigurations]:
    """By the name where it is known, which it is in every state; else by what the code refers to."""
    buckets = {found.address: found for found in instances if found.type in BUCKETS}
    joined = {address: BucketConfigurations() for address in buckets}
    by_name = _by_name(buckets.values())
    in_doubt: dict[object, list[tuple[InstanceValues, ReferencedInstances]]] = {}
    for found in instances:
        if found.type != ENCRYPTION:
            continue
        name = found.values.get("bucket")
        if isinstance(name, str) and name:
            for address in by_name.get(name, ()):
                joined[address].certain.append(found)
        elif configuration is not None:
            meant = resolve_references(configuration, found, BUCKET_REFERENCE, "bucket")
            in_doubt.setdefault(found.resource, []).append((found, meant))
    for group in in_doubt.values():
        if configuration is not None:
            _by_reference(group, joined, buckets, configuration)
    return joined


def _by_name(buckets: Iterable[InstanceValues]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for bucket in buckets:
        for name in (bucket.values.get("bucket"), bucket.values.get("id")):
            if isinstance(name, str) and name:
                names.setdefault(name, set()).add(bucket.address)
    return names


def _by_reference(
    group: list[tuple[InstanceValues, ReferencedInstances]],
    joined: dict[str, BucketConfigurations],
    buckets: dict[str, InstanceValues],
    configuration: PlanConfiguration,
) -> None:
    """The instances of one resource. As many as there are buckets, all alike: which is for which does not matter."""
    meant = {address for _, found in group for address in found.instances}
    alike = len(group) == len(meant) and all(_rules(group[0][0]) == _rules(one) for one, _ in group)
    clear = not any(found.is_unclear for _, found in group)
    if alike and clear and not all(len(found.instances) == 1 for _, found in group):
        for address, (one, _) in zip(sorted(meant), group, strict=True):
            joined[address].certain.append(one)
        return
    for one, found in group:
        if len(found.instances) == 1 and not found.is_unclear:
            joined[next(iter(found.instances))].certain.append(one)
            continue
        addresses = set(found.instances)
        if found.is_unclear or not addresses:
            addresses |= set(reachable_instances(configuration, one.path, BUCKET_REFERENCE))
        for address in addresses:
            # A name that is known would have made the configuration's known, too.
            if is_marked(buckets[address].unknown, "id"):
                joined[address].possible.append(one)


def _rules(instance: InstanceValues) -> tuple[object, object]:
    marks = instance.unknown
    return instance.values.get("rule"), marks.get("rule") if isinstance(marks, dict) else marks
