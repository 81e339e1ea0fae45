"""The users and roles of an account, in classes whose members no policy tells apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.documents import parse_policy
from s3kms.access.key_use import BucketUser
from s3kms.access.match import Match
from s3kms.access.statements import Patterns, Policy, Statement
from s3kms.access.texts import as_pattern
from s3kms.model.identities import AttachedPolicy, IamIdentity, IamIdentityKind
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown

_PERSONAL = (
    "aws:principalarn",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:username",
    "aws:userid",
)
"""Beginnings of the condition keys by which a policy tells apart who has the same policies."""


def is_personal(policy: Policy) -> bool:
    """Whether a policy tells its readers apart by their names or tags, not counting whom it names as principal."""
    return any(map(is_personal_statement, policy.statements))


def is_personal_statement(statement: Statement) -> bool:
    """Whether a statement tells apart who has the same policies."""
    texts = [*statement.resources.values, *(value for one in statement.conditions for value in one.values)]
    has_variables = statement.has_variables and any("${" in as_pattern(text) for text in texts)
    return has_variables or any(one.key.lower().startswith(_PERSONAL) for one in statement.conditions)


@dataclass(slots=True)
class PolicyParser:
    """Parses each document once: identities share what is attached to them."""

    _parsed: dict[tuple[str, str], Policy] = field(default_factory=dict)

    def parse(self, attached: AttachedPolicy) -> Policy:
        """The statements of a policy, called by its name."""
        document = attached.document
        if isinstance(document, Unknown):
            return Policy(attached.name, unread=(document,))
        if not isinstance(document.content, str):
            return parse_policy(PolicyDocument(document.content, attached.name))
        key = (attached.name, document.content)
        if key not in self._parsed:
            self._parsed[key] = parse_policy(PolicyDocument(document.content, attached.name))
        return self._parsed[key]


@dataclass(frozen=True, slots=True)
class IdentityClass:
    """Identities of which every policy says the same, unless it names one of them."""

    user: BucketUser
    """The first of them."""
    members: tuple[str, ...]
    """Their ARNs."""
    is_administrator: bool


@dataclass(slots=True)
class IdentityClasses:
    """All of an account."""

    classes: list[IdentityClass]
    by_arn: Mapping[str, BucketUser]
    by_role_name: Mapping[str, tuple[str, ...]]
    """The ARNs of roles by their last part, which is all that the ARN of a session tells."""

    def arn_of(self, caller: Requester) -> str | None:
        """The ARN of a user or role with its path, which the ARN of a session lacks; None where there is none."""
        if caller.arn in self.by_arn or caller.session is None:
            return caller.arn if caller.arn in self.by_arn else None
        return next(iter(self.by_role_name.get(caller.arn.rsplit("/", 1)[-1], ())), None)


def classify(identities: Iterable[IamIdentity], parser: PolicyParser) -> IdentityClasses:
    """The identities of one account in classes, in the order of the first of each."""
    found: dict[object, list[IamIdentity]] = {}
    users: dict[str, BucketUser] = {}
    names: dict[str, list[str]] = {}
    for identity in identities:
        user = _user(identity, parser)
        users[identity.arn] = user
        if identity.kind is IamIdentityKind.ROLE:
            names.setdefault(identity.arn.rsplit("/", 1)[-1], []).append(identity.arn)
        found.setdefault(_class_of(identity, user), []).append(identity)
    classes = [
        IdentityClass(
            users[members[0].arn],
            tuple(one.arn for one in members),
            is_administrator(users[members[0].arn]),
        )
        for members in found.values()
    ]
    return IdentityClasses(classes, users, {name: tuple(arns) for name, arns in names.items()})


def _user(identity: IamIdentity, parser: PolicyParser) -> BucketUser:
    kind = RequesterKind.USER if identity.kind is IamIdentityKind.USER else RequesterKind.ROLE
    caller = Requester(kind, identity.account, identity.arn, is_service_linked=identity.is_service_linked)
    boundary = (parser.parse(identity.boundary),) if identity.boundary else None
    policies = tuple(map(parser.parse, identity.policies))
    return BucketUser(caller=caller, identity=policies, boundary=boundary, tags=identity.tags)


def _class_of(identity: IamIdentity, user: BucketUser) -> object:
    policies = [*_policies(user), *(user.boundary if isinstance(user.boundary, tuple) else ())]
    key = (identity.kind, identity.is_service_linked, user.boundary is None, *map(id, policies))
    return (key, identity.arn) if any(map(is_personal, policies)) else key


def _policies(user: BucketUser) -> tuple[Policy, ...]:
    return () if isinstance(user.identity, Unknown) else user.identity


def is_administrator(user: BucketUser) -> bool:
    """Whether a policy lets it do everything, and no boundary takes of that."""
    statements = (statement for policy in _policies(user) for statement in policy.statements)
    return user.boundary is None and any(map(_allows_everything, statements))


def _allows_everything(statement: Statement) -> bool:
    return (
        statement.is_allow
        and statement.is_effect_known
        and not statement.conditions
        and not statement.unread
        and _is_all(statement.actions)
        and _is_all(statement.resources)
    )


def _is_all(patterns: Patterns) -> bool:
    return not patterns.is_negated and any(value in {"*", "*:*"} for value in patterns.values)


@dataclass(frozen=True, slots=True)
class ResourceReach:
    """Which buckets the statements of some policies may be about."""

    names: frozenset[str]
    """Of buckets that are written out."""
    patterns: frozenset[str]
    """With wildcards in the name of the bucket, or about what is no bucket: to be compared with each."""
    is_open: bool
    """Whether something in it may be about any bucket: a negation, or what could not be read."""


def reach_of(user: BucketUser, actions: Iterable[str]) -> ResourceReach:
    """Which buckets the identity policies and the boundary of a user speak of, for these actions."""
    names, patterns, is_open = set[str](), set[str](), False
    wanted = tuple(actions)
    policies = [*_policies(user), *(user.boundary if isinstance(user.boundary, tuple) else ())]
    for policy in policies:
        is_open = is_open or bool(policy.unread)
        for statement in policy.statements:
            if all(statement.covers_action(action) is Match.NO for action in wanted):
                continue
            is_open = is_open or statement.resources.is_negated or bool(statement.resources.unread)
            for text in statement.resources.values:
                pattern = as_pattern(text)
                name = _bucket_name(pattern)
                (patterns if name is None else names).add(pattern if name is None else name)
    return ResourceReach(frozenset(names), frozenset(patterns), is_open)


def _bucket_name(pattern: str) -> str | None:
    """The bucket of whose objects a pattern speaks; None where that is more than one, or none."""
    head, _, rest = pattern.partition(":s3:::")
    name = rest.partition("/")[0]
    is_plain = head.startswith("arn:") and name and not any(one in name for one in "*?$")
    return name if is_plain else None


def named_principals(policies: Iterable[Policy]) -> Iterator[str]:
    """The principals that statements name, as they are written."""
    for policy in policies:
        for statement in policy.statements:
            for principal in statement.principals:
                yield as_pattern(principal.text)
