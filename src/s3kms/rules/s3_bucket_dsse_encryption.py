"""Is the default encryption DSSE-KMS, where that is wanted?"""

from s3kms.estate.bucket import Bucket, BucketKind
from s3kms.estate.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Severity, Verdict
from s3kms.estate.unknown import Unknown
from s3kms.rules import examples as an
from s3kms.rules.interface import Doc, Example, Judgement, Rule, failed, known_encryption, not_known, passed
from s3kms.wanted.model import Override, Wanted, WantedState

ID = "s3_bucket_dsse_encryption"


def judge(bucket: Bucket, wanted: Wanted) -> Judgement:
    """Asked of the buckets whose wanted algorithm is DSSE-KMS, or of all where none is stated."""
    encryption = known_encryption(bucket)
    if isinstance(encryption, Unknown):
        return not_known(encryption)
    if encryption.algorithm == DSSE_KMS:
        return passed("new objects get DSSE-KMS, two layers of encryption")
    state = wanted.state_for(bucket)
    if isinstance(state, Unknown):
        return not_known(state)
    stated_somewhere = any(s.algorithm for s in wanted.states)
    if stated_somewhere and state.algorithm != DSSE_KMS:
        return passed("the wanted state of this bucket does not ask for DSSE-KMS")
    if bucket.kind is BucketKind.DIRECTORY:
        return failed(
            "a directory bucket cannot have DSSE-KMS", "keep such data in a general purpose bucket (fact A20)"
        )
    return failed(
        f"default encryption is {encryption.name}, not DSSE-KMS", "set the default encryption to DSSE-KMS"
    )


_RESTRICTED = Wanted(
    overrides=(Override(WantedState(algorithm=DSSE_KMS), tags={"classification": "restricted"}),)
)

RULE = Rule(
    id=ID,
    title="Default encryption is DSSE-KMS",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION}),
    judge=judge,
    remedied=Encryption(DSSE_KMS),
    asked_by=lambda wanted: any(state.algorithm == DSSE_KMS for state in wanted.states),
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
