"""More requests than KMS takes of an account in a region (fact B19)."""

from s3kms.hazards import examples as an
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
from s3kms.model.unknown import Unknown

DEFAULT_QUOTA = 10_000
"""Requests a second of an account in a region: Encrypt, Decrypt, GenerateDataKey and ReEncrypt together."""
QUOTAS = {
    **dict.fromkeys(
        ("us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"),
        20_000,
    ),
    **dict.fromkeys(("us-east-1", "us-west-2", "eu-west-1"), 100_000),
}
SHARE = 0.5
"""Of the quota, that one bucket may take: the account shares it."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Without a bucket key, which cuts the calls to KMS to a small part (fact B13)."""
    rate = bucket.usage.requests_per_second
    if not switch.is_new_kms or switch.has_bucket_key or isinstance(rate, Unknown):
        return None
    quota = QUOTAS.get(bucket.region or "", DEFAULT_QUOTA)
    if rate < quota * SHARE:
        return None
    return Danger(
        f"got up to {rate:,.0f} requests a second, and KMS takes {quota:,} of its account in {bucket.region} unless "
        "the quota was raised: without a bucket key requests are throttled"
    )


HAZARD = Hazard(
    id="kms_request_quota",
    title="More requests than KMS takes",
    shape=HazardShape.NEEDS_PREPARATION,
    needs=frozenset(),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "Without a bucket key each read and write calls KMS, whose quota the whole account shares in a "
            "region. What is more is answered with ThrottlingException or 503, in other buckets, too."
        ),
        evidence=(
            "The request metrics of the bucket, where CloudWatch has them, show half of the default quota or more, "
            "and the change brings no bucket key."
        ),
        advice="turn the bucket key on, or have the quota of KMS raised first",
        sources=(
            "Request quotas: <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>",
            "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>",
        ),
    ),
    examples=(
        HazardExample(
            "12,000 requests a second in Frankfurt, and no bucket key",
            an.using(requests_per_second=12_000.0),
            an.without_bucket_key(an.TO_CUSTOMER),
            True,
        ),
        HazardExample(
            "9,000 there", an.using(requests_per_second=9_000.0), an.without_bucket_key(an.TO_CUSTOMER), False
        ),
        HazardExample(
            "with a bucket key", an.using(requests_per_second=12_000.0), an.TO_KEY_OF_OWN_ACCOUNT, False
        ),
        HazardExample("metrics that were not read", an.PLAIN, an.without_bucket_key(an.TO_CUSTOMER), False),
        HazardExample(
            "metrics that could not be read",
            an.using(requests_per_second=an.DENIED),
            an.without_bucket_key(an.TO_CUSTOMER),
            False,
        ),
    ),
)
