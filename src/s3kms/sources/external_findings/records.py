"""One record of another tool's file, in each JSON form that is known: what it says of which resource."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from s3kms.sources.external_findings.interface import ExternalFinding, ExternalOutcome

Record = Mapping[str, Any]
_OUTCOMES = {
    **dict.fromkeys(("FAIL", "FAILED", "NON_COMPLIANT"), ExternalOutcome.FAILED),
    **dict.fromkeys(("PASS", "PASSED", "COMPLIANT"), ExternalOutcome.PASSED),
}
_OCSF_OUTCOMES = {1: ExternalOutcome.PASSED, 3: ExternalOutcome.FAILED}
"""`compliance.status_id` of OCSF: 1 Pass, 2 Warning, 3 Fail (fact E22)."""
_OCSF_CLOSED = {3, 4, 5, 6}
"""`status_id` of a finding of OCSF: suppressed, resolved, archived, deleted (fact E22)."""
_CLOSED = {"SUPPRESSED", "RESOLVED", "ARCHIVED", "DELETED"}
_BUCKET_TYPES = {"AwsS3Bucket", "AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket", "AwsS3DirectoryBucket"}


def outcome_of(text: object) -> ExternalOutcome:
    """What the word for a result means, in the words of any of the tools."""
    return _OUTCOMES.get(str(text).upper(), ExternalOutcome.NOT_JUDGED)


def is_closed(*words: object) -> bool:
    """Whether one of these states says that the finding is not open."""
    return any(str(word).upper() in _CLOSED for word in words)


def is_bucket(resource: str, type_: str | None) -> bool:
    """Whether a resource is a bucket: its type says so, or without one its ARN."""
    if type_:
        return type_ in _BUCKET_TYPES
    parts = resource.split(":", 5)
    return parts[0] == "arn" and len(parts) == 6 and parts[2] in {"s3", "s3express"}  # noqa: PLR2004 - an ARN's


# ASFF: aws securityhub get-findings, Prowler's json-asff


def is_asff(record: Record) -> bool:
    """Whether it is a record of the AWS Security Finding Format."""
    return "SchemaVersion" in record and isinstance(record.get("Resources"), list)


def findings_of_asff(record: Record) -> Iterator[ExternalFinding]:
    """One for each resource that the record names."""
    compliance, product = _inner(record, "Compliance"), _inner(record, "ProductFields")
    checks = _texts(
        compliance.get("SecurityControlId"),
        record.get("GeneratorId"),
        product.get("ControlId"),
        product.get("RuleId"),
        product.get("aws/config/ConfigRuleName"),
    )
    status = compliance.get("Status") or product.get("aws/config/ConfigComplianceType")
    closed = is_closed(record.get("RecordState"), _inner(record, "Workflow").get("Status"))
    for resource in _records(record.get("Resources")):
        id_ = _text(resource.get("Id"))
        yield ExternalFinding(
            checks,
            outcome_of(status),
            closed,
            id_,
            is_bucket(id_ or "", _text(resource.get("Type"))),
            account=_text(record.get("AwsAccountId")),
        )


# OCSF: Prowler, aws securityhub get-findings-v2 and exports of Security Hub


def is_ocsf(record: Record) -> bool:
    """Whether it is an event of the Open Cybersecurity Schema Framework."""
    return "class_uid" in record and isinstance(record.get("metadata"), dict)


def findings_of_ocsf(record: Record) -> Iterator[ExternalFinding]:
    """One for each resource that the event names."""
    compliance, metadata = _inner(record, "compliance"), _inner(record, "metadata")
    analytic = _inner(_inner(record, "finding_info"), "analytic")
    checks = _texts(
        metadata.get("event_code"),
        compliance.get("control"),
        analytic.get("uid"),
        *(one.get("uid") for one in _records(compliance.get("checks"))),
    )
    judged = _OCSF_OUTCOMES.get(_number(compliance.get("status_id")))
    outcome = judged or outcome_of(compliance.get("status") or record.get("status_code"))
    closed = _number(record.get("status_id")) in _OCSF_CLOSED or is_closed(record.get("status"))
    account = _text(_inner(_inner(record, "cloud"), "account").get("uid"))
    for resource in _records(record.get("resources")):
        uid = _text(resource.get("uid")) or _text(resource.get("name"))
        is_one = is_bucket(uid or "", _text(resource.get("type")))
        yield ExternalFinding(checks, outcome, closed, uid, is_one, account=account)


# AWS Config: get-compliance-details-by-config-rule, and the same of an aggregator


def is_evaluation(record: Record) -> bool:
    """Whether it is a result of an AWS Config rule."""
    return "EvaluationResultIdentifier" in record


def findings_of_evaluation(record: Record) -> Iterator[ExternalFinding]:
    """The one that it is."""
    qualifier = _inner(_inner(record, "EvaluationResultIdentifier"), "EvaluationResultQualifier")
    id_ = _text(qualifier.get("ResourceId"))
    yield ExternalFinding(
        _texts(qualifier.get("ConfigRuleName")),
        outcome_of(record.get("ComplianceType")),
        resource=id_,
        is_bucket=_text(qualifier.get("ResourceType")) in _BUCKET_TYPES,
        account=_text(record.get("AccountId")),
    )


# Cloud Custodian: resources.json


def is_custodian(record: Record) -> bool:
    """Whether it is a resource that a policy of Cloud Custodian selected."""
    return any(name.startswith("c7n:") for name in record) or {"Name", "CreationDate"} <= set(record)


def findings_of_custodian(record: Record) -> Iterator[ExternalFinding]:
    """The one that it is: the file tells neither the policy nor the type of resource, which its fields tell."""
    is_one = {"Name", "CreationDate"} <= set(record)
    yield ExternalFinding(
        (), ExternalOutcome.FAILED, resource=_text(record.get("Name")), is_bucket=is_one, is_every_check=True
    )


# SARIF: Checkov, s3kms itself


def findings_of_result(result: Record) -> Iterator[ExternalFinding]:
    """One for each place that a result of SARIF names."""
    checks = _texts(result.get("ruleId"), _inner(result, "rule").get("id"))
    outcome = outcome_of(result.get("kind", "fail"))
    accepted = [
        one for one in _records(result.get("suppressions")) if one.get("status", "accepted") == "accepted"
    ]
    for location in _records(result.get("locations")):
        artifact = _inner(_inner(location, "physicalLocation"), "artifactLocation")
        yield ExternalFinding(checks, outcome, bool(accepted), path=_text(artifact.get("uri")))


Reader = Callable[[Record], Iterator[ExternalFinding]]


def _inner(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _records(value: object) -> Iterator[Record]:
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(*values: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))
