"""What policies demand of writers: the encryption that they ask for, and the key it is under (facts E1, E2, E14)."""

from collections.abc import Iterable

from s3kms.access.conditions import evaluate_conditions
from s3kms.access.context import ContextInput
from s3kms.access.match import Match, all_of, any_of
from s3kms.access.statements import Policy, Statement
from s3kms.model.unknown import Unknown

ENCRYPTION_HEADER = "s3:x-amz-server-side-encryption"
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


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
