"""The documents that preparing shows, as Access Analyzer is asked about them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from s3kms.aws.access_analyzer import PolicyAnalyzer
from s3kms.changes.policies.kind import PolicyChange, WrittenPolicy
from s3kms.changes.policies.prepare import LeftPolicy, PreparedPolicies
from s3kms.model.policy_checks import CheckedKind, CheckedPolicy, PolicyToCheck

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def documents_to_check(prepared: PreparedPolicies) -> tuple[PolicyToCheck, ...]:
    """Every document that is shown, those that somebody else has to write included."""
    return tuple(_to_check(one) for one in prepared.documents if one.after)


def _to_check(one: WrittenPolicy | LeftPolicy) -> PolicyToCheck:
    if isinstance(one, LeftPolicy):
        kind = one.kind
    else:
        kind = CheckedKind.KEY if isinstance(one, PolicyChange) else CheckedKind.BUCKET
    return PolicyToCheck(f"the policy of {one.subject}", kind, one.after, one.before, one.region)


def check_documents(
    connection: "Connection", documents: Iterable[PolicyToCheck], *, is_paid: bool
) -> tuple[CheckedPolicy, ...]:
    """What Access Analyzer says of each, asked as one's own account: it checks texts alone. Raises BadInput."""
    return tuple(PolicyAnalyzer(connection, is_paid).check(documents))
