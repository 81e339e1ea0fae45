"""Resource policies, judged just far enough for a demonstration: no conditions."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.accounts import CallerIdentity

PolicyDecision = Literal["allow", "deny", "neither"]


def evaluate_policy(
    policy: str | bytes | None, caller: CallerIdentity, action: str, resource: str
) -> PolicyDecision:
    """Whether a policy allows or denies one action on one resource to one caller, or says neither.

    A statement with a Condition or a NotPrincipal neither allows nor denies: evaluating it would need the whole
    of IAM, and a wrong answer would be worse than none. moto answers such a statement as if it had no condition.
    """
    verdicts = {s["Effect"] for s in _statements(policy) if _matches(s, caller, action, resource)}
    return "deny" if "Deny" in verdicts else "allow" if "Allow" in verdicts else "neither"


def _statements(policy: str | bytes | None) -> Iterator[dict[str, Any]]:
    if not policy:
        return
    try:
        document = json.loads(policy)
    except ValueError:
        return
    for statement in listed(document.get("Statement")):
        if not statement.get("Condition") and "Principal" in statement and statement.get("Effect"):
            yield statement


def _matches(statement: dict[str, Any], caller: CallerIdentity, action: str, resource: str) -> bool:
    return (
        names(statement["Principal"], caller)
        and covers(statement, "Action", action, ignore_case=True)
        and covers(statement, "Resource", resource, ignore_case=False)
    )


def names(principal: Any, caller: CallerIdentity) -> bool:
    """Whether a Principal means the caller: anybody, its account, the account's root, or its own ARN."""
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    named = set(listed(principal.get("AWS")))
    return "*" in named or (caller.account is not None and bool(named & {caller.account, *caller.arns}))


def covers(statement: dict[str, Any], element: str, value: str, *, ignore_case: bool) -> bool:
    """Whether a statement's Action or Resource (or its Not… form) covers a value."""
    if f"Not{element}" in statement:
        return not any(glob(p, value, ignore_case=ignore_case) for p in listed(statement[f"Not{element}"]))
    return any(glob(pattern, value, ignore_case=ignore_case) for pattern in listed(statement.get(element)))


@functools.lru_cache(maxsize=4096)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = ("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern),)
    return re.compile(parts[0], re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def glob(pattern: str, value: str, *, ignore_case: bool) -> bool:
    """Whether a value matches a pattern with IAM's wildcards, `*` and `?`."""
    return _pattern(pattern, ignore_case).fullmatch(value) is not None


def listed(value: Any) -> list[Any]:
    """A list of what a policy gives as one value or as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]
