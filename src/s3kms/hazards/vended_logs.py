"""Logs that delivery.logs.amazonaws.com delivers, which the key policy must allow (facts C4, C5, C6, C7, C10)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import acl_grants, add_up, asked, match_service
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
from s3kms.model.usage import CLOUDFRONT_LOGS_USER, AclGrant, LogSource

SENDER = "delivery.logs.amazonaws.com"
_NEEDS = KeyNeeds(
    actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
    use=KeyUse.WRITE,
    use_with_bucket_key=KeyUse.MULTIPART,  # of CloudFront's logs AWS says so (facts C5 and B15)
    source_arn="arn:{partition}:logs:{region}:{account}:*",
)
_USE = ServiceUse(
    principal=SENDER,
    what=f"takes {LogSource.VENDED}",
    under_aws_managed=(
        "which under the AWS managed key (aws/s3) cannot be delivered, or cannot be read: that key is not "
        "supported for them"
    ),
    needs=_NEEDS,
)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, and with a customer managed one whose policy does not let the service in."""
    if not is_judged(switch):
        return None
    delivered = find_service_danger(bucket, switch, _USE, _match_sender, LogSource.VENDED)
    return add_up([_granted(bucket, switch), delivered])


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, SENDER)


def _granted(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """The grant stays when logging is switched off: it is a hint, and the distribution the proof (fact C55)."""
    for grant in acl_grants(bucket, CLOUDFRONT_LOGS_USER, to="WRITE"):
        perhaps = "" if grant.is_certain else "perhaps "
        why = f"takes {perhaps}standard logs of CloudFront, or took them ({grant.source} allows awslogsdelivery)"
        return judge_service(bucket, switch, SeenService(SENDER, why, _NEEDS), _USE.under_aws_managed)
    return asked(bucket.usage.grants)


HAZARD = Hazard(
    id="vended_logs",
    title="Flow logs, logs of Network Load Balancers, CloudFront, WAF and others, which the key policy must allow",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY, Fact.ACL}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Logs that delivery.logs.amazonaws.com delivers need a customer managed key whose policy lets that "
            "service in. Under the AWS managed key Network Load Balancers, WAF and CloudFront cannot write, and "
            "VPC flow logs and the like arrive and cannot be read; AWS mentions no error."
        ),
        evidence=(
            "The bucket policy allows delivery.logs.amazonaws.com to write, or the ACL allows awslogsdelivery to "
            "write; in code and in a deep plan also what sends such logs to the bucket."
        ),
        advice=(
            "name a customer managed key by its full ARN whose policy allows delivery.logs.amazonaws.com to use it"
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
        HazardExample("the AWS managed key", an.open_to(Service=SENDER), an.TO_MANAGED, True),
        HazardExample(
            "a customer managed key whose policy was not requested",
            an.open_to(Service=SENDER),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "a customer managed key whose policy allows the service",
            an.open_to(Service=SENDER),
            an.to_key_that_lets_in("kms:GenerateDataKey*", "kms:Decrypt", Service=SENDER),
            False,
        ),
        HazardExample(
            "a customer managed key for its own account alone",
            an.open_to(Service=SENDER),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample(
            "a customer managed key whose policy could not be read",
            an.open_to(Service=SENDER),
            an.TO_UNREAD_KEY,
            None,
        ),
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
