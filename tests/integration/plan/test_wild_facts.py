"""`s3kms plan` of facts that are wild: a clear class, no crash, nothing of AWS's text raw on the terminal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.stub import Answer, error
from tests.support.stub_buckets import StubBuckets

NAMES = ("one", "two")
ALLOW = {"Effect": "Allow", "Resource": "arn:aws:s3:::one/*"}


@pytest.fixture
def s3() -> Iterator[StubBuckets]:
    buckets = StubBuckets(*NAMES)
    buckets.stub.on["GetBucketTagging"] = error("NoSuchTagSet", 404)
    with buckets.stub:
        yield buckets


@pytest.fixture
def sh(s3: StubBuckets, shell: Shell) -> Shell:
    return s3.shell(shell)


def policy_of(*statements: object) -> Answer:
    return Answer(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def plan(s3: StubBuckets, sh: Shell, policy: Answer) -> dict[str, Any]:
    """What is planned for bucket one under a policy; bucket two has none and is ready, whatever the other has."""
    none = s3.stub.on["GetBucketPolicy"]
    assert isinstance(none, Answer)
    s3.stub.on["GetBucketPolicy"] = lambda bucket: policy if bucket == "one" else none
    done = sh("plan", *ACCEPTED, "--format", "json")
    assert "Traceback" not in done.err
    found = {one["bucket"]: one for one in json.loads(done.out)["buckets"]}
    assert found["two"]["class"] == "ready"
    one: dict[str, Any] = found["one"]
    return one


ACCEPTED = ("--accept", "access-unread", "--accept", "org-policies-unread")
"""The stub has neither IAM nor Organizations."""
FILLER = {**ALLOW, "Principal": {"AWS": "arn:aws:iam::111122223333:role/own"}, "Action": "s3:ListBucket"}


@pytest.mark.parametrize("text", ["{", "", "null", "[]", "<html/>", '{"Statement": 7}', "\x00"])
def test_a_policy_that_is_no_policy_has_to_be_looked_at(s3: StubBuckets, sh: Shell, text: str) -> None:
    assert plan(s3, sh, Answer(text))["class"] == "look"


def test_a_policy_that_is_not_json_is_to_be_looked_at_not_the_endpoint(s3: StubBuckets, sh: Shell) -> None:
    found = plan(s3, sh, Answer("{"))

    (unread,) = [one for one in found["hazards"] if one["id"] == "unread"]
    assert "was answered with a policy that is not JSON" in unread["why"]
    assert "aws s3api get-bucket-policy --bucket one" in unread["remedy"]
    assert "endpoint" not in unread["remedy"]


def test_a_policy_of_20_kilobytes_is_read_to_its_last_statement(s3: StubBuckets, sh: Shell) -> None:
    last = {**ALLOW, "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    policy = policy_of(*[FILLER] * 150, last)

    assert len(policy.body) > 20_000
    assert plan(s3, sh, policy)["class"] == "stay"


def test_five_thousand_principals_are_one_hazard(s3: StubBuckets, sh: Shell) -> None:
    accounts = [f"arn:aws:iam::{number:012}:root" for number in range(200_000_000_000, 200_000_005_000)]
    found = plan(s3, sh, policy_of({**ALLOW, "Principal": {"AWS": accounts}, "Action": "s3:GetObject"}))

    assert found["class"] == "prepare"
    assert found["key"]["recommended"] == "a customer managed key"


def test_an_operator_that_nobody_knows_is_never_ready(s3: StubBuckets, sh: Shell) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::one/*",
        "Condition": {"StringSoundsLike": {"s3:x-amz-server-side-encryption": "AES256"}},
    }

    assert plan(s3, sh, policy_of(statement))["class"] == "look"


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Maybe"},
        {"Effect": "Allow", "Principal": 7, "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": [None]}, "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Robot": "x"}, "Action": "s3:GetObject", "Resource": "*"},
        "Allow",
    ],
)
def test_a_statement_that_cannot_be_understood_has_to_be_looked_at(
    s3: StubBuckets, sh: Shell, statement: object
) -> None:
    assert plan(s3, sh, policy_of(statement))["class"] == "look"


def test_text_of_a_policy_cannot_write_on_the_terminal(s3: StubBuckets, sh: Shell) -> None:
    evil = {
        **ALLOW,
        "Sid": "\x1b]0;owned\x07",
        "Principal": {"Service": "\x1b[2Jevil\u202e.amazonaws.com"},
        "Action": "s3:PutObject",
    }
    s3.stub.on["GetBucketPolicy"] = policy_of(evil)

    done = sh("plan", *ACCEPTED, "--out", "plan.json")

    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err
    assert json.loads((sh.folder / "plan.json").read_text())["summary"]["prepare"] == 2


@pytest.mark.parametrize(
    "operation",
    [
        "GetBucketPolicy",
        "GetBucketWebsite",
        "GetBucketReplication",
        "GetBucketAcl",
        "GetPublicAccessBlock",
        "GetBucketNotificationConfiguration",
        "ListAccessPoints",
        "GetBucketLogging",
        "GetBucketTagging",
    ],
)
def test_no_fact_that_is_denied_makes_a_bucket_readier(s3: StubBuckets, sh: Shell, operation: str) -> None:
    s3.stub.on["GetBucketPolicy"] = policy_of(
        {**ALLOW, "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    )
    s3.stub.on[operation] = error("AccessDenied", 403)
    classes = {one["class"] for one in json.loads(sh("plan", "--format", "json").out)["buckets"]}

    assert classes <= {"stay", "look"}
    assert classes == ({"look"} if operation == "GetBucketPolicy" else {"stay"})


def test_a_plan_costs_at_most_fourteen_calls_a_bucket_and_one_a_sibling(s3: StubBuckets, sh: Shell) -> None:
    sh("plan")
    of_buckets = [call for call in s3.stub.calls if call[1]]
    logging = [call for call in of_buckets if call[0] == "GetBucketLogging"]

    assert sorted(bucket for _, bucket in logging) == sorted(NAMES)
    assert max(sum(call[1] == name for call in of_buckets) for name in NAMES) <= 14
    assert [call[0] for call in s3.stub.calls if not call[1]].count("ListAccessPoints") == 1
    assert [call[0] for call in s3.stub.calls].count("ListBuckets") == 1
