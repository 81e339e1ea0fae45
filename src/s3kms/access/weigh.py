"""What the statements of some documents come to for one request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from s3kms.access.answers import PartialAnswer, any_part
from s3kms.access.callers import Reach, Requester, denies_caller, reaches
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.match import Match, all_of
from s3kms.access.statements import Policy, Statement
from s3kms.model.unknown import Unknown

Policies = tuple[Policy, ...] | Unknown
"""The documents of one sort; Unknown where they could not be read."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One request, to be allowed or denied."""

    caller: Requester
    action: str
    """`kms:Decrypt`."""
    resource: "str | PrefixValue"
    """The ARN of what it is done to; its beginning, for some object of a bucket."""
    resource_account: str
    """Whose that is."""
    context: RequestContext

    @property
    def is_same_account(self) -> bool:
        """Whether the caller is of the account of the resource."""
        return self.caller.account == self.resource_account


MAX_KEY_SHOWN = 128
"""Characters of a condition key that a sentence has: it is as long as its author wants."""


def denied_by(
    policies: Policies,
    request: AccessRequest,
    what: str,
    *,
    names_principals: bool,
    has_boundary: Match = Match.NO,
) -> PartialAnswer:
    """Whether a statement of these denies it: one is enough. Whether the caller has a permissions boundary decides
    what NotPrincipal comes to.
    """
    nothing = PartialAnswer(Match.NO, f"nothing in {what} denies it")
    if isinstance(policies, Unknown):
        return PartialAnswer(Match.MAYBE, policies.why)
    found = [nothing, *_of_unread(policies)]
    for policy, statement in _statements(policies):
        if statement.is_allow and statement.is_effect_known:
            continue
        # Whom it names is looked at first: that is cheap, and most statements of a key policy name somebody else.
        match = Match.YES
        if names_principals:
            match = denies_caller(statement, request.caller, has_boundary=has_boundary)
        if match is not Match.NO:
            match = all_of([match, _covers(statement, request, names_principals=names_principals)])
        if match is not Match.NO:
            found.append(PartialAnswer(match, _by(policy, statement, match, "denies it", request)))
    return any_part(found)


def allowed_by(
    policies: Policies, request: AccessRequest, what: str, *, names_principals: bool = False
) -> PartialAnswer:
    """Whether a statement of these allows it, whomever it names: resource control policies name everyone."""
    nothing = PartialAnswer(Match.NO, f"nothing in {what} allows it")
    if isinstance(policies, Unknown):
        return PartialAnswer(Match.MAYBE, policies.why)
    found = [nothing, *_of_unread(policies)]
    for policy, statement in _statements(policies):
        if statement.is_allow:
            match = _covers(statement, request, names_principals=names_principals)
            if match is not Match.NO:
                found.append(PartialAnswer(match, _by(policy, statement, match, "allows it", request)))
    return any_part(found)


def allowed_by_reach(policies: Policies, request: AccessRequest, what: str) -> dict[Reach, PartialAnswer]:
    """How the statements of a resource's policies allow it: for each way in which they mean the caller."""
    nothing = PartialAnswer(Match.NO, f"nothing in {what} allows it")
    answers = dict.fromkeys(Reach, nothing)
    if isinstance(policies, Unknown):
        return dict.fromkeys(Reach, PartialAnswer(Match.MAYBE, policies.why))
    for unread in _of_unread(policies):
        answers = {reach: any_part([found, unread]) for reach, found in answers.items()}
    for policy, statement in _statements(policies):
        if not statement.is_allow:
            continue
        meant = {
            reach: match
            for reach, match in reaches(statement, request.caller).items()
            if match is not Match.NO
        }
        covers = _covers(statement, request, names_principals=True) if meant else Match.NO
        for reach, means in meant.items() if covers is not Match.NO else ():
            match = all_of([covers, means])
            answer = PartialAnswer(match, _by(policy, statement, match, "allows it", request))
            answers[reach] = any_part([answers[reach], answer])
    return answers


def _covers(statement: Statement, request: AccessRequest, *, names_principals: bool) -> Match:
    """Whether it is about this request, principals not considered. The cheap parts come first."""
    match = statement.covers_action(request.action)
    if match is Match.NO:
        return match
    match = all_of([match, statement.covers_resource(request.resource, request.context)])
    if match is Match.NO:
        return match
    parts = [match, statement.holds_for(request.context)]
    if (
        statement.unread
        # It is for IAM policies only (KMS Developer Guide, "kms:ResourceAliases").
        or (names_principals and any(one.is_about("kms:ResourceAliases") for one in statement.conditions))
        or (statement.has_principal and not names_principals)
        or not statement.is_effect_known
    ):
        parts.append(Match.MAYBE)
    return all_of(parts)


def without_ineffective(policies: Policies) -> Policies:
    """Policies of a key without the statements that lack a Resource, which have "no effect" (KMS Developer Guide,
    "Key policies in AWS KMS").
    """
    if isinstance(policies, Unknown) or all(
        one.has_resource for policy in policies for one in policy.statements
    ):
        return policies
    return tuple(
        replace(policy, statements=tuple(one for one in policy.statements if one.has_resource))
        for policy in policies
    )


def _statements(policies: tuple[Policy, ...]) -> Iterator[tuple[Policy, Statement]]:
    for policy in policies:
        for statement in policy.statements:
            yield policy, statement


def _of_unread(policies: Iterable[Policy]) -> list[PartialAnswer]:
    """What could not be parsed may allow anything, and deny anything."""
    return [PartialAnswer(Match.MAYBE, one.why) for policy in policies for one in policy.unread]


def _by(policy: Policy, statement: Statement, match: Match, verb: str, request: AccessRequest) -> str:
    if match is Match.YES:
        return f"{statement.name} of {policy.source} {verb}"
    if statement.unread:
        return f"{statement.name} of {policy.source}: {statement.unread[0].why}"
    open_keys = [one.key for one in statement.conditions if one.holds_for(request.context) is Match.MAYBE]
    shown = [key if key.isprintable() else repr(key) for key in dict.fromkeys(open_keys)]
    verb_of = "are" if len(shown) > 1 else "is"
    names = " and ".join(one[:MAX_KEY_SHOWN] for one in shown)
    what = f"{names}, which {verb_of} not known" if names else "request context that is not known"
    return f"whether {statement.name} of {policy.source} {verb} depends on {what}"
