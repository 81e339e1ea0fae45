"""S3 server access logs, delivered into the bucket (fact C1)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal, PrincipalKind
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import (
    WRITE_ACTIONS,
    acl_grants,
    add_up,
    allowed_principals,
    asked,
    find_log_danger,
    match_service,
    parsed_policies,
)
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
from s3kms.model.usage import LOG_DELIVERY_GROUP, PUBLIC_GROUPS, AclGrant, LogSource

_SENDER = "logging.s3.amazonaws.com"
_CONSEQUENCE = "for which SSE-KMS is not supported"
_MAX_SENDERS_TOLD = 3


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: a customer managed one has been seen to work, and AWS does not support it (fact C1)."""
    if not switch.is_new_kms:
        return None
    by_policy = find_log_danger(bucket, LogSource.S3, _CONSEQUENCE, _match_sender)
    found = add_up([_granted(bucket), _sent_from(bucket), by_policy])
    senders = bucket.usage.log_senders
    if isinstance(found, Danger):
        return found
    if not isinstance(senders, Unknown):
        return None  # no bucket sends them here, whatever the policy and the ACL let in
    unread = found or asked(bucket.usage.grants)
    if unread is None and _lets_nobody_write_logs(bucket):
        return None
    return asked(senders) or unread


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, _SENDER)


def _granted(bucket: Bucket) -> HazardAnswer:
    for grant in acl_grants(bucket, LOG_DELIVERY_GROUP, to="WRITE"):
        perhaps = "" if grant.is_certain else "perhaps "
        return Danger(f"takes {perhaps}{LogSource.S3} ({grant.source}), {_CONSEQUENCE}")
    return None


def _sent_from(bucket: Bucket) -> HazardAnswer:
    """The buckets beside it that say that their logs go here."""
    senders = bucket.usage.log_senders
    if isinstance(senders, Unknown) or not senders:
        return None
    told = ", ".join(f"s3://{name}" for name in senders[:_MAX_SENDERS_TOLD])
    more = f" and {len(senders) - _MAX_SENDERS_TOLD} more" if len(senders) > _MAX_SENDERS_TOLD else ""
    return Danger(f"takes the access logs of {told}{more}, {_CONSEQUENCE}")


def _lets_nobody_write_logs(bucket: Bucket) -> bool:
    """Whether policy and ACL are known, and let the log service in by no word: its writes are subject to both."""
    usage = bucket.usage
    policies = parsed_policies(bucket)
    if isinstance(usage.grants, Unknown) or isinstance(policies, Unknown):
        return False
    if any(acl_grants(bucket, *PUBLIC_GROUPS, to="WRITE")):
        return False
    return not any(policy.unread for policy in policies) and not any(
        isinstance(principal, Unknown) or principal.kind is PrincipalKind.ANYONE
        for policy in policies
        for statement in policy.statements
        for principal in allowed_principals(statement, WRITE_ACTIONS)
    )


HAZARD = Hazard(
    id="s3_access_logs",
    title="S3 server access logs",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY, Fact.ACL, Fact.LOG_SENDERS}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "AWS supports SSE-S3 alone on a bucket that takes server access logs. After the switch logs may "
            "stop, or arrive encrypted under a key that the owner cannot use, without an error."
        ),
        evidence=(
            "Another bucket of its account and region says that its access logs go here; the bucket policy lets "
            "logging.s3.amazonaws.com write; the ACL allows the group LogDelivery to write."
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
        HazardExample(
            "the logging of buckets beside it", an.using(log_senders=("orders",)), an.TO_CUSTOMER, True
        ),
        HazardExample(
            "an ACL that lets log delivery write",
            an.using(grants=(AclGrant(LOG_DELIVERY_GROUP, "WRITE", "its ACL"),)),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "an ACL by which log delivery may only look at the ACL",
            an.using(grants=(AclGrant(LOG_DELIVERY_GROUP, "READ_ACP", "its ACL"),)),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "buckets beside it that do not tell, and a policy by which anyone may write from one network",
            an.and_using(
                an.open_to(condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), log_senders=an.DENIED
            ),
            an.TO_MANAGED,
            None,
        ),
        HazardExample(
            "buckets beside it that do not tell, and a policy and an ACL that let no log delivery in",
            an.using(log_senders=an.DENIED),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "an ACL that was not read, and no bucket beside it that sends logs here",
            an.using(grants=an.DENIED, log_senders=()),
            an.TO_CUSTOMER,
            False,
            frozenset({"anonymous_requests"}),
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
        HazardExample("nothing", an.PLAIN, an.TO_MANAGED, False),
    ),
)
