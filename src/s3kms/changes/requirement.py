"""What one bucket's default encryption is to become: the request first, then the configuration, then the defaults.

Buckets in an account and buckets that code declares get it from the same function, so that an option means the same
for both.
"""

from dataclasses import dataclass
from datetime import date

from s3kms.changes.request import NEW_VECTOR_BUCKET, FixRequest
from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS, SSE_KMS
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown
from s3kms.rules import encryption_rule_of
from s3kms.rules.evaluate import describe_flaws, find_exemption

VECTOR_BUCKET_SKIPPED = Skipped(
    "is a vector bucket, whose encryption cannot be changed: an edit would replace it, with its vectors",  # fact A23
    NEW_VECTOR_BUCKET,
    is_unknown=True,
)


@dataclass(frozen=True, slots=True)
class EncryptionRequirement:
    """What one bucket's default is to become. None is "not stated"."""

    algorithm: str | None = None
    """Not stated: SSE-KMS, and DSSE-KMS stays what it is."""
    key: str | None = None
    """A key reference; None is aws/s3. To write it, it has to be the full ARN (fact A11)."""
    bucket_key: bool | None = None
    """Not stated: on, where the bucket comes from SSE-S3 (fact A15: never with DSSE-KMS)."""
    bucket_key_only: bool = False
    """Turn the bucket key on and keep algorithm and key."""
    rekey: bool = False
    """Give the key to a bucket that has another KMS key, too."""
    is_named: bool = False
    """The bucket itself is a target, not a pattern or the whole account."""


def requirement_for(
    request: FixRequest, state: DesiredState, *, is_named: bool, has_kms: bool
) -> EncryptionRequirement:
    """What a bucket is to have, whether it has SSE-KMS or DSSE-KMS now.

    An option of the request goes before the configuration's state. What is said for many buckets never takes
    anything away from one that has SSE-KMS already: that needs the bucket itself as a target.
    """
    may_take_away = is_named or not has_kms
    algorithm = DSSE_KMS if request.dsse or state.algorithm == DSSE_KMS else None
    if request.dsse is False:
        algorithm = SSE_KMS if may_take_away else None
    bucket_key = state.bucket_key
    if request.no_bucket_key:
        bucket_key = False if may_take_away else None
    return EncryptionRequirement(
        algorithm=algorithm,
        key=request.key or state.key,
        bucket_key=bucket_key,
        bucket_key_only=request.bucket_key_only,
        rekey=is_named and request.key is not None,
        is_named=is_named,
    )


def desired_state(configuration: Configuration, bucket: Bucket, today: date) -> DesiredState | Skipped:
    """What the configuration wants of the bucket; Skipped where it is exempt, also beside its code, or where tags
    decide that could not be read.
    """
    if exemption := find_exemption(bucket, encryption_rule_of(bucket.kind), configuration, today):
        return Skipped(f"is exempt: {exemption.describe()}")
    state = configuration.state_for(bucket)
    if isinstance(state, Unknown):
        return Skipped(state.why, state.advice, is_unknown=True)
    return state


def misunderstood_exemption(bucket: Bucket) -> Skipped | None:
    """Why a bucket that would be changed is not: somebody wrote an exemption beside its code that cannot be
    understood, and whether the risk is accepted is for a person to say. None where there is none.
    """
    flaws = describe_flaws(bucket)
    if not flaws:
        return None
    return Skipped("; ".join(flaws), Advice("correct the comment, or take it away"), is_unknown=True)
