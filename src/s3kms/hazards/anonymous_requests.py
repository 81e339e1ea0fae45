"""Anonymous requests, which the bucket policy or an ACL lets in (fact C24)."""

from collections.abc import Iterator

from s3kms.access.statements import Policy, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import add_up, allowed_principals, limits_who, search_policies
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
from s3kms.model.usage import ALL_USERS_GROUP, AclGrant

_CONSEQUENCE = "and anonymous requests cannot use SSE-KMS"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: a request without an identity has no KMS permission."""
    if not switch.is_new_kms:
        return None
    return add_up([_granted(bucket), search_policies(bucket, _open_to_anyone)])


def _open_to_anyone(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    for principal in allowed_principals(statement):
        if isinstance(principal, Unknown):
            yield principal
        elif principal.kind is PrincipalKind.ANYONE and not limits_who(statement):
            yield Danger(f"is open to anyone by {policy.source}, {_CONSEQUENCE}")


def _granted(bucket: Bucket) -> HazardAnswer:
    grants = bucket.usage.grants
    for grant in () if isinstance(grants, Unknown) else grants:
        if grant.grantee == ALL_USERS_GROUP:
            perhaps = "" if grant.is_certain else "perhaps "
            return Danger(f"is {perhaps}open to anyone by {grant.source}, {_CONSEQUENCE}")
    return None


HAZARD = Hazard(
    id="anonymous_requests",
    title="Anonymous reads and writes",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens="Anonymous requests cannot use KMS: new and changed objects answer 403 to the public.",
        evidence=(
            "The bucket policy lets everyone read or write objects, under no condition that says who or from "
            "where; in code also a public ACL. Live, ACLs are not read."
        ),
        advice="keep it on SSE-S3, or serve it through CloudFront with origin access control first",
        sources=(
            "Using server-side encryption with AWS KMS keys: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>",
        ),
    ),
    examples=(
        HazardExample("everyone may read", an.open_to("s3:GetObject"), an.TO_CUSTOMER, True),
        HazardExample("everyone of AWS may do anything", an.open_to("s3:*", AWS="*"), an.TO_MANAGED, True),
        HazardExample(
            "everyone who says where he comes from",
            an.open_to("s3:GetObject", {"StringLike": {"aws:Referer": "https://example.com/*"}}),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "from one network alone",
            an.open_to("s3:GetObject", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "from every network",
            an.open_to("s3:GetObject", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "everyone may list, and read nothing", an.open_to("s3:ListBucket"), an.TO_MANAGED, False
        ),
        HazardExample(
            "everyone is denied requests without TLS",
            an.denying({"Bool": {"aws:SecureTransport": "false"}}, "s3:*"),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "a public ACL",
            an.using(grants=(AclGrant(ALL_USERS_GROUP, "READ", "its ACL public-read"),)),
            an.TO_MANAGED,
            True,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
