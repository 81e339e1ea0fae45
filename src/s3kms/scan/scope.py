"""What a scan looks at, in the words of its report."""

from itertools import islice
from typing import TYPE_CHECKING

from s3kms.model.scan_context import MAX_TARGETS_NAMED, ScanScope, ScopeKind
from s3kms.model.targets import AggregatorTarget, CodeTarget

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest


def scope_of(request: "ScanRequest") -> ScanScope:
    """The scope of a request. Of many targets the first are named."""
    targets = request.targets
    if isinstance(targets, CodeTarget):
        return ScanScope(ScopeKind.CODE, _named(map(str, targets.paths)), len(targets.paths))
    if isinstance(targets, AggregatorTarget):
        return ScanScope(ScopeKind.AGGREGATOR, (str(targets),), 1, regions=request.regions)
    return ScanScope(
        ScopeKind.ORGANIZATION if request.org else ScopeKind.ACCOUNT,
        _named(map(str, targets)),
        len(targets),
        request.accounts,
        request.exclude_accounts,
        request.regions,
    )


def _named(targets: "map[str]") -> tuple[str, ...]:
    return tuple(islice(targets, MAX_TARGETS_NAMED))
