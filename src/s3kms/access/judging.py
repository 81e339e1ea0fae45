"""What becomes of one principal: what they may do to a bucket today, and whether they may under its key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from s3kms.access.bucket_use import OpenedBucket, uses_of
from s3kms.access.caller_context import ContextValues
from s3kms.access.callers import RequesterKind
from s3kms.access.context import PrefixValue, SinceValue
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import Levels
from s3kms.access.grouping import Answers, UseAnswer, statement_for
from s3kms.access.key_use import EVERYTHING, BucketUnderKey, BucketUser, KeyAccessAnswer, judge_key_use
from s3kms.access.statements import Policy
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.identities import OrganizationPolicies
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import NOT_READ, Unknown

_NOT_READ = "the organization policies could not be read"


@dataclass(frozen=True, slots=True)
class OrganizationLevels:
    """The policies of an organization, parsed: Unknown where nobody could read them."""

    scps: Levels = ()
    rcps: Levels = ()
    organization: str | Unknown | None = NOT_READ
    """See `OrganizationPolicies.organization`."""

    @classmethod
    def of(cls, found: OrganizationPolicies) -> "OrganizationLevels":
        """Parses the documents."""
        return cls(_levels(found.scps), _levels(found.rcps), found.organization)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All that could be read."""
        read = [one for one in (self.scps, self.rcps) if not isinstance(one, Unknown)]
        levels = [level for found in read for level in found if not isinstance(level, Unknown)]
        return tuple(policy for level in levels for policy in level)


def _levels(found: "tuple[tuple[PolicyDocument, ...], ...] | Unknown") -> Levels:
    if isinstance(found, Unknown):
        return found
    return tuple(tuple(map(parse_policy, level)) for level in found)


def judge_user(
    user: BucketUser,
    bucket: OpenedBucket,
    under: BucketUnderKey,
    *,
    of_user: OrganizationLevels,
    of_key: OrganizationLevels,
    of_bucket: OrganizationLevels,
    since: datetime | None = None,
) -> Answers:
    """What becomes of each use that somebody has of a bucket today; empty for who has none.

    The organization of the caller, of the key and of the bucket binds each with its own policies. No request comes
    before `since`.
    Organization policies that nobody could read are left out, and an answer that would be KEEPS says so.
    """
    is_bound = user.caller.account is not None and not user.caller.is_service_linked
    unread = (is_bound and isinstance(of_user.scps, Unknown)) or (
        not under.is_aws_managed and not user.caller.is_service_linked and isinstance(of_key.rcps, Unknown)
    )
    user = replace(user, scps=() if isinstance(of_user.scps, Unknown) else of_user.scps)
    under = replace(under, rcps=() if isinstance(of_key.rcps, Unknown) else of_key.rcps)
    keys: ContextValues = {
        **_organization_keys(user, of_user, of_bucket),
        **_times(user, since),
        "aws:RequestedRegion": _region_of(under.key_arn),  # a bucket and its key are of one region (fact B1)
    }
    rcps = () if isinstance(of_bucket.rcps, Unknown) else of_bucket.rcps
    uses = uses_of(user, replace(bucket, rcps=rcps, keys=keys))
    if not uses:
        return {}
    of_request = {**_organization_keys(user, of_user, of_key), **_times(user, since)}
    user = replace(user, keys=user.keys.extended(of_request))
    answers = judge_key_use(user, under)
    return {
        use: UseAnswer(through, _finished(answers[use], user, under, use, unread=unread))
        for use, through in uses.items()
    }


def _region_of(arn: str) -> str:
    return arn.split(":")[3]


_LONGEST_SESSION = timedelta(hours=12)
"""Of a role (IAM User Guide, "Update the maximum session duration for a role")."""


def _times(user: BucketUser, since: datetime | None) -> ContextValues:
    """The condition keys that tell when a request comes, and when the credentials of a role were issued."""
    if since is None:
        return {}
    now = SinceValue(int(since.timestamp()))
    found: ContextValues = {"aws:CurrentTime": now, "aws:EpochTime": now}
    if user.caller.kind is RequesterKind.ROLE and not user.caller.is_some:
        found["aws:TokenIssueTime"] = SinceValue(int((since - _LONGEST_SESSION).timestamp()))
    return found


def _organization_keys(
    user: BucketUser, of_user: OrganizationLevels, of_resource: OrganizationLevels
) -> ContextValues:
    """The condition keys that tell the organizations of the caller and of a resource: absent for who is in none.

    A path begins with the id of its organization; the units in it are not read.
    """
    found: ContextValues = {}
    if not isinstance(of_resource.organization, Unknown):
        found["aws:ResourceOrgID"] = of_resource.organization
        found["aws:ResourceOrgPaths"] = _paths_of(of_resource.organization)
    if user.caller.account is not None and not isinstance(of_user.organization, Unknown):
        found["aws:PrincipalOrgID"] = of_user.organization
        found["aws:PrincipalOrgPaths"] = _paths_of(of_user.organization)
    return found


def _paths_of(organization: str | None) -> PrefixValue | None:
    return PrefixValue(f"{organization}/") if organization else None


def _finished(
    answer: KeyAccessAnswer, user: BucketUser, under: BucketUnderKey, use: KeyUse, *, unread: bool
) -> KeyAccessAnswer:
    if answer.access is KeyAccess.KEEPS and unread:
        return KeyAccessAnswer(KeyAccess.KEEPS_UNLESS_DENIED, f"{answer.why}; {_NOT_READ}")
    if answer.access is KeyAccess.LOSES and not answer.is_denied:
        return replace(answer, is_denied=not _is_mendable(user, under, use))
    return answer


def _is_mendable(user: BucketUser, under: BucketUnderKey, use: KeyUse) -> bool:
    """Whether a statement of the key policy that names them lets them in; a boundary, or the identity policies of
    another account, may not.
    """
    if under.is_aws_managed or isinstance(under.key_policies, Unknown) or user.caller.account is None:
        return False
    name = user.caller.account if user.caller.is_some else user.caller.arn
    statement = statement_for(user.caller.account, [name], (use,), via_service_of(under))
    added = parse_policy(PolicyDocument({"Statement": (_as_node(statement),)}, "the statement"))
    widened = replace(under, key_policies=(*under.key_policies, added))
    if user.caller.account != under.key_account:
        return judge_key_use(with_everything(user), widened)[use].access is KeyAccess.KEEPS
    return judge_key_use(user, widened)[use].access is KeyAccess.KEEPS


def with_everything(user: BucketUser) -> BucketUser:
    """Somebody of another account, whose own policies have to say it, too: that is for their account to do."""
    boundary = None if isinstance(user.boundary, Unknown) else user.boundary
    return replace(user, identity=EVERYTHING, boundary=boundary)


def via_service_of(under: BucketUnderKey) -> str | None:
    """What `kms:ViaService` is where S3 asks; None in partitions whose name for it is not documented."""
    _, partition, _, region, *_ = under.key_arn.split(":")
    return f"s3.{region}.amazonaws.com" if partition in {"aws", "aws-us-gov"} else None


def _as_node(statement: Mapping[str, Any]) -> PolicyNode:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in statement.items()}
