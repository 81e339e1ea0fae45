"""Who a principal of a statement is."""

import re
from dataclasses import dataclass
from enum import Enum

from s3kms.access.statements import Principal, PrincipalKind
from s3kms.access.texts import Text, as_pattern, describe_text
from s3kms.model.policy import PartMeaning, UnresolvedText

_ACCOUNT = re.compile(r"\d{12}")
_ARN_OF_PRINCIPAL = re.compile(r"arn:[^:]*:(?:iam|sts):[^:]*:([^:]*):.*", re.DOTALL)
_ORIGIN_ACCESS_IDENTITY = re.compile(
    r"arn:[^:]*:iam::cloudfront:user/CloudFront Origin Access Identity .*", re.DOTALL
)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,}")
"""What AWS puts in place of a role or user that was deleted."""


class PrincipalOwner(Enum):
    """Whose identity a principal is."""

    ANYONE = "anyone"
    ACCOUNT = "an account"
    """`account` says which, where it is written; it may be the bucket's own."""
    OWN = "the bucket's own account"
    SERVICE = "an AWS service"
    ORIGIN_ACCESS_IDENTITY = "a CloudFront origin access identity"
    LOAD_BALANCERS = "the Elastic Load Balancing account"
    REDSHIFT = "the Redshift audit logging account"
    CANONICAL_USER = "a canonical user"
    GONE = "a deleted principal"
    OTHER = "not known"


@dataclass(frozen=True, slots=True)
class PrincipalIdentity:
    """Who a principal is, as far as its text tells."""

    owner: PrincipalOwner
    account: str | None = None
    """The twelve digits, for ACCOUNT."""


_OWNERS_BY_MEANING = {
    PartMeaning.OWN_ACCOUNT: PrincipalOwner.OWN,
    PartMeaning.OWN_PRINCIPAL: PrincipalOwner.OWN,
    PartMeaning.ORIGIN_ACCESS_IDENTITY: PrincipalOwner.ORIGIN_ACCESS_IDENTITY,
    PartMeaning.LOAD_BALANCER_ACCOUNT: PrincipalOwner.LOAD_BALANCERS,
    PartMeaning.REDSHIFT_ACCOUNT: PrincipalOwner.REDSHIFT,
}


def identify(principal: Principal) -> PrincipalIdentity:
    """Who it is. A text with open parts is whoever its parts say; OTHER where they say nothing."""
    match principal.kind:
        case PrincipalKind.ANYONE:
            return PrincipalIdentity(PrincipalOwner.ANYONE)
        case PrincipalKind.SERVICE:
            return PrincipalIdentity(PrincipalOwner.SERVICE)
        case PrincipalKind.FEDERATED:
            return PrincipalIdentity(PrincipalOwner.OWN)
    if isinstance(principal.text, UnresolvedText) and (owner := _owner_of_parts(principal.text)):
        return PrincipalIdentity(owner)
    if principal.kind is PrincipalKind.CANONICAL_USER:
        return PrincipalIdentity(PrincipalOwner.CANONICAL_USER)
    return _identify_account(as_pattern(principal.text))


def _owner_of_parts(text: UnresolvedText) -> PrincipalOwner | None:
    for part in text.open_parts:
        if owner := _OWNERS_BY_MEANING.get(part.meaning):
            return owner
    return None


def _identify_account(text: str) -> PrincipalIdentity:
    if _ORIGIN_ACCESS_IDENTITY.fullmatch(text):
        return PrincipalIdentity(PrincipalOwner.ORIGIN_ACCESS_IDENTITY)
    found = _ARN_OF_PRINCIPAL.fullmatch(text)
    account = found[1] if found else text
    if _ACCOUNT.fullmatch(account):
        return PrincipalIdentity(PrincipalOwner.ACCOUNT, account)
    if _UNIQUE_ID.fullmatch(text):
        return PrincipalIdentity(PrincipalOwner.GONE)
    return PrincipalIdentity(PrincipalOwner.OTHER)


def service_name(text: Text) -> str:
    """A service principal as it is written, an open region or DNS suffix filled in: `redshift.*.amazonaws.com`."""
    if isinstance(text, str):
        return text.lower()
    pieces = (
        piece
        if isinstance(piece, str)
        else "amazonaws.com"
        if piece.meaning is PartMeaning.DNS_SUFFIX
        else "*"
        for piece in text.pieces
    )
    return "".join(pieces).lower()


def describe_principal(principal: Principal) -> str:
    """For a sentence."""
    return "anyone" if principal.kind is PrincipalKind.ANYONE else describe_text(principal.text)
