"""Is a request allowed? The policies of a principal, of a resource and of the organization, evaluated as IAM does.

IAM User Guide, "Policy evaluation logic"; for keys KMS Developer Guide, "Key policies" and "Grants". What is not
modelled or could not be read is CANNOT_TELL, never ALLOWED.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from s3kms.access.answers import PartialAnswer, all_parts, any_part
from s3kms.access.callers import Reach, RequesterKind
from s3kms.access.grants import grant_allows
from s3kms.access.match import Match
from s3kms.access.weigh import (
    AccessRequest,
    Policies,
    allowed_by,
    allowed_by_reach,
    denied_by,
    without_ineffective,
)
from s3kms.model.grants import KeyGrant
from s3kms.model.unknown import Unknown

Levels = tuple[Policies, ...] | Unknown
"""The policies of an organization on each level from the root to the account; none where none bind."""


class AccessOutcome(Enum):
    """What becomes of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    CANNOT_TELL = "cannot be told"


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """What becomes of a request, and the statement that decides or what is missing."""

    outcome: AccessOutcome
    why: str
    is_explicit: bool = False
    """Whether a statement denies it, which no grant and no other policy can mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Every policy that may bear on a request."""

    identity: Policies = ()
    """Of the user with its groups, or of the role."""
    resource: Policies = ()
    """The bucket policy; the key policies, the one of AWS RAM included (fact B9)."""
    boundary: Policies | None = None
    """None for no permissions boundary."""
    session: Policies | None = None
    """None for no session policy."""
    scps: Levels = ()
    """Of the caller's account."""
    rcps: Levels = ()
    """Of the resource's account."""
    grants: tuple[KeyGrant, ...] | Unknown = ()


def evaluate_access(request: AccessRequest, policies: PolicySet) -> AccessDecision:
    """Whether the policies allow a request."""
    if _is_of_key(request):
        policies = replace(policies, resource=without_ineffective(policies.resource))
    denied = any_part(_denials(request, policies))
    if denied.match is Match.YES:
        return AccessDecision(AccessOutcome.DENIED, denied.why, is_explicit=True)
    permission = _permission(request, policies)
    allowed = all_parts([*_limits(request, policies), permission])
    if allowed.match is Match.NO:
        return AccessDecision(AccessOutcome.DENIED, allowed.why)
    if denied.match is Match.MAYBE:
        return AccessDecision(AccessOutcome.CANNOT_TELL, denied.why)
    if allowed.match is Match.MAYBE:
        return AccessDecision(AccessOutcome.CANNOT_TELL, allowed.why)
    return AccessDecision(AccessOutcome.ALLOWED, permission.why)


def _denials(request: AccessRequest, policies: PolicySet) -> Iterator[PartialAnswer]:
    yield denied_by(
        policies.resource,
        request,
        "the resource policy",
        names_principals=True,
        has_boundary=_has_boundary(request, policies),
    )
    if request.caller.has_identity_policies:
        for documents, what in _own_policies(policies):
            yield denied_by(documents, request, what, names_principals=False)
    for level in _levels(_scps(request, policies)):
        yield denied_by(level, request, "the service control policies", names_principals=False)
    for level in _levels(_rcps(request, policies)):
        yield denied_by(level, request, "the resource control policies", names_principals=True)


def _is_of_key(request: AccessRequest) -> bool:
    return request.action.lower().startswith("kms:")


def _has_boundary(request: AccessRequest, policies: PolicySet) -> Match:
    """Whether the caller has a permissions boundary; one that could not be read may be none."""
    if policies.boundary is None or not request.caller.has_identity_policies:
        return Match.NO
    return Match.MAYBE if isinstance(policies.boundary, Unknown) else Match.YES


def _own_policies(policies: PolicySet) -> Iterator[tuple[Policies, str]]:
    yield policies.identity, "its identity policies"
    if policies.boundary is not None:
        yield policies.boundary, "its permissions boundary"
    if policies.session is not None:
        yield policies.session, "its session policy"


