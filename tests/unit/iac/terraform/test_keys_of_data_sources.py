"""The ARN of a key whose partition, region or account only the plan knows: its alias says whose key it is."""

from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.keys import KeyForm, KeyReference, OtherServiceKey, UnusedAwsManagedKey

DATA = 'data "aws_partition" "p" {}\ndata "aws_region" "r" {}\ndata "aws_caller_identity" "me" {}\n'
PARTITION, REGION, ACCOUNT = (
    "data.aws_partition.p.partition",
    "data.aws_region.r.name",
    "data.aws_caller_identity.me.account_id",
)
BUCKET = """
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = KEY
    }
  }
}
"""
WAYS = {
    "a template": f'"arn:${{{PARTITION}}}:kms:${{{REGION}}}:${{{ACCOUNT}}}:ALIAS"',
    "join": f'join(":", ["arn", {PARTITION}, "kms", {REGION}, {ACCOUNT}, "ALIAS"])',
    "format": f'format("arn:%s:kms:%s:%s:ALIAS", {PARTITION}, {REGION}, {ACCOUNT})',
}


def bucket_with(folder: Path, key: str) -> Bucket:
    (folder / "main.tf").write_text(DATA + BUCKET.replace("KEY", key))
    [found] = [item for item in CodeSource((folder,)).buckets(frozenset()) if isinstance(item, Bucket)]
    return found


def form_of(bucket: Bucket) -> KeyForm:
    return KeyReference.parse(getattr(bucket.encryption, "key", None)).form


@pytest.mark.parametrize("way", WAYS)
def test_a_customers_alias_is_one_in_every_partition(tmp_path: Path, way: str) -> None:
    bucket = bucket_with(tmp_path, WAYS[way].replace("ALIAS", "alias/acme-data"))

    assert form_of(bucket) is KeyForm.ALIAS_ARN


@pytest.mark.parametrize("way", WAYS)
def test_the_alias_of_the_aws_managed_key_is_known(tmp_path: Path, way: str) -> None:
    bucket = bucket_with(tmp_path, WAYS[way].replace("ALIAS", "alias/aws/s3"))

    assert form_of(bucket) is KeyForm.AWS_MANAGED
    assert bucket.key == UnusedAwsManagedKey()


def test_the_alias_of_another_service_is_known(tmp_path: Path) -> None:
    assert bucket_with(tmp_path, WAYS["join"].replace("ALIAS", "alias/aws/ebs")).key == OtherServiceKey(
        "alias/aws/ebs"
    )


@pytest.mark.parametrize(
    "key",
    [
        f'"arn:${{{PARTITION}}}:kms:eu-west-1:111122223333:alias/${{{ACCOUNT}}}"',
        f'format("arn:%s:kms:eu-west-1:%012d:alias/acme", {PARTITION}, {ACCOUNT})',
        f'format("arn:%s:kms:eu-west-1:111122223333:alias/acme", {PARTITION}, {ACCOUNT})',
        f'join(":", ["arn", {PARTITION}, "sns", {REGION}, {ACCOUNT}, "alias/acme"])',
    ],
)
def test_whose_key_it_is_stays_open_where_the_text_does_not_say(tmp_path: Path, key: str) -> None:
    assert form_of(bucket_with(tmp_path, key)) is KeyForm.MALFORMED
