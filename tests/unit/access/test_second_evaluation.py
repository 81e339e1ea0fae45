"""On random documents the evaluator is never more generous than a second, plain one, and never stricter."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.policies import (
    ACCOUNT,
    FOREIGN,
    FOREIGN_ARN,
    KEY,
    LOGS,
    OTHER,
    ROLE_ARN,
    ROOT_ARN,
    SERVICE,
    SESSION,
    SESSION_ARN,
    USER,
    USER_ARN,
)
from tests.support.slow_policies import Call, Documents, is_allowed

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessOutcome, PolicySet, evaluate_access
from s3kms.access.statements import Policy
from s3kms.access.weigh import AccessRequest
from s3kms.model.advice import Advice
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

Context = dict[str, tuple[str, ...]]
UNREAD = Unknown(UnknownCause.DENIED, "not read", Advice("read it"))
CALLERS = st.sampled_from([USER, SESSION, FOREIGN, SERVICE])
OBJECT = "arn:aws:s3:::b/key"
ACTIONS = st.sampled_from(["kms:Decrypt", "kms:GenerateDataKey", "s3:GetObject"])
KEYS = {
    "kms:ViaService": ["s3.eu-central-1.amazonaws.com", "ebs.eu-central-1.amazonaws.com"],
    "aws:PrincipalTag/team": ["red", "Red", "blue"],
    "kms:ResourceAliases": ["alias/a", "alias/b", "alias/aa"],
    "aws:PrincipalArn": [ROLE_ARN, USER_ARN],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["203.0.113.7", "198.51.100.1", "2001:db8::7"],
    "aws:MultiFactorAuthAge": ["0", "10", "3600"],
    "aws:CurrentTime": ["2026-11-26T00:00:00Z", "2020-01-01T00:00:00Z"],
}
PATTERNS = {
    "kms:ViaService": ["s3.eu-central-1.amazonaws.com", "s3.*", "ebs.*"],
    "aws:PrincipalTag/team": ["red", "r*", "?lue", "BLUE"],
    "kms:ResourceAliases": ["alias/a", "alias/?", "*"],
    "aws:PrincipalArn": ["arn:aws:iam::*:role/*", USER_ARN, "arn:aws:iam::111122223333:user/?lice"],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["203.0.113.0/24", "198.51.100.1", "2001:db8::/32", "0.0.0.0/0"],
    "aws:MultiFactorAuthAge": ["10", "60", "3600.0"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-11-26T01:00:00+01:00", "1577836800"],
}
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEqualsIfExists"]
OPERATORS_OF = {
    "aws:SourceIp": ["IpAddress", "NotIpAddress", "IpAddressIfExists", "Null"],
    "aws:MultiFactorAuthAge": [f"Numeric{order}" for order in ORDERS],
    "aws:CurrentTime": [f"Date{order}" for order in ORDERS],
}
OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
    *("ArnLike", "ArnNotLike", "Bool", "Null", "StringEqualsIfExists", "StringNotLikeIfExists"),
    *("ForAllValues:StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringNotLike"),
]


def lists(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        key = draw(st.sampled_from(sorted(KEYS)))
        operator = draw(st.sampled_from(OPERATORS_OF.get(key, OPERATORS)))
        values = ["true", "false"] if operator == "Null" else PATTERNS[key]
        found.setdefault(operator, {})[key] = draw(lists(values))
    return found


PRINCIPALS = ["*", ACCOUNT, ROOT_ARN, ROLE_ARN, SESSION_ARN, USER_ARN, OTHER, FOREIGN_ARN, USER_ARN + "2"]


@st.composite
def statements(draw: st.DrawFn, *, names: bool, effects: tuple[str, ...] = ("Allow",) * 5 + ("Deny",)) -> Any:
    effect = draw(st.sampled_from(effects))
    actions = lists(
        ["*", "*", "kms:*", "kms:*", "kms:Decrypt", "KMS:generate*", "s3:Get*", "kms:De?rypt", "s3:PutObject"]
    )
    resources = lists(
        ["*", KEY, OBJECT, "arn:aws:s3:::b/*", "arn:aws:kms:*:111122223333:key/*", "arn:aws:s3:::b"]
    )
    found: dict[str, Any] = {"Effect": effect, "Condition": draw(conditions())}
    found[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(actions)
    found[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = draw(resources)
    if names:
        is_negated = effect == "Deny" and draw(st.booleans())
        listed = draw(lists(PRINCIPALS[1:] if is_negated else PRINCIPALS))
        principal: dict[str, Any] = {"AWS": listed}
        if draw(st.booleans()):
            principal["Service"] = LOGS
        found["NotPrincipal" if is_negated else "Principal"] = principal
    return found


def documents_of(*, names: bool = False) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(statements(names=names), max_size=3)


FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LEVELS = st.lists(st.lists(statements(names=False), max_size=1).map(lambda more: [FULL, *more]), max_size=2)
RCP_LEVELS = st.lists(
    st.lists(statements(names=True, effects=("Deny",)), max_size=1).map(
        lambda more: [{**FULL, "Principal": "*"}, *more]
    ),
    max_size=1,
)
DOCUMENTS = st.builds(
    Documents,
    identity=documents_of() | documents_of().map(lambda more: [{**FULL, "Action": ["kms:*", "s3:*"]}, *more]),
    resource=documents_of(names=True),
    boundary=st.none() | st.just([FULL]) | documents_of().map(lambda more: [FULL, *more]) | documents_of(),
    session=st.none() | st.just([FULL]) | documents_of().map(lambda more: [FULL, *more]) | documents_of(),
    scps=LEVELS,
    rcps=RCP_LEVELS,
)
CONTEXTS = st.fixed_dictionaries(
    {
        key.lower(): st.lists(
            st.sampled_from(values), max_size=2 if key == "kms:ResourceAliases" else 1, unique=True
        ).map(tuple)
        for key, values in KEYS.items()
    }
)


@dataclass(frozen=True)
class Case:
    """A request and the documents that bear on it."""

    caller: Requester
    action: str
    context: Context
    documents: Documents

    def outcome(self, policies: PolicySet | None = None, context: Context | None = None) -> AccessOutcome:
        """What the evaluator says, of these policies and this context where there are any."""
        told = RequestContext(self.context if context is None else context)
        request = AccessRequest(self.caller, self.action, self.resource, ACCOUNT, told)
        return evaluate_access(request, policies or policies_of(self.documents)).outcome

    def is_allowed(self, *, is_generous: bool = False, context: Context | None = None) -> bool:
        """What the second evaluation says."""
        told = self.context if context is None else context
        is_same = self.caller.account == ACCOUNT
        call = Call(names_of(self.caller), self.action, self.resource, is_same, told)
        return is_allowed(call, self.documents, is_generous=is_generous)

    @property
    def resource(self) -> str:
        return OBJECT if self.action.startswith("s3:") else KEY


CASES = st.builds(Case, CALLERS, ACTIONS, CONTEXTS, DOCUMENTS)


def policy(listed: list[dict[str, Any]]) -> Policy:
    text = json.dumps({"Version": "2012-10-17", "Statement": listed})
    return parse_policy(PolicyDocument(text, "a policy"))


def policies_of(documents: Documents) -> PolicySet:
    def optional(listed: list[dict[str, Any]] | None) -> tuple[Policy, ...] | None:
        return None if listed is None else (policy(listed),)

    return PolicySet(
        identity=(policy(documents.identity),),
        resource=(policy(documents.resource),),
        boundary=optional(documents.boundary),
        session=optional(documents.session),
        scps=tuple((policy(level),) for level in documents.scps),
        rcps=tuple((policy(level),) for level in documents.rcps),
    )


def names_of(caller: Requester) -> dict[str, str]:
    if caller.kind is RequesterKind.SERVICE:
        return {"service": caller.arn}
    own = {"user": caller.arn} if caller.kind is RequesterKind.USER else {"role": caller.arn}
    more = {"session": caller.session} if caller.session else {}
    return {**own, **more, "account": caller.account or "", "root": caller.account_root}


def is_documented(documents: Documents, context: Context) -> bool:
    """Whether no key of several values meets an operator for one, of which AWS says nothing."""
    return len(context["kms:resourcealiases"]) < 2 or all(
        operator.startswith("For") or operator == "Null" or "kms:ResourceAliases" not in block
        for listed in (
            *(documents.identity, documents.resource, documents.boundary or [], documents.session or []),
            *(*documents.scps, *documents.rcps),
        )
        for statement in listed
        for operator, block in statement.get("Condition", {}).items()
    )


@settings(max_examples=200, deadline=None)
@given(CASES)
def test_it_is_never_more_generous_than_a_second_evaluation_and_never_stricter(case: Case) -> None:
    found = case.outcome()

    if found is AccessOutcome.ALLOWED:
        assert case.is_allowed()
    if found is AccessOutcome.DENIED and is_documented(case.documents, case.context):
        assert not case.is_allowed(is_generous=True)


@settings(max_examples=100, deadline=None)
@given(CASES, st.sets(st.sampled_from(sorted(KEYS)), min_size=1), CONTEXTS)
def test_what_is_not_known_of_a_request_never_makes_it_allowed(
    case: Case, hidden: set[str], others: Context
) -> None:
    names = {key.lower() for key in hidden}
    told = {key: values for key, values in case.context.items() if key not in names}

    if case.outcome(context=told) is AccessOutcome.ALLOWED:
        assert case.is_allowed(context={**others, **told})


PARSED: tuple[Policy, ...] = (policy([{**FULL, "Principal": "*"}]),)
PARTS: list[Callable[[PolicySet], PolicySet]] = [
    lambda policies: replace(policies, identity=UNREAD),
    lambda policies: replace(policies, resource=UNREAD),
    lambda policies: replace(policies, boundary=UNREAD),
    lambda policies: replace(policies, session=UNREAD),
    lambda policies: replace(policies, scps=UNREAD),
    lambda policies: replace(policies, rcps=UNREAD),
    lambda policies: replace(
        policies, resource=(*PARSED, policy([]), parse_policy(PolicyDocument("{", "x")))
    ),
]


@settings(max_examples=80, deadline=None)
@given(CASES.filter(lambda case: case.caller in {USER, SESSION}), st.sampled_from(PARTS))
def test_a_policy_that_was_not_read_never_leaves_a_request_allowed(
    case: Case, hide: Callable[[PolicySet], PolicySet]
) -> None:
    assert case.outcome(hide(policies_of(case.documents))) is not AccessOutcome.ALLOWED


@settings(max_examples=100, deadline=None)
@given(
    CASES,
    statements(names=False, effects=("Deny",)),
    statements(names=True, effects=("Deny",)),
    st.sampled_from(["identity", "resource", "boundary", "session", "scps", "rcps"]),
)
def test_a_deny_more_never_makes_a_request_allowed(
    case: Case, plain: dict[str, Any], naming: dict[str, Any], where: str
) -> None:
    policies = policies_of(case.documents)
    deny = policy([naming if where in {"resource", "rcps"} else plain])
    before: Any = getattr(policies, where)
    if where in {"scps", "rcps"}:
        after: Any = tuple((*level, deny) for level in before)
    else:
        after = before if before is None else (*before, deny)

    if case.outcome(replace(policies, **{where: after})) is AccessOutcome.ALLOWED:
        assert case.outcome(policies) is AccessOutcome.ALLOWED
