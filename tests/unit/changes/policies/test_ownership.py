"""Who else writes a policy, by tags and by the resources of a stack."""

import pytest

from s3kms.aws.policy_owners import MAX_STACK_RESOURCES, StackResource
from s3kms.changes.policies.ownership import owner_by_stack, owner_by_tags


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"aws:cloudformation:stack-name": "keys", "team": "a"}, "the CloudFormation stack keys"),
        ({"ManagedBy": "Terraform"}, "terraform"),
        ({"terraform": "true"}, "terraform"),
        ({"iac": "aws-cdk v2"}, "aws-cdk"),
        ({"tool": "CDK"}, "cdk"),
        ({"services.k8s.aws/controller-version": "kms-1.0"}, "services.k8s.aws"),
        ({"crossplane-kind": "key"}, "crossplane"),
    ],
)
def test_tags_tell_who_keeps_a_thing(tags: dict[str, str], who: str) -> None:
    owner = owner_by_tags(tags)
    assert owner is not None
    assert who in owner.why


@pytest.mark.parametrize(
    "tags", [{}, {"Owner": "data"}, {"terraform": "false"}, {"aws:createdBy": "terraform"}, {"app": "cdkit"}]
)
def test_other_tags_tell_nothing(tags: dict[str, str]) -> None:
    assert owner_by_tags(tags) is None


BUCKET = StackResource("data", "AWS::S3::Bucket", "logs")
POLICY = StackResource("data", "AWS::S3::BucketPolicy", "logs")
OLD_POLICY = StackResource("data", "AWS::S3::BucketPolicy", "data-Policy-1ABC")
OTHERS = tuple(StackResource("data", "AWS::SNS::Topic", f"t{n}") for n in range(MAX_STACK_RESOURCES - 1))


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ((BUCKET, POLICY), "belongs"),
        ((POLICY,), "belongs"),
        ((BUCKET, OLD_POLICY), "may belong"),
        ((BUCKET, *OTHERS), "may belong"),
        ((BUCKET,), None),
        ((StackResource("other", "AWS::SNS::Topic", "logs"), OLD_POLICY), None),
        ((), None),
    ],
)
def test_the_resources_of_a_stack_tell_whether_it_has_the_policy(
    rows: tuple[StackResource, ...], word: str | None
) -> None:
    owner = owner_by_stack("logs", rows)
    assert (owner is not None) == (word is not None)
    assert owner is None or f"it {word} to the CloudFormation stack data" in owner.why
