"""The accounts of an organization."""

from collections.abc import Iterator

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.accounts import AwsAccount
from s3kms.model.operations import LIST_ACCOUNTS


def list_accounts(connection: Connection) -> Iterator[AwsAccount]:
    """Every account, as the management account or a delegated administrator sees them. Raises AwsError."""
    subject = f"the organization of account {connection.account}"
    pages = connection.organizations().get_paginator("list_accounts").paginate()
    with translate_errors(LIST_ACCOUNTS, subject):
        for page in pages:
            for row in page["Accounts"]:
                # State since September 2026; Status before, and from servers that do not know it.
                yield AwsAccount(row["Id"], row.get("Name", ""), row.get("State") or row["Status"])
