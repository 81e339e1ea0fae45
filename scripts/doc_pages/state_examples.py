"""One real occasion, or several, of each cause for which a fact is unknown: the sentences are those of the code."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import botocore.exceptions as sdk

import s3kms
from s3kms.aws.boundary import bad_answer, from_client_error, from_sdk_error
from s3kms.aws.config_aggregator import StaleSource
from s3kms.model.errors import AwsError
from s3kms.model.operations import ASSUME_ROLE, DESCRIBE_KEY, GET_BUCKET_ENCRYPTION, LIST_BUCKETS, Operation
from s3kms.model.unknown import Unknown
from s3kms.rules import RULES
from s3kms.sources.aggregator import unknown_of_failed_sources

_ERROR_CODES: tuple[tuple[str, Operation, str], ...] = (
    ("AccessDenied", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("AccessDenied", LIST_BUCKETS, "account 111122223333"),
    ("AccessDeniedException", DESCRIBE_KEY, "key alias/data"),
    ("AccessDenied", ASSUME_ROLE, "role audit of account 444455556666"),
    ("NoSuchBucket", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("NotFoundException", DESCRIBE_KEY, "key alias/data"),
    ("SlowDown", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("ServiceUnavailable", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("PermanentRedirect", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("OperationAborted", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("ExpiredToken", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("InvalidAccessKeyId", GET_BUCKET_ENCRYPTION, "s3://logs"),
    ("SignatureDoesNotMatch", GET_BUCKET_ENCRYPTION, "s3://logs"),
)
"""Codes that AWS answers with, and the call."""

_BUCKET = 'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n'
_ENCRYPTION = """
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = %s
    }
  }
}
"""
_TEMPLATE = """Parameters:
  Algorithm: {Type: String}
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: %s}
"""
_CODE: tuple[Mapping[str, str], ...] = (
    {
        "infra/main.tf": f'variable "algorithm" {{\n  type = string\n}}\n{_BUCKET}{_ENCRYPTION % "var.algorithm"}'
    },
    {
        "infra/main.tf": 'data "aws_ssm_parameter" "algorithm" {\n  name = "a"\n}\n'
        f"{_BUCKET}{_ENCRYPTION % 'data.aws_ssm_parameter.algorithm.value'}"
    },
    {"template.yaml": _TEMPLATE % "!Ref Algorithm"},
    {"template.yaml": _TEMPLATE % "!ImportValue Algorithm"},
    {"infra/main.tf": f'{_BUCKET}resource "aws_s3'},
    {"infra/main.tf": 'module "logs" {\n  source = "git::https://example.com/logs.git"\n}\n'},
    {"Pulumi.yaml": "name: x\nruntime: yaml\nresources:\n  logs:\n    type: aws:s3:BucketV2\n"},
    {"infra/main.tf": 'resource "aws_s3_bucket" "logs" {\n  count = 1000000\n}\n'},
)
"""Code that leaves something open."""


def unknown_examples() -> list[Unknown]:
    """Facts that are unknown, each as the code says it, without repetition."""
    found = [*_of_rules(), *_of_answers(), *_of_connections(), *_of_config(), *_of_code()]
    return list({(one.cause, one.why): one for one in found}.values())


def _of_rules() -> Iterator[Unknown]:
    for rule in RULES:
        for example in rule.examples:
            unknown = rule.result_for(example.bucket, example.wanted).unknown
            if unknown and unknown is not example.bucket.encryption and not unknown.why.startswith("Access"):
                yield unknown


def _of_answers() -> Iterator[Unknown]:
    for code, operation, subject in _ERROR_CODES:
        error = sdk.ClientError({"Error": {"Code": code}}, operation.name)
        yield from_client_error(error, operation, subject).as_unknown()
    yield bad_answer(GET_BUCKET_ENCRYPTION, "s3://logs", "was answered without a rule").as_unknown()


def _of_connections() -> Iterator[Unknown]:
    address = "https://s3.eu-central-1.amazonaws.com"
    for error in (
        sdk.EndpointConnectionError(endpoint_url=address),
        sdk.ReadTimeoutError(endpoint_url=address),
        sdk.NoCredentialsError(),
    ):
        found = from_sdk_error(error, GET_BUCKET_ENCRYPTION, "s3://logs")
        if isinstance(found, AwsError):
            yield found.as_unknown()


def _of_config() -> Iterator[Unknown]:
    denied = StaleSource(
        "444455556666", "eu-west-1", is_failed=True, at=None, why="AccessDenied", code="AccessDenied"
    )
    yield unknown_of_failed_sources("444455556666", [denied])
    yield unknown_of_failed_sources(None, [denied])


def _of_code() -> Iterator[Unknown]:
    for files in _CODE:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            for name, text in files.items():
                Path(name).parent.mkdir(exist_ok=True)
                Path(name).write_text(text)
            unknowns = [one.unknown for one in s3kms.check_code(Path(next(iter(files))).parts[0])]
            yield next(one for one in unknowns if one)
