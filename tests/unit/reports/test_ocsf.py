"""`--format ocsf`: Compliance Findings that OCSF 1.8.0 takes, and Prowler's models read."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.support import ocsf
from tests.support.events import REPORT_AT, REPORT_IDENTITY, report
from tests.support.findings import ACCOUNT, finding, findings, unlisted

from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence, directory_bucket_arn
from s3kms.model.encryption import SSE_KMS, Encryption, KeyKind
from s3kms.model.errors import BadInput
from s3kms.model.findings import Acceptance, Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import RULES

FAIL, UNKNOWN, PASS, EXEMPT = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.EXEMPT
RULE = RULES[0]
LOGS = replace(
    finding("logs", rule=RULE.id),
    severity=Severity.MEDIUM,
    advice=Advice("set it"),
    evidence=Evidence("GetBucketEncryption", "0123", REPORT_AT),
)
DENIED = Unknown(UnknownCause.DENIED, "denied", Advice("allow it"), "AccessDenied", "GetBucketEncryption")
CODE = replace(
    LOGS,
    bucket=None,
    arn=None,
    account=None,
    region=None,
    evidence=None,
    resource="aws_s3_bucket.b",
    places=(Place("infra/main.tf", 12, 5),),
)


def only(one: Finding) -> dict[str, Any]:
    record: dict[str, Any]
    (record,) = json.loads(report("ocsf", [one]))
    assert ocsf.mistakes(record) == []
    return record


@pytest.mark.parametrize(
    ("found", "compliance", "severity", "status"),
    [
        (LOGS, "Fail", "Medium", "New"),
        (replace(LOGS, severity=Severity.HIGH), "Fail", "High", "New"),
        (replace(LOGS, verdict=PASS), "Pass", "Informational", "New"),
        (replace(LOGS, verdict=UNKNOWN, unknown=DENIED), "Warning", "Medium", "New"),
        (
            replace(LOGS, verdict=EXEMPT, acceptance=Acceptance("ALB logs")),
            "Fail",
            "Informational",
            "Suppressed",
        ),
    ],
)
def test_a_verdict_is_a_status_of_compliance_and_of_the_finding(
    found: Finding, compliance: str, severity: str, status: str
) -> None:
    record = only(found)

    assert (record["compliance"]["status"], record["severity"], record["status"]) == (
        compliance,
        severity,
        status,
    )


def test_the_models_of_another_tool_read_the_record() -> None:
    read = ocsf.read_back(only(LOGS))

    assert read.compliance.status_id is not None
    assert (read.class_uid, read.type_uid.value, read.compliance.status_id.name) == (2003, 200301, "Fail")
    assert read.resources is not None
    assert (read.resources[0].uid, read.resources[0].region) == ("arn:aws:s3:::logs", "eu-central-1")


def test_a_record_tells_time_version_identity_scope_and_evidence() -> None:
    record = only(LOGS)

    assert record["time"] == int(REPORT_AT.timestamp() * 1000)
    assert record["metadata"]["product"]["version"] == "0.3.0"
    assert record["cloud"]["account"]["uid"] == ACCOUNT
    assert record["unmapped"] == {
        "verdict": "fail",
        "identity": REPORT_IDENTITY,
        "scope": f"every bucket of account {ACCOUNT} in eu-central-1",
        "operation": "GetBucketEncryption",
        "request_id": "0123",
    }


def test_a_record_tells_the_controls() -> None:
    compliance = only(LOGS)["compliance"]

    assert compliance["control"] == RULE.title
    assert "AWS Security Hub" in compliance["standards"]
    assert {"AWS Security Hub S3.17", "NIST SP 800-53 Rev. 5 SC-28(1)"} <= set(compliance["requirements"])


def test_why_it_is_not_known_is_told_with_the_error_of_aws() -> None:
    record = only(replace(LOGS, verdict=UNKNOWN, unknown=DENIED))

    assert record["compliance"]["status_details"] == ["denied"]
    assert (record["unmapped"]["cause"], record["unmapped"]["error_code"]) == ("denied", "AccessDenied")


def test_the_uid_stays_when_everything_but_rule_and_bucket_changes() -> None:
    other = replace(LOGS, verdict=PASS, message="other", region="us-east-1")

    assert only(LOGS)["finding_info"]["uid"] == only(other)["finding_info"]["uid"]
    assert only(LOGS)["finding_info"]["uid"] != only(finding("b"))["finding_info"]["uid"]


def test_the_encryption_of_a_bucket_is_data_of_its_resource() -> None:
    kms = replace(LOGS, encryption=Encryption(SSE_KMS, "alias/k", True), key_kind=KeyKind.CUSTOMER_MANAGED)

    assert only(kms)["resources"][0]["data"]["encryption"]["key"] == "alias/k"


def test_a_bucket_of_code_is_a_resource_with_file_and_line() -> None:
    record = only(CODE)
    (resource,) = record["resources"]

    assert (resource["uid"], resource["data"]["file"], resource["data"]["line"]) == (
        "aws_s3_bucket.b",
        "infra/main.tf",
        12,
    )


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (LOGS, "AWS::S3::Bucket"),
        (
            replace(LOGS, arn=directory_bucket_arn("b--x-s3", "us-east-1", ACCOUNT)),
            "AWS::S3Express::DirectoryBucket",
        ),
        (replace(LOGS, arn="arn:aws:s3tables:us-east-1:1:bucket/t"), "AWS::S3Tables::TableBucket"),
        (unlisted(), "AWS::::Account"),
    ],
)
def test_a_resource_has_the_type_that_aws_calls_it(found: Finding, kind: str) -> None:
    assert only(found)["resources"][0]["type"] == kind


@given(findings())
def test_nothing_that_a_finding_can_say_breaks_a_record(one: Finding) -> None:
    only(one)


def test_a_result_that_does_not_say_when_is_refused() -> None:
    with pytest.raises(BadInput, match="does not say when"):
        report("ocsf", [replace(LOGS, evidence=None)], context=None)


def change(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def changed(record: dict[str, Any]) -> None:
        *inner, last = path
        for name in inner:
            record = record[name]
        record[last] = to

    return changed


@pytest.mark.parametrize(
    "breaking",
    [
        change("severity_id", to=9),
        change("compliance", "status_id", to=7),
        change("type_uid", to=200302),
        change("time", to=1_764_000_000),
        change("metadata", "version", to="1.7.0"),
        change("finding_info", to={"title": "no uid"}),
        change("remediation", to={"references": []}),
        change("bucket", to="x"),
        lambda record: record.pop("cloud"),
    ],
)
def test_the_validator_is_red_on_a_broken_record(breaking: Callable[[dict[str, Any]], None]) -> None:
    record = only(LOGS)
    breaking(record)

    assert ocsf.mistakes(record) != []
