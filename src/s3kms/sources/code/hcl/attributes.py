"""Attributes of resource instances: what the code sets is known, the rest is told by who made them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.providers import region_of
from s3kms.sources.code.hcl.scope import Thing
from s3kms.sources.code.hcl.values import Meant, Open, Value
from s3kms.sources.code.terraform.instances import ALIAS, BUCKET, BUCKETS, KEYS

if TYPE_CHECKING:
    from s3kms.sources.code.hcl.run import Run

_APPLY = "check the state after the apply: terraform show -json"
_READ = "check a plan: terraform show -json PLAN > plan.json"
_BUCKET_PARTS = f"{BUCKET}_"
"""How the types begin that repeat the bucket which they are for."""


def attribute_of(run: "Run", thing: Thing, name: str) -> Value:
    """An attribute of an instance. Raises Invalid where Terraform would refuse what the code sets."""
    meant = Meant(thing.address, thing.resource.type, name)
    found = _set(run, thing, _written_as(thing, name))
    if isinstance(found, Open):
        is_made = thing.resource.mode == "managed" and thing.resource.type in BUCKETS
        if found.meant is not None and not is_made:
            return found  # it repeats what another has
        return replace(found, meant=meant, symbol=found.symbol or f"{thing.address}.{name}")
    if found is not None:
        return found
    if thing.resource.type == ALIAS and name in {"target_key_arn", "target_key_id"}:
        target = _set(run, thing, "target_key_id")
        if isinstance(target, Open) and target.meant and target.meant.type in KEYS:
            return target
    if (
        name == "arn"
        and thing.resource.type == BUCKET
        and isinstance(known := _set(run, thing, "bucket"), str)
    ):
        return f"arn:{_partition(region_of(run, thing) or '')}:s3:::{known}"
    expression = f"{thing.resource.address}.{name}"
    is_data = thing.resource.mode == "data"
    why = f"{expression} is {'read when the plan is made' if is_data else 'known only after apply'}"
    unknown = Unknown(UnknownCause.UNRESOLVED, why, Advice(_READ if is_data else _APPLY))
    return Open(expression, unknown, meant, symbol=f"{thing.address}.{name}")


def _written_as(thing: Thing, name: str) -> str:
    """The argument that an attribute repeats."""
    kind = thing.resource.type
    if name == "id" and (kind in BUCKETS or kind.startswith(_BUCKET_PARTS)):
        return "bucket"
    return name


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _set(run: "Run", thing: Thing, name: str) -> Value:
    found = thing.block.body.attributes.get(name)
    if found is None:
        return None
    return run.value(found.expression, thing.scope(found))
