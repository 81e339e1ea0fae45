"""Bytes that an edit has no business with: comments, ends of lines, a byte order mark."""

from pathlib import Path

import pytest
from tests.support.edits import BUCKET, RULE, TEMPLATE, template, terraform

from s3kms.iac.cloudformation.language import LANGUAGE as TEMPLATES
from s3kms.iac.interface import Document


@pytest.mark.parametrize(
    "text",
    [
        BUCKET + 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n  rule { /* note */ }\n}\n",
        'terraform {\n  required_providers {\n    aws = { version = "~> 3.0" }\n  }\n}\n'
        'resource "aws_s3_bucket" "b" { /* note */ }\n',
    ],
)
def test_a_comment_between_two_braces_stays(text: str) -> None:
    assert b"{ /* note */\n" in terraform(text)


@pytest.mark.parametrize("line", range(10))
@pytest.mark.parametrize("most", ["\n", "\r\n"])
def test_no_line_of_terraform_gets_another_end(line: int, most: str) -> None:
    other = "\r\n" if most == "\n" else "\n"
    lines = (BUCKET + RULE.replace("    bucket_key_enabled = true\n", "") % '"AES256"').splitlines()
    ended = [text + (other if number == line else most) for number, text in enumerate(lines)]
    before = "".join(ended).encode()

    after = terraform(before)

    assert set(before.splitlines(keepends=True)) - set(after.splitlines(keepends=True)) == {
        text.encode() for text in ended if "AES256" in text
    }


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize("most", ["\n", "\r\n"])
def test_no_line_of_a_template_gets_another_end(line: int, most: str) -> None:
    other = "\r\n" if most == "\n" else "\n"
    lines = f"{TEMPLATE}    Properties:\n      BucketName: x".splitlines()
    ended = [text + (other if number == line else most) for number, text in enumerate(lines)]
    before = "".join(ended).encode()

    after = template(before)

    assert set(before.splitlines(keepends=True)) <= set(after.splitlines(keepends=True))


def test_a_byte_order_mark_before_the_first_key_is_no_reason_to_pass_a_template_over() -> None:
    data = b"\xef\xbb\xbf" + TEMPLATE.encode()

    assert TEMPLATES.reader.claims(Document(Path("t.yaml"), data))
    assert template(data).startswith(data)
