"""S3 server access logs, delivered into the bucket (fact C1)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import add_up, find_log_danger, match_service
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
from s3kms.model.usage import LOG_DELIVERY_GROUP, LogSource

_SENDER = "logging.s3.amazonaws.com"
_CONSEQUENCE = "for which SSE-KMS is not supported"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: a customer managed one has been seen to work, and AWS does not support it (fact C1)."""
    if not switch.is_new_kms:
        return None
    delivered = find_log_danger(bucket, LogSource.S3, _CONSEQUENCE, _match_sender)
    return add_up([_granted(bucket), delivered])


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, _SENDER)


def _granted(bucket: Bucket) -> HazardAnswer:
    grants = bucket.usage.grants
    if isinstance(grants, Unknown):
        return None  # live, no ACL is read: most buckets have none since April 2023, when S3 turned them off
    for grant in grants:
        if grant.grantee == LOG_DELIVERY_GROUP and grant.permission in {"WRITE", "FULL_CONTROL"}:
            perhaps = "" if grant.is_certain else "perhaps "
            return Danger(f"takes {perhaps}{LogSource.S3} ({grant.source}), {_CONSEQUENCE}")
    return None


HAZARD = Hazard(
    id="s3_access_logs",
    title="S3 server access logs",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "AWS supports SSE-S3 alone on a bucket that takes server access logs. After the switch logs may "
            "stop, or arrive encrypted under a key that the owner cannot use, without an error."
        ),
        evidence=(
            "The bucket policy lets logging.s3.amazonaws.com write; in code also the logging of another bucket, "
            "the ACL log-delivery-write, and grants to the group LogDelivery. Live, neither the ACL nor the "
            "logging of other buckets is read."
        ),
        advice="keep it on SSE-S3, or send the access logs elsewhere first: another bucket, or CloudWatch Logs",
        sources=(
            "Enabling Amazon S3 server access logging: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>",
        ),
    ),
    examples=(
        HazardExample("its policy names the service", an.open_to(Service=_SENDER), an.TO_MANAGED, True),
        HazardExample("with any key", an.open_to(Service=_SENDER), an.TO_CUSTOMER, True),
        HazardExample("SSE-KMS already", an.open_to(Service=_SENDER), an.NEW_KEY, False),
        HazardExample(
            "a service that may only look at the ACL",
            an.open_to("s3:GetBucketAcl", Service=_SENDER),
            an.TO_MANAGED,
            False,
        ),
        HazardExample("logging of another bucket", an.taking(LogSource.S3), an.TO_MANAGED, True),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
        HazardExample("nothing", an.PLAIN, an.TO_MANAGED, False),
    ),
)
