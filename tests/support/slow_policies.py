"""A second evaluation of policies: plain, slow, and written from the documentation without looking at the first.

It works on the JSON itself, knows every key of a request, and answers yes or no. Where AWS does not document what
happens, `is_generous` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


@dataclass
class Call:
    """A request."""

    names: dict[str, str]
    """ARNs or names of the caller: of its `user`, `role`, `session`, `account`, `root` or `service`."""
    action: str
    resource: str
    is_same_account: bool
    context: Mapping[str, tuple[str, ...]]
    """Every key that is there, in lower case."""
    is_service_linked: bool = False


@dataclass
class Documents:
    """Lists of statements."""

    identity: list[Json] = field(default_factory=list)
    resource: list[Json] = field(default_factory=list)
    boundary: list[Json] | None = None
    session: list[Json] | None = None
    scps: list[list[Json]] = field(default_factory=list)
    rcps: list[list[Json]] = field(default_factory=list)


def is_allowed(call: Call, documents: Documents, *, is_generous: bool) -> bool:
    """Policy evaluation logic, in the order of the flow chart."""
    if _is_denied(call, documents, is_generous=is_generous):
        return False
    scps, rcps = _organization(call, documents)
    for statements in (*scps, *rcps):
        if not any(s["Effect"] == "Allow" and _is_about(s, call) for s in statements):
            return False
    return _is_granted(call, documents, is_generous=is_generous)


def _organization(call: Call, documents: Documents) -> tuple[list[list[Json]], list[list[Json]]]:
    if call.is_service_linked:
        return [], []
    return (documents.scps if "account" in call.names else []), documents.rcps


def _is_denied(call: Call, documents: Documents, *, is_generous: bool) -> bool:
    is_identity = "account" in call.names
    scps, rcps = _organization(call, documents)
    own = [documents.identity, documents.boundary or [], documents.session or []] if is_identity else []
    for statements in (*own, *scps):
        if any(s["Effect"] == "Deny" and _is_about(s, call) for s in statements):
            return True
    for statements in (documents.resource, *rcps):
        for s in statements:
            if s["Effect"] != "Deny" or not _is_about(s, call):
                continue
            # "NotPrincipal … will always deny any IAM principal that has a permissions boundary"
            is_bounded = is_identity and documents.boundary is not None and statements is documents.resource
            if ("NotPrincipal" in s and is_bounded) or _denies(s, call, is_generous=is_generous):
                return True
    return False


def _is_granted(call: Call, documents: Documents, *, is_generous: bool) -> bool:
    by_resource = set[str]()
    for s in documents.resource:
        if s["Effect"] == "Allow" and _is_about(s, call):
            names = _named(s, call)
            by_resource |= {"pinned"} if "everyone" in names and _is_pinned(s) else set()
            by_resource |= names
    if "account" not in call.names:
        return "service" in by_resource or (is_generous and "everyone" in by_resource)
    in_boundary = documents.boundary is None or _allows(documents.boundary, call)
    in_session = documents.session is None or _allows(documents.session, call)
    by_identity = _allows(documents.identity, call) and in_boundary and in_session
    if not call.is_same_account:
        return by_identity and bool(by_resource)
    is_direct = bool(by_resource & {"user", "session", "pinned"})
    is_within = in_boundary and in_session
    if is_direct or ("role" in by_resource and is_within):
        return True
    if "everyone" in by_resource and (is_generous or is_within):
        return True
    is_key = call.action.startswith("kms:")
    return by_identity and (not is_key or bool(by_resource & {"account", "root"}))


def _is_pinned(s: Json) -> bool:
    """Whether a condition names the principals by aws:PrincipalArn, so that boundaries and sessions cut nothing."""
    return any(
        key.lower() == "aws:principalarn" and "Not" not in operator and "Null" not in operator
        for operator, block in s.get("Condition", {}).items()
        for key in block
    )


def _allows(statements: list[Json], call: Call) -> bool:
    return any(s["Effect"] == "Allow" and _is_about(s, call) for s in statements)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _glob(pattern: str, text: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _is_about(s: Json, call: Call) -> bool:
    if "NotAction" in s:
        is_action = not any(_glob(a.lower(), call.action.lower()) for a in _list(s["NotAction"]))
    else:
        is_action = any(_glob(a.lower(), call.action.lower()) for a in _list(s["Action"]))
    if "NotResource" in s:
        is_resource = not any(_glob(r, call.resource) for r in _list(s["NotResource"]))
    else:
        is_resource = any(_glob(r, call.resource) for r in _list(s["Resource"]))
    tests = [
        _holds(operator, key, [str(v) for v in _list(values)], call)
        for operator, block in s.get("Condition", {}).items()
        for key, values in block.items()
    ]
    return is_action and is_resource and all(tests)


def _named(s: Json, call: Call) -> set[str]:
    """By which names an Allow statement means the caller."""
    if s["Principal"] == "*":
        return {"everyone"}
    found = set[str]()
    for text in _list(s["Principal"].get("AWS", [])):
        found |= {"everyone"} if text == "*" else {kind for kind, name in call.names.items() if name == text}
    service = _list(s["Principal"].get("Service", []))
    return found | ({"service"} if call.names.get("service") in service else set())


def _denies(s: Json, call: Call, *, is_generous: bool) -> bool:
    if "Principal" in s:
        return bool(_named(s, call))
    spared = _named({"Principal": s["NotPrincipal"]}, call)
    if "service" in call.names:
        return "service" not in spared
    own = set(call.names) & {"user", "role", "session"}
    if is_generous:
        return not spared & own
    return not (own <= spared and spared & {"account", "root"})


def _holds(operator: str, key: str, values: list[str], call: Call) -> bool:
    quantifier, _, base = operator.rpartition(":")
    is_optional = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    found = call.context.get(key.lower(), ())
    if base == "Null":
        return any((value.lower() == "true") == (not found) for value in values)
    is_negated = "Not" in base
    base = base.replace("Not", "")
    if not found:
        if quantifier == "ForAnyValue":
            return False
        return is_optional or is_negated or quantifier == "ForAllValues"
    each = [any(_compares(base, value, one) for value in values) != is_negated for one in found]
    return all(each) if quantifier == "ForAllValues" else any(each)


def _is_ordered(how: str, found: float, value: float) -> bool:
    if how == "Equals":
        return found == value
    if how.endswith("Equals") and found == value:
        return True
    return found < value if how.startswith("LessThan") else found > value


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


def _compares(base: str, value: str, found: str) -> bool:
    if base == "StringEquals":
        return value == found
    if base in {"StringEqualsIgnoreCase", "Bool"}:
        return value.lower() == found.lower()
    if base == "StringLike":
        return _glob(value, found)
    if base in {"ArnLike", "ArnEquals"}:
        patterns, parts = value.split(":", 5), found.split(":", 5)
        return len(patterns) == len(parts) == 6 and all(map(_glob, patterns, parts))
    if base.startswith("Numeric"):
        return _is_ordered(base.removeprefix("Numeric"), float(found), float(value))
    if base.startswith("Date"):
        return _is_ordered(base.removeprefix("Date"), _seconds(found), _seconds(value))
    if base == "IpAddress":
        return ip_address(found) in ip_network(value)
    raise AssertionError(base)
