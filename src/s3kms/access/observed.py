"""Who may use a bucket, joined with who was seen to use it. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.observed import (
    IdentityKey,
    ObservedBucket,
    ObservedIdentity,
    ObservedKind,
    ObservedPrincipal,
    identity_of_arn,
)

ANYONE = "*"
THROUGH_UNKNOWN = "what could not be found"
NOTHING_LETS_IN = "observed using the bucket, but no policy that was read allows it"
_ACCOUNT_DIGITS = 12
_OF_NO_ACCOUNT = (ObservedKind.SERVICE, ObservedKind.CANONICAL, ObservedKind.OTHER)


@dataclass(frozen=True, slots=True)
class ObservedAccess:
    """Who may use a bucket, with those apart who were seen to."""

    groups: tuple[AccessGroup, ...]
    """As they were, each in up to three: seen, not seen, not known; then those who were seen and are in none."""
    gone: tuple[ObservedPrincipal, ...] = ()
    """Users and roles of the account that were seen and do not exist any more."""


def observe(
    groups: tuple[AccessGroup, ...],
    seen: ObservedBucket | None,
    account: str | None = None,
    is_gone: Callable[[ObservedIdentity], bool] = lambda _: False,
) -> ObservedAccess:
    """The groups with what was seen.

    `account` is the bucket's; `is_gone` tells of users and roles that are certain not to exist.

    Where nothing was seen of the bucket, nothing is known of who uses it: the groups stay as they are.
    """
    if seen is None:
        return ObservedAccess(groups)
    index = _Index(seen, account)
    parts = [part for group in groups for part in index.parted(group)]
    strangers = [one for one in index.strangers() if one.has_used]
    gone = tuple(one for one in strangers if is_gone(one.identity))
    known_gone = {one.identity.key for one in gone}
    parts += _groups_of([one for one in strangers if one.identity.key not in known_gone])
    return ObservedAccess(tuple(sorted(parts, key=lambda one: -one.access.gravity)), gone)


class _Index:
    """Who was seen, by whatever a policy may call them."""

    def __init__(self, seen: ObservedBucket, account: str | None) -> None:
        self._seen = seen
        self._account = account
        self._by_key = {one.identity.key: one for one in seen.principals}
        self._by_account: dict[str, list[ObservedPrincipal]] = {}
        for one in seen.principals:
            if one.identity.account:
                self._by_account.setdefault(one.identity.account, []).append(one)
        self._met = set[IdentityKey]()
        self._is_open = False

    def parted(self, group: AccessGroup) -> Iterator[AccessGroup]:
        """The group, its principals told apart by whether they were seen."""
        parts: dict[bool | None, list[str]] = {True: [], None: [], False: []}
        for principal in group.principals:
            parts[self._came(principal, group.uses)].append(principal)
        for observed, principals in parts.items():
            if len(principals) == group.count:
                yield replace(group, observed=observed)
            elif principals:
                yield replace(group, observed=observed, principals=tuple(principals))

    def strangers(self) -> Iterator[ObservedPrincipal]:
        """Those who were seen and whom no group has. Complete after all groups were parted."""
        for one in self._seen.principals:
            if one.identity.key not in self._met and not (self._is_open and self._comes_as_anyone(one)):
                yield one

    def _came(self, principal: str, uses: tuple[KeyUse, ...]) -> bool | None:
        candidates = list(self._named(principal))
        self._met |= {one.identity.key for one in candidates}
        if any(_did(one, uses) for one in candidates):
            return True
        if self._may_be_meant(principal):
            return None
        return False if all(map(self._seen.covers, uses)) else None

    def _named(self, principal: str) -> Iterable[ObservedPrincipal]:
        if principal == ANYONE:
            self._is_open = True
            return [one for one in self._seen.principals if one.identity.kind is ObservedKind.ANONYMOUS]
        if principal.isdecimal() and len(principal) == _ACCOUNT_DIGITS:
            return self._by_account.get(principal, ())
        identity = identity_of_arn(principal)
        if identity is not None:
            keys = [identity.key]
        else:
            keys = [(kind, None, text) for kind in _OF_NO_ACCOUNT for text in (principal, principal.lower())]
        return [self._by_key[key] for key in dict.fromkeys(keys) if key in self._by_key]

    def _may_be_meant(self, principal: str) -> bool:
        """Whether somebody was seen of whom the log has no more than the account, which is that of the principal."""
        identity = identity_of_arn(principal)
        account = identity.account if identity else None
        return account is not None and (ObservedKind.ACCOUNT, account, account) in self._by_key

    def _comes_as_anyone(self, principal: ObservedPrincipal) -> bool:
        """Whether it may have come as whoever a bucket is open to: of its own account everybody is judged by name."""
        identity = principal.identity
        return identity.kind is not ObservedKind.SERVICE and identity.account != self._account


def _did(principal: ObservedPrincipal, uses: tuple[KeyUse, ...]) -> bool:
    """Whether it did one of these. Whoever was refused came for something: for what is not kept."""
    done = {
        KeyUse.READ: principal.reads > 0,
        KeyUse.WRITE: principal.writes > 0,
        KeyUse.MULTIPART: principal.parts > 0,
    }
    return principal.denied > 0 or any(done[use] for use in uses)


def _groups_of(strangers: Iterable[ObservedPrincipal]) -> Iterator[AccessGroup]:
    by_uses: dict[tuple[KeyUse, ...], list[str]] = {}
    for one in strangers:
        by_uses.setdefault(one.uses, []).append(one.name)
    for uses, names in by_uses.items():
        yield AccessGroup(
            KeyAccess.CANNOT_TELL, uses, NOTHING_LETS_IN, THROUGH_UNKNOWN, tuple(names), observed=True
        )
