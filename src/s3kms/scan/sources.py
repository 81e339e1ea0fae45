"""From a request to the source that yields its buckets."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from s3kms.model.accounts import AwsAccount, check_account, check_external_id, check_role
from s3kms.model.bucket import Bucket
from s3kms.model.targets import AggregatorTarget, check_region

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.scan.request import ScanRequest
    from s3kms.sources.bucket_reader import NeedsGrants
    from s3kms.sources.interface import LiveSource
    from s3kms.sources.organization import OrganizationMembers
    from s3kms.sources.selection import Checkpoint


def check_names(request: "ScanRequest") -> None:
    """Raises BadInput for a region, account, role or external id that cannot be one."""
    for region in request.regions:
        check_region(region)
    for account in (*request.accounts, *request.exclude_accounts):
        check_account(account)
    if request.assume_role is not None:
        check_role(request.assume_role)
    if request.external_id is not None:
        check_external_id(request.external_id)


def open_source(
    request: "ScanRequest",
    connection: "Connection",
    is_in_doubt: "Callable[[Bucket], bool]",
    checkpoint: "Checkpoint | None" = None,
) -> "LiveSource":
    """The source of the live buckets, or of the aggregator's, that a request means. Calls nothing yet.

    `is_in_doubt` says which buckets of an aggregator are read again with `confirm`.
    """
    if isinstance(request.targets, AggregatorTarget):
        return _aggregator_source(request, request.targets, connection, is_in_doubt)
    from s3kms.sources.account import AccountSource
    from s3kms.sources.selection import Selection

    targets = request.targets if isinstance(request.targets, tuple) else ()
    selection = Selection.of(targets, request.regions, directory_buckets=request.includes_directory_buckets)
    is_ordered, needs_grants = not request.unordered, _needs_grants(request)
    if not request.enters_accounts:
        return AccountSource(
            connection, selection, checkpoint=checkpoint, is_ordered=is_ordered, needs_grants=needs_grants
        )
    from s3kms.sources.organization import OrganizationSource

    members = members_of(request, connection)
    return OrganizationSource(
        connection,
        members,
        selection,
        checkpoint=checkpoint,
        is_ordered=is_ordered,
        needs_grants=needs_grants,
    )


def _needs_grants(request: "ScanRequest") -> "NeedsGrants | None":
    if not request.deep:
        return None
    from s3kms.rules.key_policy import needs_grants

    return needs_grants


def members_of(request: "ScanRequest", connection: "Connection") -> "OrganizationMembers":
    """The accounts that a request enters, and the role in them. Calls nothing yet."""
    from s3kms.aws.organizations import list_accounts
    from s3kms.sources.organization import OrganizationMembers

    excluded = frozenset(request.exclude_accounts)
    if request.org:
        return OrganizationMembers(lambda: list_accounts(connection), request.role, excluded)
    accounts: Iterable[AwsAccount] = [AwsAccount(account) for account in dict.fromkeys(request.accounts)]
    return OrganizationMembers(lambda: accounts, request.role, excluded, are_listed=False)


def _aggregator_source(
    request: "ScanRequest",
    aggregator: AggregatorTarget,
    connection: "Connection",
    is_in_doubt: "Callable[[Bucket], bool]",
) -> "LiveSource":
    from s3kms.scan.request import DEFAULT_MAX_AGE_HOURS
    from s3kms.sources.aggregator import AggregatorSource

    max_age = timedelta(hours=request.max_age or DEFAULT_MAX_AGE_HOURS)
    source = AggregatorSource(connection, aggregator, request.regions, max_age=max_age)
    if not request.confirm:
        return source
    from s3kms.sources.confirmation import LiveConfirmation

    role = request.role if request.names_role else None
    return LiveConfirmation(source, connection, is_in_doubt, role, _needs_grants(request))
