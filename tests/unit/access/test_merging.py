"""Statements merged into a policy that is there: it widens, keeps all, and says nothing twice."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessOutcome, PolicySet, evaluate_access
from s3kms.access.merging import means_the_same, merge_statements, takes_away
from s3kms.access.weigh import AccessRequest
from s3kms.model.errors import Refused
from s3kms.model.policy import PolicyDocument

ROLES = [f"arn:aws:iam::111122223333:role/{name}" for name in "abc"]
ROOT = {
    "Sid": "Root",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def allow(*roles: str, action: Any = "kms:Decrypt", **more: Any) -> dict[str, Any]:
    who = roles[0] if len(roles) == 1 else list(roles)
    return {"Effect": "Allow", "Principal": {"AWS": who}, "Action": action, "Resource": "*", **more}


def document(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", **more, "Statement": list(statements)})


def statements(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def test_a_statement_that_is_not_there_is_added_with_a_sid_of_its_own() -> None:
    merged = merge_statements(document(ROOT, id="mine"), [allow(ROLES[0])])

    assert statements(merged.text) == [ROOT, {"Sid": "S3kms1", **allow(ROLES[0])}]
    assert json.loads(merged.text)["id"] == "mine"


def test_what_is_there_is_not_added_and_the_document_stays_as_it_is_written() -> None:
    present = document(allow(*ROLES, action=["kms:Decrypt", "kms:GenerateDataKey*"]), ROOT)

    assert merge_statements(present, [allow(ROLES[1], action="kms:decrypt")]).text == present


def test_principals_join_a_statement_of_ours_that_says_the_same_of_others() -> None:
    once = merge_statements(document(ROOT), [allow(ROLES[0])]).text
    twice = merge_statements(once, [allow(ROLES[1])]).text

    assert [one["Principal"]["AWS"] for one in statements(twice)[1:]] == [ROLES[:2]]


def test_nobody_joins_a_statement_of_somebody_else() -> None:
    theirs = {"Sid": "Theirs", **allow(ROLES[0])}

    assert statements(merge_statements(document(theirs), [allow(ROLES[1])]).text)[0] == theirs


@pytest.mark.parametrize(
    "present",
    [
        {**allow(ROLES[0]), "Effect": "Deny"},
        allow(ROLES[0], Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}),
        {**allow(ROLES[0]), "Resource": "arn:aws:kms:eu-west-1:111122223333:key/x"},
        {"Effect": "Allow", "NotPrincipal": {"AWS": ROLES[0]}, "Action": "kms:Decrypt", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ROLES[0]}, "NotAction": "kms:Sign", "Resource": "*"},
    ],
)
def test_a_statement_that_says_less_or_something_else_stands_for_nothing(present: dict[str, Any]) -> None:
    merged = statements(merge_statements(document(present), [allow(ROLES[0])]).text)

    assert (merged[0], len(merged)) == (present, 2)


def test_a_single_statement_that_is_no_list_is_kept() -> None:
    merged = merge_statements(json.dumps({"Statement": ROOT}), [allow(ROLES[0])])

    assert statements(merged.text)[0] == ROOT


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '"x"',
        '{"Statement":null}',
        '{"Statement":["x"]}',
        '{"Statement":{"Sid":["x"],"Effect":"Allow"}}',
        '{"Statement":[],"Number":NaN}',
        '{"Statement":[{"Sid":"\\ud800"}]}',
        '{"Statement":[{"Effect":"Allow","Condition":' + "[" * 900 + "]" * 900 + "}]}",
        '{"Statement":' + "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        merge_statements(text, [allow(ROLES[0])])


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}],"Statement":[]}',
        '{"Statement":[{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    ],
)
def test_a_document_that_says_something_twice_is_refused_and_loses_no_deny(text: str) -> None:
    with pytest.raises(Refused, match="duplicate element"):
        merge_statements(text, [allow(ROLES[0])])


def test_a_sid_that_is_taken_is_not_used_again() -> None:
    present = document({"Sid": "S3kms1", **allow(ROLES[0], action="kms:Sign")})

    assert [one["Sid"] for one in statements(merge_statements(present, [allow(ROLES[0])]).text)] == [
        "S3kms1",
        "S3kms2",
    ]


def test_order_and_single_values_mean_the_same() -> None:
    assert means_the_same(
        document(allow(*ROLES), ROOT), document(ROOT, allow(*reversed(ROLES), action=["kms:Decrypt"]))
    )
    assert not means_the_same(document(ROOT), document(allow(ROLES[0])))


ACTIONS = st.sampled_from(
    ["kms:Decrypt", "kms:GenerateDataKey*", "kms:*", ["kms:Decrypt", "kms:GenerateDataKey*"]]
)
CONDITIONS = st.sampled_from([{}, {"Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}])
ALLOWS = st.builds(
    lambda roles, action, more: allow(*roles, action=action, **more),
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True),
    ACTIONS,
    CONDITIONS,
)
PRESENT = st.lists(
    st.one_of(ALLOWS, ALLOWS.map(lambda one: {**one, "Effect": "Deny"}), st.just(ROOT)), max_size=4
)


@given(PRESENT, st.lists(ALLOWS, max_size=4))
def test_merging_twice_is_merging_once(present: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    once = merge_statements(document(*present), wanted)

    assert merge_statements(once.text, wanted).text == once.text
    assert merge_statements(once.text, wanted).added == ()


def outcome(text: str, role: str, action: str) -> AccessOutcome:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    request = AccessRequest(
        Requester(RequesterKind.ROLE, "111122223333", role),
        action,
        key,
        "111122223333",
        RequestContext.of({"kms:CallerAccount": "111122223333"}),
    )
    return evaluate_access(request, PolicySet(resource=(parse_policy(PolicyDocument(text, "it")),))).outcome


@given(
    PRESENT,
    st.lists(ALLOWS, max_size=4),
    st.sampled_from(ROLES),
    st.sampled_from(["kms:Decrypt", "kms:GenerateDataKey"]),
)
def test_what_was_allowed_is_allowed_still_and_what_is_wanted_is_unless_it_was_denied(
    present: list[dict[str, Any]], wanted: list[dict[str, Any]], role: str, action: str
) -> None:
    before, after = document(*present), merge_statements(document(*present), wanted).text
    alone = outcome(document(*wanted), role, action)

    if outcome(before, role, action) is AccessOutcome.ALLOWED:
        assert outcome(after, role, action) is AccessOutcome.ALLOWED
    denies = [one for one in present if one["Effect"] == "Deny"]
    if alone is AccessOutcome.ALLOWED and not denies:
        assert outcome(after, role, action) is AccessOutcome.ALLOWED


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        ([ROOT, allow(ROLES[0])], [ROOT], True),
        ([ROOT], [ROOT, allow(ROLES[0])], False),
        ([allow(*ROLES)], [allow(ROLES[0])], True),
        ([allow(ROLES[0])], [allow(*ROLES)], False),
        ([ROOT], [ROOT, {**allow(ROLES[0]), "Effect": "Deny"}], True),
        ([ROOT, {**allow(ROLES[0]), "Effect": "Deny"}], [ROOT], False),
        ([ROOT, allow(*ROLES)], [allow(*reversed(ROLES)), ROOT], False),
    ],
)
def test_what_takes_access_away_is_told_from_what_gives_it(
    present: list[dict[str, Any]], wanted: list[dict[str, Any]], expected: bool
) -> None:
    assert takes_away(document(*present), document(*wanted)) is expected


def test_of_documents_that_cannot_be_compared_one_may_take_access_away() -> None:
    assert takes_away("{", document(ROOT))
    assert takes_away(document(ROOT), "{")


@given(PRESENT, st.lists(ALLOWS, max_size=4))
def test_to_merge_takes_nothing_away(present: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert not takes_away(document(*present), merge_statements(document(*present), wanted).text)
