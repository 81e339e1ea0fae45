"""Audit logs of Redshift (fact C11)."""

from s3kms.access.match import Match
from s3kms.access.principals import PrincipalOwner, identify
from s3kms.access.statements import Principal, PrincipalKind
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import find_log_danger, match_service
from s3kms.hazards.interface import (
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.usage import LogSource


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: SSE-S3 is the only option."""
    if not switch.is_new_kms:
        return None
    consequence = "for which SSE-KMS is not supported: their delivery stops"
    return find_log_danger(bucket, LogSource.REDSHIFT, consequence, _match_sender)


def _match_sender(principal: Principal) -> Match:
    if principal.kind is PrincipalKind.AWS:
        is_sender = identify(principal).owner is PrincipalOwner.REDSHIFT
        return Match.YES if is_sender else Match.NO
    return match_service(principal, "redshift.amazonaws.com", "redshift.*.amazonaws.com")


HAZARD = Hazard(
    id="redshift_audit_logs",
    title="Audit logs of Redshift",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens="SSE-S3 is the only encryption that Redshift can deliver audit logs to; after the switch they stop.",
        evidence=(
            "The bucket policy allows redshift.amazonaws.com, or that of a region, to write; in code and in a "
            "deep plan also the logging of clusters that leads to the bucket."
        ),
        advice="keep it on SSE-S3, or send the audit logs to CloudWatch Logs first",
        sources=(
            "Database audit logging: <https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html>",
        ),
    ),
    examples=(
        HazardExample(
            "its policy names the service",
            an.open_to("s3:Put*", Service="redshift.amazonaws.com"),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "its policy names the service of a region",
            an.open_to(Service="redshift.af-south-1.amazonaws.com"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample("a cluster in the code", an.taking(LogSource.REDSHIFT), an.TO_MANAGED, True),
        HazardExample(
            "a service with a similar name",
            an.open_to(Service="redshift-serverless.amazonaws.com"),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "a service that did not tell", an.perhaps_taking(LogSource.REDSHIFT), an.TO_MANAGED, None
        ),
    ),
)
