"""`ocsf`: OCSF 1.8.0, Compliance Finding (class 2003) with the profile `cloud`: a list, a record a line.

- `compliance.status_id`: 1 Pass, 3 Fail, 2 Warning for what could not be judged; what is exempt is a Fail whose
  finding is `Suppressed`. The severity of what passes or is exempt is Informational.
- `finding_info.uid` is of the rule and the bucket, and stays the same; each record is a Create.
- A bucket of code is a resource, too: its address, with file and line in `data`.
- `unmapped` has what OCSF has no place for: identity and scope of the check, evidence, AWS's error.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from s3kms._version import VERSION
from s3kms.model.advice import Wording
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding, Verdict
from s3kms.model.partitions import partition_of
from s3kms.model.scan_context import RuleText, ScanContext, Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.reports.places import file_of, fingerprint, name_finding, path_from_root
from s3kms.results.v1 import encryption_v1
from s3kms.text.sanitize import printable

OCSF_VERSION = "1.8.0"
_CATEGORY, _CLASS, _CREATE = 2, 2003, 1
_SEVERITIES = {Severity.LOW: (2, "Low"), Severity.MEDIUM: (3, "Medium"), Severity.HIGH: (4, "High")}
_INFORMATIONAL = (1, "Informational")
_STATUSES = {
    Verdict.PASS: (1, "Pass"),
    Verdict.UNKNOWN: (2, "Warning"),
    Verdict.FAIL: (3, "Fail"),
    Verdict.EXEMPT: (3, "Fail"),
}
_NEW, _SUPPRESSED = (1, "New"), (3, "Suppressed")
_RULE_ANALYTIC, _AWS_ACCOUNT = (1, "Rule"), (10, "AWS Account")
_GRAVE = {Verdict.FAIL, Verdict.UNKNOWN}


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """One list. Raises BadInput where no time is known of a finding."""
    fold = EventFold()
    separator = "[\n"  # written with the first record: what cannot be one leaves no half of a list
    for finding in fold.findings(events):
        yield f"{separator}  {json.dumps(_record(finding, fold, style))}"
        separator = ",\n"
    _ = fold.summary  # raises for a stream that was cut short
    yield "[\n]\n" if separator.startswith("[") else "\n]\n"


def _record(finding: Finding, fold: EventFold, style: ReportStyle) -> dict[str, Any]:
    text, context = fold.rule_text(finding.rule), fold.started.context
    title = printable(text.title if text else finding.rule)
    severity = _SEVERITIES[finding.severity] if finding.verdict in _GRAVE else _INFORMATIONAL
    status = _SUPPRESSED if finding.verdict is Verdict.EXEMPT else _NEW
    remediation = _remediation(finding, text, style.wording)
    return {
        **_named("activity", (_CREATE, "Create"), name="activity_name"),
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + _CREATE,
        "type_name": "Compliance Finding: Create",
        **_named("severity", severity),
        **_named("status", status),
        "time": _milliseconds(_time_of(finding, context)),
        "message": printable(f"{name_finding(finding)}: {finding.message}"),
        "metadata": {
            "version": OCSF_VERSION,
            "product": {
                "name": "s3kms",
                "vendor_name": "s3kms",
                "version": (context.version if context else None) or VERSION,
            },
            "profiles": ["cloud"],
            "event_code": printable(finding.rule),
        },
        "cloud": _cloud(finding, context),
        "finding_info": _finding_info(finding, title, context),
        "compliance": _compliance(finding, title, text),
        "resources": [_resource(finding, style)],
        **({"remediation": remediation} if remediation else {}),
        "unmapped": _unmapped(finding, context),
    }


def _named(key: str, value: tuple[int, str], *, name: str | None = None) -> dict[str, Any]:
    return {f"{key}_id": value[0], name or key: value[1]}


def _time_of(finding: Finding, context: ScanContext | None) -> datetime:
    at = context.at if context else finding.evidence.at if finding.evidence else None
    if at is None:
        raise BadInput(
            "the result does not say when it was made, and OCSF asks for it",
            advice="check again, with this version of s3kms",
        )
    return at


def _milliseconds(at: datetime) -> int:
    """Of whole seconds: a saved result keeps no more, and its report says the same as that of the check."""
    return int(at.astimezone(UTC).timestamp()) * 1000


def _cloud(finding: Finding, context: ScanContext | None) -> dict[str, Any]:
    account = finding.account or (context.account if context else None)
    owner = {"account": {"uid": account, **_named("type", _AWS_ACCOUNT)}} if account else {}
    region = {"region": printable(finding.region)} if finding.region else {}
    return {"provider": "AWS", **region, **owner}


def _finding_info(finding: Finding, title: str, context: ScanContext | None) -> dict[str, Any]:
    seen = finding.evidence.at if finding.evidence else None
    return {
        "uid": f"s3kms/{fingerprint(finding)}",
        "title": title,
        "desc": printable(finding.message),
        "types": ["Compliance"],
        "analytic": {"uid": printable(finding.rule), "name": title, **_named("type", _RULE_ANALYTIC)},
        "created_time": _milliseconds(_time_of(finding, context)),
        **({"last_seen_time": _milliseconds(seen)} if seen else {}),
    }


def _compliance(finding: Finding, title: str, text: RuleText | None) -> dict[str, Any]:
    compliance = text.compliance if text else ()
    accepted, unknown = finding.acceptance, finding.unknown
    detail = accepted.why if accepted else unknown.why if unknown else None
    return {
        "control": title,
        "standards": [one.framework for one in compliance] or ["s3kms"],
        "requirements": [f"{one.framework} {control}" for one in compliance for control in one.ids],
        **_named("status", _STATUSES[finding.verdict]),
        "status_code": finding.verdict.value.upper(),
        **({"status_details": [printable(detail)]} if detail else {}),
    }


def _resource(finding: Finding, style: ReportStyle) -> dict[str, Any]:
    arn = finding.arn if finding.arn and finding.arn.startswith("arn:") else None
    place = file_of(finding)
    data: dict[str, Any] = {"encryption": encryption_v1(finding.encryption, finding.key_kind)}
    if finding.resource:
        data["address"] = printable(finding.resource)
    if place:
        data |= {"file": printable(path_from_root(place.uri, style.source)), "line": place.line}
    parts = arn.split(":") if arn else []
    partition = parts[1] if len(parts) > 1 and parts[1] else partition_of(finding.region)
    return {
        "uid": printable(arn or name_finding(finding)),
        "name": printable(name_finding(finding)),
        "type": _type_of(finding),
        **({"region": printable(finding.region)} if finding.region else {}),
        "cloud_partition": printable(partition),
        "data": data,
    }


def _type_of(finding: Finding) -> str:
    """In the words of CloudFormation and AWS Config."""
    services = {"s3tables": "AWS::S3Tables::TableBucket", "s3vectors": "AWS::S3Vectors::VectorBucket"}
    if finding.bucket is None and finding.resource is None:
        return "AWS::::Account" if finding.account else "file"
    service = finding.arn.split(":")[2] if finding.arn and finding.arn.count(":") > 2 else "s3"  # noqa: PLR2004
    if service == "s3express":
        return "AWS::S3Express::DirectoryBucket"
    return services.get(service, "AWS::S3::Bucket")


def _remediation(finding: Finding, text: RuleText | None, wording: Wording) -> dict[str, Any] | None:
    advice = finding.advice.worded(wording)
    if not advice:
        return None
    references = {"references": [text.page]} if text and text.page else {}
    return {"desc": printable(advice), **references}


def _unmapped(finding: Finding, context: ScanContext | None) -> dict[str, Any]:
    evidence, unknown = finding.evidence, finding.unknown
    scope = context.scope.describe(context.account) if context and context.scope else None
    told = {
        "verdict": finding.verdict.value,
        "identity": context.identity if context else None,
        "scope": scope,
        "operation": evidence.operation if evidence else None,
        "request_id": evidence.request_id if evidence else None,
        "cause": unknown.cause.value if unknown else None,
        "error_code": unknown.code if unknown else None,
        "failed_operation": unknown.operation if unknown else None,
        "change": finding.difference.value if finding.difference else None,
    }
    return {name: printable(value) for name, value in told.items() if value}
