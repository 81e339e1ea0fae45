"""Plans: `terraform show -json PLAN`."""

from dataclasses import dataclass, replace

from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import JsonObject, require_list, require_object, value_at
from s3kms.iac.terraform.plan_and_state.instances import (
    INSTANCE_KEY_PATTERN,
    read_changed_instances,
    read_managed_instances,
)
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration
from s3kms.iac.terraform.plan_and_state.provider_endpoint import PlanEndpoints
from s3kms.iac.terraform.resource_types import ENCRYPTION_CONFIGURATION


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What there will be after the apply."""

    instances: list[InstanceValues]
    configuration: PlanConfiguration
    endpoints: PlanEndpoints
    unprotected: frozenset[str]
    """The names of the buckets whose configuration the plan destroys, which resets them to SSE-S3 (fact H3)."""
    caveat: str | None
    """What weakens the plan as a whole, in words."""


def read_plan(document: JsonObject) -> PlanDocument:
    """The planned instances: what is destroyed is not among them, what is replaced is there once.

    Raises MalformedError.
    """
    unknown: dict[str, object] = {}
    unprotected = set[str]()
    for found in require_list(document.get("resource_changes"), "resource_changes"):
        entry = require_object(found, "a resource change")
        address, change = entry.get("address"), entry.get("change")
        if entry.get("deposed") is not None or not isinstance(address, str):
            continue
        unknown[address] = value_at(change, "after_unknown")
        name = value_at(change, "before", "bucket")
        is_deleted = value_at(change, "actions") == ["delete"]
        if entry.get("type") == ENCRYPTION_CONFIGURATION and is_deleted and isinstance(name, str):
            unprotected.add(name)
    planned = (
        read_managed_instances(document.get("planned_values"), "planned_values")
        if "planned_values" in document
        else read_changed_instances(document.get("resource_changes"))
    )
    instances = [replace(instance, unknown=unknown.get(instance.address)) for instance in planned]
    code = document.get("configuration")
    root, providers = value_at(code, "root_module"), value_at(code, "provider_config")
    configuration = PlanConfiguration(root, instances, _relevant_resources(document), providers)
    endpoints = PlanEndpoints(configuration, document.get("variables"))
    return PlanDocument(instances, configuration, endpoints, frozenset(unprotected), _caveat(document))


def _relevant_resources(document: JsonObject) -> frozenset[str] | None:
    """The resources whose name some change comes from; None where the plan does not say (Terraform < 1.2)."""
    found = document.get("relevant_attributes")
    if not isinstance(found, list):
        return None
    named = (value_at(entry, "resource") for entry in found if _may_be_name(value_at(entry, "attribute", 0)))
    return frozenset(INSTANCE_KEY_PATTERN.sub("", name) for name in named if isinstance(name, str))


def _may_be_name(attribute: object) -> bool:
    """Whether it may be the name of a bucket; None stands for the whole resource."""
    return attribute is None or (isinstance(attribute, str) and attribute in {"id", "bucket"})


def _caveat(document: JsonObject) -> str | None:
    if document.get("errored") is True:
        return "the plan ended in an error, and does not hold everything"
    if "planned_values" not in document:
        return "the plan holds its changes alone"
    if document.get("complete") is False:
        return "the plan is not complete: it was made for some targets, or defers something"
    return None
