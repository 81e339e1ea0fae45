"""What a plan asks of AWS. Importing it loads no SDK: `permissions` needs none."""

from s3kms.changes.buckets.operations import KEY_OPERATIONS, facts_needed_to_plan
from s3kms.changes.planning.request import PlanRequest
from s3kms.model import operations as op
from s3kms.model.operations import ORGANIZATION_POLICY_OPERATIONS, Operation
from s3kms.model.owner_operations import DEEP_OPERATIONS, IDENTITY_OPERATIONS, METRIC_OPERATIONS
from s3kms.model.request_fields import TargetKind
from s3kms.sources.observed.source_names import log_operations
from s3kms.sources.operations import USAGE_OPERATIONS, account_operations, organization_operations


def plan_operations(request: PlanRequest) -> frozenset[Operation]:
    """Every call to AWS that the plan may make, in whichever account; none for code."""
    if request.kind is TargetKind.CODE:
        return frozenset()
    facts = facts_needed_to_plan(request.fix.configuration)
    include = request.fix.includes_directory_buckets
    found = (
        organization_operations(facts, directory_buckets=include, lists_accounts=request.org)
        if request.enters_accounts
        else account_operations(facts, directory_buckets=include)
    )
    policies = ORGANIZATION_POLICY_OPERATIONS if request.org_policies is None else ()
    identities = frozenset({*IDENTITY_OPERATIONS, op.DESCRIBE_ORGANIZATION, *policies})
    assumed = frozenset({op.ASSUME_ROLE} if request.org_role or request.key_role else ())
    deep = frozenset(DEEP_OPERATIONS if request.deep else ())
    return (
        found
        | USAGE_OPERATIONS
        | KEY_OPERATIONS
        | {op.GET_KEY_POLICY, op.LIST_GRANTS, op.LIST_ALIASES, *METRIC_OPERATIONS}
        | identities
        | assumed
        | log_operations(request.observed)
        | deep
    )
