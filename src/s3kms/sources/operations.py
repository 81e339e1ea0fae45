"""Which AWS operations each source may call. Importing it loads no SDK: `permissions` needs none."""

from s3kms.model import operations as op
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation

USAGE_FACTS = frozenset(
    {
        Fact.POLICY,
        Fact.WEBSITE,
        Fact.REPLICATION,
        Fact.TAGS,
        Fact.ACL,
        Fact.PUBLIC_ACCESS,
        Fact.NOTIFICATIONS,
        Fact.LOG_SENDERS,
        Fact.ACCESS_POINTS,
    }
)
"""What is read of the buckets that would change."""
USAGE_OPERATIONS: frozenset[Operation] = frozenset(
    operation for fact in USAGE_FACTS for operation in fact.operations
)


def account_operations(needs: frozenset[Fact], *, directory_buckets: bool = True) -> frozenset[Operation]:
    """Every AWS operation that reading an account with these facts may call."""
    listing = frozenset({op.GET_CALLER_IDENTITY, op.LIST_BUCKETS, op.LIST_DIRECTORY_BUCKETS})
    operations = listing.union(*(fact.operations for fact in needs))
    of_directories = {op.LIST_DIRECTORY_BUCKETS, op.GET_DIRECTORY_BUCKET_ENCRYPTION}
    return operations if directory_buckets else operations - of_directories


def organization_operations(
    needs: frozenset[Fact], *, directory_buckets: bool = True, lists_accounts: bool = True
) -> frozenset[Operation]:
    """Every AWS operation that reading many accounts with these facts may call, in whichever account."""
    listing = {op.LIST_ACCOUNTS} if lists_accounts else set[Operation]()
    return account_operations(needs, directory_buckets=directory_buckets) | listing | {op.ASSUME_ROLE}


def aggregator_operations() -> frozenset[Operation]:
    """Every AWS operation that reading an aggregator may call, whatever the facts needed."""
    return frozenset({op.DESCRIBE_AGGREGATORS, op.DESCRIBE_AGGREGATOR_SOURCES, op.SELECT_AGGREGATE})


def confirmation_operations(needs: frozenset[Fact], *, assumes_role: bool) -> frozenset[Operation]:
    """Every AWS operation that confirming these facts may call, in other accounts, too, with `assumes_role`."""
    facts = frozenset[Operation]().union(*(fact.operations for fact in needs))
    assuming = {op.ASSUME_ROLE} if assumes_role else set[Operation]()
    return (facts | {op.GET_CALLER_IDENTITY} | assuming) - {op.GET_DIRECTORY_BUCKET_ENCRYPTION}
