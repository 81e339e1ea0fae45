"""Sentences that the formats for people share."""

from s3kms.model import describe as words
from s3kms.model.advice import Wording
from s3kms.model.describe import count_buckets, count_findings, describe_bucket_key
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.findings import Before, Difference, Finding, Summary, Verdict
from s3kms.results.comparison import Comparison

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
    counts = ", ".join(f"{summary.verdicts[verdict]} {verdict.value}" for verdict in Verdict)
    findings = sum(summary.verdicts.values())
    several = f", {count_findings(findings)}" if findings != summary.buckets else ""
    return f"{count_buckets(summary.buckets)}{several}: {counts}"


def note_lines(summary: Summary, wording: Wording) -> list[str]:
    """What a reader must know beside the findings."""
    gone = [f"s3://{name} was deleted while we looked, and is not counted" for name in summary.gone]
    return [*gone, *(note.worded(wording) for note in summary.notes)]


def describe_comparison(since: Comparison) -> str:
    """The differences in a sentence; what is seldom is told where there is any."""
    sums = since.sums()
    seldom = {Difference.UNCOMPARED.value: sums.differences[Difference.UNCOMPARED], "unseen": sums.unseen}
    always = {found.value: count for found, count in sums.differences.items() if found.value not in seldom}
    told = [*always.items(), *(item for item in seldom.items() if item[1])]
    return f"since {since.source}: {', '.join(f'{count} {word}' for word, count in told)}"
