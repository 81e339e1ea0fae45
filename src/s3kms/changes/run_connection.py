"""The way into the account in which a run was made."""

from typing import TYPE_CHECKING

from s3kms.changes.journal import RunHeader
from s3kms.model.accounts import Role, check_account, check_role
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import AccessDenied

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def connection_of_run(header: RunHeader, base: "Connection", external_id: str | None = None) -> "Connection":
    """The connection itself; where a role was assumed in another account, as that role.

    Raises AwsError where the role cannot be assumed.
    """
    return connection_in(header.account, header.role, base, external_id) or base


def connection_in(
    account: str, role: str | None, base: "Connection", external_id: str | None = None
) -> "Connection | None":
    """A connection of an account: the base, or as a role that a journal names; None where it names none.

    `external_id` is what the role requires, which no journal keeps.

    Raises AwsError where the role cannot be assumed.
    """
    if account == base.account:
        return base
    if role is None:
        return None
    from s3kms.aws.assumed_role import AssumedRoleConnection

    try:
        return AssumedRoleConnection(base, check_account(account), Role(check_role(role), external_id))
    except AccessDenied as denied:
        denied.advice = Advice(
            "allow sts:AssumeRole for this identity; the role that the run assumed must still exist and trust it, "
            "with its external id ({external_id}) if it requires one",
            {"external_id": Option("external_id", "ID")},
        )
        raise
