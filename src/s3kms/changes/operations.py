"""What changing, undoing and verifying asks of AWS. It loads neither SDK nor journal: `permissions` needs none."""

from s3kms.changes.buckets.operations import BUCKET_OPERATIONS, KEY_OPERATIONS, facts_needed_to_plan
from s3kms.changes.request import FixRequest, VerifyRequest
from s3kms.model.operations import DIRECTORY_BUCKETS, Operation
from s3kms.model.request_fields import TargetKind, operations_of
from s3kms.rules import choose_rules
from s3kms.rules.evaluate import facts_needed
from s3kms.sources.operations import USAGE_OPERATIONS, account_operations

KEY_USABLE_RULE_ID = "s3_bucket_kms_key_usable"
"""Part of every verification, because S3 says nothing about a key that it cannot use (fact A4)."""


def fix_operations(request: FixRequest) -> frozenset[Operation]:
    """Every call to AWS that planning and applying the request may make."""
    with_directories = request.includes_directory_buckets
    facts = facts_needed_to_plan(request.configuration)
    found = account_operations(facts, directory_buckets=with_directories) | operations_of(request)
    if request.kind is TargetKind.LIVE and not request.new:
        found |= USAGE_OPERATIONS
    if request.code is None:
        found |= KEY_OPERATIONS if request.form else KEY_OPERATIONS | BUCKET_OPERATIONS
    return found if with_directories else without_directory_buckets(found)


def undo_operations(*, directory_buckets: bool = True) -> frozenset[Operation]:
    """Every call to AWS that an undo may make. It lists nothing: the journal names the buckets."""
    return BUCKET_OPERATIONS if directory_buckets else without_directory_buckets(BUCKET_OPERATIONS)


def without_directory_buckets(operations: frozenset[Operation]) -> frozenset[Operation]:
    """Those operations that are not about directory buckets."""
    return operations - {op for op in operations if op.resource == DIRECTORY_BUCKETS}


def verify_operations(request: VerifyRequest, rule_ids: tuple[str, ...] = ()) -> frozenset[Operation]:
    """Every call to AWS that a verification may make; with these companion rules, too."""
    configuration = request.configuration
    rules = choose_rules((KEY_USABLE_RULE_ID, *rule_ids), configuration)
    listing = account_operations(
        facts_needed(rules, configuration), directory_buckets=configuration.directory_buckets
    )
    return listing | operations_of(request)
