"""The users and roles of an account with their policies, as IAM tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown


class IamIdentityKind(StrEnum):
    """What an identity is to IAM."""

    USER = "user"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """One policy of an identity: its own, one that is attached, or a group's. What is attached is shared."""

    name: str
    """For a sentence: `AmazonS3ReadOnlyAccess`, `inline policy 'read'`, `inline policy 'read' of group 'staff'`."""
    document: PolicyDocument | Unknown
    arn: str = ""
    """Of a managed policy; empty for an inline one."""


@dataclass(frozen=True, slots=True)
class IamIdentity:
    """A user or a role."""

    arn: str
    """With its path: `arn:aws:iam::111122223333:role/team/reader`."""
    kind: IamIdentityKind
    policies: tuple[AttachedPolicy, ...] = ()
    """Of a user those of its groups, too."""
    boundary: AttachedPolicy | None = None
    """The permissions boundary (fact B32)."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.arn.split(":")[4]

    @property
    def is_service_linked(self) -> bool:
        """Whether a service of AWS owns it: organization policies do not bind it (fact E16)."""
        return self.kind is IamIdentityKind.ROLE and ":role/aws-service-role/" in self.arn


@dataclass(frozen=True, slots=True)
class AccountIdentities:
    """Every user and role of one account."""

    account: str
    identities: tuple[IamIdentity, ...]


@dataclass(frozen=True, slots=True)
class OrganizationPolicies:
    """What the organization of an account denies and limits, on each level from the root to the account.

    A level has the documents that are attached there. No levels: nothing binds the account, because it is in no
    organization, or is its management account (facts B33 and E16). Unknown: nobody could read them.
    """

    scps: tuple[tuple[PolicyDocument, ...], ...] | Unknown = ()
    rcps: tuple[tuple[PolicyDocument, ...], ...] | Unknown = ()
    organization: str | Unknown | None = NOT_READ
    """Its id, `o-exampleorgid`, by which policies let whole organizations in; None for an account that is in none."""
