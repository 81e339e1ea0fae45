"""The JSON of a check, version 1. Frozen: a new field is a new optional key, a changed one is version 2.

Published as JSON Schema in `schemas/check-v1.schema.json`.
"""

from collections.abc import Iterable
from typing import Any

from s3kms.model.advice import Wording, library_wording
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.findings import (
    Acceptance,
    Before,
    Difference,
    DifferenceSummary,
    Finding,
    GoneFinding,
    Summary,
    Verdict,
)
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanContext
from s3kms.model.unknown import Unknown, known

VERSION = 1
OPENING = f'{{"version": {VERSION}, "findings": ['
"""The first line of a document that does not say as whom it was made; each finding is a line of its own."""
OPENING_RUN, OPENING_END = f'{{"version": {VERSION}, "run": ', ', "findings": ['
"""How the first line begins and ends where it does."""


def finding_v1(finding: Finding, wording: Wording = library_wording) -> dict[str, Any]:
    """One finding; with what became of it, where it was compared."""
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
        "places": _places_v1(finding.places),
        "encryption": encryption_v1(finding.encryption, finding.key_kind),
        "message": finding.message,
        "remedy": finding.advice.worded(wording),
        "evidence": evidence
        and {
            "operation": evidence.operation,
            "request_id": evidence.request_id,
            "at": evidence.at.isoformat(timespec="seconds"),
        },
        **({"code_places": _places_v1(finding.code_places)} if finding.code_places else {}),
        **_unknown_v1(finding.unknown),
        **_accepted_v1(finding.acceptance),
        **_since_v1(finding),
    }


def _places_v1(places: Iterable[Place]) -> list[dict[str, Any]]:
    return [{"uri": place.uri, "line": place.line, "column": place.column} for place in places]


def _unknown_v1(unknown: Unknown | None) -> dict[str, Any]:
    """Why the verdict is unknown, for programs. Only there where it is."""
    if unknown is None:
        return {}
    return {"unknown": {"cause": unknown.cause.value, "code": unknown.code, "operation": unknown.operation}}


def _accepted_v1(accepted: Acceptance | None) -> dict[str, Any]:
    """Why a failure is exempt. Only there where it is."""
    if accepted is None:
        return {}
    place = _places_v1([accepted.place])[0] if accepted.place else None
    return {"accepted": {"why": accepted.why, "place": place}}


def _since_v1(finding: Finding) -> dict[str, Any]:
    """`was` where the earlier result says something else."""
    found = finding.difference
    if found is None:
        return {}
    before = None if found is Difference.UNCHANGED else finding.before
    return {"change": found.value, "was": before and _before_v1(before)}


def _before_v1(before: Before) -> dict[str, Any]:
    return {
        "verdict": before.verdict.value,
        "encryption": encryption_v1(before.encryption, before.key_kind),
    }


def gone_v1(gone: GoneFinding) -> dict[str, Any]:
    """One finding of the earlier result whose bucket is gone. It has no verdict: there is nothing to judge."""
    return {
        "change": Difference.GONE.value,
        "rule": gone.rule,
        "bucket": gone.bucket,
        "account": gone.before.account,
        "region": gone.before.region,
        "arn": gone.arn,
        "resource": gone.resource,
        "was": _before_v1(gone.before),
    }


def difference_summary_v1(since: DifferenceSummary) -> dict[str, Any]:
    """The sum of the differences."""
    counts = {
        found.value: count for found, count in since.differences.items() if found is not Difference.GONE
    }
    return {"result": since.source, **counts, "unseen": since.unseen}


def encryption_v1(encryption: Encryption | None, key_kind: KeyKind | None) -> dict[str, Any] | None:
    """A default encryption; null where it could not be read."""
    if encryption is None:
        return None
    return {
        "algorithm": encryption.algorithm,
        "key": encryption.key,
        "key_kind": key_kind.value if key_kind else None,
        "bucket_key": known(encryption.bucket_key),
        "blocked": None if (blocked := known(encryption.blocked)) is None else list(blocked),
    }


def _context_v1(context: ScanContext | None) -> dict[str, Any]:
    if context is None:
        return {}
    at = context.at.isoformat(timespec="seconds")
    return {"account": context.account, "identity": context.identity, "at": at}


def summary_v1(summary: Summary, wording: Wording = library_wording) -> dict[str, Any]:
    """The sum."""
    return {
        "buckets": summary.buckets,
        **{verdict.value: summary.verdicts[verdict] for verdict in Verdict},
        "gone": list(summary.gone),
        "missing": list(summary.missing),
        "notes": [note.worded(wording) for note in summary.notes],
        "exit": int(summary.exit),
        **_context_v1(summary.context),
    }
