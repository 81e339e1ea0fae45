"""Grants of a KMS key, which let a principal use it whatever the key policy says (facts B26 and B27)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import RequestContext
from s3kms.access.match import Match, all_of
from s3kms.access.operators import matches_arn
from s3kms.access.texts import matches_glob

_CONTEXT = "kms:EncryptionContext:"
_CONTEXT_KEYS = "kms:EncryptionContextKeys"


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """One grant, as ListGrants shows it."""

    operations: frozenset[str]
    """As the API names them: `Decrypt`."""
    grantee: str | None = None
    """The ARN of a principal."""
    grantee_service: str | None = None
    """`GranteeServicePrincipal`."""
    context_subset: Mapping[str, str] = field(default_factory=dict)
    """`EncryptionContextSubset`: these pairs have to be there."""
    context_equals: Mapping[str, str] | None = None
    """`EncryptionContextEquals`: these pairs and no others."""
    source_arn: str | None = None
    """`SourceArn`, of a grant to a service."""
    name: str = "a grant"

    def allows(self, caller: Requester, action: str, context: RequestContext) -> Match:
        """Whether it lets a caller do something to its key."""
        if action.partition(":")[2].lower() not in {one.lower() for one in self.operations}:
            return Match.NO
        return all_of([self._is_for(caller), *self._constraints(context)])

    def _is_for(self, caller: Requester) -> Match:
        if self.grantee_service:
            is_it = caller.kind is RequesterKind.SERVICE and caller.arn == self.grantee_service
            return Match.YES if is_it else Match.NO
        grantee = self.grantee or ""
        if "amazonaws.com" in grantee and ":" not in grantee:
            return Match.MAYBE  # it may stand for several users, roles or accounts (fact B27)
        if caller.account is None:
            return Match.NO
        if grantee and grantee in {caller.arn, caller.session}:
            return Match.YES
        if caller.kind is RequesterKind.ROLE and caller.session is None and ":assumed-role/" in grantee:
            name = caller.arn.rsplit("/", 1)[-1]
            is_of_role = matches_glob(f"arn:*:sts::{caller.account}:assumed-role/{name}/*", grantee)
            return Match.MAYBE if is_of_role else Match.NO
        # What a grant to a whole account comes to is not documented.
        return Match.MAYBE if grantee in {caller.account_root, caller.account} else Match.NO

    def _constraints(self, context: RequestContext) -> list[Match]:
        pairs = {**self.context_subset, **(self.context_equals or {})}
        found = [_is_value(context, _CONTEXT + key, value) for key, value in pairs.items()]
        if self.context_equals is not None:
            keys = context.find(_CONTEXT_KEYS)
            is_same = keys is not None and set(keys) == set(self.context_equals)
            found.append(Match.MAYBE if keys is None else Match.YES if is_same else Match.NO)
        if self.source_arn is not None:
            values = context.find("aws:SourceArn")
            if values is None or not all(isinstance(one, str) for one in values):
                found.append(Match.MAYBE)
            else:
                is_source = any(matches_arn(self.source_arn, str(one)) is Match.YES for one in values)
                found.append(Match.YES if is_source else Match.NO)
        return found


def _is_value(context: RequestContext, key: str, value: str) -> Match:
    """Whether the encryption context has this pair, which is compared letter by letter."""
    values = context.find(key)
    if values is None:
        return Match.MAYBE
    if value in values:
        return Match.YES
    is_open = any(not isinstance(one, str) and value.startswith(one.prefix) for one in values)
    return Match.MAYBE if is_open else Match.NO
