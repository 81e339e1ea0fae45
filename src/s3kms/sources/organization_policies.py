"""The policies of the organization that bind an account, from wherever they may be read (fact B33)."""

from dataclasses import replace
from pathlib import Path
from threading import Lock

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.organization_policies import (
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    ExportedAnswers,
    OrganizationsApi,
    PolicyLevels,
)
from s3kms.model import operations as op
from s3kms.model.accounts import role_of_arn
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, BadInput, CredentialsProblem
from s3kms.model.identities import OrganizationPolicies
from s3kms.model.organization_export import WAYS_TO_POLICIES
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.sources.identities import ConnectTo

Bound = tuple[tuple[PolicyDocument, ...], ...] | Unknown
NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
_NOBODY_READS = Unknown(
    UnknownCause.NOT_READ,
    "the policies of the organization can be read in its management account alone",
    WAYS_TO_POLICIES,
)
_OTHER_ORGANIZATION = Unknown(
    UnknownCause.NOT_READ,
    "the account is of another organization than the one whose policies are read",
    WAYS_TO_POLICIES,
)
_NOT_ENTERED = Unknown(
    UnknownCause.NOT_READ, "the account is not among those of the plan", Advice("ask who owns it")
)


class OrganizationReader:
    """Asks once for each account. Threads may share one."""

    def __init__(
        self, base: Connection, connect: ConnectTo, *, role: str | None = None, folder: Path | None = None
    ) -> None:
        """`role` is the ARN of a role that may read them; `folder` has what somebody exported who may."""
        self._base = base
        self._connect = connect
        self._role = role
        self._folder = folder
        self._lock = Lock()
        self._known: dict[str, OrganizationPolicies] = {}
        self._levels: PolicyLevels | None = None
        self._failure: Unknown | None = None
        """Why nobody may read them of any account."""

    def policies_of(self, account: str, connection: Connection | None = None) -> OrganizationPolicies:
        """What binds an account, asked over its own connection where there is one; Unknown in it where nobody could
        read that. Raises CredentialsProblem.
        """
        with self._lock:
            if account not in self._known:
                self._known[account] = self._read(account, connection)
            return self._known[account]

    def _read(self, account: str, connection: Connection | None) -> OrganizationPolicies:
        try:
            connection = connection or self._connect(account)
            if connection is None:  # it may be of another organization, and nobody is asked about strangers
                return OrganizationPolicies(_NOT_ENTERED, _NOT_ENTERED)
            found = _find_organization(connection)
            if found is None:
                return OrganizationPolicies(organization=None)
            organization, management = found
            if management == account:
                return OrganizationPolicies(organization=organization)
        except CredentialsProblem:
            raise
        except (AwsError, BadInput) as error:
            unread = _unread(error)
            return OrganizationPolicies(unread, unread)
        scps, rcps = self._binding(account, management)
        return OrganizationPolicies(scps, rcps, organization)

    def _binding(self, account: str, management: str) -> tuple[Bound, Bound]:
        """The two kinds of policies that bind a member of the organization of that management account."""
        if self._folder is None and self._role is None and self._base.account != management:
            return _NOBODY_READS, _NOBODY_READS
        if self._failure is not None:
            return self._failure, self._failure
        try:
            levels = self._open()
            owner = levels.management_account()
        except CredentialsProblem:
            raise
        except (AwsError, BadInput) as error:
            self._failure = _unread(error)
            return self._failure, self._failure
        if owner != management:
            return _OTHER_ORGANIZATION, _OTHER_ORGANIZATION
        try:
            return levels.above(account, SERVICE_CONTROL), levels.above(account, RESOURCE_CONTROL)
        except CredentialsProblem:
            raise
        except (AwsError, BadInput) as error:
            unread = _unread(error)
            return unread, unread

    def _open(self) -> PolicyLevels:
        if self._levels is None:
            self._levels = self._opened()
        return self._levels

    def _opened(self) -> PolicyLevels:
        if self._folder is not None:
            return PolicyLevels(ExportedAnswers(self._folder))
        if self._role is not None:
            account, role = role_of_arn(self._role)
            if account != self._base.account:
                return PolicyLevels(OrganizationsApi(AssumedRoleConnection(self._base, account, role)))
        return PolicyLevels(OrganizationsApi(self._base))


def _unread(error: AwsError | BadInput) -> Unknown:
    if isinstance(error, BadInput):
        return Unknown(UnknownCause.FILE_UNREAD, str(error), error.advice)
    return replace(error.as_unknown(), advice=WAYS_TO_POLICIES)


def _find_organization(connection: Connection) -> tuple[str | Unknown, str] | None:
    """The id of an account's organization and its management account; None where it is in none. Raises AwsError."""
    subject = f"account {connection.account}"
    try:
        with translate_errors(op.DESCRIBE_ORGANIZATION, subject):
            answer = connection.organizations().describe_organization()
    except AwsError as error:
        if error.code == NO_ORGANIZATION:
            return None
        raise
    found = answer.get("Organization") or {}
    management, name = found.get("MasterAccountId"), found.get("Id")
    if not isinstance(management, str):
        raise bad_answer(op.DESCRIBE_ORGANIZATION, subject, "was answered without MasterAccountId")
    return (name if isinstance(name, str) else NOT_READ), management
