"""What becomes of those whom the ACL of a bucket lets write: that of an object, which lets read it, nobody reads."""

import re
from collections.abc import Iterator

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.grouping import Judged, UseAnswer
from s3kms.access.key_use import BucketUnderKey, BucketUser, KeyAccessAnswer, judge_key_use
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.unknown import Unknown
from s3kms.model.usage import (
    ALL_USERS_GROUP,
    CLOUDFRONT_LOGS_USER,
    LOG_DELIVERY_GROUP,
    AclGrant,
)

_WRITING = frozenset({"WRITE", "FULL_CONTROL"})
"""Permissions of a bucket that let somebody create objects (S3 User Guide, "ACL overview"); READ lists them."""
_OF_HAZARDS = frozenset({LOG_DELIVERY_GROUP, CLOUDFRONT_LOGS_USER})
"""Services that deliver logs: what becomes of them, the hazards say."""
_CANONICAL_ID = re.compile("[0-9a-f]{64}")
_USES = (KeyUse.WRITE, KeyUse.MULTIPART)


def judge_acl(grants: tuple[AclGrant, ...] | Unknown, under: BucketUnderKey) -> Iterator[Judged]:
    """Everybody whom the ACL lets write, and what becomes of them under the key."""
    if isinstance(grants, Unknown):
        yield _judged("*", "its ACL", KeyAccessAnswer(KeyAccess.CANNOT_TELL, grants.why))
        return
    for grant in grants:
        if grant.permission in _WRITING and grant.grantee not in _OF_HAZARDS:
            yield _judged(_name(grant), grant.source, _answer(grant, under))


def _judged(name: str, through: str, answer: KeyAccessAnswer) -> Judged:
    return Judged((name,), dict.fromkeys(_USES, UseAnswer(through, answer)))


def _name(grant: AclGrant) -> str:
    return "*" if grant.grantee == ALL_USERS_GROUP else grant.grantee


def _answer(grant: AclGrant, under: BucketUnderKey) -> KeyAccessAnswer:
    if grant.grantee == ALL_USERS_GROUP:
        nobody = BucketUser(caller=Requester(RequesterKind.ANONYMOUS))
        return judge_key_use(nobody, under)[KeyUse.WRITE]
    if under.is_aws_managed and _CANONICAL_ID.fullmatch(grant.grantee):
        # An account has one canonical id, and the owner's grants are not listed: it is another account's (fact B7).
        stranger = BucketUser(caller=Requester(RequesterKind.ROOT))
        return judge_key_use(stranger, under)[KeyUse.WRITE]
    why = "an ACL does not say which account its grantee belongs to, so its policies are not known"
    return KeyAccessAnswer(KeyAccess.CANNOT_TELL, why)
