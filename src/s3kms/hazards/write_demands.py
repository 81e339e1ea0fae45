"""What policies demand of writers: the encryption that they ask for, and the key it is under (facts E1, E2, E14)."""

from collections.abc import Iterable

from s3kms.access.conditions import evaluate_conditions
from s3kms.access.context import ContextInput, ContextValue, PrefixValue
from s3kms.access.match import Match, all_of, any_of
from s3kms.access.statements import Policy, Statement
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.partitions import partition_of
from s3kms.model.unknown import Unknown

ENCRYPTION_HEADER = "s3:x-amz-server-side-encryption"
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"
DEMANDED_HEADERS = (ENCRYPTION_HEADER, KEY_HEADER)
_SOME_KEY = PrefixValue("arn:")
REPLICATING_WRITES = ("s3:PutObject", "s3:ReplicateObject")
"""The actions that take both condition keys, and write objects (fact E14)."""


def is_about_any(statement: Statement, keys: Iterable[str]) -> bool:
    """Whether a condition of the statement has one of these keys."""
    return any(one.is_about(key) for one in statement.conditions for key in keys)


def matches_write(statement: Statement, keys: Iterable[str], request: ContextInput) -> Match:
    """Whether the conditions with these keys hold for a write; the others are taken as holding."""
    wanted = list(keys)
    conditions = [one for one in statement.conditions if any(map(one.is_about, wanted))]
    return evaluate_conditions(conditions, request)


def unread_conditions(statement: Statement, keys: Iterable[str]) -> Iterable[Unknown]:
    """What is not known in its conditions with these keys."""
    wanted = list(keys)
    return (
        unknown for one in statement.conditions if any(map(one.is_about, wanted)) for unknown in one.unread
    )


def is_let_through(
    policies: Iterable[Policy], action: str, keys: Iterable[str], request: ContextInput
) -> Match:
    """Whether identity policies let a write through, as far as conditions with these keys decide."""
    statements = [one for policy in policies for one in policy.statements]
    wanted = list(keys)

    def matches(*, is_allow: bool) -> Match:
        return any_of(
            all_of([one.covers_action(action), matches_write(one, wanted, request)])
            for one in statements
            if one.is_allow is is_allow
        )

    return all_of([matches(is_allow=True), matches(is_allow=False).negated()])


def of_sse_s3() -> ContextInput:
    """A write that asks for SSE-S3."""
    return {ENCRYPTION_HEADER: SSE_S3, KEY_HEADER: None}


def of_sse_kms(key: ContextValue) -> ContextInput:
    """A write that asks for SSE-KMS under a key."""
    return {ENCRYPTION_HEADER: SSE_KMS, KEY_HEADER: key}


def of_default(key: ContextValue | None) -> ContextInput:
    """A write that asks for nothing: it gets the default, whose key S3 fills in as a full ARN (fact E2)."""
    return {ENCRYPTION_HEADER: None, KEY_HEADER: key}


def wanted_key(bucket: Bucket, text: str | None) -> ContextValue:
    """The ARN of the key that a default names; of an alias and of aws/s3 only the beginning is known."""
    reference = KeyReference.parse(text)
    if reference.form is KeyForm.ARN and text:
        return text
    region, account = reference.region or bucket.region, reference.account or bucket.account
    partition = bucket.arn.split(":")[1] if bucket.arn else partition_of(bucket.region)
    start = f"arn:{partition}:kms:{region}:{account}:key/" if region and account else "arn:"
    if reference.form is KeyForm.ID and region and account:
        return start + str(text)
    return PrefixValue(start)


def demands_sse_s3(policy: Policy, statement: Statement, key: ContextValue) -> Match:
    """Whether a statement lets writes through that ask for SSE-S3, and none that asks for SSE-KMS, whatever the key;
    MAYBE where that hangs on the key, or on conditions that are not known.

    One that lets writers in so is no demand where another one lets them in with `key`.
    """
    if not is_about_any(statement, DEMANDED_HEADERS):
        return Match.NO
    if any_of(map(statement.covers_action, REPLICATING_WRITES)) is Match.NO:
        return Match.NO
    with_sse_s3 = matches_write(statement, DEMANDED_HEADERS, of_sse_s3())
    with_kms = matches_write(statement, DEMANDED_HEADERS, of_sse_kms(_SOME_KEY))
    wanted = (Match.YES, Match.NO) if statement.is_allow else (Match.NO, Match.YES)
    if (with_sse_s3, with_kms) == wanted:
        is_let_in = statement.is_allow and any(_lets_in_too(one, statement, key) for one in policy.statements)
        return Match.NO if is_let_in else Match.YES
    return Match.MAYBE if Match.MAYBE in {with_sse_s3, with_kms} else Match.NO


def denies_key(statement: Statement, key: ContextValue) -> Match:
    """Whether a statement keeps out writes without headers once they get the key, by a condition on the key."""
    if not is_about_any(statement, [KEY_HEADER]) or statement.covers_action("s3:PutObject") is Match.NO:
        return Match.NO
    after = matches_write(statement, DEMANDED_HEADERS, of_default(key))
    if not statement.is_allow:
        return after
    if matches_write(statement, DEMANDED_HEADERS, of_default(None)) is Match.NO:
        return Match.NO  # writers without headers were not meant
    return after.negated()


def _lets_in_too(other: Statement, statement: Statement, key: ContextValue) -> bool:
    """Whether another statement lets the writers of one in with the key, asking for nothing else."""
    others, own = (
        {one for one in each.conditions if not any(map(one.is_about, DEMANDED_HEADERS))}
        for each in (other, statement)
    )
    return (
        other.is_allow
        and not other.unread
        and (other.is_negated, other.resources) == (statement.is_negated, statement.resources)
        and set(statement.principals) <= set(other.principals)
        and others <= own
        and matches_write(other, DEMANDED_HEADERS, of_sse_kms(key)) is Match.YES
        and all(
            other.covers_action(action) is Match.YES
            for action in REPLICATING_WRITES
            if statement.covers_action(action) is not Match.NO
        )
    )
