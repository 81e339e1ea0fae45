"""Plans: `terraform show -json PLAN`."""

from dataclasses import dataclass, replace

from s3kms.iac.terraform.instances import (
    ENCRYPTION,
    INSTANCE_KEY_PATTERN,
    InstanceValues,
    read_managed_instances,
)
from s3kms.iac.terraform.json_document import JsonObject, array, at, table
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What there will be after the apply."""

    instances: list[InstanceValues]
    configuration: PlanConfiguration
    unprotected: frozenset[str]
    """The names of the buckets whose configuration the plan destroys, which resets them to SSE-S3 (fact H3)."""
    caveat: str | None


def read_plan(document: JsonObject) -> PlanDocument:
    """The instances that are planned: what is destroyed is none, what is replaced is one. Raises MalformedError."""
    unknown: dict[str, object] = {}
    unprotected = set[str]()
    for found in array(document.get("resource_changes"), "resource_changes"):
        entry = table(found, "a resource change")
        address, change = entry.get("address"), entry.get("change")
        if entry.get("deposed") is not None or not isinstance(address, str):
            continue
        unknown[address] = at(change, "after_unknown")
        name = at(change, "before", "bucket")
        if entry.get("type") == ENCRYPTION and at(change, "actions") == ["delete"] and isinstance(name, str):
            unprotected.add(name)
    instances = [
        replace(instance, unknown=unknown.get(instance.address))
        for instance in read_managed_instances(document.get("planned_values"), "planned_values")
    ]
    configuration = PlanConfiguration(
        at(document.get("configuration"), "root_module"), instances, _relevant(document)
    )
    return PlanDocument(instances, configuration, frozenset(unprotected), _caveat(document))


def _relevant(document: JsonObject) -> frozenset[str] | None:
    """The resources whose name some change comes from; None where the plan does not say (Terraform < 1.2)."""
    found = document.get("relevant_attributes")
    if not isinstance(found, list):
        return None
    named = (at(entry, "resource") for entry in found if _is_name(at(entry, "attribute", 0)))
    return frozenset(INSTANCE_KEY_PATTERN.sub("", name) for name in named if isinstance(name, str))


def _is_name(attribute: object) -> bool:
    """Whether it may be the name of a bucket; None is all of the resource."""
    return attribute is None or (isinstance(attribute, str) and attribute in {"id", "bucket"})


def _caveat(document: JsonObject) -> str | None:
    if document.get("errored") is True:
        return "the plan ended in an error, and does not hold everything"
    if document.get("complete") is False:
        return "the plan is not complete: it was made for some targets, or puts something off"
    return None
