"""Whom of the users and roles of an account policies name one by one, and which of a role's sessions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from s3kms.access.callers import RequesterKind
from s3kms.access.identity_classes import IdentityClasses, named_principals
from s3kms.access.key_use import BucketUser
from s3kms.access.operators import SOME_END
from s3kms.access.statements import Policy
from s3kms.model.grants import KeyGrant
from s3kms.model.unknown import Unknown

MAX_SESSIONS = 100
"""Sessions of one role that are told apart: with more, nobody is told which of them a statement means."""
_SESSION = re.compile(r"(arn:[^:]*:sts::[0-9]{12}:assumed-role/[^/*?]+/)[^*?]+")


def names_in(policies: Iterable[Policy], grants: tuple[KeyGrant, ...] | Unknown) -> frozenset[str]:
    """The principals whom policies and grants name, as they are written."""
    of_grants = () if isinstance(grants, Unknown) else grants
    return frozenset({*named_principals(policies), *(one.grantee for one in of_grants if one.grantee)})


def identities_in(names: Iterable[str], classes: IdentityClasses) -> frozenset[str]:
    """The ARNs of the identities that are among the names, of a session those of its role."""
    found = set[str]()
    for text in names:
        if text in classes.by_arn:
            found.add(text)
        elif ":assumed-role/" in text:
            found |= set(classes.by_role_name.get(text.split(":assumed-role/", 1)[1].split("/")[0], ()))
        elif text != "*" and ("*" in text or "?" in text):
            return frozenset(classes.by_arn)  # AWS takes no such principal: whom it means is not documented
    return frozenset(found)


def sessions_in(names: Iterable[str]) -> dict[str, list[str]]:
    """The role sessions among the names, by how the ARNs of the sessions of their role begin."""
    found: dict[str, list[str]] = {}
    for text in sorted(names):
        if match := _SESSION.fullmatch(text):
            found.setdefault(match[1], []).append(text)
    return found


def told_apart(user: BucketUser, sessions: Mapping[str, list[str]]) -> Iterator[tuple[str, BucketUser]]:
    """A user or role with its name, each of its sessions that is named by its own, before the others."""
    caller = user.caller
    if caller.kind is RequesterKind.ROLE:
        partition, role = caller.arn.split(":")[1], caller.arn.rsplit("/", 1)[-1]
        of_role = f"arn:{partition}:sts::{caller.account}:assumed-role/{role}/"
        named = sessions.get(of_role, [])
        if 0 < len(named) <= MAX_SESSIONS:
            for session in named:
                yield session, replace(user, caller=replace(caller, session=session))
            user = replace(user, caller=replace(caller, session=of_role + SOME_END))  # one that nobody names
    yield caller.arn, user
