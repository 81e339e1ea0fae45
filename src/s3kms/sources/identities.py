"""The users and roles of the accounts of a plan, each account read once and when it is asked for."""

from collections.abc import Callable

from s3kms.aws.account_authorization import AuthorizationReader
from s3kms.aws.connection import Connection
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.identities import AccountIdentities
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.read_once import ReadOnce

ConnectTo = Callable[[str], Connection | None]
"""A connection of an account; None for one that is not entered. May raise AwsError."""
MAX_ACCOUNTS_KEPT = 32
"""Accounts whose identities are remembered: one that is forgotten is read again where a bucket names it."""


def read_identities(connection: Connection) -> AccountIdentities | Unknown:
    """Every user and role of an account, or why they are not known. Raises CredentialsProblem."""
    try:
        return AuthorizationReader(connection).read()
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


class IdentityDirectory:
    """The identities of several accounts. Threads may share one."""

    def __init__(self, connect: ConnectTo) -> None:
        self._connect = connect
        self._known: ReadOnce[str, AccountIdentities | Unknown] = ReadOnce(MAX_ACCOUNTS_KEPT)

    def identities_of(
        self, account: str, connection: Connection | None = None
    ) -> AccountIdentities | Unknown:
        """Those of an account, read when it is asked for first, over its own connection where there is one.

        Raises CredentialsProblem.
        """
        return self._known.get(
            account, lambda: read_identities(connection) if connection else self._read(account)
        )

    def _read(self, account: str) -> AccountIdentities | Unknown:
        try:
            connection = self._connect(account)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()
        if connection is None:
            why = f"the users and roles of account {account} were not read: it is not among the accounts of the plan"
            advice = Advice("ask who owns it, or plan for its organization")
            return Unknown(UnknownCause.NOT_READ, why, advice)
        return read_identities(connection)
