"""Other accounts that read or write, with the AWS managed key (facts B7 and C26)."""

from collections.abc import Iterator

from s3kms.access.principals import PrincipalOwner, identify
from s3kms.access.statements import Policy, Principal, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import allowed_principals, search_policies, unknown_principal
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.load_balancer_logs import LOAD_BALANCER_ACCOUNTS
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown

_ORGANIZATION_KEYS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
_ACCOUNT_KEYS = ("aws:PrincipalAccount", "aws:PrincipalArn")
_CONSEQUENCE = "which cannot use the AWS managed key (aws/s3) of this one"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With the AWS managed key, which no other account can ever use."""
    if not switch.brings_aws_managed_key:
        return None

    def let_in(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        for principal in allowed_principals(statement):
            if isinstance(principal, Unknown):
                yield principal
            elif principal.kind is PrincipalKind.ANYONE:
                yield from _through_conditions(bucket, policy, statement)
            elif found := _judge(bucket, policy, principal):
                yield found

    return search_policies(bucket, let_in)


def _judge(bucket: Bucket, policy: Policy, principal: Principal) -> Danger | Unknown | None:
    identity = identify(principal)
    if identity.owner in {PrincipalOwner.OTHER, PrincipalOwner.CANONICAL_USER}:
        return unknown_principal(policy, principal)
    if identity.account is None or identity.account in {bucket.account, *LOAD_BALANCER_ACCOUNTS}:
        return None
    unless = "" if bucket.account else ", unless that is the account of the deployment"
    return Danger(f"is used by account {identity.account} ({policy.source}{unless}), {_CONSEQUENCE}")


def _through_conditions(bucket: Bucket, policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    """A policy that names everyone, and says in a condition which accounts are meant."""
    for condition in statement.conditions:
        if any(map(condition.is_about, _ORGANIZATION_KEYS)):
            yield Danger(f"is used by the accounts of an organization ({policy.source}), {_CONSEQUENCE}")
        elif any(map(condition.is_about, _ACCOUNT_KEYS)):
            yield from condition.unread
            for value in condition.values:
                if found := _judge(bucket, policy, Principal(PrincipalKind.AWS, value)):
                    yield found


HAZARD = Hazard(
    id="other_accounts",
    title="Other accounts that read or write the bucket, with the AWS managed key",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "The AWS managed key cannot be used from another account: its readers get AccessDenied for new "
            "objects, and its writers for all."
        ),
        evidence=(
            "The bucket policy lets another account, or the accounts of an organization, read or write objects."
        ),
        advice=(
            "name a customer managed key by its full ARN, whose policy lets those accounts use it, and let their "
            "own policies allow it, too"
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
            "with a customer managed key",
            an.open_to("s3:GetObject", AWS=an.OTHER_ACCOUNT),
            an.TO_CUSTOMER,
            False,
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
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
