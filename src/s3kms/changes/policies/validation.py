"""The documents that preparing shows, as Access Analyzer is asked about them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from s3kms.aws.access_analyzer import PolicyAnalyzer
from s3kms.changes.policies.prepare import PreparedPolicies
from s3kms.model.policy_checks import CheckedKind, CheckedPolicy, PolicyToCheck

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def documents_to_check(prepared: PreparedPolicies) -> tuple[PolicyToCheck, ...]:
    """Every document that is shown, those that somebody else has to write included."""
    found = [(one.key, one.before, one.after) for one in prepared.changes]
    found += [(one.key, one.before, one.after) for one in prepared.left if one.after]
    return tuple(
        PolicyToCheck(f"the policy of {key}", CheckedKind.KEY, after, before, key.split(":")[3])
        for key, before, after in found
    )


def check_documents(
    connection: "Connection", documents: Iterable[PolicyToCheck], *, is_paid: bool
) -> tuple[CheckedPolicy, ...]:
    """What Access Analyzer says of each, asked as one's own account: it checks texts alone. Raises BadInput."""
    return tuple(PolicyAnalyzer(connection, is_paid).check(documents))
