"""The documents that preparing shows, as Access Analyzer is asked about them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from s3kms.aws.access_analyzer import PolicyAnalyzer
from s3kms.changes.policies.kind import PolicyChange, WrittenPolicy
from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.prepare import PreparedPolicies
from s3kms.model.policy_checks import CheckedKind, CheckedPolicy, PolicyToCheck

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def documents_to_check(prepared: PreparedPolicies) -> tuple[PolicyToCheck, ...]:
    """Every document that is shown, those that somebody else has to write included."""
    return tuple(found for one in prepared.documents if one.after and (found := _to_check(one)))


def _to_check(one: WrittenPolicy | LeftPolicy) -> PolicyToCheck | None:
    if isinstance(one, LeftPolicy):
        kind = one.kind
    else:
        kind = CheckedKind.KEY if isinstance(one, PolicyChange) else CheckedKind.BUCKET
    return PolicyToCheck(one.title, kind, one.after, one.before or None, one.region) if kind else None


def check_documents(
    connection: "Connection", documents: Iterable[PolicyToCheck], *, is_paid: bool
) -> tuple[CheckedPolicy, ...]:
    """What Access Analyzer says of each, asked as one's own account: it checks texts alone. Raises BadInput."""
    return tuple(PolicyAnalyzer(connection, is_paid).check(documents))
