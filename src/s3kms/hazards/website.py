"""The static website endpoint, whose visitors are anonymous (fact C24)."""

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
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: the endpoint serves anonymous requests alone, and these cannot use KMS."""
    website = bucket.usage.website
    if not switch.is_new_kms or website is False:
        return None
    if isinstance(website, Unknown):
        return website
    return Danger("is a static website, whose visitors cannot read objects encrypted with SSE-KMS")


HAZARD = Hazard(
    id="website",
    title="Static websites",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.WEBSITE}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "The website endpoint serves anonymous requests, and these cannot use KMS: new and changed pages "
            "answer 403, old ones go on."
        ),
        evidence="The bucket has a website configuration.",
        advice="keep it on SSE-S3, or serve it through CloudFront with origin access control first",
        sources=(
            "Hosting a static website using Amazon S3: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html>",
            "Using server-side encryption with AWS KMS keys: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>",
        ),
    ),
    examples=(
        HazardExample("a website", an.using(website=True), an.TO_CUSTOMER, True),
        HazardExample("none", an.PLAIN, an.TO_MANAGED, False),
        HazardExample("SSE-KMS already", an.using(website=True), an.NEW_KEY, False),
        HazardExample("not read", an.using(website=an.DENIED), an.TO_MANAGED, None),
    ),
)
