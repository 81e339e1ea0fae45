"""Sentences that the formats for people share."""

from s3kms.estate.encryption import DSSE_KMS
from s3kms.estate.findings import Finding, Summary, Verdict
from s3kms.estate.words import bucket_words

MARKS = {Verdict.FAIL: "FAIL", Verdict.UNKNOWN: "UNKNOWN", Verdict.EXEMPT: "EXEMPT", Verdict.PASS: "PASS"}


def encryption_words(finding: Finding, *, short: bool = False) -> str:
    """The default encryption in a cell: `SSE-KMS, aws/s3, bucket key on`.

    `short` names a key of the bucket's own account and region by `key/ID` alone.
    """
    encryption = finding.encryption
    if encryption is None:
        return "not known"
    if not encryption.is_kms:
        return encryption.name
    key = encryption.key or "aws/s3"
    own = f":kms:{finding.region}:{finding.account}:"
    words = [encryption.name, key.partition(own)[2] if short and own in key else key]
    if encryption.algorithm != DSSE_KMS:
        words.append(f"bucket key {'on' if encryption.bucket_key else 'off'}")
    return ", ".join(words)


def summary_words(summary: Summary) -> str:
    """The sum in a sentence."""
    counts = ", ".join(f"{summary.verdicts[verdict]} {verdict.value}" for verdict in Verdict)
    findings = sum(summary.verdicts.values())
    several = f", {findings} findings" if findings != summary.buckets else ""
    return f"{bucket_words(summary.buckets)}{several}: {counts}"


def note_lines(summary: Summary) -> list[str]:
    """What a reader must know beside the findings."""
    gone = [f"s3://{name} was deleted while we looked, and is not counted" for name in summary.gone]
    return [*gone, *summary.notes]
