"""Logs of Application Load Balancers (access, connection, health check) and of Classic ones (facts C2, C3)."""

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

_SENDERS = ("logdelivery.elasticloadbalancing.amazonaws.com", "logdelivery.elb.amazonaws.com")
LOAD_BALANCER_ACCOUNTS = frozenset(
    {
        "127311923021",  # us-east-1
        "033677994240",  # us-east-2
        "027434742980",  # us-west-1
        "797873946194",  # us-west-2
        "098369216593",  # af-south-1
        "754344448648",  # ap-east-1
        "589379963580",  # ap-southeast-3
        "718504428378",  # ap-south-1
        "383597477331",  # ap-northeast-3
        "600734575887",  # ap-northeast-2
        "114774131450",  # ap-southeast-1
        "783225319266",  # ap-southeast-2
        "582318560864",  # ap-northeast-1
        "985666609251",  # ca-central-1
        "054676820928",  # eu-central-1
        "156460612806",  # eu-west-1
        "652711504416",  # eu-west-2
        "635631232127",  # eu-south-1
        "009996457667",  # eu-west-3
        "897822967062",  # eu-north-1
        "076674570225",  # me-south-1
        "507241528517",  # sa-east-1
        "190560391635",  # us-gov-east-1
        "048591011584",  # us-gov-west-1
    }
)
"""The accounts that deliver in regions from before August 2022 (fact C2)."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: SSE-S3 is the only option."""
    if not switch.is_new_kms:
        return None
    consequence = "for which SSE-KMS is not supported: their delivery stops"
    return find_log_danger(bucket, LogSource.LOAD_BALANCER, consequence, _match_sender)


def _match_sender(principal: Principal) -> Match:
    if principal.kind is not PrincipalKind.AWS:
        return match_service(principal, *_SENDERS)
    identity = identify(principal)
    if identity.owner is PrincipalOwner.LOAD_BALANCERS or identity.account in LOAD_BALANCER_ACCOUNTS:
        return Match.YES
    return Match.MAYBE if identity.owner is PrincipalOwner.OTHER else Match.NO


_PAGES = "https://docs.aws.amazon.com/elasticloadbalancing/latest"
HAZARD = Hazard(
    id="load_balancer_logs",
    title="Logs of Application and Classic Load Balancers",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "SSE-S3 is the only encryption that Application and Classic Load Balancers can deliver logs to. "
            "After the switch delivery stops; the load balancer itself goes on."
        ),
        evidence=(
            "The bucket policy lets logdelivery.elasticloadbalancing.amazonaws.com, or the account of the load "
            "balancers of a region, write; in code and in a deep plan also the log settings of load balancers that "
            "lead to the bucket."
        ),
        advice="keep it on SSE-S3, or send the logs of the load balancer to another bucket first",
        sources=(
            "Enable access logs for your Application Load Balancer: "
            f"<{_PAGES}/application/enable-access-logging.html>",
            f"Enable access logs for your Classic Load Balancer: <{_PAGES}/classic/enable-access-logs.html>",
        ),
    ),
    examples=(
        HazardExample("its policy names the service", an.open_to(Service=_SENDERS[0]), an.TO_CUSTOMER, True),
        HazardExample(
            "its policy names the account of the region",
            an.open_to(AWS="arn:aws:iam::054676820928:root"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "the account of the region may only list",
            an.open_to("s3:ListBucket", AWS="arn:aws:iam::054676820928:root"),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "a load balancer in the code", an.taking(LogSource.LOAD_BALANCER), an.TO_CUSTOMER, True
        ),
        HazardExample("logs of another service", an.taking(LogSource.VENDED), an.TO_CUSTOMER, False),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
        HazardExample(
            "a service that did not tell", an.perhaps_taking(LogSource.LOAD_BALANCER), an.TO_MANAGED, None
        ),
        HazardExample(
            "another service that did not tell", an.perhaps_taking(LogSource.VENDED), an.TO_CUSTOMER, False
        ),
    ),
)
