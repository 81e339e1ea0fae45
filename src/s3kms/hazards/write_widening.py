"""A bucket policy that keeps the new encryption out, widened so that it passes, too: nobody is let in less. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.access.context import ContextValue, PrefixValue
from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.access.merging import (
    compact_document,
    list_statements,
    merge_statements,
    parse_document,
    policy_texts,
)
from s3kms.access.statements import Policy, Statement
from s3kms.hazards.write_demands import (
    DEMANDED_HEADERS,
    ENCRYPTION_HEADER,
    KEY_HEADER,
    REPLICATING_WRITES,
    demands_sse_s3,
    denies_key,
)
from s3kms.model.encryption import SSE_KMS
from s3kms.model.policy import PolicyDocument

BUCKET_POLICY_HAZARDS = frozenset({"policy_demands_sse_s3", "policy_pins_other_key"})
"""The hazards that a bucket's own policy raises, and that end where it lets the new encryption pass."""
_NEGATED = ("stringnotequals", "stringnotlike", "stringnotequalsignorecase", "arnnotequals", "arnnotlike")
_POSITIVE = ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike")
_ADDED = "StringNotEquals"

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WidenedPolicy:
    """A bucket policy that lets the old and the new encryption pass."""

    text: str
    """As JSON; the present text where nothing had to be changed."""
    changed: tuple[str, ...]
    """The statements that keep the new encryption out as they stand: `statement 'OnlyKms'`."""
    left: tuple[str, ...]
    """Those of them that no addition mends: somebody has to look."""

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.text.encode())


def widen_bucket_policy(present: str, key: str | None) -> WidenedPolicy:
    """The present policy with writes under the key let through: the ARN of the key, None for aws/s3.

    A statement that denies spares them besides what it spares; one that lets writers in takes the key besides the one
    that it names, or has a second one beside it. Doing it twice is doing it once. Raises Refused for a document that
    is none.
    """
    document = parse_document(present)
    widening = _Widening(document, key)
    widening.run()
    if not widening.changed:
        return WidenedPolicy(present, (), tuple(widening.left))
    edited = compact_document({**document, "Statement": widening.statements})
    text = merge_statements(edited, widening.beside).text
    return WidenedPolicy(text, tuple(widening.changed), tuple(widening.left))


@dataclass(slots=True)
class _Widening:
    """The statements of one document, one after the other."""

    document: Mapping[str, Any]
    key: str | None
    statements: list[_Json] = field(init=False)
    beside: list[_Json] = field(default_factory=list)
    """Statements that let in beside those that are there."""
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statements = list_statements(self.document)

    def run(self) -> None:
        policy = self._parse(self.statements)
        if policy.unread or len(policy.statements) < len(self.statements):
            self.left.append("its policy")  # a part that cannot be read may say anything
            return
        for at, statement in enumerate(policy.statements):
            if _keeps_out(policy, statement, self._value):
                is_done = self._allow(at, statement) if statement.is_allow else self._deny(at)
                (self.changed if is_done else self.left).append(statement.name)

    @property
    def _value(self) -> ContextValue:
        return self.key or PrefixValue("arn:")

    @property
    def _spared(self) -> tuple[str, str]:
        """The condition key by which the new writes are told, and its value: the key where its ARN is known."""
        return (KEY_HEADER, self.key) if self.key else (ENCRYPTION_HEADER, SSE_KMS)

    def _parse(self, statements: list[_Json]) -> Policy:
        text = json.dumps({**self.document, "Statement": statements})
        return parse_policy(PolicyDocument(text, "its policy"))

    def _deny(self, at: int) -> bool:
        """One condition more, so that it denies less; whether that spares the new writes."""
        edited = _with_value(self.statements[at], *self._spared, _NEGATED) or _with_condition(
            self.statements[at], *self._spared
        )
        return self._replaced(at, edited)

    def _allow(self, at: int, statement: Statement) -> bool:
        """The key added to those that it names; of one that names an encryption, a second one beside it."""
        if denies_key(statement, self._value) is not Match.NO:
            return self._replaced(at, _with_value(self.statements[at], *self._spared, _POSITIVE))
        beside = self._beside(at, statement)
        with_it = self._parse([*self.statements, beside])
        if demands_sse_s3(with_it, statement, self._value) is not Match.NO:
            return False
        self.beside.append(beside)
        return True

    def _beside(self, at: int, statement: Statement) -> _Json:
        found = self.statements[at]
        asked = {
            operator: {name: value for name, value in tests.items() if not _is_demand(name)}
            for operator, tests in (found.get("Condition") or {}).items()
        }
        name, value = self._spared
        equals = {**asked.pop("StringEquals", {}), name: value}
        actions = [one for one in REPLICATING_WRITES if statement.covers_action(one) is not Match.NO]
        return {
            **{part: item for part, item in found.items() if part not in {"Sid", "Action", "NotAction"}},
            "Action": actions[0] if len(actions) == 1 else actions,
            "Condition": {
                **{operator: tests for operator, tests in asked.items() if tests},
                "StringEquals": equals,
            },
        }

    def _replaced(self, at: int, edited: _Json | None) -> bool:
        if edited is None:
            return False
        statements = [*self.statements[:at], edited, *self.statements[at + 1 :]]
        policy = self._parse(statements)
        if _keeps_out(policy, policy.statements[at], self._value):
            return False
        self.statements = statements
        return True


def _keeps_out(policy: Policy, statement: Statement, key: ContextValue) -> bool:
    """Whether one of the two hazards sees a danger in it."""
    return Match.YES in {demands_sse_s3(policy, statement, key), denies_key(statement, key)}


def _is_demand(name: str) -> bool:
    return name.lower() in {one.lower() for one in DEMANDED_HEADERS}


def _with_value(statement: _Json, name: str, value: str, operators: tuple[str, ...]) -> _Json | None:
    """With one value more in a condition on this key by one of these operators; None where there is none."""
    for operator, key in _tests(statement):
        if key.lower() == name.lower() and operator.lower().removesuffix("ifexists") in operators:
            tests = statement["Condition"][operator]
            values = policy_texts(tests[key])
            return _with_test(statement, operator, key, [*values, value])
    return None


def _with_condition(statement: _Json, name: str, value: str) -> _Json:
    """With one condition more, beside those that are there."""
    operators = (one for one in statement.get("Condition") or {} if one.lower() == _ADDED.lower())
    return _with_test(statement, next(operators, _ADDED), name, value)


def _with_test(statement: _Json, operator: str, key: str, value: Any) -> _Json:
    conditions = statement.get("Condition") or {}
    return {
        **statement,
        "Condition": {**conditions, operator: {**conditions.get(operator, {}), key: value}},
    }


def _tests(statement: _Json) -> Iterator[tuple[str, str]]:
    for operator, tests in (statement.get("Condition") or {}).items():
        for key in tests if isinstance(tests, dict) else ():
            yield operator, key
