"""The hazards of bucket policies fire on the same policy in Terraform and in a template, too."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from s3kms.hazards import all_hazards
from s3kms.hazards import examples as an
from s3kms.hazards.interface import HazardExample
from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PolicyDocument


def policy_of(example: HazardExample) -> str | None:
    """The policy of an example that differs from a plain bucket by that alone."""
    policies = example.bucket.usage.policies
    if not isinstance(policies, tuple) or len(policies) != 1 or not isinstance(policies[0].content, str):
        return None
    plain = replace(example.bucket, usage=replace(example.bucket.usage, policies=()))
    return policies[0].content if plain == an.PLAIN else None


CASES = {
    f"{hazard.id}: {example.title}": (example, policy)
    for hazard in all_hazards()
    for example in hazard.examples
    if (policy := policy_of(example)) is not None
}


def terraform(policy: str) -> tuple[str, str]:
    text = json.dumps(policy)[1:-1].replace("${", "$${")
    return "main.tf", (
        'resource "aws_s3_bucket" "b" {\n  bucket = "my-bucket"\n}\n'
        'resource "aws_s3_bucket_policy" "p" {\n  bucket = aws_s3_bucket.b.id\n'
        f'  policy = "{text}"\n}}\n'
    )


def cloudformation(policy: str) -> tuple[str, str]:
    resources = {
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "my-bucket"}},
        "P": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": json.loads(policy)},
        },
    }
    return "template.json", json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def read(folder: Path, name: str, text: str) -> Bucket:
    (folder / name).write_text(text)
    (bucket,) = [one for one in CodeSource((folder / name,)).buckets(frozenset()) if isinstance(one, Bucket)]
    return replace(bucket, account=an.PLAIN.account, region=an.PLAIN.region)


def fired(bucket: Bucket, example: HazardExample) -> set[str]:
    return {one.id for one in all_hazards() if one.evaluate(bucket, example.switch)}


def test_there_are_examples_to_compare() -> None:
    assert len(CASES) > 60


@pytest.mark.parametrize("language", [terraform, cloudformation])
@pytest.mark.parametrize("case", CASES)
def test_the_same_policy_in_code_fires_the_same_hazards(
    tmp_path: Path, case: str, language: Callable[[str], tuple[str, str]]
) -> None:
    example, policy = CASES[case]
    bucket = read(tmp_path, *language(policy))

    assert isinstance(bucket.usage.policies, tuple)
    assert all(isinstance(one, PolicyDocument) for one in bucket.usage.policies)
    assert fired(bucket, example) == fired(example.bucket, example)
