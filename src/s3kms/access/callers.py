"""Who makes a request, and which principals of a policy mean them.

IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from s3kms.access.match import Match, any_of
from s3kms.access.statements import Principal, PrincipalKind, Statement
from s3kms.access.texts import Text, as_pattern, matches_glob


class RequesterKind(Enum):
    """What a caller is to IAM."""

    USER = "an IAM user"
    ROLE = "a session of a role"
    ROOT = "the root user of an account"
    SERVICE = "a service of AWS that acts as itself"
    ANONYMOUS = "nobody, without credentials"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who makes a request."""

    kind: RequesterKind
    account: str | None = None
    """Twelve digits; None for a service and for an anonymous request."""
    arn: str = ""
    """Of the user or the role, path included; the name of a service: `delivery.logs.amazonaws.com`."""
    session: str | None = None
    """The ARN of a role's session; None where it is not known."""
    is_service_linked: bool = False
    """Whether it is a service-linked role, which organization policies do not bind (fact E16)."""
    is_some: bool = False
    """Whether it is some user or role of its account, not known which: `arn` is how their ARNs begin."""

    @classmethod
    def some_of(cls, account: str, partition: str) -> "Requester":
        """Some user or role of an account that cannot be read."""
        return cls(RequesterKind.ROLE, account, f"arn:{partition}:iam::{account}:", is_some=True)

    @property
    def has_identity_policies(self) -> bool:
        """Whether IAM policies of an account can let it do something."""
        return self.kind in {RequesterKind.USER, RequesterKind.ROLE}

    @property
    def account_root(self) -> str:
        """The ARN by which a policy names the whole account."""
        return f"arn:{self.arn.split(':')[1] if ':' in self.arn else 'aws'}:iam::{self.account}:root"


_ACCOUNT_PART = 4
"""Of an ARN."""
_PINNING = frozenset({"arnequals", "arnlike", "stringequals", "stringlike"})


class Reach(Enum):
    """How a statement means a caller: what else has to let it in hangs on that (fact B34)."""

    SELF = "itself"
    """The user, the session, the service or the root user: no other policy of the own account has to allow."""
    ROLE = "its role"
    """A boundary and a session policy have to allow, too."""
    EVERYONE = "everyone"
    ACCOUNT = "its account"
    """Which hands the decision to the identity policies of the account."""


def reaches(statement: Statement, caller: Requester) -> dict[Reach, Match]:
    """How the principals of an Allow statement mean a caller, and how surely."""
    if statement.is_negated:
        # Everyone but a few, anonymous requests included: AWS advises against it, and for roles never says enough.
        return {Reach.EVERYONE: Match.MAYBE}
    found: dict[Reach, Match] = {}
    for principal in statement.principals:
        reach, match = _reach(principal, caller)
        if reach is Reach.EVERYONE and _is_pinned(statement):
            reach = Reach.SELF
        found[reach] = any_of([found.get(reach, Match.NO), match])
    if not statement.has_principal or statement.unread:
        found[Reach.EVERYONE] = any_of([found.get(Reach.EVERYONE, Match.NO), Match.MAYBE])
    return found


def _is_pinned(statement: Statement) -> bool:
    """Whether a statement for everyone names its principals by a condition on `aws:PrincipalArn`: boundaries and
    session policies "do not limit" what that grants (IAM User Guide, "Principal", "IAM role principals").
    """
    return any(
        one.is_about("aws:PrincipalArn") and one.base_operator in _PINNING for one in statement.conditions
    )


def denies_caller(statement: Statement, caller: Requester, *, has_boundary: Match = Match.NO) -> Match:
    """Whether the principals of a Deny statement mean a caller: each way counts as much as another.

    NotPrincipal "will always deny any IAM principal that has a permissions boundary" (IAM User Guide, "Permissions
    boundaries").
    """
    if statement.is_negated:
        return any_of([_spares(statement.principals, caller).negated(), has_boundary])
    if not statement.has_principal:
        return Match.MAYBE
    matches_of = [
        Match.YES if principal.kind is PrincipalKind.ANYONE else _reach(principal, caller)[1]
        for principal in statement.principals
    ]
    return any_of([*matches_of, *([Match.MAYBE] if statement.unread else [])])


