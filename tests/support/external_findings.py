"""Findings as other tools write them, as far as s3kms reads them: the shapes of their files, with our own content."""

import json
from collections.abc import Mapping
from typing import Any

ACCOUNT = "444455556666"
KMS_CHECK = "s3_bucket_kms_encryption"
Record = dict[str, Any]


def arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def prowler_ocsf(
    bucket: str = "acme-orders", check: str = KMS_CHECK, status: str = "FAIL", *, muted: bool = False
) -> Record:
    """An event of `prowler aws -M json-ocsf` (5.46): class 2004, the check is the event's code."""
    return {
        "message": "m",
        "metadata": {
            "event_code": check,
            "product": {"name": "Prowler", "uid": "prowler"},
            "version": "1.5.0",
        },
        "severity_id": 3,
        "status": "Suppressed" if muted else "New",
        "status_id": 3 if muted else 1,
        "status_code": status,
        "activity_id": 1,
        "finding_info": {"uid": f"prowler-aws-{check}-{bucket}", "title": "t", "analytic": {"uid": check}},
        "resources": [{"uid": arn(bucket), "name": bucket, "type": "AwsS3Bucket", "region": "eu-central-1"}],
        "category_uid": 2,
        "class_uid": 2004,
        "cloud": {"account": {"uid": ACCOUNT}, "provider": "aws", "region": "eu-central-1"},
    }


def hub_ocsf(
    bucket: str = "acme-orders", control: str = "S3.17", status_id: int = 3, finding_status: int = 1
) -> Record:
    """An event of the newer Security Hub: class 2003, as `get-findings-v2` prints and an export holds it."""
    return {
        "class_uid": 2003,
        "metadata": {"product": {"name": "Security Hub CSPM"}, "version": "1.6.0"},
        "compliance": {"control": control, "status_id": status_id},
        "status_id": finding_status,
        "finding_info": {"uid": "f"},
        "resources": [{"uid": arn(bucket), "type": "AWS::S3::Bucket"}],
        "cloud": {"account": {"uid": ACCOUNT}},
    }


def asff(
    bucket: str = "acme-orders",
    generator: str = "security-control/S3.17",
    status: str = "FAILED",
    *,
    workflow: str = "NEW",
    record_state: str = "ACTIVE",
    type_: str = "AwsS3Bucket",
) -> Record:
    """A finding as `aws securityhub get-findings` prints it."""
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"arn:aws:securityhub:eu-central-1:{ACCOUNT}:{generator}/finding/1",
        "ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/securityhub",
        "ProductName": "Security Hub",
        "GeneratorId": generator,
        "AwsAccountId": ACCOUNT,
        "Compliance": {"Status": status},
        "Workflow": {"Status": workflow},
        "RecordState": record_state,
        "Resources": [{"Type": type_, "Id": arn(bucket), "Region": "eu-central-1"}],
    }


def evaluation(
    bucket: str = "acme-orders",
    rule: str = "s3-default-encryption-kms",
    compliance: str = "NON_COMPLIANT",
    type_: str = "AWS::S3::Bucket",
) -> Record:
    """A result as `aws configservice get-compliance-details-by-config-rule` prints it."""
    qualifier = {
        "ConfigRuleName": rule,
        "ResourceType": type_,
        "ResourceId": bucket,
        "EvaluationMode": "DETECTIVE",
    }
    return {
        "EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier, "OrderingTimestamp": 1.0},
        "ComplianceType": compliance,
        "ResultRecordedTime": 1.0,
    }


def custodian(bucket: str = "acme-orders") -> Record:
    """A bucket in a resources.json of Cloud Custodian."""
    return {"Name": bucket, "CreationDate": "2026-01-01T00:00:00+00:00", "c7n:MatchedFilters": ["Encryption"]}


def sarif(*results: Record, driver: str = "Checkov", tool_last: bool = False) -> Record:
    """A document of SARIF with one run."""
    run: Record = {"results": list(results)}
    tool: Record = {"tool": {"driver": {"name": driver, "rules": [{"id": "CKV_AWS_145"}]}}}
    return {"version": "2.1.0", "runs": [run | tool if tool_last else tool | run]}


def result(path: str, rule: str = "CKV_AWS_145", **more: Any) -> Record:
    """A result of SARIF."""
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": "t"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 1}}}],
        **more,
    }


def csv_rows(rows: list[Mapping[str, str]], delimiter: str) -> str:
    lines = [delimiter.join(rows[0]), *(delimiter.join(f'"{cell}"' for cell in row.values()) for row in rows)]
    return "\r\n".join(lines) + "\r\n"


def prowler_row(
    bucket: str = "acme-orders", check: str = KMS_CHECK, status: str = "FAIL", muted: str = "False"
) -> Record:
    """A row of `prowler aws -M csv`, the columns that are read and some that are not."""
    return {
        "AUTH_METHOD": "profile: default",
        "ACCOUNT_UID": ACCOUNT,
        "CHECK_ID": KMS_CHECK,
        "STATUS": status,
        "STATUS_EXTENDED": "one; two\nthree",
        "MUTED": muted,
        "RESOURCE_TYPE": "AwsS3Bucket",
        "RESOURCE_UID": arn(bucket),
        "RESOURCE_NAME": bucket,
    }


def hub_row(bucket: str = "acme-orders", control: str = "S3.17", status: str = "FAILED") -> Record:
    """A row of an export of Security Hub as CSV: its columns are the fields that its user selected."""
    return {
        "finding_info.title": "t",
        "compliance.control": control,
        "compliance.status": status,
        "resources.uid": arn(bucket),
        "resources.type": "AWS::S3::Bucket",
        "cloud.account.uid": ACCOUNT,
    }


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
