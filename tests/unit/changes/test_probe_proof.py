"""What a probe object proves."""

from s3kms.aws.probe import ProbeResult
from s3kms.changes.buckets.probe_proof import evaluate_probe
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.findings import Verdict

BUCKET = Bucket(
    "logs", "111122223333", "eu-central-1", encryption=Encryption("aws:kms", None, bucket_key=True)
)


def test_a_probe_that_landed_unencrypted_says_so() -> None:
    proof = evaluate_probe(BUCKET, ProbeResult("k", Encryption(None)))

    assert proof.verdict is Verdict.FAIL
    assert "it landed unencrypted, as far as HeadObject tells, and the default is SSE-KMS" in proof.message


def test_a_probe_that_landed_otherwise_and_is_there_still_says_both() -> None:
    proof = evaluate_probe(
        BUCKET, ProbeResult("k", Encryption("AES256"), "the probe object k is still there")
    )

    assert proof.verdict is Verdict.FAIL
    assert "it has SSE-S3, the default is SSE-KMS; the probe object k is still there" in proof.message
