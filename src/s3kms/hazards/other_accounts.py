"""Other accounts that read or write, which the key policy must allow (facts B7 and C26)."""

import re
from collections.abc import Iterator

from s3kms.access.principals import PrincipalOwner, describe_principal, identify
from s3kms.access.statements import Policy, Principal, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import (
    add_up,
    allowed_principals,
    asked,
    search_access_points,
    search_policies,
    unknown_principal,
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
from s3kms.hazards.key_admission import is_judged, needs_of, partition_of
from s3kms.hazards.load_balancer_logs import LOAD_BALANCER_ACCOUNTS
from s3kms.hazards.outside_use import Outsider, judge_outsider
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import CLOUDFRONT_LOGS_USER, AccessPoint, AclGrant

_ORGANIZATION_KEYS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
_ACCOUNT_KEYS = ("aws:PrincipalAccount", "aws:PrincipalArn")
_UNDER_AWS_MANAGED = "which cannot use the AWS managed key (aws/s3) of this one"
_CANONICAL_ID = re.compile("[0-9a-f]{64}")
_SHOWN_OF_ID = 12
MAX_OUTSIDERS = 500
"""Of one bucket: each is asked about, at the policy of the key."""
_TOO_MANY = Unknown(
    UnknownCause.BUDGET,
    f"its policy names more than {MAX_OUTSIDERS} principals of other accounts",
    Advice("compare them with the key policy"),
)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, which no other account can ever use, and with a customer managed one whose policy
    does not let them in. Whether their own IAM policies do, only they can read.
    """
    if not is_judged(switch):
        return None
    seen: set[Outsider] = set()

    def let_in(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        for found in _outsiders(bucket, policy, statement):
            if isinstance(found, Unknown):
                yield found
            elif found not in seen:
                seen.add(found)
                if len(seen) > MAX_OUTSIDERS:
                    yield _TOO_MANY
                    return
                if answer := judge_outsider(
                    bucket, switch, found, _source(bucket, policy), _UNDER_AWS_MANAGED
                ):
                    yield answer

    return add_up(
        [search_policies(bucket, let_in), search_access_points(bucket, let_in), _written_by_acl(bucket)]
    )


def _written_by_acl(bucket: Bucket) -> Unknown | None:
    """That the ACL allows an account to write of which only the canonical id is told."""
    grants = bucket.usage.grants
    for grant in () if isinstance(grants, Unknown) else grants:
        is_user = _CANONICAL_ID.fullmatch(grant.grantee) and grant.grantee != CLOUDFRONT_LOGS_USER
        if is_user and grant.permission in {"WRITE", "FULL_CONTROL"}:
            why = (
                f"{grant.source} lets {_short(grant.grantee)} write, and which account that is cannot be told"
            )
            return Unknown(UnknownCause.UNSUPPORTED, why, Advice("find out whose canonical user id it is"))
    return asked(grants)


def _short(canonical_id: str) -> str:
    return f"canonical user {canonical_id[:_SHOWN_OF_ID]}…"


def _source(bucket: Bucket, policy: Policy) -> str:
    return (
        policy.source if bucket.account else f"{policy.source}, unless that is the account of the deployment"
    )


def _outsiders(bucket: Bucket, policy: Policy, statement: Statement) -> Iterator[Outsider | Unknown]:
    for principal in allowed_principals(statement):
        if isinstance(principal, Unknown):
            yield principal
        elif principal.kind is PrincipalKind.ANYONE:
            yield from _through_conditions(bucket, policy, statement)
        else:
            yield from _of_account(bucket, policy, statement, principal)


def _of_account(
    bucket: Bucket, policy: Policy, statement: Statement, principal: Principal
) -> Iterator[Outsider | Unknown]:
    identity = identify(principal)
    if identity.owner in {PrincipalOwner.OTHER, PrincipalOwner.CANONICAL_USER}:
        yield unknown_principal(policy, principal)
    elif identity.account and identity.account not in {bucket.account, *LOAD_BALANCER_ACCOUNTS}:
        account, name = identity.account, describe_principal(principal)
        whole = f"arn:{partition_of(bucket)}:iam::{account}:root"
        arn = whole if name == account else name
        yield Outsider(f"account {account}", arn, needs_of(statement), account)


def _through_conditions(bucket: Bucket, policy: Policy, statement: Statement) -> Iterator[Outsider | Unknown]:
    """A policy that names everyone, and says in a condition which accounts are meant."""
    for condition in statement.conditions:
        if any(map(condition.is_about, _ORGANIZATION_KEYS)):
            yield from condition.unread
            for value in condition.values:
                meant = (condition.operator, condition.key, value)
                yield Outsider("the accounts of an organization", "*", needs_of(statement), None, meant)
        elif any(map(condition.is_about, _ACCOUNT_KEYS)):
            yield from condition.unread
            for value in condition.values:
                yield from _of_account(bucket, policy, statement, Principal(PrincipalKind.AWS, value))


def _partner_policy(account: str = an.OTHER_ACCOUNT) -> PolicyDocument:
    statement: PolicyNode = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:eu-central-1:{an.OWN_ACCOUNT}:accesspoint/partner/object/*",
    }
    return PolicyDocument({"Statement": statement}, "the policy of its access point partner")


HAZARD = Hazard(
    id="other_accounts",
    title="Other accounts that read or write the bucket, which the key policy must allow",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY, Fact.ACL, Fact.ACCESS_POINTS}),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "The AWS managed key cannot be used from another account: its readers get AccessDenied for new "
            "objects, and its writers for all."
        ),
        evidence=(
            "The bucket policy, or the policy of an access point, lets another account or the accounts of an "
            "organization read or write objects; or the ACL allows a canonical user to write."
        ),
        advice=(
            "name a customer managed key by its full ARN, whose policy allows those accounts to use it, and let "
            "their own policies allow it, too"
        ),
        sources=(
            "Setting default server-side encryption behavior for Amazon S3 buckets: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>",
        ),
    ),
    examples=(
        HazardExample(
            "another account may read",
            an.open_to("s3:GetObject", AWS=f"arn:aws:iam::{an.OTHER_ACCOUNT}:root"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample("by its number", an.open_to("s3:*", AWS=an.OTHER_ACCOUNT), an.TO_MANAGED, True),
        HazardExample(
            "with a customer managed key whose policy allows it",
            an.open_to("s3:GetObject", AWS=an.OTHER_ACCOUNT),
            an.to_key_that_lets_in("kms:Decrypt", AWS=an.OTHER_ACCOUNT),
            False,
        ),
        HazardExample(
            "with a customer managed key for its own account alone",
            an.open_to("s3:GetObject", AWS=an.OTHER_ACCOUNT),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample(
            "with a customer managed key whose policy lets one of its roles in",
            an.open_to("s3:GetObject", AWS=an.OTHER_ACCOUNT),
            an.to_key_that_lets_in("kms:Decrypt", AWS=f"arn:aws:iam::{an.OTHER_ACCOUNT}:role/reader"),
            None,
        ),
        HazardExample(
            "the own account",
            an.open_to("s3:GetObject", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/reader"),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "another account may list, and read nothing",
            an.open_to("s3:ListBucket", AWS=an.OTHER_ACCOUNT),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "the accounts of an organization",
            an.open_to("s3:GetObject", {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "through an endpoint of the network",
            an.open_to("s3:GetObject", {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "another account may read through an access point",
            an.using(access_points=(AccessPoint("partner", _partner_policy()),)),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "an access point without a policy, and one for the own account",
            an.using(
                access_points=(AccessPoint("none", None), AccessPoint("own", _partner_policy(an.OWN_ACCOUNT)))
            ),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "an access point whose policy was not read",
            an.using(access_points=(AccessPoint("partner", an.DENIED),)),
            an.TO_MANAGED,
            None,
        ),
        HazardExample(
            "an ACL by which somebody else may write",
            an.using(grants=(AclGrant("79a59df900b949e5" * 4, "WRITE", "its ACL"),)),
            an.TO_MANAGED,
            None,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
