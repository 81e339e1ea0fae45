"""Who may use the objects of a bucket as it is today, whatever encrypts them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from s3kms.access.caller_context import ContextValues, caller_context
from s3kms.access.callers import RequesterKind
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.evaluate import AccessOutcome, Levels, PolicySet, evaluate_access
from s3kms.access.key_use import BucketUser
from s3kms.access.match import Match
from s3kms.access.statements import Policy
from s3kms.access.weigh import AccessRequest, Policies, allowed_by, allowed_by_reach, denied_by
from s3kms.model.access import KeyUse
from s3kms.model.unknown import Unknown
from s3kms.model.usage import AclGrant

USE_ACTIONS: Mapping[KeyUse, tuple[str, ...]] = {
    KeyUse.READ: ("s3:GetObject", "s3:GetObjectVersion"),
    KeyUse.WRITE: ("s3:PutObject",),
    KeyUse.MULTIPART: ("s3:PutObject",),
}
"""What S3 asks for; the uses are those that a key is asked for, too (fact A27)."""
OBJECT_ACTIONS = tuple(dict.fromkeys(action for actions in USE_ACTIONS.values() for action in actions))


@dataclass(frozen=True, slots=True)
class Door:
    """A way to the objects of a bucket: the bucket itself, or an access point."""

    name: str
    """In a sentence: `its policy`, `access point web`."""
    objects: PrefixValue
    """The beginning of the ARNs of the objects, as a request through it names them."""
    policies: Policies
    """Of the bucket, or of the access point."""
    access_point: str = ""
    """The ARN of the access point; empty for the bucket itself."""

    @property
    def keys(self) -> ContextValues:
        """The condition keys that tell by which way a request comes (S3 User Guide, "Access points policies")."""
        if self.access_point:
            account = self.access_point.split(":")[4]
            return {"s3:DataAccessPointArn": self.access_point, "s3:DataAccessPointAccount": account}
        return dict.fromkeys(_ACCESS_POINT_KEYS)


_ACCESS_POINT_KEYS = ("s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin")
"""Only there in requests through an access point."""


@dataclass(frozen=True, slots=True)
class OpenedBucket:
    """A bucket with its doors."""

    account: str
    doors: tuple[Door, ...]
    unread: Unknown | None = None
    """Why its access points are not known."""
    acl: tuple[AclGrant, ...] | Unknown = ()
    """What its ACL grants beyond the owner."""
    is_restricted: bool = False
    """Whether RestrictPublicBuckets keeps anonymous requests out, whatever its policies say."""
    rcps: Levels = ()
    """Of its account."""
    keys: ContextValues = field(default_factory=dict)
    """The condition keys that every request to it has."""

    @property
    def own_doors(self) -> tuple[Door, ...]:
        """The bucket itself, whose policy binds whoever comes through an access point, too."""
        return tuple(one for one in self.doors if not one.access_point)


def uses_of(user: BucketUser, bucket: OpenedBucket) -> dict[KeyUse, str]:
    """What somebody may do to some object of the bucket today, and through which policy.

    Whatever is not surely denied counts: conditions that hang on the request may hold, and parts that could not be
    read may allow. Who may come through a policy that could not be read as a whole is not counted.
    """
    found: dict[KeyUse, str] = {}
    for door in bucket.doors:
        for use, actions in USE_ACTIONS.items():
            if use in found:
                continue
            for action in actions:
                if through := _through(user, bucket, door, action):
                    found[use] = through
                    break
    return found


def _through(user: BucketUser, bucket: OpenedBucket, door: Door, action: str) -> str | None:
    """The policy that allows an action on some object; None where it is denied."""
    request = AccessRequest(user.caller, action, door.objects, bucket.account, _context(user, bucket, door))
    policies = PolicySet(
        identity=user.identity,
        # Whom policies let in that nobody could read, nobody knows: `*` stands for them (`unread_of`).
        resource=() if isinstance(door.policies, Unknown) else door.policies,
        boundary=user.boundary,
        session=user.session,
        scps=user.scps,
        rcps=bucket.rcps,
    )
    if evaluate_access(request, policies).outcome is AccessOutcome.DENIED:
        return None
    if door.access_point and any(_is_shut(own, request, user) for own in bucket.own_doors):
        return None
    own = [] if isinstance(user.identity, Unknown) else list(_allowing(user.identity, request))
    if isinstance(user.identity, Unknown) and request.is_same_account:
        return f"policies that could not be read ({user.identity.why})"
    return " and ".join(own) or door.name


def _is_shut(own: Door, request: AccessRequest, user: BucketUser) -> bool:
    """Whether the policy of the bucket keeps out a request through an access point: by a statement that denies it.

    It keeps out somebody of another account by its silence, too, because "the underlying bucket" has to permit the
    same (S3 User Guide, "Configuring IAM policies for using access points").
    """
    inside = replace(request, resource=own.objects)
    is_bounded = Match.NO if user.boundary is None else Match.YES
    what = "the policy of the bucket"
    denied = denied_by(own.policies, inside, what, names_principals=True, has_boundary=is_bounded)
    if denied.match is Match.YES:
        return True
    allowed = allowed_by_reach(own.policies, inside, what).values()
    return not request.is_same_account and all(one.match is Match.NO for one in allowed)


def _allowing(policies: tuple[Policy, ...], request: AccessRequest) -> Iterator[str]:
    for policy in policies:
        if allowed_by((policy,), request, "").match is not Match.NO:
            yield policy.source


def _context(user: BucketUser, bucket: OpenedBucket, door: Door) -> RequestContext:
    account = {"aws:ResourceAccount": bucket.account, "s3:ResourceAccount": bucket.account}
    context = caller_context(user.caller, user.tags, {**account, **bucket.keys, **door.keys})
    is_service = user.caller.kind is RequesterKind.SERVICE
    return context.extended(user.keys.values) if is_service else context
