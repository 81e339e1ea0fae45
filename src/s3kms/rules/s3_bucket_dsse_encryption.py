"""Is the default encryption DSSE-KMS, where that is wanted?"""

from s3kms.estate.advice import Option
from s3kms.estate.bucket import Bucket, BucketKind
from s3kms.estate.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Severity, Verdict
from s3kms.rules import examples as an
from s3kms.rules.interface import Answer, Doc, Example, Rule, Wish, default_words, failed, passed, with_edit
from s3kms.wanted.model import Override, Wanted, WantedState

_WISH = Wish(lambda state: state.algorithm, DSSE_KMS, "DSSE-KMS")


def ask(bucket: Bucket, encryption: Encryption, wanted: Wanted) -> Answer:
    """Asked of the buckets whose wanted algorithm is DSSE-KMS, or of all where none is stated."""
    if encryption.algorithm == DSSE_KMS:
        return passed("new objects get DSSE-KMS, two layers of encryption")
    if excuse := _WISH.excuse(bucket, wanted):
        return excuse
    if bucket.kind is not BucketKind.GENERAL_PURPOSE:
        return failed(
            f"a {bucket.kind} bucket cannot have DSSE-KMS",
            "keep such data in a general purpose bucket (facts A20, A22)",
        )
    return failed(
        f"{default_words(encryption)}, not DSSE-KMS",
        with_edit("set the default encryption to DSSE-KMS", bucket, Option("dsse")),
    )


_RESTRICTED = Wanted(
    overrides=(Override(WantedState(algorithm=DSSE_KMS), tags={"classification": "restricted"}),)
)

RULE = Rule(
    id="s3_bucket_dsse_encryption",
    title="Default encryption is DSSE-KMS",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION}),
    ask=ask,
    remedied=Encryption(DSSE_KMS),
    asked_by=_WISH.is_stated,
    doc=Doc(
        overview=(
            "Highly sensitive data should have DSSE-KMS, dual-layer server-side encryption, as its default. "
            "Say which buckets in s3kms.toml, by name or by tag; without that, the rule asks it of all."
        ),
        risk=("Requirements for two independent layers of encryption are not met by SSE-KMS.",),
        leave_alone=(
            "Data without such a requirement: DSSE-KMS costs more and has no S3 Bucket Key (fact A15).",
            "Directory buckets: they have no DSSE-KMS (fact A20).",
        ),
        remedy="Set the default encryption to aws:kms:dsse with a KMS key, without bucket key.",
        verification="The rule read back says SSEAlgorithm: aws:kms:dsse.",
        notes=("Objects cannot be moved to DSSE-KMS in place; they are copied (fact D2).",),
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
