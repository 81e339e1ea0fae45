"""Writers that were seen to name their own encryption: the default does not apply to what they write (fact F3)."""

from datetime import UTC, datetime

from s3kms.hazards import examples as an
from s3kms.hazards.evidence import MAX_DANGERS_TOLD
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.model.bucket import Bucket
from s3kms.model.observed import (
    ObservedBucket,
    ObservedPrincipal,
    ObservedWindow,
    identity_of_arn,
    names_encryption,
)
from s3kms.model.unknown import Unknown


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Of what was observed; where nobody looked, it is not known, and a question of the plan."""
    seen = bucket.usage.observed
    if isinstance(seen, Unknown) or not switch.is_new_key:
        return None
    told = [text for one in seen.principals if (text := _describe(one))]
    if not told:
        return None
    more = f", and by {len(told) - MAX_DANGERS_TOLD} more" if len(told) > MAX_DANGERS_TOLD else ""
    return Danger(
        f"was written with an encryption that the request named by {', by '.join(told[:MAX_DANGERS_TOLD])}{more} "
        f"(seen between {seen.first:%Y-%m-%d} and {seen.last:%Y-%m-%d}): the default does not apply to these objects"
    )


def _describe(principal: ObservedPrincipal) -> str | None:
    own = {name: times for name, times in principal.encryptions.items() if names_encryption(name)}
    if not own:
        return None
    objects = sum(principal.encryptions.values())
    counts = ", ".join(f"{name} {times:,} of {objects:,}" for name, times in sorted(own.items()))
    return f"{principal.name} ({counts})"


def _seen(name: str, **encryptions: int) -> Bucket:
    identity = identity_of_arn(f"arn:aws:iam::{an.OWN_ACCOUNT}:role/{name}")
    if identity is None:
        raise ValueError(name)
    first, last = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)
    writes = sum(encryptions.values())
    writer = ObservedPrincipal(identity, first, last, writes=writes, encryptions=encryptions)
    window = ObservedWindow("trail/", first, last, writes, has_reads=False, has_writes=True)
    return an.using(observed=ObservedBucket((window,), (writer,)))


HAZARD = Hazard(
    id="writers_name_encryption",
    title="Writers that name their own encryption",
    shape=HazardShape.IGNORES_DEFAULT,
    needs=frozenset(),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "A header of the request goes before the default of the bucket: what these writers put goes on having "
            "the encryption that they name, SSE-S3 for instance."
        ),
        evidence=(
            "Data events of CloudTrail that were given as observed say SSE_S3, SSE_KMS, DSSE_KMS or SSE_C of a "
            "write, and not Default_SSE_S3. Access logs do not tell it."
        ),
        advice="take the header x-amz-server-side-encryption out of these writers, or have them name the new key",
        sources=(
            "Monitoring default encryption with AWS CloudTrail: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption-tracking.html>",
        ),
    ),
    examples=(
        HazardExample(
            "writes with AES256 in a header", _seen("app", SSE_S3=12, Default_SSE_S3=3), an.TO_MANAGED, True
        ),
        HazardExample("writes under a key of the writer's", _seen("app", SSE_KMS=1), an.TO_CUSTOMER, True),
        HazardExample(
            "writes under the default alone", _seen("app", Default_SSE_S3=12), an.TO_CUSTOMER, False
        ),
        HazardExample("a change of the bucket key alone", _seen("app", SSE_S3=12), an.BUCKET_KEY_ONLY, False),
        HazardExample("nobody looked", an.PLAIN, an.TO_CUSTOMER, False),
    ),
)
