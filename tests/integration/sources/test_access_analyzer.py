"""What Access Analyzer says of documents: shown as it is, and an Unknown where it does not answer."""

from typing import Any

import pytest
from tests.support.stub_analyzer import PASS, Refusal, Reply, Script, StubAnalyzer

from s3kms.aws.access_analyzer import PolicyAnalyzer
from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.policy_checks import (
    PAID_CHECK_PRICE,
    CheckedKind,
    CheckedPolicy,
    FindingSeverity,
    PaidAnswer,
    PaidCheck,
    PolicyToCheck,
)
from s3kms.model.unknown import Unknown, UnknownCause

BEFORE, AFTER = '{"Statement": []}', '{"Statement": [{}]}'
KEY = PolicyToCheck("the policy of key 1", CheckedKind.KEY, AFTER, BEFORE, "eu-central-1")
BUCKET = PolicyToCheck("the policy of s3://b", CheckedKind.BUCKET, AFTER, None, "eu-central-1")
ROLE = PolicyToCheck("the policy of role r", CheckedKind.IDENTITY, AFTER, BEFORE)


def finding(kind: str, code: str, line: int = 3) -> dict[str, Any]:
    place = {"line": line, "column": 0, "offset": 0}
    return {
        "findingType": kind,
        "issueCode": code,
        "findingDetails": f"about {code}",
        "learnMoreLink": "https://docs.aws.amazon.com/x",
        "locations": [{"path": [], "span": {"start": place, "end": place}}],
    }


def ask(
    monkeypatch: pytest.MonkeyPatch,
    *policies: PolicyToCheck,
    is_paid: bool = False,
    most: int = 9,
    **on: Reply | Script,
) -> tuple[list[CheckedPolicy], StubAnalyzer]:
    with StubAnalyzer(**on) as stub:
        for name, value in {**stub.env, "AWS_MAX_ATTEMPTS": "1"}.items():
            monkeypatch.setenv(name, value)
        analyzer = PolicyAnalyzer(Connection(ConnectionSettings()), is_paid, most)
        return list(analyzer.check(policies)), stub


def test_findings_are_shown_as_they_are_the_gravest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [finding("SUGGESTION", "EMPTY_ARRAY"), finding("ERROR", "INVALID_ACTION", 7)]

    (checked,), stub = ask(monkeypatch, KEY, ValidatePolicy={"findings": rows})

    assert not isinstance(checked.findings, Unknown)
    assert [(one.severity, one.code, one.line) for one in checked.findings] == [
        (FindingSeverity.ERROR, "INVALID_ACTION", 7),
        (FindingSeverity.SUGGESTION, "EMPTY_ARRAY", 3),
    ]
    assert checked.findings[0].details == "about INVALID_ACTION"
    assert checked.is_refused
    assert stub.names == ["ValidatePolicy"]


def test_a_document_is_sent_as_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    _, stub = ask(monkeypatch, KEY, BUCKET, ROLE)

    bodies = [body for _, body in stub.calls]
    assert [body["policyType"] for body in bodies] == [
        "RESOURCE_POLICY",
        "RESOURCE_POLICY",
        "IDENTITY_POLICY",
    ]
    assert [body.get("validatePolicyResourceType") for body in bodies] == [None, "AWS::S3::Bucket", None]
    assert {body["policyDocument"] for body in bodies} == {AFTER}


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(body: dict[str, Any]) -> Reply:
        more = {} if "nextToken" in body else {"nextToken": "t"}
        return {"findings": [finding("WARNING", f"W{len(more)}")], **more}

    (checked,), _ = ask(monkeypatch, KEY, ValidatePolicy=page)

    assert not isinstance(checked.findings, Unknown)
    assert sorted(one.code for one in checked.findings) == ["W0", "W1"]


def test_nothing_that_is_charged_is_called_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, stub = ask(monkeypatch, KEY, BUCKET, ROLE)

    assert set(stub.names) == {"ValidatePolicy"}
    assert all(not one.paid for one in checked)


