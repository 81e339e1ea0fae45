"""CloudFront origin access identities (fact C25)."""

from collections.abc import Iterator

from s3kms.access.principals import PrincipalOwner, identify
from s3kms.access.statements import Policy, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import add_up, allowed_principals, search_policies, unknown_principal
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
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.model.usage import OriginAccess

_IDENTITY, _CONSEQUENCE = OriginAccess.IDENTITY, "for which SSE-KMS is not supported"
_ARN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: an origin access identity has no KMS permission, and can be given none."""
    return add_up([_is_origin(bucket), search_policies(bucket, _let_in)]) if switch.is_new_kms else None


def _is_origin(bucket: Bucket) -> HazardAnswer:
    origins = bucket.usage.origins
    if isinstance(origins, Unknown):
        return None if origins is NOT_READ else origins
    by = [one.distribution for one in origins if one.access is OriginAccess.IDENTITY]
    if not by:
        return None
    return Danger(f"is read by CloudFront through an {_IDENTITY} ({', '.join(by)}), {_CONSEQUENCE}")


def _let_in(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    for principal in allowed_principals(statement):
        if isinstance(principal, Unknown):
            yield principal
            continue
        match identify(principal).owner:
            case PrincipalOwner.ORIGIN_ACCESS_IDENTITY:
                yield Danger(
                    f"is read by CloudFront through an {_IDENTITY} ({policy.source}), {_CONSEQUENCE}"
                )
            case PrincipalOwner.CANONICAL_USER | PrincipalOwner.OTHER:
                yield unknown_principal(policy, principal)


HAZARD = Hazard(
    id="cloudfront_oai",
    title="CloudFront with an origin access identity (OAI)",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens="CloudFront answers 403 for new and changed objects: an origin access identity cannot use KMS.",
        evidence=(
            "The bucket policy allows an origin access identity to read or write objects; in a deep plan also the "
            "origins of CloudFront's distributions."
        ),
        advice=(
            "replace the origin access identity with origin access control, and name a customer managed key whose "
            "policy lets cloudfront.amazonaws.com use it"
        ),
        sources=(
            "Restrict access to an Amazon S3 origin: <https://docs.aws.amazon.com/AmazonCloudFront/latest/"
            "DeveloperGuide/private-content-restricting-access-to-s3.html>",
        ),
    ),
    examples=(
        HazardExample("its policy names one", an.open_to("s3:GetObject", AWS=_ARN), an.TO_CUSTOMER, True),
        HazardExample(
            "a canonical user, which may be one",
            an.open_to(
                "s3:GetObject",
                CanonicalUser="79a59df900b949e5" * 4,
            ),
            an.TO_CUSTOMER,
            None,
        ),
        HazardExample(
            "an origin of a distribution", an.origin_of(OriginAccess.IDENTITY), an.TO_CUSTOMER, True
        ),
        HazardExample(
            "an origin with origin access control", an.origin_of(OriginAccess.CONTROL), an.TO_CUSTOMER, False
        ),
        HazardExample(
            "distributions that could not be read", an.using(origins=an.DENIED), an.TO_CUSTOMER, None
        ),
        HazardExample(
            "a user with a similar name",
            an.open_to("s3:GetObject", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:user/cloudfront"),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
