"""Is the default encryption DSSE-KMS, where that is wanted?"""

from s3kms.desired.configuration import Configuration, DesiredState, Override
from s3kms.model.advice import Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.scan_context import Severity
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    Example,
    Requirement,
    Rule,
    RuleAnswer,
    RuleDoc,
    describe_default_encryption,
    failed,
    passed,
    with_edit,
)

_WISH = Requirement(lambda state: state.algorithm, DSSE_KMS, "DSSE-KMS")


def evaluate(bucket: Bucket, encryption: Encryption, wanted: Configuration) -> RuleAnswer:
    """Asked of the buckets whose wanted algorithm is DSSE-KMS, or of all where none is stated."""
    if encryption.algorithm == DSSE_KMS:
        return passed("new objects get DSSE-KMS, two layers of encryption")
    if not_applicable := _WISH.not_applicable(bucket, wanted):
        return not_applicable
    if bucket.kind is not BucketKind.GENERAL_PURPOSE:
        return failed(
            f"a {bucket.kind} bucket cannot have DSSE-KMS",
            "keep such data in a general purpose bucket",  # facts A20, A22
        )
    return failed(
        f"{describe_default_encryption(encryption)}, not DSSE-KMS",
        with_edit("set the default encryption to DSSE-KMS", bucket, Option("dsse")),
    )


_RESTRICTED = Configuration(
    overrides=(Override(DesiredState(algorithm=DSSE_KMS), tags={"classification": "restricted"}),)
)

RULE = Rule(
    id="s3_bucket_dsse_encryption",
    title="Default encryption is DSSE-KMS",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION}),
    evaluate=evaluate,
    compliant_encryption=Encryption(DSSE_KMS),
    enabled_by=_WISH.is_stated,
    doc=RuleDoc(
        overview=(
            "Highly sensitive data should have DSSE-KMS, dual-layer server-side encryption, as its default. "
            "Say which buckets in s3kms.toml, by name or by tag; without that, the rule asks it of all."
        ),
        risk=("Requirements for two independent layers of encryption are not met by SSE-KMS.",),
        exceptions=(
            "Data without such a requirement: DSSE-KMS costs more and has no S3 Bucket Key.",  # fact A15
            "Directory buckets: they have no DSSE-KMS.",  # fact A20
        ),
        remedy="Set the default encryption to aws:kms:dsse with a KMS key, without bucket key.",
        verification="The rule read back says SSEAlgorithm: aws:kms:dsse.",
        notes=("Objects cannot be moved to DSSE-KMS in place; they are copied.",),  # fact D2
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html",
    ),
    examples=(
        Example("DSSE-KMS", an.bucket(DSSE_KMS), Verdict.PASS),
        Example("SSE-KMS", an.bucket(SSE_KMS), Verdict.FAIL),
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.FAIL),
        Example(
            "tagged restricted",
            an.bucket(SSE_KMS, tags={"classification": "restricted"}),
            Verdict.FAIL,
            _RESTRICTED,
        ),
        Example("not tagged", an.bucket(SSE_KMS, tags={"team": "web"}), Verdict.PASS, _RESTRICTED),
    ),
)
