"""Whether a grant of a KMS key lets somebody use it, whatever the key policy says (facts B26 and B27)."""

from s3kms.access.callers import Requester, RequesterKind, is_of_account
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.match import Match, all_of
from s3kms.access.operators import matches_arn
from s3kms.access.texts import matches_glob
from s3kms.model.grants import KeyGrant

_CONTEXT = "kms:EncryptionContext:"
_CONTEXT_KEYS = "kms:EncryptionContextKeys"


def grant_allows(grant: KeyGrant, caller: Requester, action: str, context: RequestContext) -> Match:
    """Whether a grant lets a caller do something to its key."""
    if not names_operation(grant, action):
        return Match.NO
    return all_of([_is_for(grant, caller), *_constraints(grant, context)])


def names_operation(grant: KeyGrant, action: str) -> bool:
    """Whether a grant is about an action, `kms:Decrypt`, whoever it is for."""
    return action.partition(":")[2].lower() in {one.lower() for one in grant.operations}


def _is_for(grant: KeyGrant, caller: Requester) -> Match:
    if grant.grantee_service:
        is_it = caller.kind is RequesterKind.SERVICE and caller.arn == grant.grantee_service
        return Match.YES if is_it else Match.NO
    grantee = grant.grantee or ""
    if "amazonaws.com" in grantee and ":" not in grantee:
        return Match.MAYBE  # it may stand for several users, roles or accounts (fact B27)
    if caller.account is None:
        return Match.NO
    if grantee and grantee in {caller.arn, caller.session}:
        return Match.YES
    if caller.is_some:
        return Match.MAYBE if is_of_account(grantee, caller) or grantee == caller.account else Match.NO
    if caller.kind is RequesterKind.ROLE and caller.session is None and ":assumed-role/" in grantee:
        name = caller.arn.rsplit("/", 1)[-1]
        is_of_role = matches_glob(f"arn:*:sts::{caller.account}:assumed-role/{name}/*", grantee)
        return Match.MAYBE if is_of_role else Match.NO
    # What a grant to a whole account comes to is not documented.
    return Match.MAYBE if grantee in {caller.account_root, caller.account} else Match.NO


def _constraints(grant: KeyGrant, context: RequestContext) -> list[Match]:
    pairs = {**grant.context_subset, **(grant.context_equals or {})}
    found = [_is_pair(context, key, value) for key, value in pairs.items()]
    if grant.context_equals is not None:
        keys = context.find(_CONTEXT_KEYS)
        is_same = keys is not None and set(keys) == set(grant.context_equals)
        found.append(Match.MAYBE if keys is None else Match.YES if is_same else Match.NO)
    if grant.source_arn is not None:
        values = context.find("aws:SourceArn")
        if values is None or not all(isinstance(one, str) for one in values):
            found.append(Match.MAYBE)
        else:
            is_source = any(matches_arn(grant.source_arn, str(one)) is Match.YES for one in values)
            found.append(Match.YES if is_source else Match.NO)
    return found


def _is_pair(context: RequestContext, key: str, value: str) -> Match:
    """Whether the encryption context has this pair, key and value compared letter by letter."""
    keys = context.find(_CONTEXT_KEYS)
    if keys is not None and key not in keys:
        return Match.NO
    values = context.find(_CONTEXT + key)
    if values is None:
        return Match.MAYBE
    if value in values:
        return Match.YES
    is_open = any(isinstance(one, PrefixValue) and value.startswith(one.prefix) for one in values)
    return Match.MAYBE if is_open else Match.NO
