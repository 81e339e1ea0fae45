"""Parses policy documents: JSON from AWS, or what code evaluates to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from s3kms.access.conditions import Condition, is_known_operator
from s3kms.access.statements import Patterns, Policy, Principal, PrincipalKind, Statement
from s3kms.access.texts import Text
from s3kms.model.advice import Advice
from s3kms.model.policy import PolicyDocument, PolicyNode, UnresolvedPart, UnresolvedText
from s3kms.model.unknown import Unknown, UnknownCause

MAX_POLICY_CHARACTERS = 1_000_000
"""AWS takes 20 KB of a bucket policy and 32 KB of a key policy; code may be longer before it is minified."""
MAX_POLICY_PARTS = 50_000
"""Statements, principals, actions, resources and condition values of one document."""
_LOOK = Advice("look at the policy")
_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


def parse_policy(document: PolicyDocument) -> Policy:
    """The statements of a document. What cannot be parsed is among `unread`, of the document or of its statement."""
    content = document.content
    if isinstance(content, str):
        parsed = _parse_json(content, document.source)
        if isinstance(parsed, Unknown):
            return Policy(document.source, unread=(parsed,))
        content = parsed
    return _DocumentParser(document.source).parse(content)


def _parse_json(text: str, source: str) -> "PolicyNode | Unknown":
    if len(text) > MAX_POLICY_CHARACTERS:
        return _unknown(source, f"has more than {MAX_POLICY_CHARACTERS:,} characters", UnknownCause.BUDGET)
    try:
        return _as_node(json.loads(text, object_pairs_hook=_distinct))
    except _RepeatedName:
        return _unknown(source, "has a JSON object with a duplicate element", UnknownCause.BAD_ANSWER)
    except (ValueError, RecursionError):
        return _unknown(source, "is not JSON", UnknownCause.BAD_ANSWER)


class _RepeatedName(Exception):
    """An object has two elements of one name: which of them counts for AWS is not documented."""


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedName
    return found


def _as_node(value: object) -> PolicyNode:
    if isinstance(value, dict):
        return {str(key): _as_node(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(map(_as_node, value))
    return value if isinstance(value, str | bool | int | float) else None


def _unknown(source: str, why: str, cause: UnknownCause = UnknownCause.UNSUPPORTED) -> Unknown:
    return Unknown(cause, f"{source} {why}", _LOOK)


class _BudgetSpent(Exception):
    """The document has too many parts."""


@dataclass(slots=True)
class _DocumentParser:
    source: str
    _parts: int = 0
    _has_variables: bool = False
    _unread: list[Unknown] = field(default_factory=list)
    """Of the statement that is being parsed."""

    def parse(self, content: PolicyNode) -> Policy:
        if isinstance(content, UnresolvedPart):
            return Policy(self.source, unread=(self._open(content),))
        if not isinstance(content, Mapping):
            return Policy(self.source, unread=(_unknown(self.source, "is not a JSON object"),))
        version = content.get("Version")
        # Variables came with 2012-10-17; without a version a document is of 2008-10-17 (IAM, "Version").
        self._has_variables = version == "2012-10-17"
        listed = content.get("Statement")
        statements: list[Statement] = []
        unread: list[Unknown] = []
        if version not in {None, "2012-10-17", "2008-10-17"}:
            self._miss(version, "has an unknown Version", unread)
        try:
            for number, node in enumerate(listed if isinstance(listed, tuple) else (listed,), 1):
                self._count()
                if isinstance(node, Mapping):
                    statements.append(self._statement(node, number))
                elif isinstance(node, UnresolvedPart):
                    unread.append(self._open(node))
                else:
                    unread.append(_unknown(self.source, "has a statement that is not an object"))
        except _BudgetSpent:
            why = f"has more than {MAX_POLICY_PARTS:,} parts"
            unread.append(_unknown(self.source, why, UnknownCause.BUDGET))
        return Policy(self.source, tuple(statements), tuple(unread))

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MAX_POLICY_PARTS:
            raise _BudgetSpent

    def _open(self, part: UnresolvedPart) -> Unknown:
        unknown = part.unknown
        why = f"{self.source} depends on {part.expression}: {unknown.why}"
        return Unknown(unknown.cause, why, unknown.advice)

    def _statement(self, node: Mapping[str, PolicyNode], number: int) -> Statement:
        self._unread = []
        effect = node.get("Effect")
        if effect not in {"Allow", "Deny"}:
            self._miss(effect, "has a statement whose Effect is neither Allow nor Deny")
        for name in node.keys() - _ELEMENTS:
            self._unread.append(_unknown(self.source, f"has an element {name[:40]!r} that is not known"))
        for name in ("Principal", "Action", "Resource"):
            if name in node and f"Not{name}" in node:
                self._unread.append(_unknown(self.source, f"has a statement with {name} and Not{name}"))
        is_negated = "NotPrincipal" in node
        sid = node.get("Sid")
        return Statement(
            is_allow=effect != "Deny",  # one whose effect is not known is read as the one that opens more
            principals=tuple(self._principals(node.get("NotPrincipal" if is_negated else "Principal"))),
            is_negated=is_negated,
            actions=self._patterns(node, "Action"),
            resources=self._patterns(node, "Resource"),
            conditions=tuple(self._conditions(node.get("Condition"))),
            unread=tuple(self._unread),
            name=f"statement {sid[:80]!r}" if isinstance(sid, str) and sid else f"statement {number}",
            is_effect_known=effect in {"Allow", "Deny"},
            has_variables=self._has_variables,
            has_principal=is_negated or "Principal" in node,
        )

    def _miss(self, node: PolicyNode, why: str, unread: list[Unknown] | None = None) -> None:
        (self._unread if unread is None else unread).append(
            self._open(node) if isinstance(node, UnresolvedPart) else _unknown(self.source, why)
        )

    def _principals(self, node: PolicyNode) -> Iterator[Principal]:
        if node == "*":
            yield Principal(PrincipalKind.ANYONE, "*")
            return
        if node is None:
            return
        if not isinstance(node, Mapping):
            self._miss(node, "has a Principal that is neither * nor an object")
            return
        for key, listed in node.items():
            if key not in {"AWS", "Service", "CanonicalUser", "Federated"}:
                self._miss(None, f"has a kind of principal {key[:40]!r} that is not known")
                continue
            for text in self._texts(listed, "a principal"):
                is_anyone = text == "*" and key == PrincipalKind.AWS
                yield Principal(PrincipalKind.ANYONE if is_anyone else PrincipalKind(key), text)

    def _texts(self, node: PolicyNode, what: str) -> Iterator[Text]:
        """The texts of one value or a list of them; numbers and booleans as IAM takes them."""
        for item in node if isinstance(node, tuple) else (node,):
            self._count()
            if isinstance(item, bool):
                yield str(item).lower()
            elif isinstance(item, str | UnresolvedText):
                yield item
            elif isinstance(item, int | float):
                yield str(item)
            else:
                self._miss(item, f"has {what} that is not a string")

    def _patterns(self, node: Mapping[str, PolicyNode], name: str) -> Patterns:
        is_negated = f"Not{name}" in node
        outer, self._unread = self._unread, []
        values: tuple[Text, ...] = ()
        if (found := node.get(f"Not{name}" if is_negated else name)) is not None:
            values = tuple(self._texts(found, "an action or a resource"))
        elif name == "Action":
            self._miss(None, "has a statement without an Action")
        unread, self._unread = tuple(self._unread), outer
        return Patterns(values, is_negated, unread)

    def _conditions(self, node: PolicyNode) -> Iterator[Condition]:
        if node is None:
            return
        if not isinstance(node, Mapping):
            self._miss(node, "has a Condition that is not an object")
            return
        for operator, tests in node.items():
            if not isinstance(tests, Mapping):
                self._miss(tests, f"has a condition {operator[:40]!r} that is not an object")
                continue
            for key, listed in tests.items():
                outer, self._unread = self._unread, []
                values = tuple(self._texts(listed, "a condition value"))
                if not is_known_operator(operator):
                    self._miss(None, f"has the condition operator {operator[:40]!r}, which is not known here")
                unread, self._unread = tuple(self._unread), outer
                yield Condition(operator, key, values, unread, self._has_variables)
