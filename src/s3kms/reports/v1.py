"""The JSON of a check, version 1. Frozen: a new field is a new optional key, a changed one is version 2.

Published as JSON Schema in `schemas/check-v1.schema.json`.
"""

from typing import Any

from s3kms.estate.encryption import Encryption, KeyKind
from s3kms.estate.findings import Finding, Summary, Verdict

VERSION = 1


def finding_v1(finding: Finding) -> dict[str, Any]:
    """One finding."""
    evidence = finding.evidence
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value,
        "bucket": finding.bucket,
        "account": finding.account,
        "region": finding.region,
        "arn": finding.arn,
        "resource": finding.resource,
        "places": [{"uri": p.uri, "line": p.line, "column": p.column} for p in finding.places],
        "encryption": encryption_v1(finding.encryption, finding.key_kind),
        "message": finding.message,
        "remedy": finding.remedy,
        "evidence": evidence
        and {
            "operation": evidence.operation,
            "request_id": evidence.request_id,
            "at": evidence.at.isoformat(timespec="seconds"),
        },
    }


def encryption_v1(encryption: Encryption | None, key_kind: KeyKind | None) -> dict[str, Any] | None:
    """A default encryption; null where it could not be read."""
    if encryption is None:
        return None
    return {
        "algorithm": encryption.algorithm,
        "key": encryption.key,
        "key_kind": key_kind.value if key_kind else None,
        "bucket_key": encryption.bucket_key,
        "blocked": None if encryption.blocked is None else list(encryption.blocked),
    }


def summary_v1(summary: Summary) -> dict[str, Any]:
    """The sum."""
    return {
        "buckets": summary.buckets,
        **{verdict.value: summary.verdicts[verdict] for verdict in Verdict},
        "gone": list(summary.gone),
        "missing": list(summary.missing),
        "notes": list(summary.notes),
        "exit": int(summary.exit),
    }