def _limits(request: AccessRequest, policies: PolicySet) -> Iterator[PartialAnswer]:
    """What has to allow on every level of the organization, without granting anything."""
    for level in _levels(_scps(request, policies)):
        yield allowed_by(level, request, "the service control policies")
    for level in _levels(_rcps(request, policies)):
        yield allowed_by(level, request, "the resource control policies", names_principals=True)


def _levels(levels: Levels) -> tuple[Policies, ...]:
    return (levels,) if isinstance(levels, Unknown) else levels


def _scps(request: AccessRequest, policies: PolicySet) -> Levels:
    """They bind users, roles and the root user of member accounts, no service and no service-linked role."""
    caller = request.caller
    return () if caller.account is None or caller.is_service_linked else policies.scps


def _rcps(request: AccessRequest, policies: PolicySet) -> Levels:
    """They bind whoever comes, but no service-linked role (fact E16)."""
    return () if request.caller.is_service_linked else policies.rcps


def _permission(request: AccessRequest, policies: PolicySet) -> PartialAnswer:
    """Whether something grants it, organization policies and denials not considered."""
    is_key = _is_of_key(request)
    what = "the key policy" if is_key else "the resource policy"
    by_resource = allowed_by_reach(policies.resource, request, what)
    granted = _granted(request, policies)
    if request.caller.account is None:
        return any_part([*by_resource.values(), granted])
    if not request.is_same_account:
        identity = _identity(request, policies)
        by_policy = all_parts([any_part(by_resource.values()), identity])
        # "… until you attach IAM policies …, or use grants": whether a grant does without them is not said (KMS
        # Developer Guide, "Allowing users in other accounts to use a KMS key").
        return any_part([by_policy, all_parts([granted, _at_worst_open(identity)])])
    limits = list(_own_limits(request, policies))
    identity = _identity(request, policies)
    # A key policy has to let even its own account in; every other resource leaves that to IAM (fact B34).
    by_account = all_parts([by_resource[Reach.ACCOUNT], identity]) if is_key else identity
    parts = [
        by_account,
        by_resource[Reach.SELF],
        all_parts([by_resource[Reach.ROLE], *limits]),
        all_parts([by_resource[Reach.EVERYONE], *map(_at_worst_open, limits)]),
        all_parts([granted, *map(_at_worst_open, limits)]),
    ]
    if by_resource[Reach.ROLE].match is Match.YES and parts[2].match is Match.NO:
        # Of a role that the resource names, its boundary decides: more in its identity policies would change nothing.
        parts.insert(0, parts[2])
    return any_part(parts)


def _granted(request: AccessRequest, policies: PolicySet) -> PartialAnswer:
    grants = policies.grants
    if isinstance(grants, Unknown):
        return PartialAnswer(Match.MAYBE, grants.why)
    answers = [PartialAnswer(Match.NO, "no grant allows it")]
    for one in grants:
        match = grant_allows(one, request.caller, request.action, request.context)
        if match is not Match.NO:
            answers.append(PartialAnswer(match, f"{one.name} allows it"))
    return any_part(answers)


def _own_limits(request: AccessRequest, policies: PolicySet) -> Iterator[PartialAnswer]:
    """Whether the boundary and the session policy leave it in."""
    if policies.boundary is not None and request.caller.has_identity_policies:
        yield allowed_by(policies.boundary, request, "its permissions boundary")
    if policies.session is not None and request.caller.has_identity_policies:
        yield allowed_by(policies.session, request, "its session policy")


def _at_worst_open(limit: PartialAnswer) -> PartialAnswer:
    """Whether a boundary that is silent cuts what a policy gives to everyone, or a grant gives, is not documented."""
    return PartialAnswer(Match.MAYBE, limit.why) if limit.match is Match.NO else limit


def _identity(request: AccessRequest, policies: PolicySet) -> PartialAnswer:
    """Whether the identity policies allow it, within boundary and session policy."""
    if request.caller.kind is RequesterKind.ROOT:
        return PartialAnswer(Match.YES, "it is the root user of its account")
    own = allowed_by(policies.identity, request, "its identity policies")
    return all_parts([own, *_own_limits(request, policies)])
