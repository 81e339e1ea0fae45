"""Attributes of resource instances: what the code sets is known, the rest is told by who made them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from s3kms.iac.hcl.providers import region_of
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.instances import ALIAS, BUCKET, BUCKETS, KEYS
from s3kms.iac.values import Reference, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

if TYPE_CHECKING:
    from s3kms.iac.hcl.evaluation import Evaluation

_APPLY = "check the state after the apply: terraform show -json"
_READ = "check a plan: terraform show -json PLAN > plan.json"
_BUCKET_PARTS = f"{BUCKET}_"
"""How the types begin that repeat the bucket which they are for."""


def evaluate_attribute(evaluation: "Evaluation", resource_instance: ResourceInstance, name: str) -> Value:
    """An attribute of an instance. Raises Invalid where Terraform would refuse what the code sets."""
    reference = Reference(resource_instance.address, resource_instance.resource.type, name)
    found = _set(evaluation, resource_instance, _written_as(resource_instance, name))
    if isinstance(found, UnknownValue):
        is_made = resource_instance.resource.mode == "managed" and resource_instance.resource.type in BUCKETS
        if found.reference is not None and not is_made:
            return found  # it repeats what another has
        return replace(
            found, reference=reference, symbol=found.symbol or f"{resource_instance.address}.{name}"
        )
    if found is not None:
        return found
    if resource_instance.resource.type == ALIAS and name in {"target_key_arn", "target_key_id"}:
        target = _set(evaluation, resource_instance, "target_key_id")
        if isinstance(target, UnknownValue) and target.reference and target.reference.type in KEYS:
            return target
    if (
        name == "arn"
        and resource_instance.resource.type == BUCKET
        and isinstance(known := _set(evaluation, resource_instance, "bucket"), str)
    ):
        return f"arn:{_partition(region_of(evaluation, resource_instance) or '')}:s3:::{known}"
    expression = f"{resource_instance.resource.address}.{name}"
    is_data = resource_instance.resource.mode == "data"
    why = f"{expression} is {'read when the plan is made' if is_data else 'known only after apply'}"
    unknown = Unknown(UnknownCause.UNRESOLVED, why, Advice(_READ if is_data else _APPLY))
    return UnknownValue(expression, unknown, reference, symbol=f"{resource_instance.address}.{name}")


def _written_as(resource_instance: ResourceInstance, name: str) -> str:
    """The argument that an attribute repeats."""
    kind = resource_instance.resource.type
    if name == "id" and (kind in BUCKETS or kind.startswith(_BUCKET_PARTS)):
        return "bucket"
    return name


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _set(evaluation: "Evaluation", resource_instance: ResourceInstance, name: str) -> Value:
    found = resource_instance.block.body.attributes.get(name)
    if found is None:
        return None
    return evaluation.value(found.expression, resource_instance.scope(found))
