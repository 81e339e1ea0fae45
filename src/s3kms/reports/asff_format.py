"""`asff`: findings as AWS Security Hub CSPM takes them with BatchImportFindings, a list of records.

- One finding a bucket and rule, with an Id that stays the same: a later import updates the earlier one.
- The product is the default one of the finding's own account and region, the only one that an account may write for
  itself. BatchImportFindings takes 100 at once, all of the account that calls it.
- Compliance.Status: PASSED, FAILED; WARNING for what is exempt, and for what s3kms cannot tell from what it read;
  NOT_AVAILABLE where AWS did not answer. Workflow is the customer's: it is never set, so nothing is suppressed for
  good by an exemption that ends.
- The severity stands in FindingProviderFields, as AWS asks of providers: INFORMATIONAL for what passes or is exempt.

A finding of code is in no account, and Security Hub has no place for it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from s3kms._version import VERSION
from s3kms.model.advice import Wording, library_wording
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding, Verdict
from s3kms.model.partitions import partition_of
from s3kms.model.scan_context import RuleText, ScanContext, Severity
from s3kms.model.stream import ScanEvent
from s3kms.model.unknown import UnknownCause, known
from s3kms.reports.describe import describe_controls
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.reports.places import name_finding
from s3kms.text.sanitize import printable

SCHEMA_VERSION = "2018-10-08"
MAX_IMPORTED_AT_ONCE = 100
"""Findings of one call of BatchImportFindings."""
FINDING_TYPE = "Software and Configuration Checks/AWS Security Best Practices"
_MAX_ID, _MAX_TITLE, _MAX_DESCRIPTION, _MAX_ADVICE = 512, 256, 1024, 512
_MAX_VALUE, _MAX_REQUIREMENTS, _MAX_RESOURCE_ID = 2048, 32, 512
"""AWS's lengths, as its reference of AwsSecurityFinding has them."""
_PARTITIONS = {"aws", "aws-cn", "aws-us-gov"}
"""Of those that Security Hub has a word for, those whose word is the partition's own name."""
_MAIN_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where a finding is imported whose buckets are of no known region."""
_ARN_PARTS = 6
_ACCOUNT, _REGION = re.compile(r"\d{12}", re.ASCII), re.compile(r"[a-z0-9-]{1,16}", re.ASCII)
_LABELS = {Severity.HIGH: "HIGH", Severity.MEDIUM: "MEDIUM", Severity.LOW: "LOW"}
_NO_ANSWER = {
    UnknownCause.DENIED,
    UnknownCause.THROTTLED,
    UnknownCause.UNREACHABLE,
    UnknownCause.BAD_ANSWER,
    UnknownCause.CREDENTIALS,
    UnknownCause.NOT_LISTED,
}
_FRAMEWORKS = {
    "NIST SP 800-53 Rev. 5": "NIST.800-53.r5 ",
    "NIST SP 800-171 Rev. 2": "NIST.800-171.r2 ",
    "PCI DSS v4.0.1": "PCI DSS v4.0.1/",
}
"""As Security Hub writes the requirements of its own controls (fact E9), so that its filters find them."""
_OWN = {"AWS Config", "AWS Security Hub"}
"""What is a control of AWS's, and no requirement of a framework."""


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """A list, one record a line. Raises BadInput for a finding that is in no account."""
    fold = EventFold()
    separator = "[\n"  # written with the first record: what cannot be one leaves no half of a list
    for finding in fold.findings(events):
        text = fold.rule_text(finding.rule)
        record = asff_record(finding, text, fold.started.context, wording=style.wording)
        yield f"{separator}  {json.dumps(record)}"
        separator = ",\n"
    _ = fold.summary  # raises for a stream that was cut short
    yield "[\n]\n" if separator.startswith("[") else "\n]\n"


