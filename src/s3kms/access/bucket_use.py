"""Who may use the objects of a bucket as it is today, whatever encrypts them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from s3kms.access.caller_context import ContextValues, caller_context
from s3kms.access.callers import RequesterKind
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.evaluate import AccessOutcome, PolicySet, evaluate_access
from s3kms.access.key_use import BucketUser
from s3kms.access.match import Match
from s3kms.access.statements import Policy
from s3kms.access.weigh import AccessRequest, Policies, allowed_by
from s3kms.model.access import KeyUse
from s3kms.model.unknown import Unknown

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


@dataclass(frozen=True, slots=True)
class OpenedBucket:
    """A bucket with its doors."""

    account: str
    doors: tuple[Door, ...]
    unread: Unknown | None = None
    """Why its access points are not known."""


def uses_of(user: BucketUser, bucket: OpenedBucket) -> dict[KeyUse, str]:
    """What somebody may do to some object of the bucket today, and through which policy.

    Whatever is not surely denied counts: conditions that hang on the request may hold, and what could not be read
    may allow.
    """
    found: dict[KeyUse, str] = {}
    for door in bucket.doors:
        for use, actions in USE_ACTIONS.items():
            if use in found:
                continue
            for action in actions:
                if through := _through(user, bucket.account, door, action):
                    found[use] = through
                    break
    return found


def _through(user: BucketUser, account: str, door: Door, action: str) -> str | None:
    """The policy that allows an action on some object; None where it is denied."""
    request = AccessRequest(user.caller, action, door.objects, account, _context(user, account))
    policies = PolicySet(
        identity=user.identity,
        resource=door.policies,
        boundary=user.boundary,
        session=user.session,
        scps=user.scps,
    )
    if evaluate_access(request, policies).outcome is AccessOutcome.DENIED:
        return None
    own = [] if isinstance(user.identity, Unknown) else list(_allowing(user.identity, request))
    if isinstance(user.identity, Unknown) and user.caller.has_identity_policies:
        return f"policies that could not be read ({user.identity.why})"
    return " and ".join(own) or door.name


def _allowing(policies: tuple[Policy, ...], request: AccessRequest) -> Iterator[str]:
    for policy in policies:
        if allowed_by((policy,), request, "").match is not Match.NO:
            yield policy.source


def _context(user: BucketUser, account: str) -> RequestContext:
    values: ContextValues = {"aws:ResourceAccount": account, "s3:ResourceAccount": account}
    context = caller_context(user.caller, user.tags, values)
    is_service = user.caller.kind is RequesterKind.SERVICE
    return context.extended(user.keys.values) if is_service else context
