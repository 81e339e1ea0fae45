"""Other services of AWS that read or write as themselves, which the key policy must allow (facts B7 and C25)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal, PrincipalKind
from s3kms.hazards import (
    cloudfront_oac,
    config_delivery,
    services_under_default,
    services_with_own_key,
    vended_logs,
)
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import OBJECT_ACTIONS, match_service
from s3kms.hazards.interface import (
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.service_use import ServiceUse, find_service_danger
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact

_USE = ServiceUse(
    principal="",
    what="is used by a service of AWS",
    under_aws_managed="which cannot use the AWS managed key (aws/s3)",
    actions=OBJECT_ACTIONS,
)
_JUDGED_ELSEWHERE = (
    "logging.s3.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logdelivery.elb.amazonaws.com",
    "redshift.amazonaws.com",
    "redshift.*.amazonaws.com",
    vended_logs.SENDER,
    config_delivery.SENDER,
    cloudfront_oac.SENDER,
    *(one for row in (*services_with_own_key.ROWS, *services_under_default.ROWS) for one in row.principals),
)
"""Services that have a hazard of their own each."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, and with a customer managed one whose policy does not let the service in."""
    return find_service_danger(bucket, switch, _USE, _match)


def _match(principal: Principal) -> Match:
    """Any service that has no hazard of its own."""
    if principal.kind is not PrincipalKind.SERVICE:
        return Match.NO
    is_elsewhere = match_service(principal, *_JUDGED_ELSEWHERE) is Match.YES
    return Match.NO if is_elsewhere else Match.YES


HAZARD = Hazard(
    id="service_access",
    title="Services of AWS that read or write the bucket, which the key policy must allow",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "A service that acts as itself cannot use the AWS managed key: it cannot read new objects, nor write "
            "any. What it needs of a customer managed key, its own documentation says; the statement is what "
            "follows from the bucket policy."
        ),
        evidence=(
            "The bucket policy allows a service principal to read or write objects that has no hazard of its own."
        ),
        advice="name a customer managed key whose policy allows the service to use it",
        sources=(
            "Setting default server-side encryption behavior for Amazon S3 buckets: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>",
        ),
    ),
    examples=(
        HazardExample(
            "a service that reads",
            an.open_to("s3:GetObject", Service="datasync.amazonaws.com"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "with a customer managed key whose policy allows it",
            an.open_to("s3:GetObject", Service="datasync.amazonaws.com"),
            an.to_key_that_lets_in("kms:Decrypt", Service="datasync.amazonaws.com"),
            False,
        ),
        HazardExample(
            "with a customer managed key for its own account alone",
            an.open_to("s3:GetObject", Service="datasync.amazonaws.com"),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample(
            "CloudTrail, which has a hazard of its own",
            an.open_to(Service="cloudtrail.amazonaws.com"),
            an.TO_MANAGED,
            False,
            frozenset({"cloudtrail_logs"}),
        ),
        HazardExample(
            "a sender of logs that has a hazard of its own",
            an.open_to(Service="delivery.logs.amazonaws.com"),
            an.TO_MANAGED,
            False,
            frozenset({"vended_logs"}),
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
