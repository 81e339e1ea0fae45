"""Whether a probe object landed as the bucket's default says. Pure."""

from dataclasses import dataclass

from s3kms.aws.probe import ProbeResult
from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.findings import Verdict
from s3kms.model.keys import KmsKey
from s3kms.model.unknown import Unknown, known


@dataclass(frozen=True, slots=True)
class ProbeProof:
    """What the probe proves."""

    verdict: Verdict
    message: str
    advice: Advice = NO_ADVICE


def evaluate_probe(bucket: Bucket, probe: ProbeResult) -> ProbeProof:
    """Compare the object with the default: algorithm, key and bucket key."""
    default = bucket.encryption
    if isinstance(default, Unknown):
        return ProbeProof(Verdict.UNKNOWN, default.why, default.advice)
    if wrong := _difference(default, bucket, probe.found):
        remedy = "ask whoever runs this endpoint: S3 gives header-less writes the bucket's default"
        left = f"; {probe.left_behind}" if probe.left_behind else ""
        return ProbeProof(
            Verdict.FAIL, f"a probe object did not land as the default says: {wrong}{left}", Advice(remedy)
        )
    under = f" under {probe.found.key}" if probe.found.key else ""
    message = f"a probe object landed with {probe.found.name}{under} and could be read"
    if probe.left_behind:
        return ProbeProof(
            Verdict.UNKNOWN, f"{message}, but {probe.left_behind}", Advice("remove the object by hand")
        )
    return ProbeProof(Verdict.PASS, f"{message}; it was removed")


def _difference(default: Encryption, bucket: Bucket, found: Encryption) -> str:
    if found.algorithm is None and default.algorithm is not None:
        return f"it landed unencrypted, as far as HeadObject tells, and the default is {default.name}"
    if found.algorithm != default.algorithm:
        return f"it has {found.name}, the default is {default.name}"
    if isinstance(bucket.key, KmsKey) and found.key != bucket.key.arn:
        return f"it is under {found.key}, the default key is {bucket.key.arn}"
    if default.algorithm != DSSE_KMS and bool(known(default.bucket_key)) != bool(known(found.bucket_key)):
        return f"its bucket key is {'on' if found.bucket_key else 'off'}, the default says otherwise"
    return ""
