"""A role's trust policy, judged with the conditions that such policies have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections.policies import covers, glob, listed, names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3kms.demo.corrections.accounts import CallerIdentity

ConditionContext = dict[str, str | None]
"""What is known of a request, by condition key in lower case; None is known to be absent."""


class _CannotBeKnown(Exception):
    """A condition on a key or with an operator that the embedded AWS does not know."""


def trusts(policy: str, caller: CallerIdentity, context: ConditionContext) -> bool:
    """Whether a trust policy lets the caller assume the role.

    A condition that cannot be judged does not allow, and does deny: no test passes that AWS would fail.
    """
    effects = {
        statement["Effect"]
        for statement in listed(json.loads(policy).get("Statement"))
        if names(statement.get("Principal"), caller)
        and covers(statement, "Action", "sts:AssumeRole", ignore_case=True)
        and _applies(statement, context)
    }
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], context: ConditionContext) -> bool:
    """Whether all conditions of a statement hold. Raises _CannotBeKnown."""
    try:
        return all(
            _holds(operator, key, [str(value) for value in listed(wanted)], context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    except _CannotBeKnown:
        return bool(statement["Effect"] == "Deny")


def _holds(operator: str, key: str, wanted: list[str], context: ConditionContext) -> bool:
    """Whether one condition holds. An absent key fits no value: a negated operator holds, and so does IfExists."""
    name, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    negated = "Not" in name
    test = _TESTS.get(name.replace("Not", ""))
    if test is None or key.lower() not in context:
        raise _CannotBeKnown
    value = context[key.lower()]
    if value is None:
        return if_exists or negated
    return any(test(pattern, value) for pattern in wanted) != negated


def _equals(wanted: str, value: str) -> bool:
    return wanted == value


def _like(wanted: str, value: str) -> bool:
    return glob(wanted, value, ignore_case=False)


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": _equals,
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": _like,
}
