"""Which encryption configuration of a plan or a state is for which bucket."""

from collections.abc import Iterable

from s3kms.iac.terraform.effective_default import BucketConfigurations
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import is_marked
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration
from s3kms.iac.terraform.plan_and_state.references import (
    ReferencedInstances,
    ReferenceTarget,
    reachable_instances,
    resolve_references,
)
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION

_BUCKET_REFERENCE = ReferenceTarget(
    BUCKET_TYPES, frozenset({"id", "bucket", "bucket_name"}), through="bucket"
)


def match_configurations(
    instances: Iterable[InstanceValues], code: PlanConfiguration | None
) -> dict[str, BucketConfigurations]:
    """The configurations of each bucket, by its address: matched by the bucket's name where it is known, which it is
    in every state, and where several share it by the reference; else by what the code of the plan refers to.
    """
    buckets = {found.address: found for found in instances if found.type in BUCKET_TYPES}
    matched = {address: BucketConfigurations() for address in buckets}
    by_name = _addresses_by_name(buckets.values())
    unnamed: dict[object, list[tuple[InstanceValues, ReferencedInstances]]] = {}
    for found in instances:
        if found.type != ENCRYPTION_CONFIGURATION:
            continue
        name = found.values.get("bucket")
        if isinstance(name, str) and name:
            for address in _referenced_of(by_name.get(name, set()), found, code):
                matched[address].certain.append(found)
        elif code is not None:
            referenced = resolve_references(code, found, _BUCKET_REFERENCE, "bucket")
            unnamed.setdefault(found.resource, []).append((found, referenced))
    for group in unnamed.values():
        if code is not None:
            _match_by_reference(group, matched, buckets, code)
    return matched


def _referenced_of(addresses: set[str], found: InstanceValues, code: PlanConfiguration | None) -> set[str]:
    """Of several buckets that share a name, those that the code refers to; all where it does not show that."""
    if code is None or len(addresses) <= 1:
        return addresses
    referenced = resolve_references(code, found, _BUCKET_REFERENCE, "bucket")
    return addresses if referenced.is_unclear else addresses & referenced.instances.keys() or addresses


def _addresses_by_name(buckets: Iterable[InstanceValues]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for bucket in buckets:
        for name in (bucket.values.get(part) for part in ("bucket", "bucket_name", "id")):
            if isinstance(name, str) and name:
                names.setdefault(name, set()).add(bucket.address)
    return names


def _match_by_reference(
    group: list[tuple[InstanceValues, ReferencedInstances]],
    matched: dict[str, BucketConfigurations],
    buckets: dict[str, InstanceValues],
    code: PlanConfiguration,
) -> None:
    """The instances of one resource. Where there are as many as buckets, and all are alike, it does not matter which
    is for which.
    """
    addresses = {address for _, referenced in group for address in referenced.instances}
    are_alike = len(group) == len(addresses) and all(_rules(group[0][0]) == _rules(one) for one, _ in group)
    are_clear = not any(referenced.is_unclear for _, referenced in group)
    if are_alike and are_clear and not all(len(referenced.instances) == 1 for _, referenced in group):
        for address, (one, _) in zip(sorted(addresses), group, strict=True):
            matched[address].certain.append(one)
        return
    for one, referenced in group:
        if len(referenced.instances) == 1 and not referenced.is_unclear:
            matched[next(iter(referenced.instances))].certain.append(one)
            continue
        candidates = set(referenced.instances)
        if referenced.is_unclear or not candidates:
            candidates |= set(reachable_instances(code, one.path, _BUCKET_REFERENCE))
        for address in candidates:
            # A name that is known would have made the configuration's known, too.
            if is_marked(buckets[address].unknown, "id"):
                matched[address].possible.append(one)


def _rules(instance: InstanceValues) -> tuple[object, object]:
    marks = instance.unknown
    return instance.values.get("rule"), marks.get("rule") if isinstance(marks, dict) else marks
