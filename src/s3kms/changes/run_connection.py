"""The way into the account in which a run was made."""

from typing import TYPE_CHECKING

from s3kms.changes.journal import RunHeader
from s3kms.model.accounts import Role, check_account, check_role

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def connection_of_run(header: RunHeader, base: "Connection") -> "Connection":
    """The connection itself; where a wave of many accounts assumed a role in another one, as that role.

    Raises AwsError where the role cannot be assumed.
    """
    if header.role is None or header.account == base.account:
        return base
    from s3kms.aws.assumed_role import AssumedRoleConnection

    return AssumedRoleConnection(base, check_account(header.account), Role(check_role(header.role)))