def test_paid_checks_compare_with_what_is_there_and_look_for_the_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wider = {"result": "FAIL", "message": "New access.", "reasons": [{"description": "in statement 0"}]}

    checked, stub = ask(monkeypatch, KEY, BUCKET, ROLE, is_paid=True, CheckNoNewAccess=wider)

    assert checked[0].paid == {
        PaidCheck.NEW_ACCESS: PaidAnswer(True, "New access.", ("in statement 0",)),
        PaidCheck.PUBLIC_ACCESS: PaidAnswer(False, PASS["message"]),
    }
    assert [set(one.paid) for one in checked[1:]] == [{PaidCheck.PUBLIC_ACCESS}, {PaidCheck.NEW_ACCESS}]
    new = next(body for name, body in stub.calls if name == "CheckNoNewAccess")
    assert (new["existingPolicyDocument"], new["newPolicyDocument"]) == (BEFORE, AFTER)
    types = [body["resourceType"] for name, body in stub.calls if name == "CheckNoPublicAccess"]
    assert types == ["AWS::KMS::Key", "AWS::S3::Bucket"]
    assert sum(len(one.policy.paid_checks) for one in checked) == len(stub.calls) - 3


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (Refusal("AccessDeniedException", 403), UnknownCause.DENIED),
        (Refusal("ThrottlingException", 429), UnknownCause.THROTTLED),
    ],
)
def test_what_is_refused_or_throttled_is_unknown_and_no_pass(
    monkeypatch: pytest.MonkeyPatch, refusal: Refusal, cause: UnknownCause
) -> None:
    checked, _ = ask(
        monkeypatch,
        KEY,
        is_paid=True,
        ValidatePolicy=refusal,
        CheckNoNewAccess=refusal,
        CheckNoPublicAccess=PASS,
    )

    (one,) = checked
    assert isinstance(one.findings, Unknown)
    assert one.findings.cause is cause
    assert "ValidatePolicy" in str(one.findings.operation)
    new = one.paid[PaidCheck.NEW_ACCESS]
    assert isinstance(new, Unknown)
    assert new.cause is cause
    assert isinstance(one.paid[PaidCheck.PUBLIC_ACCESS], PaidAnswer)
    assert not one.is_refused


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("ValidatePolicy", {}),
        ("ValidatePolicy", {"findings": [finding("SHRUG", "X")]}),
        ("ValidatePolicy", {"findings": [{"findingType": "ERROR"}]}),
        ("CheckNoNewAccess", {"result": "PERHAPS"}),
        ("CheckNoPublicAccess", {}),
    ],
)
def test_an_answer_that_aws_would_not_give_is_unknown(
    monkeypatch: pytest.MonkeyPatch, operation: str, answer: dict[str, Any]
) -> None:
    on: dict[str, Any] = {operation: answer}
    (one,), _ = ask(monkeypatch, KEY, is_paid=True, **on)

    found = [one.findings, *one.paid.values()]
    unknown = [part for part in found if isinstance(part, Unknown)]
    assert [part.cause for part in unknown] == [UnknownCause.BAD_ANSWER]


def test_the_same_document_is_asked_about_once_and_too_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, stub = ask(monkeypatch, KEY, KEY, KEY)
    assert (len(checked), len(stub.calls)) == (3, 1)

    checked, stub = ask(monkeypatch, KEY, BUCKET, ROLE, most=2)
    assert len(stub.calls) == 2
    last = checked[-1].findings
    assert isinstance(last, Unknown)
    assert last.cause is UnknownCause.BUDGET


def test_the_embedded_aws_has_no_access_analyzer_and_that_is_said(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment(PRODUCTION, "eu-central-1").items():
        monkeypatch.setenv(name, value)

    (one,) = PolicyAnalyzer(Connection(ConnectionSettings())).check([KEY])

    assert isinstance(one.findings, Unknown)
    assert one.findings.operation == "ValidatePolicy"


def test_the_price_is_said_with_its_date_and_its_page() -> None:
    assert "$0.0020" in PAID_CHECK_PRICE
    assert "2026" in PAID_CHECK_PRICE
    assert "https://aws.amazon.com/iam/access-analyzer/pricing/" in PAID_CHECK_PRICE
