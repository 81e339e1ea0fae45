"""What several hazards look for: deliveries, grants, and statements of the bucket policy."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from s3kms.access.conditions import Condition
from s3kms.access.documents import parse_policy
from s3kms.access.match import Match, any_of
from s3kms.access.principals import describe_principal, service_name
from s3kms.access.statements import Policy, Principal, PrincipalKind, Statement
from s3kms.access.texts import matches_glob
from s3kms.hazards.interface import Danger, HazardAnswer, KeyStatement
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PolicyDocument, UnresolvedText
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.model.usage import AclGrant, LogSource

READ_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_ACTIONS = ("s3:PutObject",)
OBJECT_ACTIONS = (*READ_ACTIONS, *WRITE_ACTIONS)
"""The actions that use a bucket's key."""

StatementTest = Callable[[Policy, Statement], Iterable[Danger | Unknown]]


MAX_DANGERS_TOLD = 3
"""Of one hazard on one bucket: the others are counted. What has to be said first is said of all."""


def parsed_policies(bucket: Bucket) -> tuple[Policy, ...] | Unknown:
    """The bucket policies, parsed; Unknown where they could not be read."""
    policies = bucket.usage.policies
    if isinstance(policies, Unknown):
        return policies
    return tuple(map(parse_once, policies))


@lru_cache(maxsize=64)
def _parse_text(document: PolicyDocument) -> Policy:
    return parse_policy(document)


def parse_once(document: PolicyDocument) -> Policy:
    """Every hazard asks about the same document; one that code evaluates to cannot be hashed, and is small."""
    return _parse_text(document) if isinstance(document.content, str) else parse_policy(document)


def access_point_policies(bucket: Bucket) -> Iterator[Policy | Unknown]:
    """The policies of its access points, parsed; Unknown for what was asked and not told."""
    points = bucket.usage.access_points
    if isinstance(points, Unknown):
        yield from filter(None, [asked(points)])
        return
    for point in points:
        if isinstance(point.policy, Unknown):
            yield point.policy
        elif point.policy is not None:
            yield parse_once(point.policy)


def search_access_points(bucket: Bucket, test: StatementTest) -> HazardAnswer:
    """As `search_policies`, of the policies of its access points."""
    found = list(access_point_policies(bucket))
    known = tuple(one for one in found if isinstance(one, Policy))
    return add_up([*_search(known, test), *(one for one in found if isinstance(one, Unknown))])


def search_policies(bucket: Bucket, test: StatementTest) -> HazardAnswer:
    """The dangers that statements show, as one; else the first thing that is not known about one."""
    policies = parsed_policies(bucket)
    return policies if isinstance(policies, Unknown) else add_up(_search(policies, test))


def _search(policies: tuple[Policy, ...], test: StatementTest) -> Iterator[Danger | Unknown]:
    for policy in policies:
        yield from policy.unread
        for statement in policy.statements:
            yield from test(policy, statement)


def add_up(answers: Iterable[HazardAnswer]) -> HazardAnswer:
    """Several dangers as one that needs all their statements; else the first thing that is not known."""
    whys: dict[str, None] = {}
    statements: dict[KeyStatement, None] = {}
    unknown: Unknown | None = None
    for answer in answers:
        if isinstance(answer, Danger):
            whys[answer.why] = None
            statements.update(dict.fromkeys(answer.statements))
        else:
            unknown = unknown or answer
    if not whys:
        return unknown
    told = list(whys)[:MAX_DANGERS_TOLD]
    more = f"; and {len(whys) - len(told)} more of this sort" if len(whys) > len(told) else ""
    return Danger("; it ".join(told) + more, tuple(statements))


def covers_any(statement: Statement, actions: Iterable[str]) -> Match:
    """Whether a statement's actions cover one of these."""
    return any_of(map(statement.covers_action, actions))


def allowed_principals(
    statement: Statement, actions: Iterable[str] = OBJECT_ACTIONS
) -> Iterator[Principal | Unknown]:
    """The principals that an Allow statement may let do one of these; Unknown for what is open about them."""
    if not statement.is_allow:
        return
    covered = covers_any(statement, actions)
    if covered is Match.NO:
        return
    yield from statement.unread
    if statement.is_negated:
        yield Principal(PrincipalKind.ANYONE, "*")
        return
    yield from statement.principals


