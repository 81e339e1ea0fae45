"""Anonymous requests, which the bucket policy or an ACL lets in (fact C24)."""

from collections.abc import Iterator

from s3kms.access.statements import Policy, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import acl_grants, add_up, allowed_principals, asked, limits_who, search_policies
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
from s3kms.model.usage import ALL_USERS_GROUP, AUTHENTICATED_USERS_GROUP, PUBLIC_GROUPS, AclGrant

_CONSEQUENCE = "and anonymous requests cannot use SSE-KMS"
_UNDER_NO_KEY = "and no key policy allows all of them"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: a request without an identity has no KMS permission."""
    if not switch.is_new_kms:
        return None
    return add_up([*_granted(bucket), _let_in_by_policy(bucket)])


def _let_in_by_policy(bucket: Bucket) -> HazardAnswer:
    """What the policy says, where RestrictPublicBuckets does not keep everybody out all the same."""
    restricted = bucket.usage.is_public_access_restricted
    found = None if restricted is True else search_policies(bucket, _open_to_anyone)
    unread = asked(restricted)
    return unread if unread and isinstance(found, Danger) else found


def _open_to_anyone(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    for principal in allowed_principals(statement):
        if isinstance(principal, Unknown):
            yield principal
        elif principal.kind is PrincipalKind.ANYONE and not limits_who(statement):
            yield Danger(f"is open to anyone by {policy.source}, {_CONSEQUENCE}")


def _granted(bucket: Bucket) -> Iterator[Danger | Unknown]:
    """What the ACL grants to everybody: to read is to list, and tells that the objects are meant for all."""
    if unread := asked(bucket.usage.grants):
        yield unread
    for grant in (grant for to in ("READ", "WRITE") for grant in acl_grants(bucket, *PUBLIC_GROUPS, to=to)):
        perhaps = "" if grant.is_certain else "perhaps "
        if grant.grantee == ALL_USERS_GROUP:
            yield Danger(f"is {perhaps}open to anyone by {grant.source}, {_CONSEQUENCE}")
        else:
            yield Danger(f"is {perhaps}open to every AWS account by {grant.source}, {_UNDER_NO_KEY}")


HAZARD = Hazard(
    id="anonymous_requests",
    title="Anonymous reads and writes",
    shape=HazardShape.UNSUPPORTED,
    needs=frozenset({Fact.POLICY, Fact.ACL, Fact.PUBLIC_ACCESS}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens="Anonymous requests cannot use KMS: new and changed objects answer 403 to the public.",
        evidence=(
            "The bucket policy allows everyone to read or write objects, under no condition that says who or from "
            "where, and RestrictPublicBuckets of the bucket or its account does not keep them out; or an ACL with "
            "effect grants something to everyone, or to every AWS account."
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
        HazardExample(
            "an ACL for every AWS account",
            an.using(grants=(AclGrant(AUTHENTICATED_USERS_GROUP, "READ", "its ACL"),)),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "an ACL that everyone may look at",
            an.using(grants=(AclGrant(ALL_USERS_GROUP, "READ_ACP", "its ACL"),)),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "everyone may read, and RestrictPublicBuckets keeps them out",
            an.and_using(an.open_to("s3:GetObject"), is_public_access_restricted=True),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "everyone may read, and whether they are kept out was not told",
            an.and_using(an.open_to("s3:GetObject"), is_public_access_restricted=an.DENIED),
            an.TO_CUSTOMER,
            None,
        ),
        HazardExample(
            "an ACL that was not read", an.using(grants=an.DENIED, log_senders=()), an.TO_CUSTOMER, None
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
