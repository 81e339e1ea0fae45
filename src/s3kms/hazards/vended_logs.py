"""Logs that delivery.logs.amazonaws.com delivers: the AWS managed key is not for them (facts C4, C5, C6, C7, C10)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import find_log_danger, first_of, match_service
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
from s3kms.model.usage import CLOUDFRONT_LOGS_USER, AclGrant, LogSource

_SENDER = "delivery.logs.amazonaws.com"
_CONSEQUENCE = (
    "which under the AWS managed key (aws/s3) cannot be delivered, or cannot be read: that key is not "
    "supported for them"
)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key. A customer managed one works where its policy lets the service in."""
    if not switch.brings_aws_managed_key:
        return None
    return first_of(
        _granted(bucket),
        find_log_danger(bucket, LogSource.VENDED, _CONSEQUENCE, _match_sender),
    )


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, _SENDER)


def _granted(bucket: Bucket) -> HazardAnswer:
    grants = bucket.usage.grants
    for grant in () if isinstance(grants, Unknown) else grants:
        if grant.grantee == CLOUDFRONT_LOGS_USER:
            return Danger(f"takes standard logs of CloudFront ({grant.source}), {_CONSEQUENCE}")
    return None


HAZARD = Hazard(
    id="vended_logs",
    title="Flow logs, logs of Network Load Balancers, CloudFront, WAF and others, with the AWS managed key",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Logs that delivery.logs.amazonaws.com delivers need a customer managed key whose policy lets that "
            "service in. Under the AWS managed key Network Load Balancers, WAF and CloudFront cannot write, and "
            "VPC flow logs and the like arrive and cannot be read; AWS mentions no error."
        ),
        evidence=(
            "The bucket policy lets delivery.logs.amazonaws.com write; in code and in a deep plan also what sends "
            "such logs to the bucket, and an ACL that grants awslogsdelivery access."
        ),
        advice=(
            "name a customer managed key by its full ARN whose policy lets delivery.logs.amazonaws.com use it"
        ),
        sources=(
            "Logs sent to Amazon S3: "
            "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html>",
            "Access logs for your Network Load Balancer: <https://docs.aws.amazon.com/elasticloadbalancing/"
            "latest/network/enable-access-logs.html>",
            "Sending web ACL traffic logs to Amazon S3: "
            "<https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html>",
        ),
    ),
    examples=(
        HazardExample("the AWS managed key", an.open_to(Service=_SENDER), an.TO_MANAGED, True),
        HazardExample("a customer managed key", an.open_to(Service=_SENDER), an.TO_CUSTOMER, False),
        HazardExample("a sender in the code", an.taking(LogSource.VENDED), an.TO_MANAGED, True),
        HazardExample(
            "a grant to awslogsdelivery",
            an.using(grants=(AclGrant(CLOUDFRONT_LOGS_USER, "FULL_CONTROL", "its ACL"),)),
            an.TO_MANAGED,
            True,
        ),
        HazardExample("a name that only looks like logs", an.named("vpc-flow-logs"), an.TO_MANAGED, False),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
        HazardExample(
            "a service that did not tell", an.perhaps_taking(LogSource.VENDED), an.TO_MANAGED, None
        ),
    ),
)
