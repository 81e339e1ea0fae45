"""The change as steps in the AWS console."""

from collections.abc import Sequence
from urllib.parse import quote

from s3kms.model.advice import Command, Sentence
from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets, describe_encryption
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, Encryption
from s3kms.model.unknown import known
from s3kms.remedies.description import describe_change
from s3kms.remedies.interface import Remedy, RemedyFile, RemedyFiles
from s3kms.remedies.shell_script import account_of
from s3kms.text.quoting import quote_markdown

_TYPES = {
    SSE_KMS: "Server-side encryption with AWS Key Management Service keys (SSE-KMS)",
    DSSE_KMS: "Dual-layer server-side encryption with AWS Key Management Service keys (DSSE-KMS)",
}
_SSE_S3 = "Server-side encryption with Amazon S3 managed keys (SSE-S3)"
_DOMAINS = {
    "cn-": "console.amazonaws.cn",
    "us-gov-": "console.amazonaws-us-gov.com",
    "eusc-": "console.amazonaws-eusc.eu",
}
"""The console's domain in each partition, by how its regions begin; everywhere else it is AWS's own."""


def render(change: Change) -> str:
    """Numbered steps, with a link to the bucket's properties."""
    steps = [
        f"Open the bucket's properties: <{console_url(change)}>",
        f"That is bucket {quote_markdown(change.bucket)}, tab Properties. Scroll to Default encryption, choose Edit.",
        f"Encryption type: {_TYPES.get(change.after.algorithm or '', _SSE_S3)}.",
        *_key_steps(change.after),
        "Choose Save changes.",
    ]
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps, 1))


def _key_steps(after: Encryption) -> list[str]:
    if not after.is_kms:
        return []
    key = (
        f"Choose from your AWS KMS keys, or enter the ARN: {quote_markdown(after.key)}"
        if after.key
        else "AWS managed key (aws/s3)"
    )
    bucket_key = {True: ["Bucket Key: Enable."], False: ["Bucket Key: Disable."], None: []}[
        known(after.bucket_key)
    ]
    return [f"AWS KMS key: {key}.", *(bucket_key if after.algorithm == SSE_KMS else [])]


def console_url(change: Change) -> str:
    """The console's page of the bucket's properties."""
    region, bucket = quote(change.region, safe=""), quote(change.bucket, safe="")
    domain = next((d for start, d in _DOMAINS.items() if region.startswith(start)), "console.aws.amazon.com")
    return f"https://{region}.{domain}/s3/buckets/{bucket}?region={region}&tab=properties"


def render_proof(change: Change) -> str:
    """Where the console shows it."""
    wanted = _TYPES.get(change.after.algorithm or "", _SSE_S3)
    lines = [f"In the bucket's Properties, Default encryption shows: {wanted}."]
    if change.after.algorithm == SSE_KMS and known(change.after.bucket_key):
        lines.append("Bucket Key shows: Enabled.")
    return "\n".join(lines) + "\n"


def render_files(changes: Sequence[Change]) -> RemedyFiles:
    """A page of steps, a section a bucket."""
    head = (
        f"# Default encryption of {count_buckets(len(changes))} in account {quote_markdown(account_of(changes))}\n\n"
        "Sign in to that account first: the links do not choose it.\n"
    )
    sections = (
        f"\n## {quote_markdown(change.bucket)} in {quote_markdown(change.region)}\n\n"
        f"{quote_markdown(describe_change(change))}\n\n{render(change)}\n{render_proof(change)}"
        f"To put it back: {quote_markdown(describe_encryption(change.before))}.\n"
        for change in changes
    )
    return RemedyFiles(
        (RemedyFile("console.md", head + "".join(sections)),),
        (Sentence("follow console.md; then see it with: {check}", {"check": Command("check")}),),
    )


REMEDY = Remedy(
    "console",
    "AWS console",
    "",
    render,
    render_files,
    kinds=frozenset({BucketKind.GENERAL_PURPOSE}),
    render_proof=render_proof,
)