def _reach(principal: Principal, caller: Requester) -> tuple[Reach, Match]:
    kind, text = principal.kind, principal.text
    if kind is PrincipalKind.ANYONE:
        # Whether it lets a service in that acts as itself is not documented.
        is_service = caller.kind is RequesterKind.SERVICE
        return Reach.EVERYONE, Match.MAYBE if is_service else Match.YES
    if kind is PrincipalKind.SERVICE:
        is_service = caller.kind is RequesterKind.SERVICE
        return Reach.SELF, _is(text, caller.arn) if is_service else Match.NO
    if caller.account is None:
        return Reach.SELF, Match.NO
    if kind is PrincipalKind.FEDERATED:
        return Reach.SELF, Match.MAYBE if caller.kind is RequesterKind.ROLE else Match.NO
    if kind is PrincipalKind.CANONICAL_USER:
        return Reach.ACCOUNT, Match.MAYBE
    return _reach_of_aws(principal, caller)


def _reach_of_aws(principal: Principal, caller: Requester) -> tuple[Reach, Match]:
    text = principal.text
    for name in (caller.account or "", caller.account_root):
        if (found := _is(text, name)) is not Match.NO:
            return (Reach.SELF if caller.kind is RequesterKind.ROOT else Reach.ACCOUNT), found
    if caller.kind is RequesterKind.ROOT:
        return Reach.SELF, Match.NO
    if caller.is_some:
        return Reach.SELF, Match.MAYBE if is_of_account(as_pattern(text), caller) else Match.NO
    if (found := _is(text, caller.arn)) is not Match.NO:
        return (Reach.ROLE if caller.kind is RequesterKind.ROLE else Reach.SELF), found
    return Reach.SELF, _is_session(principal, caller)


def is_of_account(arn: str, caller: Requester) -> bool:
    """Whether an ARN names something of the account of a caller."""
    parts = arn.split(":", _ACCOUNT_PART + 1)
    return len(parts) > _ACCOUNT_PART and parts[_ACCOUNT_PART] == caller.account


def _is(text: Text, name: str) -> Match:
    """Whether a principal is this one. Wildcards have no meaning there, and AWS takes none: MAYBE."""
    if text == name:
        return Match.YES
    if isinstance(text, str) and "*" not in text and "?" not in text:
        return Match.NO
    return Match.MAYBE if matches_glob(as_pattern(text), name) else Match.NO


def _is_session(principal: Principal, caller: Requester) -> Match:
    if caller.kind is not RequesterKind.ROLE:
        return Match.NO
    if caller.session is not None:
        return _is(principal.text, caller.session)
    partition, name = caller.arn.split(":")[1], caller.arn.rsplit("/", 1)[-1]
    of_role = f"arn:{partition}:sts::{caller.account}:assumed-role/{name}/"
    return Match.MAYBE if as_pattern(principal.text).startswith(of_role) else Match.NO


def _spares(principals: Iterable[Principal], caller: Requester) -> Match:
    """Whether a Deny with NotPrincipal leaves a caller alone.

    It has to name the account, the user or role, and the session. AWS says of a list that lacks one of the others
    that it "might" deny; one that names the account alone does not spare its users and roles (fact B34).
    """
    named = list(principals)
    if caller.kind in {RequesterKind.SERVICE, RequesterKind.ANONYMOUS}:
        return any_of(_reach(one, caller)[1] for one in named)
    found: dict[Reach, Match] = {}
    for one in named:
        reach, match = _reach(one, caller)
        found[reach] = any_of([found.get(reach, Match.NO), match])
    own = any_of([found.get(Reach.SELF, Match.NO), found.get(Reach.ROLE, Match.NO)])
    if own is Match.NO:
        # Everyone spared is nobody denied, which AWS does not take.
        return Match.MAYBE if Reach.EVERYONE in found else Match.NO
    if caller.kind is RequesterKind.ROOT:
        return own
    is_whole = found.get(Reach.ACCOUNT) is Match.YES and found.get(Reach.SELF) is Match.YES
    if caller.kind is RequesterKind.ROLE:
        is_whole = is_whole and found.get(Reach.ROLE) is Match.YES
    return Match.YES if is_whole else Match.MAYBE
