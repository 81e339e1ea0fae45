"""A bucket policy that keeps the new encryption out is widened so that it passes, and nobody is let in less."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.access.context import ContextInput
from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.hazards import examples as an
from s3kms.hazards import find_hazard
from s3kms.hazards.write_demands import ENCRYPTION_HEADER, KEY_HEADER
from s3kms.hazards.write_widening import BUCKET_POLICY_HAZARDS, widen_bucket_policy
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.errors import Refused
from s3kms.model.policy import PolicyDocument

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER = KEY.replace("1234abcd", "99999999")
WRITES: dict[str, ContextInput] = {
    "as before, SSE-S3 asked for": {ENCRYPTION_HEADER: SSE_S3, KEY_HEADER: None},
    "as before, nothing asked for": {ENCRYPTION_HEADER: None, KEY_HEADER: None},
    "nothing asked for, under the new default": {ENCRYPTION_HEADER: None, KEY_HEADER: KEY},
    "SSE-KMS under the key asked for": {ENCRYPTION_HEADER: SSE_KMS, KEY_HEADER: KEY},
    "SSE-KMS under another key": {ENCRYPTION_HEADER: SSE_KMS, KEY_HEADER: OTHER},
}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny(condition: dict[str, Any], **others: Any) -> dict[str, Any]:
    found = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
    return {**found, "Condition": condition, **others}


def allow(condition: dict[str, Any], **others: Any) -> dict[str, Any]:
    who = {"AWS": "arn:aws:iam::111122223333:role/writer"}
    return deny(condition, Effect="Allow", Principal=who, **others)


def passes(text: str, write: ContextInput) -> bool:
    """Whether some statement lets a write in, where one is about letting in, and none denies it."""
    found = parse_policy(PolicyDocument(text, "its policy")).statements
    denied = any(not one.is_allow and one.holds_for(write) is not Match.NO for one in found)
    allowing = [one for one in found if one.is_allow]
    return not denied and (not allowing or any(one.holds_for(write) is Match.YES for one in allowing))


ENDS = ("nothing asked for, under the new default", "SSE-KMS under the key asked for")
CASES = {
    "all but SSE-S3 is denied": deny({"StringNotEquals": {ENCRYPTION_HEADER: SSE_S3}}),
    "all but SSE-S3 is denied, in small letters": deny(
        {"stringnotequals": {ENCRYPTION_HEADER.title(): [SSE_S3]}}
    ),
    "all but SSE-S3 is denied, an absent header is not": deny(
        {"StringNotEquals": {ENCRYPTION_HEADER: SSE_S3}, "Null": {ENCRYPTION_HEADER: "false"}}
    ),
    "SSE-KMS is denied": deny({"StringLike": {ENCRYPTION_HEADER: "aws:kms*"}}),
    "every key is denied": deny({"Null": {KEY_HEADER: "false"}}),
    "all but another key is denied": deny({"StringNotEquals": {KEY_HEADER: OTHER}}),
    "all but another key is denied, as an ARN": deny({"ArnNotEqualsIfExists": {KEY_HEADER: [OTHER]}}),
    "everything of S3 is denied without SSE-S3": deny(
        {"StringNotEqualsIfExists": {ENCRYPTION_HEADER: SSE_S3}}, Action="s3:*"
    ),
    "writers with SSE-S3 are let in": allow({"StringEquals": {ENCRYPTION_HEADER: SSE_S3}}),
    "writers with SSE-S3 are let in from one network": allow(
        {"StringEquals": {ENCRYPTION_HEADER: SSE_S3}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    ),
    "writers with another key are let in": allow({"StringEqualsIfExists": {KEY_HEADER: OTHER}}),
}
AT_HOME = {"aws:SourceIp": "10.1.2.3"}


@pytest.mark.parametrize("statement", CASES.values(), ids=CASES)
def test_the_new_encryption_passes_and_so_does_the_old(statement: dict[str, Any]) -> None:
    present = document(statement)

    widened = widen_bucket_policy(present, KEY)

    before = {name for name, write in WRITES.items() if passes(present, {**write, **AT_HOME})}
    after = {name for name, write in WRITES.items() if passes(widened.text, {**write, **AT_HOME})}
    assert after == before | set(ENDS)
    assert (len(widened.changed), widened.left) == (1, ())


@pytest.mark.parametrize("statement", CASES.values(), ids=CASES)
def test_the_hazards_end_with_it_and_doing_it_twice_is_doing_it_once(statement: dict[str, Any]) -> None:
    once = widen_bucket_policy(document(statement), KEY)

    switch = an.to_key(KEY)
    before = an.with_policy(statement)
    after = an.using(policies=(PolicyDocument(once.text, "its policy"),))
    hazards = [find_hazard(name) for name in sorted(BUCKET_POLICY_HAZARDS)]
    assert any(one.evaluate(before, switch) for one in hazards)
    assert [one.evaluate(after, switch) for one in hazards] == [None, None]
    assert widen_bucket_policy(once.text, KEY).text == once.text


@pytest.mark.parametrize(
    "statement",
    [
        deny({"StringNotEquals": {ENCRYPTION_HEADER: SSE_KMS}}),
        deny({"StringNotEquals": {KEY_HEADER: KEY}}),
        deny({"Bool": {"aws:SecureTransport": "false"}}, Action="s3:*"),
        deny({"Null": {KEY_HEADER: "true"}}),
        allow({}),
    ],
)
def test_a_policy_that_keeps_nothing_out_stands_as_it_is(statement: dict[str, Any]) -> None:
    present = document(statement)
    assert widen_bucket_policy(present, KEY).text == present


def test_with_the_aws_managed_key_whose_arn_is_not_known_sse_kms_passes() -> None:
    widened = widen_bucket_policy(document(CASES["all but SSE-S3 is denied"]), None)

    (statement,) = json.loads(widened.text)["Statement"]
    assert statement["Condition"] == {"StringNotEquals": {ENCRYPTION_HEADER: [SSE_S3, SSE_KMS]}}


def test_what_stands_beside_is_kept_word_for_word() -> None:
    others = [deny({"Bool": {"aws:SecureTransport": "false"}}, Sid="Tls"), {"Sid": "?", **allow({})}]
    present = json.dumps({"Id": "mine", "Statement": [*others, CASES["SSE-KMS is denied"]]})

    widened = json.loads(widen_bucket_policy(present, KEY).text)

    assert (widened["Id"], widened["Statement"][:2]) == ("mine", others)


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": [1]}'])
def test_a_document_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        widen_bucket_policy(text, KEY)


def test_a_statement_that_no_addition_mends_is_named_and_left() -> None:
    statement = allow(
        {"StringEqualsIfExists": {KEY_HEADER: "arn:aws:kms:eu-central-1:111122223333:key/${aws:username}"}},
        Sid="Odd",
    )
    statement["Condition"]["Null"] = {KEY_HEADER: "true"}

    widened = widen_bucket_policy(document(statement), KEY)

    assert (widened.changed, widened.left) == ((), ("statement 'Odd'",))


OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotEqualsIfExists", "ArnNotLike"]
conditions = st.dictionaries(
    st.sampled_from([*OPERATORS, "StringEqualsIfExists"]),
    st.dictionaries(
        st.sampled_from([ENCRYPTION_HEADER, KEY_HEADER]),
        st.lists(st.sampled_from([SSE_S3, SSE_KMS, "aws:kms*", KEY, OTHER, "arn:*"]), min_size=1, max_size=2),
        min_size=1,
    ),
    max_size=3,
)
statements = st.lists(
    st.builds(
        lambda condition, is_allow, action: (allow if is_allow else deny)(condition, Action=action),
        conditions,
        st.booleans(),
        st.sampled_from(["s3:PutObject", "s3:*", ["s3:ReplicateObject"], "s3:GetObject"]),
    ),
    min_size=1,
    max_size=3,
)


@given(statements, st.sampled_from([KEY, None]))
def test_whatever_a_policy_says_no_write_that_passed_is_kept_out(
    found: list[dict[str, Any]], key: str | None
) -> None:
    before = document(*found)
    after = widen_bucket_policy(before, key).text

    encryptions, keys = (SSE_S3, SSE_KMS, "aws:kms:dsse", None), (KEY, OTHER, None)
    for encryption, name in product(encryptions, keys):
        write: ContextInput = {ENCRYPTION_HEADER: encryption, KEY_HEADER: name}
        assert passes(after, write) or not passes(before, write)
    assert widen_bucket_policy(after, key).text == after
