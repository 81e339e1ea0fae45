"""Who comes to a bucket besides the users and roles of its own account: whom its policies and its ACL name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from s3kms.access.bucket_use import OBJECT_ACTIONS, USE_ACTIONS, Door, OpenedBucket
from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.conditions import Condition
from s3kms.access.context import ContextInput, PrefixValue, RequestContext
from s3kms.access.key_use import caller_named
from s3kms.access.match import Match
from s3kms.access.principals import PrincipalOwner, identify, service_name
from s3kms.access.statements import Policy, Principal, PrincipalKind, Statement
from s3kms.access.texts import as_pattern
from s3kms.model.access import KeyUse
from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class NamedOutsider:
    """Somebody whom a statement names."""

    name: str
    """An ARN, an account id, the name of a service, a canonical user id; `*` for whoever comes."""
    owner: PrincipalOwner
    account: str | None = None
    """Of a principal of another account."""
    caller: Requester | None = None
    """None where it stands for many, or cannot be told who."""
    keys: tuple[tuple[str, "str | PrefixValue"], ...] = ()
    """What a statement says of the requests of a service: on whose behalf it comes."""
    is_unnamed: bool = False
    """Whether conditions of the statement keep out who has no name: anonymous requests."""
    uses: frozenset[KeyUse] = frozenset(KeyUse)
    """What the statements let them do, denials not considered."""


def outsiders_of(bucket: OpenedBucket) -> tuple[NamedOutsider, ...]:
    """Everybody whom the statements let do something to objects, each once."""
    found: dict[tuple[str, object, bool], NamedOutsider] = {}
    for door in bucket.doors:
        for policy in _read(door):
            for statement in policy.statements:
                uses = _uses_of(statement, door)
                for one in _named_by(statement, door, bucket) if uses else ():
                    who = (one.name, one.keys, one.is_unnamed)
                    known = found.get(who)
                    told = uses if known is None else uses | known.uses
                    found[who] = replace(known or one, uses=told)
    return tuple(found.values())


def unread_of(doors: Iterable[Door]) -> Iterator[tuple[str, Unknown]]:
    """What of the policies is not known and may let in anybody, each with the name of its way in."""
    for door in doors:
        if isinstance(door.policies, Unknown):
            yield door.name, door.policies
            continue
        for policy in door.policies:
            yield from ((door.name, one) for one in policy.unread)
            for statement in policy.statements:
                if statement.is_allow and _is_about_objects(statement):
                    yield from ((door.name, one) for one in statement.unread)


def is_for(statement: Statement, door: Door) -> bool:
    """Whether a statement may be about requests that come this way: one that delegates to access points is not about
    those that come to the bucket itself.
    """
    keys = RequestContext.of(door.keys)
    about = (one for one in statement.conditions if one.key.lower() in keys.values)
    return all(one.holds_for(keys) is not Match.NO for one in about)


def _uses_of(statement: Statement, door: Door) -> frozenset[KeyUse]:
    """What a statement may let somebody do to objects that come this way."""
    resources = statement.resources
    reached = resources.match_arn(door.objects, RequestContext(), has_variables=statement.has_variables)
    if not statement.is_allow or reached is Match.NO:
        return frozenset()
    return frozenset(
        use
        for use, actions in USE_ACTIONS.items()
        if any(statement.covers_action(action) is not Match.NO for action in actions)
    )


def _is_about_objects(statement: Statement) -> bool:
    return any(statement.covers_action(action) is not Match.NO for action in OBJECT_ACTIONS)


def _named_by(statement: Statement, door: Door, bucket: OpenedBucket) -> Iterator[NamedOutsider]:
    if not is_for(statement, door):
        # Whom the access points of the bucket's own account let in, their policies name.
        foreign = _accounts_of_access_points(statement) - {bucket.account}
        yield from (NamedOutsider(one, PrincipalOwner.ACCOUNT) for one in sorted(foreign))
        return
    if statement.is_negated:
        yield NamedOutsider("*", PrincipalOwner.ANYONE)
        return
    for principal in statement.principals:
        for outsider in _outsiders(principal, statement):
            is_nobody = outsider.owner is PrincipalOwner.ANYONE and bucket.is_restricted
            if is_nobody and not outsider.is_unnamed:
                continue
            # Whoever was deleted comes no more: of a new one of the same name the id is another.
            is_own = outsider.account == bucket.account or outsider.owner is PrincipalOwner.OWN
            if not is_own and outsider.owner is not PrincipalOwner.GONE:
                yield outsider


_ARN_PARTS = 6
_ACCOUNT = re.compile("[0-9]{12}")


def _accounts_of_access_points(statement: Statement) -> set[str]:
    """The accounts to whose access points a statement delegates; `*` where that is not said."""
    found = set[str]()
    for condition in statement.conditions:
        key = condition.key.lower()
        if key not in {"s3:dataaccesspointaccount", "s3:dataaccesspointarn"} or not _is_single(condition):
            continue
        for value in map(as_pattern, condition.values):
            account = value.split(":")[4] if value.count(":") >= _ARN_PARTS - 1 else value
            found.add(account if account.isdecimal() else "*")
    return found or {"*"}


def _outsiders(principal: Principal, statement: Statement) -> tuple[NamedOutsider, ...]:
    if principal.kind is PrincipalKind.ANYONE:
        for condition in statement.conditions:
            if narrowed := _named_by_condition(condition):
                return narrowed
    return (_outsider(principal, statement),)


def _named_by_condition(condition: Condition) -> tuple[NamedOutsider, ...]:
    """Whom alone a statement for everyone means by a condition on who they are; none where it does not say."""
    key = condition.key.lower()
    if key not in {"aws:principalaccount", "aws:principalarn"} or not _is_single(condition):
        return ()
    found = list[NamedOutsider]()
    for value in map(as_pattern, condition.values):
        parts = value.split(":")
        account = value if key == "aws:principalaccount" else parts[4] if len(parts) >= _ARN_PARTS else ""
        if not _ACCOUNT.fullmatch(account):
            return ()
        caller = None if set(value) & set("*?$") else caller_named(value, account)
        name = caller.arn if caller else account
        found.append(NamedOutsider(name, PrincipalOwner.ACCOUNT, account, caller))
    return tuple(found)


def _outsider(principal: Principal, statement: Statement) -> NamedOutsider:
    identity = identify(principal)
    text = as_pattern(principal.text)
    if principal.kind is PrincipalKind.SERVICE:
        name = service_name(principal.text)
        service = Requester(RequesterKind.SERVICE, None, name)
        return NamedOutsider(name, identity.owner, caller=service, keys=_keys_of(statement))
    if identity.owner is PrincipalOwner.ANYONE:
        return NamedOutsider("*", identity.owner, is_unnamed=bool(statement.conditions))
    if identity.owner is not PrincipalOwner.ACCOUNT or identity.account is None:
        return NamedOutsider(text, identity.owner)
    account = identity.account
    is_whole = text == account or text.endswith(":root")
    caller = None if is_whole else caller_named(text, account)
    if caller is None and not is_whole:
        return NamedOutsider(text, PrincipalOwner.OTHER)
    return NamedOutsider(
        account if caller is None else caller.session or caller.arn, identity.owner, account, caller
    )


_SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
_SINGLE = frozenset({"stringequals", "stringlike", "arnequals", "arnlike"})


def _is_single(condition: Condition) -> bool:
    return condition.operator.lower() in _SINGLE and not condition.unread


def _keys_of(statement: Statement) -> tuple[tuple[str, "str | PrefixValue"], ...]:
    """On whose behalf a service comes, where the statement says one value of a key."""
    found: list[tuple[str, str | PrefixValue]] = []
    for condition in statement.conditions:
        value = condition.values[0] if len(condition.values) == 1 else None
        is_said = condition.key.lower() in _SOURCES and _is_single(condition)
        if not is_said or not isinstance(value, str) or "$" in value or "?" in value:
            continue
        head, star, _ = value.partition("*")
        is_arn = condition.base_operator.startswith("arn")
        found.append((condition.key, PrefixValue(head, value if is_arn else "") if star else value))
    account = next((_account_in(value) for key, value in found if key.lower() == "aws:sourcearn"), None)
    if account and all(key.lower() != "aws:sourceaccount" for key, _ in found):
        found.append(("aws:SourceAccount", account))
    return tuple(found)


def _account_in(source: "str | PrefixValue") -> str | None:
    """The account in the ARN of a source: `aws:SourceAccount` "must use the same account ID" (IAM User Guide, "The
    confused deputy problem"). None where it has none, or that part is not known.
    """
    text = source if isinstance(source, str) else source.pattern or source.prefix
    parts = text.split(":", _ARN_PARTS - 1)
    return parts[4] if len(parts) == _ARN_PARTS and _ACCOUNT.fullmatch(parts[4]) else None


def keys_as_input(outsider: NamedOutsider) -> ContextInput:
    """What is known of the requests of a service."""
    return dict(outsider.keys)


def doors_by_account(doors: Iterable[Door]) -> dict[str, tuple[Door, ...]]:
    """For each account that statements name, the doors without what lets in other accounts alone.

    A policy that names many would be searched for each of them otherwise.
    """
    listed = tuple(doors)
    accounts = {
        one.account
        for door in listed
        for policy in _read(door)
        for statement in policy.statements
        for one in map(identify, statement.principals)
        if one.account
    }
    found: dict[str, list[Door]] = {account: [] for account in accounts}
    for door in listed:
        policies = {account: list[Policy]() for account in accounts}
        for policy in _read(door):
            parts = _parts_of(policy, accounts)
            for account, statements in parts.items():
                policies[account].append(replace(policy, statements=tuple(statements)))
        for account in accounts:
            kept = door.policies if isinstance(door.policies, Unknown) else tuple(policies[account])
            found[account].append(replace(door, policies=kept))
    return {account: tuple(of) for account, of in found.items()}


def _read(door: Door) -> tuple[Policy, ...]:
    return () if isinstance(door.policies, Unknown) else door.policies


def _parts_of(policy: Policy, accounts: Iterable[str]) -> dict[str, list[Statement]]:
    """For each account the statements that may be about it, those of many principals with its own alone."""
    found: dict[str, list[Statement]] = {account: [] for account in accounts}
    for statement in policy.statements:
        named: dict[str, list[Principal]] = {}
        others: list[Principal] = []
        for principal in statement.principals:
            account = identify(principal).account
            (others if account is None else named.setdefault(account, [])).append(principal)
        is_common = not statement.is_allow or statement.is_negated or bool(others) or statement.unread
        for account in found if is_common or not statement.principals else named:
            own = named.get(account, [])
            is_whole = not statement.is_allow or statement.is_negated or not statement.principals
            found[account].append(statement if is_whole else replace(statement, principals=(*own, *others)))
    return found
