"""Which AWS operations a check may call: asked of the very sources that it would open."""

from typing import TYPE_CHECKING

from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.targets import CodeTarget
from s3kms.scan.open import facts_of, rules_of
from s3kms.scan.sources import check_names, open_source

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest


def scan_operations(request: "ScanRequest") -> frozenset[Operation]:
    """Every operation that the check may call; none for code. Calls nothing. Raises BadInput for a wrong request."""
    request.check()
    check_names(request)
    if isinstance(request.targets, CodeTarget):
        return frozenset()
    from s3kms.aws.connection import Connection

    needs = facts_of(request, rules_of(request), request.configuration)
    if request.iac:
        needs |= {Fact.TAGS}  # which stack a bucket belongs to
    return open_source(request, Connection(), lambda _: True).operations(needs)
