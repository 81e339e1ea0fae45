"""The work of an edit grows as the files do: counted as calls of functions, for a machine may be busy."""

import cProfile
import json
import pstats
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import s3kms

MAX_GROWTH = 4.2
"""Of the work, for four times the buckets."""

Files = dict[str, str]

BUCKET = 'resource "aws_s3_bucket" "b{n}" {{\n  bucket = "acme-{n}"\n}}\n\n'
CONFIGURATION = """resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = {algorithm}
    }}
  }}
}}
"""
INLINE = """resource "aws_s3_bucket" "b{n}" {{
  server_side_encryption_configuration {{
    rule {{
      apply_server_side_encryption_by_default {{
        sse_algorithm = "AES256"
      }}
    }}
  }}
}}
"""
MODULE = (
    'variable "name" {}\nvariable "algorithm" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\n'
)
MODULE += CONFIGURATION.format(name="b", algorithm="var.algorithm")
ENCRYPTION = {
    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
}
UPBOUND = """apiVersion: s3.aws.upbound.io/v1beta1
kind: Bucket
metadata:
  name: b{n}
  labels: {{number: "x{n}"}}
spec:
  forProvider: {{region: eu-central-1}}
---
apiVersion: s3.aws.upbound.io/v1beta1
kind: BucketServerSideEncryptionConfiguration
metadata:
  name: b{n}
spec:
  forProvider:
    region: eu-central-1
    {target}
    rule:
      - applyServerSideEncryptionByDefault:
          - sseAlgorithm: AES256
"""
ACK = """# s3kms: exempt s3_bucket_sse_c_blocked because of {n}
apiVersion: s3.services.k8s.aws/v1alpha1
kind: Bucket
metadata:
  name: b{n}
spec:
  name: acme-{n}
  encryption:
    rules:
      - applyServerSideEncryptionByDefault:
          sseAlgorithm: AES256
"""


def repeated(text: str, number: int, between: str = "") -> str:
    return between.join(text.format(n=n) for n in range(number))


def resources(number: int, encryption: Mapping[str, object] | None = None) -> dict[str, object]:
    """Resources of CloudFormation."""
    properties = {"BucketEncryption": encryption} if encryption else {}
    return {f"B{n}": {"Type": "AWS::S3::Bucket", "Properties": properties} for n in range(number)}


def json_template(number: int) -> Files:
    return {"t.json": json.dumps({"Resources": resources(number, ENCRYPTION)}, indent=1)}


def template_of_parameters(number: int) -> Files:
    text = "Parameters:\n" + repeated("  P{n}: {{Type: String, Default: AES256}}\n", number)
    rule = "[{{ServerSideEncryptionByDefault: {{SSEAlgorithm: !Ref P{n}}}}}]"
    bucket = f"{{{{BucketEncryption: {{{{ServerSideEncryptionConfiguration: {rule}}}}}}}}}"
    text += "Resources:\n" + repeated(
        f"  B{{n}}:\n    Type: AWS::S3::Bucket\n    Properties: {bucket}\n", number
    )
    return {"t.yaml": f"AWSTemplateFormatVersion: '2010-09-09'\n{text}"}


def nested_templates(number: int) -> Files:
    stack = "  N{n}:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: n{n}.yaml}}\n"
    files = {f"n{n}.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n" for n in range(number)}
    return {**files, "t.yaml": "Resources:\n" + repeated(stack, number)}


def templates(number: int) -> Files:
    text = (
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{Type: String, Default: x}}\nResources:\n"
    )
    return {f"t{n}.yaml": f"{text}  B:\n    Type: AWS::S3::Bucket\n".format() for n in range(number)}


def json_terraform(number: int) -> Files:
    buckets = {f"b{n}": {"bucket": f"acme-{n}"} for n in range(number)}
    return {"main.tf.json": json.dumps({"resource": {"aws_s3_bucket": buckets}}, indent=1)}


def calls_of_a_module(number: int) -> Files:
    call = 'module "m{n}" {{\n  source = "./m"\n  name = "n{n}"\n  algorithm = "AES256"\n}}\n'
    return {"m/main.tf": MODULE, "main.tf": repeated(call, number)}


def module_for_each(number: int) -> Files:
    entries = repeated('    n{n} = {{ algorithm = "AES256" }}\n', number)
    call = 'module "m" {\n  source = "./m"\n  for_each = local.m\n  name = each.key\n'
    call += "  algorithm = each.value.algorithm\n}\n"
    return {"m/main.tf": MODULE, "main.tf": f"locals {{\n  m = {{\n{entries}  }}\n}}\n{call}"}


def services(number: int) -> Files:
    service = {"service": "s", "provider": {"name": "aws", "deploymentBucket": {"name": "own"}}}
    whole = {**service, "resources": {"Resources": resources(number, ENCRYPTION)}}
    return {"serverless.json": json.dumps(whole, indent=1)}


SHAPES: dict[str, Callable[[int], Files]] = {
    "main.tf": lambda number: {"main.tf": repeated(BUCKET, number)},
    "inline blocks": lambda number: {"main.tf": repeated(INLINE, number)},
    "files of one bucket": lambda number: {
        f"b{n}.tf": BUCKET.format(n=n) + CONFIGURATION.format(name=f"b{n}", algorithm='"AES256"')
        for n in range(number)
    },
    "roots of one bucket": lambda number: {f"r{n}/main.tf": BUCKET.format(n=n) for n in range(number)},
    ".tf.json": json_terraform,
    "calls of a module": calls_of_a_module,
    "for_each of a module": module_for_each,
    "t.yaml": lambda number: {
        "t.yaml": "Resources:\n" + repeated("  B{n}:\n    Type: AWS::S3::Bucket\n", number)
    },
    "t.json": json_template,
    "parameters of a template": template_of_parameters,
    "nested templates": nested_templates,
    "templates": templates,
    "Serverless": services,
    "ACK": lambda number: {"b.yaml": repeated(ACK, number, "---\n")},
    "files of ACK": lambda number: {f"b{n}.yaml": ACK.format(n=n) for n in range(number)},
    "Upbound by name": lambda number: {
        "b.yaml": repeated(UPBOUND.replace("{target}", "bucketRef: {{name: b{n}}}"), number, "---\n")
    },
    "Upbound by label": lambda number: {
        "b.yaml": repeated(
            UPBOUND.replace("{target}", 'bucketSelector: {{matchLabels: {{number: "x{n}"}}}}'),
            number,
            "---\n",
        )
    },
}


def calls_of(folder: Path, shape: Callable[[int], Files], buckets: int) -> int:
    root = folder / str(buckets)
    (root / ".git").mkdir(parents=True)
    for name, text in shape(buckets).items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    profile = cProfile.Profile()
    profile.enable()
    plan = s3kms.plan_code(root, max_changes=buckets)
    profile.disable()
    assert len(plan.patches) > 0
    assert not plan.skipped
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_four_times_the_buckets_are_four_times_the_work(
    shape: Callable[[int], Files], tmp_path: Path
) -> None:
    calls_of(tmp_path, shape, 2)  # what is imported and compiled once
    few, many = (calls_of(tmp_path, shape, buckets) for buckets in (15, 60))

    assert many / few < MAX_GROWTH
