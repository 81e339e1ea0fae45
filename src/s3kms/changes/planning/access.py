"""From who keeps and who loses access to what that means for the class of a bucket. Pure."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from s3kms.model.access import (
    ACCESS_TITLES,
    ACCESS_UNREAD,
    LOSES_ACCESS,
    ORG_POLICIES_UNREAD,
    AccessGroup,
    KeyAccess,
)
from s3kms.model.advice import Advice, Option
from s3kms.model.hazard_ids import as_written
from s3kms.model.organization_export import WAYS_TO_POLICIES
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.text.count import count

_TOLD = 2
"""Groups that a sentence has: the others are counted."""

_LET_IN = Advice(
    "allow them to use the key first (with the statements, or in their own policies), or list who may lose access as "
    "may_lose in [plan] of s3kms.toml"
)
_READ = Advice(
    "allow the plan what it could not read (of users and roles iam:GetAccountAuthorizationDetails, iam:GetPolicy and "
    "iam:GetPolicyVersion, of the key kms:GetKeyPolicy and kms:ListGrants, in another account through "
    "{key_role}), plan with the other accounts ({account}), check who is named, or accept it: {accept}",
    {
        "key_role": Option("key_role", "ARN"),
        "account": Option("account", "ID"),
        "accept": Option("accept", as_written(ACCESS_UNREAD)),
    },
)


def mark_may_lose(groups: Iterable[AccessGroup], patterns: Sequence[str]) -> tuple[AccessGroup, ...]:
    """The groups with those of their principals apart who may lose access, by patterns of ARNs."""
    return tuple(part for group in groups for part in _parted(group, patterns))


def _parted(group: AccessGroup, patterns: Sequence[str]) -> Iterator[AccessGroup]:
    if group.access is not KeyAccess.LOSES or not patterns:
        yield group
        return
    may = tuple(
        one
        for one in group.principals
        if any(fnmatchcase(name, pattern) for name in (one, _role_of(one)) for pattern in patterns)
    )
    named = frozenset(may)
    left = tuple(one for one in group.principals if one not in named)
    if may:
        yield replace(group, principals=may, may_lose=True, statements=())
    if left:
        yield replace(group, principals=left)


_SESSION = re.compile(r"arn:([^:]*):sts::([^:]*):assumed-role/([^/]*)/.*", re.DOTALL)


def _role_of(principal: str) -> str:
    """The role of a session, without the path that the ARN of a session lacks; anybody else as they are."""
    return _SESSION.sub(r"arn:\1:iam::\2:role/\3", principal)


OTHER_ACCOUNTS = "other_accounts"
"""The hazard that tells of principals of other accounts whom the key does not let in, and what mends it."""


def access_hazards(
    groups: Sequence[AccessGroup], account: str | None, told: Container[str] = ()
) -> tuple[PlannedHazard, ...]:
    """What stands in the way of a bucket because of who uses it: at most one of each sort.

    `told` are the hazards that were found: what one of them says is not said twice. Services and whoever comes
    without credentials are left to them altogether, but for policies of the organization, which bind services, too.
    """
    counted = [one for one in groups if not one.may_lose]
    of_people = [
        one
        for one in counted
        if any(map(_is_person, one.principals))
        and not (one.access is KeyAccess.LOSES and OTHER_ACCOUNTS in told and _is_elsewhere(one, account))
    ]
    found = (
        _hazard(LOSES_ACCESS, PlanClass.PREPARE, _LET_IN, of_people),
        _hazard(ACCESS_UNREAD, PlanClass.LOOK, _READ, of_people),
        _hazard(ORG_POLICIES_UNREAD, PlanClass.LOOK, WAYS_TO_POLICIES, counted),
    )
    return tuple(one for one in found if one is not None)


_ACCESS_OF = {
    LOSES_ACCESS: KeyAccess.LOSES,
    ACCESS_UNREAD: KeyAccess.CANNOT_TELL,
    ORG_POLICIES_UNREAD: KeyAccess.KEEPS_UNLESS_DENIED,
}
_VERBS = {
    LOSES_ACCESS: "locks out",
    ACCESS_UNREAD: "may lock out",
    ORG_POLICIES_UNREAD: "is used by",
}


def _is_person(principal: str) -> bool:
    """Whether it is an ARN or an account: a service has a name of its own, an anonymous caller none.

    CloudFront with an origin access identity is a service, of which its own hazard tells.
    """
    return (principal.startswith("arn:") and ":iam::cloudfront:" not in principal) or principal.isdecimal()


def _is_elsewhere(group: AccessGroup, account: str | None) -> bool:
    """Whether none of them is of the bucket's own account."""
    return account is not None and not any(account in one.split(":") for one in group.principals)


def _hazard(
    name: str, plan_class: PlanClass, advice: Advice, groups: Sequence[AccessGroup]
) -> PlannedHazard | None:
    meant = [one for one in groups if one.access is _ACCESS_OF[name]]
    if not meant:
        return None
    title = ACCESS_TITLES[name]
    if name == ORG_POLICIES_UNREAD:
        why = "may be denied by organization policies, which could not be read, to everyone who keeps access"
        return PlannedHazard(name, why, advice, plan_class, title)
    told = "; ".join(map(describe_group, meant[:_TOLD]))
    more = f"; and {count(sum(one.count for one in meant[_TOLD:]), 'other')}" if len(meant) > _TOLD else ""
    statements: list[Mapping[str, Any]] = []
    for statement in (statement for one in meant for statement in one.statements):
        if statement not in statements:
            statements.append(statement)
    return PlannedHazard(name, f"{_VERBS[name]} {told}{more}", advice, plan_class, title, tuple(statements))


def describe_group(group: AccessGroup) -> str:
    """In a sentence: `3 principals (arn:…, …) through AmazonS3ReadOnlyAccess, to read: kms:Decrypt: …`."""
    who = group.principals[0] if group.count == 1 else f"{group.count:,} principals"
    uses = " and ".join(use.value for use in group.uses)
    return f"{who} through {group.through}, to {uses} ({group.why})"
