"""Who calls: credentials that carry their account, and an Organization with the accounts one asks for."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.iam.exceptions import EntityAlreadyExists
from moto.iam.models import get_account_id_from, iam_backends
from moto.organizations.models import organizations_backends
from moto.sts.models import STSBackend, sts_backends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3kms.demo.corrections.wire import Request

ACCESS_ROLE = "OrganizationAccountAccessRole"
_ACCESS_KEY = re.compile(r"AKIADEMO(\d{12})")


def credentials(account_id: str) -> dict[str, str]:
    """The access key of an account's demo user. The account is in the key, so nothing need be registered."""
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValueError(f"an AWS account id has 12 digits, not {account_id!r}")
    return {
        "AWS_ACCESS_KEY_ID": f"AKIADEMO{account_id}",
        "AWS_SECRET_ACCESS_KEY": f"demo-secret-{account_id}",
    }


@dataclass(frozen=True, slots=True)
class Caller:
    """The account that signed a request and the ARNs a policy may name it by."""

    account: str | None
    arns: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, request: Request) -> Caller:
        """Found by access key; an unsigned request has no account."""
        if request.access_key is None:
            return cls(None)
        account = request.account
        arns = {f"arn:aws:iam::{account}:root"}
        role = sts_backends[account]["aws"].get_assumed_role_from_access_key(request.access_key)
        user = iam_backends[account]["aws"].get_user_from_access_key_id(request.access_key)
        if role:
            arns |= {role.arn, role.role_arn}
        elif user:
            arns.add(user.arn)
        elif _ACCESS_KEY.fullmatch(request.access_key):
            arns.add(_demo_user(account))
        return cls(account, frozenset(arns))


def account_of(request: Request) -> str:
    """The account of a request: written in the access key, or known to moto (AssumeRole, CreateAccessKey)."""
    demo = _ACCESS_KEY.fullmatch(request.access_key or "")
    return demo.group(1) if demo else str(get_account_id_from(request.access_key or ""))


def canonical_id(account_id: str) -> str:
    """A stable stand-in for the 64 digits S3 calls an owner by."""
    return hashlib.sha256(account_id.encode()).hexdigest()


def found_organization(management: str, members: Mapping[str, str]) -> str:
    """Create an Organization in `management` with `members` (account id: name); its id is the result.

    moto's CreateAccount draws random account ids. This seeds its backend with the ids one asks for, each with
    the role OrganizationAccountAccessRole that AWS creates in a member.
    """
    backend = organizations_backends[management]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    for account_id, name in members.items():
        _join(backend, account_id, name)
    return str(backend.org.id)


def _join(backend: Any, account_id: str, name: str) -> None:
    """Let moto create an account, then give it, and the role in it, the id asked for."""
    created = backend.create_account(AccountName=name, Email=f"{name}@example.com")
    drawn = created["CreateAccountStatus"]["AccountId"]
    backend.get_account_by_id(drawn).id = account_id
    organizations_backends.master_accounts[account_id] = organizations_backends.master_accounts.pop(drawn)
    role = iam_backends[drawn]["aws"].get_role(ACCESS_ROLE)
    del iam_backends[drawn]
    with contextlib.suppress(EntityAlreadyExists):
        iam_backends[account_id]["aws"].create_role(
            role_name=ACCESS_ROLE,
            assume_role_policy_document=role.assume_role_policy_document,
            path="",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )


def forget_organizations() -> None:
    """Moto's reset keeps the list of member accounts, so an Organization could not be founded twice."""
    organizations_backends.master_accounts.clear()


def correct_caller_identity() -> None:
    """Moto calls an unknown key `arn:aws:sts::…:user/moto`, an ARN AWS never gives; ours is an IAM user."""
    original = STSBackend.get_caller_identity

    def get_caller_identity(self: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        if _ACCESS_KEY.fullmatch(access_key_id):
            return f"AIDADEMO{self.account_id}", _demo_user(self.account_id), self.account_id
        identity: tuple[str, str, str] = original(self, access_key_id, region)
        return identity

    STSBackend.get_caller_identity = get_caller_identity


def _demo_user(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:user/demo"
