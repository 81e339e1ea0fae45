"""Who calls: credentials that carry their account."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import STSBackend

from s3kms.demo.corrections.sessions import session_of

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

_ACCESS_KEY = re.compile(r"AKIADEMO(\d{12})")


def credentials(account_id: str) -> dict[str, str]:
    """AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of an account's demo user, as environment variables.

    The account id is part of the key, so no account need be registered. Raises ValueError unless it has 12 digits.
    """
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValueError(f"an AWS account id has 12 digits, not {account_id!r}")
    return {
        "AWS_ACCESS_KEY_ID": f"AKIADEMO{account_id}",
        "AWS_SECRET_ACCESS_KEY": f"demo-secret-{account_id}",
    }


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """The account that signed a request and the ARNs a policy may name it by."""

    account: str | None
    arns: frozenset[str] = field(default_factory=frozenset)
    arn: str = ""
    """What GetCallerIdentity and refusals call it."""
    principal: str = ""
    """What `aws:PrincipalArn` is: for a session, the role."""

    @classmethod
    def of(cls, request: ServerRequest) -> CallerIdentity:
        """Who signed a request, found by its access key; an unsigned request has no account."""
        if request.access_key is None:
            return cls(None)
        root = f"arn:aws:iam::{request.account}:root"
        arn, principal = _identity(request.access_key, request.account) or (root, root)
        return cls(request.account, frozenset({root, arn, principal}), arn, principal)


def _identity(access_key: str, account: str) -> tuple[str, str] | None:
    """The ARN of whoever has this access key, and of the role or user behind it."""
    session = session_of(access_key)
    if session:
        return session.arn, session.role_arn
    if _ACCESS_KEY.fullmatch(access_key):
        return _demo_user(account), _demo_user(account)
    user = iam_backends[account]["aws"].get_user_from_access_key_id(access_key)
    return (user.arn, user.arn) if user else None


def account_of(request: ServerRequest) -> str:
    """The account id of a request: part of the access key, or known from AssumeRole or CreateAccessKey.

    Else ``''``.
    """
    access_key = request.access_key or ""
    session, demo = session_of(access_key), _ACCESS_KEY.fullmatch(access_key)
    if session:
        return str(session.account_id)
    return demo.group(1) if demo else str(get_account_id_from(access_key))


def canonical_id(account_id: str) -> str:
    """A stable stand-in for the 64 digits S3 calls an owner by."""
    return hashlib.sha256(account_id.encode()).hexdigest()


def correct_caller_identity() -> None:
    """Make GetCallerIdentity name an IAM user.

    moto answers `arn:aws:sts::…:user/moto`, an ARN that AWS never gives.
    """
    original = STSBackend.get_caller_identity

    def get_caller_identity(self: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        if _ACCESS_KEY.fullmatch(access_key_id):
            return f"AIDADEMO{self.account_id}", _demo_user(self.account_id), self.account_id
        identity: tuple[str, str, str] = original(self, access_key_id, region)
        return identity

    STSBackend.get_caller_identity = get_caller_identity


def _demo_user(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:user/demo"
