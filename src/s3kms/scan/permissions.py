"""Which AWS operations a check may call: those of the sources that it would open, which are not opened for it."""

from typing import TYPE_CHECKING

from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.targets import AggregatorTarget, CodeTarget
from s3kms.scan.open import facts_of, rules_of
from s3kms.scan.sources import check_names
from s3kms.sources.operations import (
    account_operations,
    aggregator_operations,
    confirmation_operations,
    organization_operations,
)

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest


def scan_operations(request: "ScanRequest") -> frozenset[Operation]:
    """Every operation that the check may call; none for code. Calls nothing. Raises BadInput for a wrong request."""
    request.check()
    check_names(request)
    if isinstance(request.targets, CodeTarget):
        return frozenset()
    needs = facts_of(request, rules_of(request), request.configuration)
    if request.iac:
        needs |= {Fact.TAGS}  # which stack a bucket belongs to
    return _source_operations(request, needs)


def _source_operations(request: "ScanRequest", needs: frozenset[Fact]) -> frozenset[Operation]:
    if isinstance(request.targets, AggregatorTarget):
        confirming = confirmation_operations(needs, assumes_role=request.names_role)
        return aggregator_operations() | (confirming if request.confirm else frozenset())
    include = request.includes_directory_buckets
    if not request.enters_accounts:
        return account_operations(needs, directory_buckets=include)
    return organization_operations(needs, directory_buckets=include, lists_accounts=request.org)
