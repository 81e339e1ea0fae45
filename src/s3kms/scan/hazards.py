"""What breaks under SSE-KMS whatever the key: told with every verdict, where the code shows it. It changes none."""

from dataclasses import replace

from s3kms.hazards import all_hazards
from s3kms.hazards.interface import Danger, EncryptionSwitch
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import KeyKind
from s3kms.model.findings import Finding, Verdict

_ANY_KEY = EncryptionSwitch(
    is_new_kms=True, key=KeyKind.CUSTOMER_MANAGED, is_new_key=True, is_new_bucket_key=False
)
_ADVICE = "exempt it with the reason (# s3kms: exempt RULE REASON), or {advice}"


def with_hazards(finding: Finding, bucket: Bucket) -> Finding:
    """The finding with what SSE-KMS would break; a failure has another remedy then."""
    found = [(hazard, hazard.evaluate(bucket, _ANY_KEY)) for hazard in all_hazards()]
    dangers = [
        (hazard, answer.why) for hazard, answer in found if hazard.shape.breaks and isinstance(answer, Danger)
    ]
    if not dangers:
        return finding
    message = "; ".join((finding.message, *(f"it {why}" for _, why in dangers)))
    advice = finding.advice
    if finding.verdict is Verdict.FAIL:
        advice = Advice(_ADVICE, {"advice": dangers[0][0].advice})
    return replace(finding, message=message, advice=advice)
