"""A guardrail that denies the change itself: AWS Control Tower, or the bucket policy (fact C58)."""

import re
from collections.abc import Iterator
from dataclasses import replace

from s3kms.access.match import Match
from s3kms.access.statements import Policy, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import covers_any, search_policies
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

_ACTION = "s3:PutEncryptionConfiguration"
_UNRELATED = ("s3:PutBucketTagging", "s3:PutObject")
"""What a statement covers that is about everything, and no guardrail of the encryption."""
_NAME = re.compile(r"aws-controltower-(?:config-)?(?:s3-access-)?logs-\d{12}-[a-z0-9-]+")
"""How Control Tower names the buckets of its log archive."""
_STACK_TAG = "aws:cloudformation:stack-name"
_STACK = re.compile(r"StackSet-AWSControlTower")
_CONSEQUENCE = f"which denies {_ACTION} to all but AWSControlTowerExecution: the change ends in AccessDenied"


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever changes of the default."""
    if not (switch.is_new_kms or switch.is_new_key or switch.is_new_bucket_key):
        return None
    if _is_of_control_tower(bucket):
        return Danger(f"is one of AWS Control Tower's own, {_CONSEQUENCE}, as its controls usually are")
    return search_policies(bucket, _denies)


def _is_of_control_tower(bucket: Bucket) -> bool:
    tags = {} if isinstance(bucket.tags, Unknown) else bucket.tags
    stack = bucket.usage.stack or tags.get(_STACK_TAG, "")
    return bool(_NAME.fullmatch(bucket.name or "") or _STACK.match(stack))


def _denies(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    """A statement about the encryption that denies everybody, or all but a few; TLS is taken as used."""
    if statement.is_allow or statement.covers_action(_ACTION) is not Match.YES:
        return
    is_guardrail = covers_any(statement, _UNRELATED) is Match.NO
    is_everybody = any(one.kind is PrincipalKind.ANYONE for one in statement.principals)
    if is_guardrail and is_everybody and statement.holds_for({"aws:SecureTransport": "true"}) is not Match.NO:
        but = " but those that its conditions spare" if statement.conditions else ""
        yield Danger(f"has a policy that denies {_ACTION} to everybody{but} ({policy.source})")


HAZARD = Hazard(
    id="guardrail_denies",
    title="A guardrail that denies the change itself",
    shape=HazardShape.NEEDS_PREPARATION,
    needs=frozenset({Fact.POLICY, Fact.TAGS}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Controls of AWS Control Tower deny s3:PutEncryptionConfiguration on the buckets of the log archive "
            "and audit accounts to all but AWSControlTowerExecution. The change ends in AccessDenied; nothing "
            "else breaks."
        ),
        evidence=(
            "The bucket has a name or a stack of AWS Control Tower's, or its own policy denies everybody "
            "s3:PutEncryptionConfiguration. Service control policies are not read: that one of them denies it "
            "shows when the change is applied."
        ),
        advice="change the key in the settings of the landing zone, or apply it as the role that is spared",
        sources=(
            "AWS Control Tower, mandatory controls: <https://docs.aws.amazon.com/controltower/latest/"
            "controlreference/mandatory-controls.html>",
        ),
    ),
    examples=(
        HazardExample(
            "a bucket of the log archive",
            an.named(f"aws-controltower-logs-{an.OWN_ACCOUNT}-eu-central-1"),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "a stack of Control Tower's",
            replace(an.PLAIN, tags={_STACK_TAG: "StackSet-AWSControlTowerLoggingResources-1234"}),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "a policy that denies it to all but one role",
            an.denying(
                {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{an.OWN_ACCOUNT}:role/platform"}}, _ACTION
            ),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "a policy that denies everything without TLS",
            an.denying({"Bool": {"aws:SecureTransport": "false"}}, "s3:*"),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "a name that only looks like it", an.named("aws-controltower-docs"), an.TO_MANAGED, False
        ),
        HazardExample("another stack", replace(an.PLAIN, tags={_STACK_TAG: "shop"}), an.TO_CUSTOMER, False),
    ),
)
