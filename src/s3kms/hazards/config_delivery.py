"""The delivery channel of AWS Config, which the key policy must allow (fact C13)."""

from s3kms.access.match import Match
from s3kms.access.statements import Principal
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import match_service
from s3kms.hazards.interface import (
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.key_admission import KeyNeeds
from s3kms.hazards.service_use import ServiceUse, find_service_danger
from s3kms.model.access import KeyUse
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.usage import LogSource

SENDER = "config.amazonaws.com"
_USE = ServiceUse(
    principal=SENDER,
    what=f"takes {LogSource.CONFIG}",
    under_aws_managed="and AWS Config cannot use the AWS managed key (aws/s3)",
    needs=KeyNeeds(
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        use=KeyUse.MULTIPART,
        use_with_bucket_key=KeyUse.MULTIPART,
        source_arn="arn:{partition}:config:{region}:{account}:*",
    ),
)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, and with a customer managed one whose policy does not let AWS Config in."""
    return find_service_danger(bucket, switch, _USE, _match_sender, LogSource.CONFIG)


def _match_sender(principal: Principal) -> Match:
    return match_service(principal, SENDER)


HAZARD = Hazard(
    id="config_delivery",
    title="The delivery channel of AWS Config, which the key policy must allow",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "The role of AWS Config has no access to KMS, so that it delivers as config.amazonaws.com, which "
            "needs a customer managed key whose policy allows it. Under the AWS managed key delivery fails."
        ),
        evidence=(
            "The bucket policy allows config.amazonaws.com to write; in code and in a deep plan also a delivery "
            "channel that leads to the bucket and names no key of its own."
        ),
        advice="name a customer managed key whose policy allows config.amazonaws.com to use it",
        sources=(
            "Permissions for the KMS key of the AWS Config delivery channel: "
            "<https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html>",
        ),
    ),
    examples=(
        HazardExample("the AWS managed key", an.open_to(Service=SENDER), an.TO_MANAGED, True),
        HazardExample(
            "a customer managed key whose policy allows AWS Config",
            an.open_to(Service=SENDER),
            an.to_key_that_lets_in("kms:GenerateDataKey", "kms:Decrypt", Service=SENDER),
            False,
        ),
        HazardExample(
            "a customer managed key for its own account alone",
            an.open_to(Service=SENDER),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample("a channel in the code", an.taking(LogSource.CONFIG), an.TO_MANAGED, True),
        HazardExample(
            "a service that may only look at the ACL",
            an.open_to("s3:GetBucketAcl", Service=SENDER),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "a service that did not tell", an.perhaps_taking(LogSource.CONFIG), an.TO_MANAGED, None
        ),
        HazardExample(
            "a channel that names its own key",
            an.taking_under_its_own_key(LogSource.CONFIG),
            an.TO_MANAGED,
            False,
        ),
    ),
)
