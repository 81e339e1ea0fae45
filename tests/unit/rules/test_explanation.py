"""What `explain` fills in for a bucket that exists, a region and a key."""

import re

import pytest

from s3kms.explanation import explain, explain_rule
from s3kms.rules import RULES, find_rule

KMS_RULES = [rule.id for rule in RULES if rule.compliant_encryption is not None]


def test_there_are_rules_with_forms() -> None:
    assert "s3_bucket_kms_encryption" in KMS_RULES


@pytest.mark.parametrize("rule", KMS_RULES)
def test_a_named_bucket_is_imported_and_not_made(rule: str) -> None:
    text = explain_rule(rule, bucket="s3://my-bucket", region="eu-central-1")

    assert "import {" in text
    assert 'id = "my-bucket"' in text
    assert "--change-set-type IMPORT" in text
    assert "DeletionPolicy: Retain" in text
    assert 'resource "aws_s3_bucket" ' not in text
    assert "BucketName: !Ref" not in text


@pytest.mark.parametrize("rule", KMS_RULES)
@pytest.mark.parametrize("key", [None, "alias/logs"])
def test_a_file_is_shown_once_and_again_only_where_it_differs_which_is_said(
    rule: str, key: str | None
) -> None:
    text = explain_rule(rule, bucket="s3://my-bucket", key=key)

    files = re.findall(r"^`([^`\n]+)`:\n\n(```\w*\n.*?\n```)$", text, re.MULTILINE | re.DOTALL)
    assert len(files) > 4
    assert len(set(files)) == len(files)
    if len({name for name, _ in files}) < len(files):
        assert text.count("With a customer managed key, these in place of the files of the same name:") == 2
    else:
        assert "in place of" not in text


@pytest.mark.parametrize("rule", KMS_RULES)
@pytest.mark.parametrize("bucket", [None, "s3://my-bucket"])
def test_the_command_is_said_to_write_the_whole_rule(rule: str, bucket: str | None) -> None:
    text = explain_rule(rule, bucket=bucket)

    title, *_, command = text[text.index("### AWS CLI") : text.index("aws s3api put-bucket")].split("\n\n")
    assert title == "### AWS CLI"
    assert "writes the whole rule" in text[: text.index(command)]


def test_without_a_bucket_the_forms_make_one() -> None:
    text = explain(find_rule("s3_bucket_kms_encryption"))

    assert 'resource "aws_s3_bucket" "encrypted"' in text
    assert "import {" not in text


@pytest.mark.parametrize(
    ("region", "key"),
    [
        ("eu-central-1", "arn:aws:kms:eu-central-1:123456789012:key/your-key-id"),
        ("cn-north-1", "arn:aws-cn:kms:cn-north-1:123456789012:key/your-key-id"),
        ("us-gov-west-1", "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/your-key-id"),
    ],
)
@pytest.mark.parametrize("rule", KMS_RULES)
@pytest.mark.parametrize("bucket", [None, "s3://my-bucket"])
def test_the_placeholder_of_the_key_is_in_the_region_of_the_bucket(
    rule: str, region: str, key: str, bucket: str | None
) -> None:
    text = explain_rule(rule, bucket=bucket, region=region)

    assert key in text
    assert set(re.findall(r"arn:[a-z-]+:kms:[a-z0-9-]+", text)) == {key.rsplit(":", 2)[0]}


def test_blocking_sse_c_leaves_the_algorithm_alone() -> None:
    text = explain_rule("s3_bucket_sse_c_blocked", bucket="s3://my-bucket", region="eu-central-1")
    steps = text[text.index("## Remediation") : text.index("## Notes")]

    assert "aws:kms" not in steps
    assert "KMS" not in steps
    assert "jq '.Rules[].BlockedEncryptionTypes" in steps
    assert "--bucket my-bucket --region eu-central-1" in steps
    assert "your-bucket-name" not in text


@pytest.mark.parametrize("rule", ["s3_table_bucket_kms_encryption", "s3_vector_bucket_kms_encryption"])
def test_the_commands_of_other_services_are_of_the_region_its_partition_and_the_named_key(rule: str) -> None:
    key = "arn:aws-cn:kms:cn-north-1:111122223333:key/arn:aws:us-east-1"

    text = explain(find_rule(rule), region="cn-north-1", key=key)

    assert f"Arn={key}" in text
    assert "your-key-id" not in text
    assert "arn:aws:" not in text.replace(key, "")
