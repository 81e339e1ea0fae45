"""CloudFront with origin access control, which the key policy must allow (fact C25)."""

from collections.abc import Iterator

from s3kms.access.match import Match
from s3kms.access.statements import Principal
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import OBJECT_ACTIONS, add_up, match_service
from s3kms.hazards.interface import (
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.key_admission import KeyNeeds, is_judged
from s3kms.hazards.service_use import SeenService, ServiceUse, find_service_danger, judge_service
from s3kms.model.access import KeyUse
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.model.usage import OriginAccess

SENDER = "cloudfront.amazonaws.com"
_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*")
_READS = KeyNeeds(_ACTIONS, KeyUse.READ, KeyUse.READ)
_DISTRIBUTION = f"arn:aws:cloudfront::{an.OWN_ACCOUNT}:distribution/E1EXAMPLE"
_USE = ServiceUse(
    principal=SENDER,
    what=f"is used by CloudFront through {OriginAccess.CONTROL}",
    under_aws_managed="which cannot use the AWS managed key (aws/s3)",
    key_actions=_ACTIONS,
    source_arn="arn:{partition}:cloudfront::{account}:distribution/*",
    actions=OBJECT_ACTIONS,
)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, and with a customer managed one whose policy does not let CloudFront in."""
    if not is_judged(switch):
        return None
    return add_up([*_origins(bucket, switch), find_service_danger(bucket, switch, _USE, _match_sender)])


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, SENDER)


def _origins(bucket: Bucket, switch: EncryptionSwitch) -> Iterator[HazardAnswer]:
    origins = bucket.usage.origins
    if isinstance(origins, Unknown):
        if origins is not NOT_READ:
            yield origins
        return
    for origin in origins:
        if origin.access is OriginAccess.CONTROL:
            why = f"is read by CloudFront through {OriginAccess.CONTROL} ({origin.distribution})"
            sources = (("StringEquals", "aws:SourceArn", origin.distribution),)
            seen = SeenService(SENDER, why, _READS, sources)
            yield judge_service(bucket, switch, seen, _USE.under_aws_managed)


HAZARD = Hazard(
    id="cloudfront_oac",
    title="CloudFront with origin access control (OAC), which the key policy must allow",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "CloudFront comes as cloudfront.amazonaws.com, which the AWS managed key never allows: it answers 403 "
            "for new and changed objects, unless a customer managed key allows the distribution."
        ),
        evidence=(
            "The bucket policy allows cloudfront.amazonaws.com to read or write objects; in a deep plan also the "
            "origins of CloudFront's distributions."
        ),
        advice="name a customer managed key whose policy allows cloudfront.amazonaws.com for the distribution",
        sources=(
            "Restrict access to an Amazon S3 origin: <https://docs.aws.amazon.com/AmazonCloudFront/latest/"
            "DeveloperGuide/private-content-restricting-access-to-s3.html>",
        ),
    ),
    examples=(
        HazardExample("the AWS managed key", an.open_to("s3:GetObject", Service=SENDER), an.TO_MANAGED, True),
        HazardExample(
            "a customer managed key whose policy allows it",
            an.open_to("s3:GetObject", Service=SENDER),
            an.to_key_that_lets_in(
                "kms:Decrypt", condition={"StringEquals": {"AWS:SourceArn": _DISTRIBUTION}}, Service=SENDER
            ),
            False,
        ),
        HazardExample(
            "a customer managed key for its own account alone",
            an.open_to("s3:GetObject", Service=SENDER),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample("an origin of a distribution", an.origin_of(OriginAccess.CONTROL), an.TO_MANAGED, True),
        HazardExample(
            "an origin that is read as anybody reads it",
            an.origin_of(OriginAccess.ANONYMOUS),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "distributions that could not be read",
            an.using(origins=an.DENIED),
            an.TO_MANAGED,
            None,
            frozenset({"cloudfront_oai"}),
        ),
    ),
)