def asff_record(
    finding: Finding,
    text: RuleText | None,
    context: ScanContext | None,
    *,
    region: str | None = None,
    wording: Wording = library_wording,
) -> dict[str, Any]:
    """One finding in the AWS Security Finding Format.

    `region` is that of the Security Hub it is for; None is the bucket's own. Raises BadInput for a finding that is in
    no account, or that no time is known of.
    """
    account = finding.account or (context.account if context else None) or ""
    if not _ACCOUNT.fullmatch(account) or (finding.resource is not None and finding.arn is None):
        raise BadInput(
            f"{printable(name_finding(finding))} is in no account, and Security Hub knows nothing else",
            advice="take sarif, junit or gitlab for findings of code",
        )
    at = _time_of(finding, context)
    title = text.title if text else finding.rule
    advice = finding.advice.worded(wording)
    label = _LABELS[finding.severity] if finding.verdict in _GRAVE else "INFORMATIONAL"
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "Id": asff_id(finding),
        "ProductArn": product_arn(account, region or hub_region_of(finding)),
        "ProductName": "s3kms",
        "CompanyName": "s3kms",
        "GeneratorId": _cut(f"s3kms/{finding.rule}", _MAX_ID),
        "AwsAccountId": account,
        "CreatedAt": at,
        "UpdatedAt": at,
        "Title": _cut(title, _MAX_TITLE),
        "Description": _cut(f"{name_finding(finding)}: {finding.message}", _MAX_DESCRIPTION),
        "FindingProviderFields": {
            "Severity": {"Label": label, "Original": finding.severity.value},
            "Types": [FINDING_TYPE],
        },
        "Compliance": _compliance(finding, text),
        "Resources": [_resource(finding, account)],
        "ProductFields": _product_fields(finding, text, context),
        "RecordState": "ACTIVE",
        **({"Remediation": _remediation(advice, text)} if advice else {}),
    }


_GRAVE = {Verdict.FAIL, Verdict.UNKNOWN}


def asff_id(finding: Finding) -> str:
    """Of the rule and the bucket, and nothing that changes: `s3kms/RULE/ARN`."""
    where = finding.places[0].uri if finding.places else finding.account
    name = printable(f"s3kms/{finding.rule}/{finding.arn or f'{finding.account}/{finding.bucket or where}'}")
    if len(name) <= _MAX_ID and name.isascii():
        return name
    return f"s3kms/{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def product_arn(account: str, region: str) -> str:
    """The default product of an account in a region, which it may import findings for."""
    return f"arn:{partition_of(region)}:securityhub:{region}:{account}:product/{account}/default"


def hub_region_of(finding: Finding) -> str:
    """The region whose Security Hub a finding is for: its bucket's, or where none is known one of its partition."""
    arn = _arn_of(finding)
    partition = arn[1] if arn else "aws"
    if finding.region and _REGION.fullmatch(finding.region):
        return finding.region
    return _MAIN_REGIONS.get(partition, _MAIN_REGIONS["aws"])


def _time_of(finding: Finding, context: ScanContext | None) -> str:
    """That of the check: a record with a later UpdatedAt replaces the one that was imported before."""
    at = context.at if context else finding.evidence.at if finding.evidence else None
    if at is None:
        raise BadInput(
            "the result does not say when it was made, and Security Hub asks for it",
            advice="check again, with this version of s3kms",
        )
    return _timestamp(at)


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _compliance(finding: Finding, text: RuleText | None) -> dict[str, Any]:
    found: dict[str, Any] = {"Status": _status(finding)}
    if requirements := _requirements(text):
        found["RelatedRequirements"] = requirements[:_MAX_REQUIREMENTS]
    if finding.verdict is not Verdict.PASS:
        cause = finding.unknown.cause.value if finding.unknown else finding.verdict.value
        reason = _cut(finding.message, _MAX_VALUE)
        found["StatusReasons"] = [{"ReasonCode": f"S3KMS_{cause.upper()}", "Description": reason}]
    return found


def _status(finding: Finding) -> str:
    if finding.verdict is Verdict.PASS:
        return "PASSED"
    if finding.verdict is Verdict.FAIL:
        return "FAILED"
    if finding.unknown and finding.unknown.cause in _NO_ANSWER:
        return "NOT_AVAILABLE"
    return "WARNING"


