"""Buckets into which a service delivers logs that SSE-KMS would stop: told with every verdict, and skipped."""

from datetime import date
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.desired.configuration import Configuration
from s3kms.iac.cloudformation.reader import READER as TEMPLATE
from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Verdict
from s3kms.model.usage import LOG_DELIVERY_GROUP, LogSource
from s3kms.rules import find_rule
from s3kms.scan.evaluation import BucketEvaluator

OF_B = "bucket = aws_s3_bucket.b.id"
LB = LogSource.LOAD_BALANCER
B = 'resource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'


def sources(bucket: Bucket) -> set[LogSource]:
    usage = bucket.usage
    grants = usage.grants if isinstance(usage.grants, tuple) else ()
    granted = {LogSource.S3 for grant in grants if grant.grantee == LOG_DELIVERY_GROUP}
    return granted | {
        delivery.source for delivery in usage.deliveries if delivery.source is not LogSource.VENDED
    }


def in_code(text: str, **modules: str) -> dict[str | None, set[LogSource]]:
    files = {"i/main.tf": text} | {f"i/{name}/main.tf": module for name, module in modules.items()}
    found = READER.read(Folder(Path("i")), context(files))
    return {one.resource: sources(one) for one in found}


def in_template(text: str, properties: str = "{}") -> Bucket:
    whole = f"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {properties}\n{text}"
    [found, *_] = TEMPLATE.read(Document(Path("t.yaml"), whole.encode()), context())
    return found


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            'resource "aws_s3_bucket_logging" "x" {\n  bucket = "o"\n  target_bucket = aws_s3_bucket.b.id\n}\n',
            {LogSource.S3},
        ),
        (
            'resource "aws_s3_bucket_logging" "x" {\n  bucket = "o"\n  target_bucket = "the-bucket"\n}\n',
            {LogSource.S3},
        ),
        (
            'resource "aws_s3_bucket_acl" "x" {\n  bucket = aws_s3_bucket.b.id\n  acl = "log-delivery-write"\n}\n',
            {LogSource.S3},
        ),
        (
            'resource "aws_lb" "x" {\n  access_logs {\n    bucket = aws_s3_bucket.b.bucket\n  }\n}\n',
            {LB},
        ),
        (
            'resource "aws_alb" "x" {\n  load_balancer_type = "application"\n'
            "  connection_logs {\n    bucket = aws_s3_bucket.b.id\n    enabled = true\n  }\n}\n",
            {LB},
        ),
        (
            'resource "aws_elb" "x" {\n  access_logs {\n    bucket = aws_s3_bucket.b.id\n  }\n}\n',
            {LB},
        ),
        (
            'resource "aws_redshift_logging" "x" {\n  bucket_name = aws_s3_bucket.b.id\n}\n',
            {LogSource.REDSHIFT},
        ),
    ],
    ids=["logging", "logging by name", "ACL", "ALB", "connections of an ALB", "classic", "Redshift"],
)
def test_who_delivers_into_a_bucket_of_terraform_is_seen(text: str, facts: set[LogSource]) -> None:
    assert in_code(B + text) == {"aws_s3_bucket.b": facts}


@pytest.mark.parametrize(
    "text",
    [
        f'resource "aws_lb" "x" {{\n  load_balancer_type = "network"\n  access_logs {{\n    {OF_B}\n  }}\n}}\n',
        'resource "aws_lb" "x" {\n  access_logs {\n    bucket = aws_s3_bucket.b.id\n    enabled = false\n  }\n}\n',
        'resource "aws_lb" "x" {\n  access_logs {\n    bucket = "another-bucket"\n  }\n}\n',
        'resource "aws_s3_bucket_acl" "x" {\n  bucket = aws_s3_bucket.b.id\n  acl = "private"\n}\n',
        'resource "aws_lb" "x" {\n  count = 0\n  access_logs {\n    bucket = aws_s3_bucket.b.id\n  }\n}\n',
        'resource "aws_lb" "x" {\n  access_logs {\n    bucket = 1 +\n  }\n}\n',
    ],
    ids=["a network load balancer", "off", "another bucket", "a private ACL", "none of it", "broken"],
)
def test_what_delivers_nothing_is_no_hazard(text: str) -> None:
    assert in_code(B + text).get("aws_s3_bucket.b", set()) == set()


def test_a_bucket_that_a_module_is_handed_is_the_one() -> None:
    module = 'variable "logs" {}\nresource "aws_lb" "x" {\n  access_logs {\n    bucket = var.logs\n  }\n}\n'
    call = 'module "lb" {\n  source = "./lb"\n  logs = aws_s3_bucket.b.id\n}\n'

    assert in_code(B + call, lb=module) == {"aws_s3_bucket.b": {LB}}


LOGGING = (
    "  O: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: !Ref B}}}\n"
)
ALB = (
    "  LB:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties: {{Type: {},"
    " LoadBalancerAttributes: [{{Key: access_logs.s3.bucket, Value: !Ref B}}]}}\n"
)


@pytest.mark.parametrize(
    ("text", "properties", "facts"),
    [
        (
            "  O: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: !Ref B}}}\n",
            "{}",
            {LogSource.S3},
        ),
        ("", "{AccessControl: LogDeliveryWrite}", {LogSource.S3}),
        (ALB.format("application"), "{}", {LB}),
        (ALB.format("network"), "{}", set()),
        (
            "  LB:\n    Type: AWS::ElasticLoadBalancing::LoadBalancer\n"
            "    Properties: {AccessLoggingPolicy: {S3BucketName: !If [C, !Ref B, x]}}\n",
            "{}",
            {LB},
        ),
        (
            "  R: {Type: AWS::Redshift::Cluster, Properties: {LoggingProperties: {BucketName: !Ref B}}}\n",
            "{}",
            {LogSource.REDSHIFT},
        ),
        ("  R: {Type: AWS::Redshift::Cluster, Properties: {LoggingProperties: nonsense}}\n", "{}", set()),
    ],
    ids=["logging", "ACL", "ALB", "NLB", "classic", "Redshift", "nonsense"],
)
def test_who_delivers_into_a_bucket_of_a_template_is_seen(
    text: str, properties: str, facts: set[LogSource]
) -> None:
    assert sources(in_template(text, properties)) == facts


def test_the_hazard_is_told_and_changes_no_verdict() -> None:
    found = in_template("", "{AccessControl: LogDeliveryWrite}")

    rules = (find_rule("s3_bucket_kms_encryption"),)
    [finding] = BucketEvaluator(rules, Configuration(), date(2026, 11, 23)).findings(found)

    assert finding.verdict is Verdict.FAIL
    assert "it takes S3 server access logs" in finding.message
    assert "SSE-KMS is not supported" in finding.message
    assert "exempt it" in str(finding.advice)
