"""What re-encrypting objects asks of AWS. It loads no SDK: `permissions` needs none."""

from s3kms.changes.planning.operations import plan_operations
from s3kms.model import object_operations as op
from s3kms.model.operations import USE_KEY, Operation
from s3kms.objects.reencrypt.request import ReencryptRequest


def reencrypt_operations(request: ReencryptRequest) -> frozenset[Operation]:
    """Every call that the plan, the chosen engines and the verification may make."""
    engines = frozenset[Operation]().union(*(one.operations for one in request.chosen_engines))
    looking = {op.LIST_OBJECT_VERSIONS, op.HEAD_OBJECT_VERSION, op.GET_OBJECT_VERSION, USE_KEY}
    return plan_operations(request.as_plan()) | looking | engines
