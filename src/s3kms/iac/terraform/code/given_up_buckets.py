"""Buckets whose evaluation takes more than the budget: they are told, and never passed over."""

from s3kms.iac.budget import BudgetExhausted
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.terraform.code.block_values import place_of
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause


def give_up_instance(instance: ResourceInstance, error: BudgetExhausted) -> list[Bucket]:
    """Stands for an instance whose own evaluation takes more than its budget."""
    address = instance.address
    return [exhausted_bucket(f"{address} cannot be evaluated", place_of(instance), error, address)]


def exhausted_bucket(what: str, place: Place, error: BudgetExhausted, address: str) -> Bucket:
    """Stands for what takes more than the budget; `what` says what follows, and the error why."""
    unknown = Unknown(UnknownCause.BUDGET, f"{what}: {error.why}", CHECK_PLAN)
    return Bucket(None, resource=address, places=(place,), encryption=unknown, tags=unknown, key=unknown)
