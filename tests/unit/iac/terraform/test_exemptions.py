"""What Terraform code says beside a bucket: that it is skipped; and the table buckets of that code."""

from datetime import date
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import KeyKind
from s3kms.model.findings import Finding, Verdict
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

RULE = "s3_bucket_kms_encryption"
EXEMPT = f"# s3kms: exempt {RULE} until 2027-03-31 logs of a balancer\n"
CHECKOV = "# checkov:skip=CKV_AWS_145:logs of a balancer\n"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'
SSE = """resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
"""


def read(**files: str) -> list[Bucket]:
    texts = {f"i/{name.replace('__', '/')}.tf": text for name, text in files.items()}
    return list(READER.read(Folder(Path("i")), context(texts)))


def judged(found: Bucket, wanted: Configuration | None = None) -> Finding:
    return evaluate_bucket(found, find_rule(RULE), wanted or Configuration(), date(2026, 11, 23))


@pytest.mark.parametrize(
    "text",
    [
        EXEMPT + BUCKET,
        BUCKET.replace("{\n", "{\n  " + EXEMPT, 1),
        BUCKET.replace("{\n", "{ " + EXEMPT, 1),
        BUCKET + EXEMPT + SSE,
        (EXEMPT + BUCKET).replace("\n", "\r\n"),
        "\ufeff" + EXEMPT + BUCKET,
        f"/* {EXEMPT[2:].strip()} */\n" + BUCKET,
    ],
    ids=["above", "inside", "on the header", "beside the configuration", "CRLF", "BOM", "block comment"],
)
def test_a_comment_beside_the_block_exempts_the_bucket(text: str) -> None:
    [found] = read(main=text)

    assert judged(found).verdict is Verdict.EXEMPT


@pytest.mark.parametrize(
    "text",
    [EXEMPT + "\n" + BUCKET, BUCKET + EXEMPT, EXEMPT + 'resource "aws_kms_key" "k" {\n}\n' + BUCKET],
    ids=["a blank line between", "below", "beside another block"],
)
def test_a_comment_elsewhere_exempts_nothing(text: str) -> None:
    [found] = read(main=text)

    assert judged(found).verdict is Verdict.FAIL


def test_a_comment_above_a_call_exempts_the_buckets_of_the_module() -> None:
    calls = EXEMPT + 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\n'

    found = read(main=calls, m__main=BUCKET)

    assert {one.resource: judged(one).verdict for one in found} == {
        "module.a.aws_s3_bucket.b": Verdict.EXEMPT,
        "module.b.aws_s3_bucket.b": Verdict.FAIL,
    }


def test_what_another_tool_skips_counts_where_it_is_honored() -> None:
    [found] = read(main=BUCKET.replace("{\n", "{\n" + CHECKOV, 1))

    assert judged(found).verdict is Verdict.FAIL
    assert judged(found, Configuration(honor_skips=True)).verdict is Verdict.EXEMPT


def test_what_another_tool_skips_of_a_whole_module_is_not_about_its_bucket() -> None:
    found = read(main=f'module "a" {{\n{CHECKOV}  source = "./m"\n}}\n', m__main=BUCKET)

    assert judged(found[0], Configuration(honor_skips=True)).verdict is Verdict.FAIL


TABLE = 'resource "aws_s3tables_table_bucket" "t" {{\n  name = "the-tables"\n{}}}\n'
KEY = 'resource "aws_kms_key" "k" {}\n'


@pytest.mark.parametrize(
    ("said", "verdict", "kind"),
    [
        ("", Verdict.FAIL, None),
        (
            '  encryption_configuration = { sse_algorithm = "AES256", kms_key_arn = null }\n',
            Verdict.FAIL,
            None,
        ),
        (
            '  encryption_configuration = { sse_algorithm = "aws:kms", kms_key_arn = aws_kms_key.k.arn }\n',
            Verdict.PASS,
            KeyKind.CUSTOMER_MANAGED,
        ),
        (
            '  encryption_configuration = { sse_algorithm = "aws:kms", kms_key_arn = null }\n',
            Verdict.UNKNOWN,
            None,
        ),
        ("  encryption_configuration = var.encryption\n", Verdict.UNKNOWN, None),
    ],
    ids=["silence", "SSE-S3", "a key of the code", "no key", "a variable without a value"],
)
def test_a_table_bucket_is_judged(said: str, verdict: Verdict, kind: KeyKind | None) -> None:
    [found] = read(main=KEY + 'variable "encryption" {}\n' + TABLE.format(said))

    assert found.kind is BucketKind.TABLE
    assert found.name == "the-tables"
    assert judged(found).verdict is verdict, judged(found).message
    assert judged(found).key_kind is kind


def test_the_place_of_a_table_bucket_is_its_argument() -> None:
    [found] = read(main=TABLE.format('  encryption_configuration = { sse_algorithm = "AES256" }\n'))

    assert [(place.line, place.column) for place in found.places] == [(3, 3)]
