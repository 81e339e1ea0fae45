"""An account with a stack, a bucket that Terraform made and one that nobody declares, and the code beside it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from tests.conftest import shell_of
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of
from tests.support.terraform_json import SSE, Entry, rule, state_file

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

SCHEMA = json.loads((Path(__file__).parents[2] / "src/s3kms/schemas/check-v1.schema.json").read_text())
REGION = "eu-central-1"
TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Stage: {Type: String, Default: prod, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms}
            BucketKeyEnabled: true
  Plain:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: team, Value: blue}]
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}
  Staged:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: !If [IsProd, aws:kms, AES256]}
"""
LEDGER = Entry("aws_s3_bucket.ledger", {"bucket": "ledger", "arn": "arn:aws:s3:::ledger"})
LEDGER_DEFAULT = Entry(f"{SSE}.ledger", {"bucket": "ledger", **rule("aws:kms")})
GONE = Entry("aws_s3_bucket.gone", {"bucket": "gone-for-good"})


@dataclass(frozen=True)
class World:
    """An account with a stack, buckets beside it, and a folder of code."""

    aws: EmbeddedAws
    shell: Shell
    client: Callable[[str], Any]
    made: dict[str, str]
    """Logical id to bucket."""

    def check(self, *arguments: str) -> Done:
        done = self.shell("check", "--format", "json", "-v", "--no-directory-buckets", *arguments)
        assert done.out, done.err
        Draft202012Validator(SCHEMA).validate(json.loads(done.out))
        return done

    def finding(self, name: str, *arguments: str) -> dict[str, Any]:
        return {found["bucket"]: found for found in self.check(*arguments).findings}[name]

    def put(self, name: str, algorithm: str) -> None:
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        self.client("s3").put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": [default]}
        )


def made(aws: EmbeddedAws, folder: Path) -> Iterator[World]:
    def client(service: str) -> Any:
        return client_of(aws, PRODUCTION, service, REGION)

    stacks = client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=TEMPLATE)
    resources = stacks.describe_stack_resources(StackName="shop")["StackResources"]
    for name in ("ledger", "by-hand"):
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    (folder / "shop.yaml").write_text(TEMPLATE)
    (folder / "terraform.tfstate").write_text(json.dumps(state_file(LEDGER, LEDGER_DEFAULT, GONE)))
    aws.calls.clear()
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    yield World(aws, shell_of(aws, folder), client, names)
    aws.reset()