def _requirements(text: RuleText | None) -> list[str]:
    return [
        f"{_FRAMEWORKS.get(one.framework, f'{one.framework} ')}{control}"
        for one in (text.compliance if text else ())
        if one.framework not in _OWN
        for control in one.ids
    ]


def _resource(finding: Finding, account: str) -> dict[str, Any]:
    arn = _arn_of(finding)
    partition = arn[1] if arn else partition_of(finding.region)
    common = {
        **({"Partition": partition} if partition in _PARTITIONS else {}),
        **({"Region": finding.region} if _REGION.fullmatch(finding.region or "") else {}),
    }
    if finding.bucket is None:
        return {"Type": "AwsAccount", "Id": f"AWS::::Account:{account}", **common}
    service = arn[2] if arn else "s3"
    kind = "AwsS3Bucket" if service in {"s3", "s3express"} else "Other"
    details = _details(finding, account, kind)
    return {
        "Type": kind,
        "Id": _cut(":".join(arn) if arn else f"arn:{partition}:s3:::{finding.bucket}", _MAX_RESOURCE_ID),
        **common,
        **({"Details": details} if details else {}),
    }


def _arn_of(finding: Finding) -> list[str] | None:
    """The six parts of the bucket's ARN; None where it is none."""
    parts = (finding.arn or "").split(":", 5)
    return parts if parts[0] == "arn" and len(parts) == _ARN_PARTS else None


def _details(finding: Finding, account: str, kind: str) -> dict[str, Any]:
    """What AWS has a field for, and the rest by name: its algorithms are aws:kms and AES256."""
    encryption = finding.encryption
    details: dict[str, Any] = {}
    if kind == "AwsS3Bucket":
        details["AwsS3Bucket"] = {
            "OwnerAccountId": account,
            "Name": _cut(finding.bucket or "-", _MAX_VALUE),
            **_sse_configuration(encryption),
        }
    if encryption is not None and (other := _other_details(encryption)):
        details["Other"] = other
    return details


def _sse_configuration(encryption: Encryption | None) -> dict[str, Any]:
    if encryption is None or encryption.algorithm not in {"AES256", "aws:kms"}:
        return {}
    by_default = {"SSEAlgorithm": encryption.algorithm}
    if encryption.key:
        by_default["KMSMasterKeyID"] = _cut(encryption.key, _MAX_VALUE)
    return {
        "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]}
    }


def _other_details(encryption: Encryption) -> dict[str, str]:
    on, blocked = known(encryption.bucket_key), known(encryption.blocked)
    told = {
        "SSEAlgorithm": encryption.algorithm if encryption.algorithm == DSSE_KMS else None,
        "BucketKeyEnabled": None if on is None else str(on).lower(),
        "BlockedEncryptionTypes": ", ".join(blocked) if blocked else None,
    }
    return {name: _cut(value, _MAX_VALUE) for name, value in told.items() if value}


def _product_fields(finding: Finding, text: RuleText | None, context: ScanContext | None) -> dict[str, str]:
    evidence, unknown = finding.evidence, finding.unknown
    scope = context.scope.describe(context.account) if context and context.scope else None
    told = {
        "verdict": finding.verdict.value,
        "version": (context.version if context else None) or VERSION,
        "identity": context.identity if context else None,
        "scope": scope,
        "controls": describe_controls(text),
        "evidence": evidence
        and f"{evidence.operation} {evidence.request_id or ''} {_timestamp(evidence.at)}",
        "unknown": unknown and " ".join(filter(None, (unknown.cause.value, unknown.code, unknown.operation))),
        "exemption": finding.acceptance and finding.acceptance.why,
    }
    return {f"s3kms/{name}": _cut(value, _MAX_VALUE) for name, value in told.items() if value}


def _remediation(advice: str, text: RuleText | None) -> dict[str, Any]:
    recommendation = {"Text": _cut(advice, _MAX_ADVICE)}
    if text and text.page:
        recommendation["Url"] = text.page
    return {"Recommendation": recommendation}


def _cut(text: str, most: int) -> str:
    """On one line, at most so long, and never empty, for AWS takes no empty text."""
    shown = printable(text).strip() or "-"
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
