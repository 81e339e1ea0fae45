"""Which edits are proposed together, and where."""

import os

from tests.support.edits import ROOT, edits, template, terraform

from s3kms.iac.cloudformation.language import LANGUAGE as TEMPLATES
from s3kms.iac.interface import Document, Proposal

COPY = (
    'variable "server_side_encryption_configuration" {\n  type    = any\n  default = {}\n}\n'
    'resource "aws_s3_bucket" "this" {\n}\n'
    'resource "aws_s3_bucket_server_side_encryption_configuration" "this" {\n'
    "  count  = length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0\n"
    "  bucket = aws_s3_bucket.this.id\n"
    '  dynamic "rule" {\n'
    '    for_each = try(flatten([var.server_side_encryption_configuration["rule"]]), [])\n'
    "    content {\n"
    "      bucket_key_enabled = try(rule.value.bucket_key_enabled, null)\n"
    '      dynamic "apply_server_side_encryption_by_default" {\n'
    "        for_each = try([rule.value.apply_server_side_encryption_by_default], [])\n"
    "        content {\n"
    "          sse_algorithm = apply_server_side_encryption_by_default.value.sse_algorithm\n"
    "        }\n      }\n    }\n  }\n}\n"
)


def test_a_copy_of_the_module_that_takes_the_whole_rule_is_given_it_in_its_call() -> None:
    call = b'module "a" {\n  source = "./copy"\n}\n'

    found = terraform(call, copy=COPY)

    rule = b"\n\n  server_side_encryption_configuration = {\n    rule = {\n"
    assert found.startswith(call.removesuffix(b"\n}\n") + rule)


def test_many_buckets_of_a_template_are_proven_together() -> None:
    """One by one, each is a reading of the whole file: minutes, where this is a second."""
    count = 300
    data = "Resources:\n" + "".join(f"  B{number}:\n    Type: AWS::S3::Bucket\n" for number in range(count))
    started = os.times().user

    found = template(data.encode())

    assert found.count(b"aws:kms") == count
    assert os.times().user - started < 10


def test_buckets_whose_edits_touch_are_one_proposal_and_others_are_not() -> None:
    text = (
        "Parameters:\n  A:\n    Type: String\n    Default: AES256\nResources:\n"
        + "".join(
            f"  {name}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketEncryption:\n"
            "        ServerSideEncryptionConfiguration:\n          - BucketKeyEnabled: true\n"
            f"            ServerSideEncryptionByDefault:\n              SSEAlgorithm: {said}\n"
            for name, said in (("B", "!Ref A"), ("C", "!Ref A"), ("D", "AES256"))
        )
    ).encode()
    path = ROOT / "t.yaml"

    found = list(edits(TEMPLATES, Document(path, text), {path: text}))

    assert [one.buckets for one in found if isinstance(one, Proposal)] == [("B", "C"), ("D",)]
