"""Sentences that the formats for people share."""

from s3kms.model import describe as words
from s3kms.model.advice import Wording
from s3kms.model.describe import count_buckets, count_findings, describe_bucket_key
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.findings import Before, Difference, DifferenceSummary, Finding, Summary, Verdict
from s3kms.model.scan_context import RuleText, ScanContext

MARKS = {Verdict.FAIL: "FAIL", Verdict.UNKNOWN: "UNKNOWN", Verdict.EXEMPT: "EXEMPT", Verdict.PASS: "PASS"}


def describe_bucket(finding: Finding) -> str:
    """What to call the bucket, and where code declares it: `Logs (infra/logs.yaml:12)`."""
    name = finding.bucket or finding.resource
    where = next((f"{place.uri}:{place.line}" for place in finding.places if place.line is not None), None)
    if where is None:
        return name or "(not listed)"
    return f"{name} ({where})" if name else where


def describe_finding_encryption(finding: Finding, *, short: bool = False) -> str:
    """The default encryption in a cell: `SSE-KMS, aws/s3, bucket key on`.

    `short` names a key of the bucket's own account and region by `key/ID` alone.
    """
    encryption = finding.encryption
    if encryption is None:
        return "not known"
    if not encryption.is_kms:
        return encryption.name
    parts = [encryption.name, _key(encryption, finding, short=short)]
    if encryption.algorithm != DSSE_KMS:
        parts.append(describe_bucket_key(encryption))
    return ", ".join(parts)


def describe_state(said: Finding | Before, *, short: bool = False) -> str:
    """A verdict and every part of the default encryption behind it: `FAIL, SSE-S3, SSE-C blocked`."""
    encryption = said.encryption
    if encryption is None:
        return f"{MARKS[said.verdict]}, not known"
    key = _key(encryption, said, short=short)
    return f"{MARKS[said.verdict]}, {words.describe_encryption(encryption, key=key)}"


def _key(encryption: Encryption, of: Finding | Before, *, short: bool) -> str:
    key = encryption.key or "aws/s3"
    own = f":kms:{of.region}:{of.account}:"
    return key.partition(own)[2] if short and own in key else key


def describe_summary(summary: Summary) -> str:
    """The sum in a sentence."""
    counts = ", ".join(f"{summary.verdicts[verdict]:,} {verdict.value}" for verdict in Verdict)
    findings = sum(summary.verdicts.values())
    several = f", {count_findings(findings)}" if findings != summary.buckets else ""
    return f"{count_buckets(summary.buckets)}{several}: {counts}"


def note_lines(summary: Summary, wording: Wording) -> list[str]:
    """What a reader must know beside the findings."""
    gone = [f"s3://{name} was deleted during the check, and is not counted" for name in summary.gone]
    return [*gone, *(note.worded(wording) for note in summary.notes)]


def describe_comparison(since: DifferenceSummary) -> str:
    """The differences in a sentence; what is rare is told where there is any."""
    rare = {Difference.UNCOMPARED.value: since.differences[Difference.UNCOMPARED], "unseen": since.unseen}
    always = {found.value: count for found, count in since.differences.items() if found.value not in rare}
    shown = [*always.items(), *(item for item in rare.items() if item[1])]
    return f"since {since.source}: {', '.join(f'{count:,} {word}' for word, count in shown)}"


def describe_context(context: ScanContext | None) -> str:
    """What was looked at, as whom, when and by which s3kms; empty where nothing of it is known but the time."""
    if context is None or (context.account is None and context.scope is None):
        return ""
    where = context.scope.describe(context.account) if context.scope else f"account {context.account}"
    identity = f" as {context.identity}" if context.identity else ""
    version = f", s3kms {context.version}" if context.version else ""
    return f"{where}{identity}, {context.at:%Y-%m-%d %H:%M} UTC{version}"


def describe_controls(text: RuleText | None) -> str:
    """What frameworks ask that a rule answers: `AWS Security Hub S3.17; PCI DSS v4.0.1 3.5.1`."""
    if text is None:
        return ""
    return "; ".join(f"{one.framework} {', '.join(one.ids)}" for one in text.compliance)
