"""The ways into the accounts whose policies are prepared, as preparing asks for them."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


class PolicyAccounts(Protocol):
    """The ways into the accounts whose policies may be read and written; None where there is none."""

    def of_key(self, account: str) -> "Connection | None":
        """Into the account of a key."""
        ...

    def of_bucket(self, account: str) -> "Connection | None":
        """Into the account of a bucket."""
        ...
