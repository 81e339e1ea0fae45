"""`--format asff`: what Security Hub takes of a check, and what it would refuse."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from tests.support import asff
from tests.support.events import events_of
from tests.support.findings import ACCOUNT, finding, findings, unlisted

from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence, directory_bucket_arn
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, Encryption
from s3kms.model.errors import BadInput
from s3kms.model.findings import Acceptance, Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanContext, ScanScope, ScanStarted, ScopeKind, Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.reports import find_format
from s3kms.reports.asff_format import asff_id, asff_record
from s3kms.reports.interface import ReportStyle
from s3kms.rules import RULES

FAIL, UNKNOWN, PASS, EXEMPT = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.EXEMPT
RULE = RULES[0]
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTEXT = ScanContext(
    AT, ACCOUNT, "arn:aws:iam::111122223333:user/auditor", "0.3.0", ScanScope(ScopeKind.ACCOUNT)
)
LOGS = replace(finding("logs", rule=RULE.id), severity=Severity.MEDIUM)


def rendered(*found: Finding, context: ScanContext | None = CONTEXT) -> list[dict[str, Any]]:
    events = [ScanStarted(context, (RULE.text,)), *events_of(found, context=context)]
    records: list[dict[str, Any]] = json.loads("".join(find_format("asff").render(events, ReportStyle())))
    for record in records:
        assert asff.mistakes(record) == []
    return records


def only(one: Finding) -> dict[str, Any]:
    (record,) = rendered(one)
    return record


def unknown(cause: UnknownCause) -> Finding:
    why = Unknown(cause, "not known", Advice("look"), "AccessDenied", "GetBucketEncryption")
    return replace(LOGS, verdict=UNKNOWN, unknown=why, encryption=None)


@pytest.mark.parametrize(
    ("found", "status", "label"),
    [
        (LOGS, "FAILED", "MEDIUM"),
        (replace(LOGS, severity=Severity.HIGH), "FAILED", "HIGH"),
        (replace(LOGS, verdict=PASS), "PASSED", "INFORMATIONAL"),
        (replace(LOGS, verdict=EXEMPT, acceptance=Acceptance("logs")), "WARNING", "INFORMATIONAL"),
        (unknown(UnknownCause.DENIED), "NOT_AVAILABLE", "MEDIUM"),
        (unknown(UnknownCause.NOT_FOUND), "WARNING", "MEDIUM"),
        (replace(LOGS, verdict=UNKNOWN), "WARNING", "MEDIUM"),
    ],
)
def test_a_verdict_is_a_compliance_status_and_a_severity(found: Finding, status: str, label: str) -> None:
    record = only(found)

    assert record["Compliance"]["Status"] == status
    assert record["FindingProviderFields"]["Severity"]["Label"] == label


def test_a_finding_is_of_the_default_product_of_its_own_account_and_region() -> None:
    assert only(LOGS)["ProductArn"] == (
        "arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default"
    )
    china = replace(LOGS, region="cn-north-1", arn="arn:aws-cn:s3:::logs")
    assert only(china)["ProductArn"].startswith("arn:aws-cn:securityhub:cn-north-1:")
    elsewhere = asff_record(LOGS, None, CONTEXT, region="us-east-1")
    assert elsewhere["ProductArn"].startswith("arn:aws:securityhub:us-east-1:")


def test_an_id_is_that_of_rule_and_bucket_and_stays_when_everything_else_changes() -> None:
    assert only(LOGS)["Id"] == "s3kms/s3_bucket_kms_encryption/arn:aws:s3:::logs"
    assert asff_id(replace(LOGS, verdict=PASS, message="other", evidence=None)) == asff_id(LOGS)
    assert len({asff_id(one) for one in (LOGS, replace(LOGS, rule="r"), unlisted(), finding("b"))}) == 4


def test_a_bucket_is_told_with_its_default_encryption() -> None:
    kms = replace(LOGS, encryption=Encryption(SSE_KMS, "alias/logs", True))
    (resource,) = only(kms)["Resources"]

    assert (resource["Type"], resource["Id"], resource["Region"]) == (
        "AwsS3Bucket",
        "arn:aws:s3:::logs",
        "eu-central-1",
    )
    (rule,) = resource["Details"]["AwsS3Bucket"]["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "alias/logs",
    }
    assert resource["Details"]["Other"] == {"BucketKeyEnabled": "true"}


def test_an_algorithm_that_aws_has_no_word_for_there_stands_beside() -> None:
    details = only(replace(LOGS, encryption=Encryption(DSSE_KMS)))["Resources"][0]["Details"]

    assert "ServerSideEncryptionConfiguration" not in details["AwsS3Bucket"]
    assert details["Other"]["SSEAlgorithm"] == "aws:kms:dsse"


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (directory_bucket_arn("b--use1-az4--x-s3", "us-east-1", ACCOUNT), "AwsS3Bucket"),
        ("arn:aws:s3tables:us-east-1:111122223333:bucket/t", "Other"),
    ],
)
def test_other_kinds_of_buckets_have_the_type_that_aws_has_for_them(arn: str, kind: str) -> None:
    assert only(replace(LOGS, arn=arn))["Resources"][0]["Type"] == kind


def test_buckets_that_could_not_be_listed_are_a_finding_about_the_account() -> None:
    assert only(unlisted())["Resources"][0]["Id"] == "AWS::::Account:111122223333"


def test_requirements_are_written_as_security_hub_writes_them() -> None:
    requirements = only(LOGS)["Compliance"]["RelatedRequirements"]

    assert {"NIST.800-53.r5 SC-28(1)", "PCI DSS v4.0.1/3.5.1", "NIST.800-171.r2 3.13.16"} <= set(requirements)
    assert only(LOGS)["ProductFields"]["s3kms/controls"].startswith("AWS Config s3-default-encryption-kms; ")


def test_a_record_tells_time_version_identity_scope_and_evidence() -> None:
    seen = replace(LOGS, evidence=Evidence("GetBucketEncryption", "0123", AT))
    record = only(seen)

    assert (record["CreatedAt"], record["UpdatedAt"]) == ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z")
    assert record["ProductFields"] == {
        "s3kms/verdict": "fail",
        "s3kms/version": "0.3.0",
        "s3kms/identity": CONTEXT.identity,
        "s3kms/scope": "every bucket of account 111122223333",
        "s3kms/controls": record["ProductFields"]["s3kms/controls"],
        "s3kms/evidence": "GetBucketEncryption 0123 2026-11-23T12:00:00Z",
    }


@given(findings())
def test_nothing_that_a_finding_can_say_makes_a_record_that_aws_refuses(one: Finding) -> None:
    live = replace(one, account=ACCOUNT, resource=None)

    assert asff.mistakes(asff_record(live, None, CONTEXT)) == []


def test_the_longest_texts_are_cut_to_the_lengths_that_aws_takes() -> None:
    long = "x" * 10_000
    one = replace(LOGS, bucket=long, message=long, advice=Advice(long), arn=f"arn:aws:s3:::{long}", rule=long)

    assert len(only(one)["Description"]) == 1024


def test_a_finding_of_code_is_refused_with_the_formats_that_take_it() -> None:
    code = replace(
        LOGS, bucket=None, account=None, arn=None, resource="aws_s3_bucket.b", places=(Place("m.tf", 1, 1),)
    )

    with pytest.raises(BadInput, match=r"aws_s3_bucket\.b is in no account") as caught:
        rendered(code, context=replace(CONTEXT, account=None))
    assert "sarif" in str(caught.value.advice)


def test_a_result_that_does_not_say_when_is_refused() -> None:
    with pytest.raises(BadInput, match="does not say when"):
        rendered(LOGS, context=None)


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
        change("Id", to="x" * 513),
        change("Title", to=""),
        change("CreatedAt", to="2026-11-23 12:00"),
        change("UpdatedAt", to="2026-13-23T12:00:00Z"),
        change("Compliance", "Status", to="FAIL"),
        change("FindingProviderFields", "Severity", "Label", to="SEVERE"),
        change("Severity", to={"Label": "HIGH"}),
        change("Workflow", to={"Status": "SUPPRESSED"}),
        change("Resources", to=[{"Type": "AwsS3Bucket"}]),
        change("Resources", to=[{"Type": "AwsS3Bucket", "Id": "a", "Partition": "mars"}]),
        change("ProductArn", to="arn:aws:securityhub:eu-central-1:444455556666:product/444455556666/default"),
        change("Compliance", "RelatedRequirements", to=["x"] * 33),
        change("ProductFields", to={"k": "x" * 2049}),
        change("Remediation", to={"Recommendation": {"Text": "x" * 513}}),
        change("Bucket", to="x"),
    ],
)
def test_the_validator_is_red_on_a_broken_record(breaking: Callable[[dict[str, Any]], None]) -> None:
    record = only(LOGS)
    breaking(record)

    assert asff.mistakes(record) != []


@pytest.mark.parametrize("arn", ["arn:", "arn:aws", "arn:aws:s3", "::", "logs", "arn:aws:s3:::a:b/c"])
def test_whatever_stands_for_an_arn_makes_a_record_that_security_hub_takes(arn: str) -> None:
    record = only(replace(LOGS, arn=arn))

    assert record["Resources"][0]["Id"] == (arn if arn.count(":") > 5 else "arn:aws:s3:::logs")