_LIMITING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
"""Condition keys by which a policy that names everyone is not public (S3 User Guide, "the meaning of public")."""
_LIMITING_OPERATORS = re.compile(
    r"(?:for(?:any|all)values?:)?(?:string(?:equals(?:ignorecase)?|like)|arn(?:equals|like)|ipaddress)"
)
_EVERYWHERE = frozenset({"*", "0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1"})


def limits_who(statement: Statement) -> bool:
    """Whether the conditions say who may come, or from where: then anonymous requests are not meant."""
    return any(map(_limits, statement.conditions))


def _limits(condition: Condition) -> bool:
    if condition.key.lower() not in _LIMITING_KEYS or not _LIMITING_OPERATORS.fullmatch(
        condition.operator.lower()
    ):
        return False
    return not any(value in _EVERYWHERE for value in condition.values)


_USING_PERMISSIONS = {
    "READ": frozenset({"READ", "FULL_CONTROL"}),
    "WRITE": frozenset({"WRITE", "FULL_CONTROL"}),
}


def acl_grants(bucket: Bucket, *grantees: str, to: str = "READ") -> Iterator[AclGrant]:
    """What the ACL grants to one of these: to READ, or to WRITE; none where it was not read."""
    grants = bucket.usage.grants
    for grant in () if isinstance(grants, Unknown) else grants:
        if grant.grantee in grantees and grant.permission in _USING_PERMISSIONS[to]:
            yield grant


def asked(fact: object) -> Unknown | None:
    """Why a fact that somebody asked for is not known; what nobody asked for is not in the way."""
    return fact if isinstance(fact, Unknown) and fact is not NOT_READ else None


def find_deliveries(bucket: Bucket, source: LogSource) -> Iterator[str]:
    """What is delivered of this source under the default of the bucket: `access logs of aws_lb.web`."""
    for delivery in bucket.usage.deliveries:
        if delivery.source is source and delivery.key is None:
            yield delivery.what if delivery.is_certain else f"perhaps {delivery.what}"


def unread_deliveries(bucket: Bucket, source: LogSource) -> Unknown | None:
    """Why it is not known whether this source delivers here, where its service was asked and did not tell."""
    return next((one.unknown for one in bucket.usage.unread_deliveries if one.source is source), None)


def find_log_danger(
    bucket: Bucket, source: LogSource, consequence: str, match_sender: Callable[[Principal], Match]
) -> HazardAnswer:
    """Whether logs of a source are delivered: as its service, the code or the bucket policy says."""
    if whats := ", ".join(find_deliveries(bucket, source)):
        return Danger(f"takes {whats}, {consequence}")

    def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        for principal in allowed_principals(statement, WRITE_ACTIONS):
            if isinstance(principal, Unknown):
                yield principal
                continue
            match match_sender(principal):
                case Match.YES:
                    who = describe_principal(principal)
                    yield Danger(f"takes {source} ({policy.source} allows {who} to write), {consequence}")
                case Match.MAYBE:
                    yield unknown_principal(policy, principal)

    return add_up([search_policies(bucket, test), unread_deliveries(bucket, source)])


def match_service(principal: Principal, *patterns: str) -> Match:
    """Whether it is one of these service principals, whose names may have a `*` for a region."""
    if principal.kind is not PrincipalKind.SERVICE:
        return Match.NO
    name = service_name(principal.text)
    if any(matches_glob(pattern, name) for pattern in patterns):
        return Match.YES
    is_open = isinstance(principal.text, UnresolvedText)
    return Match.MAYBE if is_open and any(matches_glob(name, one) for one in patterns) else Match.NO


def unknown_principal(policy: Policy, principal: Principal) -> Unknown:
    """That nobody can tell who a principal is."""
    text = principal.text
    parts = text.open_parts if isinstance(text, UnresolvedText) else ()
    who = describe_principal(principal)
    if not parts:
        why = f"{policy.source} allows {who}, and who that is cannot be told"
        return Unknown(UnknownCause.UNSUPPORTED, why, Advice("find out who it is"))
    unknown = parts[0].unknown
    return Unknown(unknown.cause, f"{policy.source} allows {who}: {unknown.why}", unknown.advice)
