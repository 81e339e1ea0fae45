"""Small CloudFormation templates, each with what is to be said of its bucket. `«` marks the place that decides."""

from dataclasses import dataclass
from textwrap import dedent, indent

from s3kms.model.encryption import KeyKind
from s3kms.model.findings import Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
OURS, AWS, OPEN = KeyKind.CUSTOMER_MANAGED, KeyKind.AWS_MANAGED, KeyKind.UNKNOWN
ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass(frozen=True)
class Case:
    """A template with one bucket, `B`."""

    id: str
    marked: str
    verdict: Verdict
    key_kind: KeyKind | None = None
    bucket_key: bool | None = None
    name: str | None = None
    says: str = ""
    """A part of the message."""
    deploys: bool = False
    """Whether the embedded AWS can make the very bucket, so that GetBucketEncryption is asked."""
    parameters: str = ""
    """What is in a file of parameter values, if there is one."""
    file: str = "parameters.json"
    """How it is called."""

    @property
    def text(self) -> str:
        """The template."""
        return self.marked.replace("«", "")

    @property
    def place(self) -> tuple[int, int] | None:
        """Line and column of the mark."""
        before, found, _ = self.marked.partition("«")
        return (before.count("\n") + 1, len(before) - before.rfind("\n")) if found else None


def bucket(properties: str, head: str = "", *, kind: str = "AWS::S3::Bucket", more: str = "") -> str:
    """A template of one bucket with these properties; `head` is the sections before, `more` other resources."""
    lines = ["AWSTemplateFormatVersion: '2010-09-09'", dedent(head).strip("\n"), "Resources:"]
    lines += [indent(dedent(more).strip("\n"), "  ")] if more else []
    lines += ["  B:", f"    Type: {kind}"]
    lines += ["    Properties:", indent(dedent(properties).strip("\n"), "      ")] if properties else []
    return "\n".join(line for line in lines if line) + "\n"


def default(algorithm: str, key: str = "", rest: str = "") -> str:
    """The properties of a bucket with a default encryption, in flow style."""
    parts = [f"SSEAlgorithm: {algorithm}"] + ([f"KMSMasterKeyID: {key}"] if key else [])
    rule = [f"ServerSideEncryptionByDefault: {{{', '.join(parts)}}}"] + ([rest] if rest else [])
    return f"BucketEncryption: {{ServerSideEncryptionConfiguration: [{{{', '.join(rule)}}}]}}"
