"""Nested templates are made into stacks, and the buckets have the default that was read."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.aws_calls import got
from tests.support.cases.cloudformation.templates import KEY
from tests.support.sdk import client_of
from tests.support.templates import bucket, default
from tests.unit.iac.cloudformation.test_nested import CHILD, nests, read

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.encryption import Encryption
from s3kms.model.keys import DeclaredKey

pytestmark = pytest.mark.slow
REGION = "eu-central-1"
Client = Callable[[str], Any]
BY_KEY = bucket(default("aws:kms", "!Ref KeyArn"), "Parameters: {KeyArn: {Type: String}}")
GIVEN = "Parameters: {Given: {Type: String, Default: 'aws:kms'}}"


@pytest.fixture
def client(server: EmbeddedAws) -> Client:
    server.reset()
    return lambda service: client_of(server, PRODUCTION, service, REGION)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (nests("Alg: aws:kms", name="Inner"), CHILD),
        (nests("Alg: AES256", name="Inner"), CHILD),
        (nests("Alg: !Ref Given", GIVEN, name="Inner"), CHILD),
        (nests("KeyArn: !GetAtt Key.Arn", more=KEY, name="Inner"), BY_KEY),
    ],
    ids=["SSE-KMS", "SSE-S3", "a parameter of the parent", "a key of the parent"],
)
def test_the_nested_stack_has_the_bucket_that_was_read(client: Client, parent: str, child: str) -> None:
    (said,) = read({"t.yaml": parent, "child.yaml": child})
    s3, stacks = client("s3"), client("cloudformation")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="child.yaml", Body=child.encode())
    there = parent.replace("child.yaml", "https://templates.s3.amazonaws.com/child.yaml")
    stacks.create_stack(StackName="outer", TemplateBody=there)
    made = {
        f"{resource['StackName']}.{resource['LogicalResourceId']}": resource["PhysicalResourceId"]
        for stack in stacks.describe_stacks()["Stacks"]
        for resource in stacks.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
    }
    (physical,) = [name for address, name in made.items() if address.endswith(".B")]
    rule = got(s3, physical)["ApplyServerSideEncryptionByDefault"]

    assert said.resource == "Inner.B"
    assert isinstance(said.encryption, Encryption)
    assert rule["SSEAlgorithm"] == said.encryption.algorithm
    if isinstance(said.key, DeclaredKey):
        assert rule["KMSMasterKeyID"].rpartition("/")[2] == made[f"outer.{said.key.address}"]
