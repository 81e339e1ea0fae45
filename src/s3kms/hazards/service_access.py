"""Other services of AWS that read or write as themselves, with the AWS managed key (facts B7 and C25)."""

from collections.abc import Iterator

from s3kms.access.match import Match
from s3kms.access.principals import describe_principal
from s3kms.access.statements import Policy, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import allowed_principals, match_service, search_policies
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

_JUDGED_ELSEWHERE = (
    "logging.s3.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logdelivery.elb.amazonaws.com",
    "redshift.amazonaws.com",
    "redshift.*.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "config.amazonaws.com",
)
"""Senders of logs, each with a hazard of its own."""
_NAMES_ITS_ENCRYPTION = ("cloudtrail.amazonaws.com",)
"""CloudTrail says with each file how it is encrypted: the default has no effect (fact C12)."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, whose policy lets principals of the own account in and nobody else."""
    return search_policies(bucket, _let_in) if switch.brings_aws_managed_key else None


def _let_in(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    for principal in allowed_principals(statement):
        if isinstance(principal, Unknown):
            yield principal
        elif (
            principal.kind is PrincipalKind.SERVICE
            and match_service(principal, *_JUDGED_ELSEWHERE, *_NAMES_ITS_ENCRYPTION) is not Match.YES
        ):
            yield Danger(
                f"is used by the service {describe_principal(principal)} ({policy.source}), which cannot use the "
                "AWS managed key (aws/s3)"
            )


HAZARD = Hazard(
    id="service_access",
    title="Services of AWS that read or write the bucket, with the AWS managed key",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "A service that acts as itself (CloudFront with origin access control, S3 Inventory, Data Exports, "
            "SES and others) cannot use the AWS managed key: it cannot read new objects, nor write any."
        ),
        evidence=(
            "The bucket policy lets a service principal read or write objects. CloudTrail is none of these: it "
            "says with each file how it is encrypted."
        ),
        advice="name a customer managed key whose policy lets the service use it",
        sources=(
            "Setting default server-side encryption behavior for Amazon S3 buckets: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>",
            "Restrict access to an Amazon S3 origin: <https://docs.aws.amazon.com/AmazonCloudFront/latest/"
            "DeveloperGuide/private-content-restricting-access-to-s3.html>",
        ),
    ),
    examples=(
        HazardExample(
            "CloudFront with origin access control",
            an.open_to("s3:GetObject", Service="cloudfront.amazonaws.com"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "with a customer managed key",
            an.open_to("s3:GetObject", Service="cloudfront.amazonaws.com"),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample("CloudTrail", an.open_to(Service="cloudtrail.amazonaws.com"), an.TO_MANAGED, False),
        HazardExample(
            "a sender of logs that has a hazard of its own",
            an.open_to(Service="delivery.logs.amazonaws.com"),
            an.TO_MANAGED,
            False,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
