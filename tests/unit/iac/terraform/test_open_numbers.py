"""Buckets whose number is not known: what is so for each of them is told, and what is for some is for no other."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.budget import DEFAULT_LIMITS, Limits
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terraform.code.buckets import CodeBuckets
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown, UnknownCause

FLAGS = 9
"""More than are looked at in all combinations."""
OPEN = "".join(f'variable "on{n}" {{ type = bool }}\n' for n in range(FLAGS))
ITEMS = ", ".join(f'{{ name = "b{n}", on = var.on{n}, algorithm = "aws:kms" }}' for n in range(FLAGS))
LOCALS = f"locals {{\n  all = [{ITEMS}]\n  on  = [for b in local.all : b if b.on]\n}}\n"
FILTERED, LISTED = "count = length(local.on)", "count = length(var.list)"
DECLARED = (
    'variable "list" { type = list(string) }\nvariable "names" { type = set(string) }\n'
    'variable "map" { type = map(string) }\nlocals { set = toset(var.list) }\n'
)


def code(number: str, of: str, bucket: str, algorithm: str = '"aws:kms"', more: str = "") -> str:
    return (
        f'resource "aws_s3_bucket" "b" {{\n  {number}\n  {more}\n}}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        f"  {of}\n  bucket = {bucket}\n  rule {{\n    apply_server_side_encryption_by_default {{\n"
        f"      sse_algorithm = {algorithm}\n    }}\n  }}\n}}\n"
    )


MODULE = {"r/m/main.tf": 'resource "aws_s3_bucket" "b" {}\noutput "id" { value = aws_s3_bucket.b.id }\n'}


def read(text: str, limits: Limits = DEFAULT_LIMITS) -> list[Bucket]:
    around = replace(context({"r/main.tf": text, **MODULE}), limits=limits)
    return list(READER.read(Folder(Path("r")), around))


def read_with_open_numbers(text: str) -> list[Bucket]:
    """As the reader reads it once it has given up on all combinations."""
    around = context({"r/main.tf": text})
    root = RootModule(Path("r"), around.files, around.inputs, AWS_SCHEMA)
    return list(CodeBuckets(root.leaving_numbers_open()).buckets())


def results(buckets: list[Bucket]) -> set[str]:
    """What the default encryption may come to; `?` where it is not known in some case."""
    found: set[str] = set()
    for one in buckets:
        for outcome in one.outcomes or (one,):
            encryption = outcome.encryption
            found.add(str(encryption.algorithm) if isinstance(encryption, Encryption) else "?")
    return found


OWN = "aws_s3_bucket.b[count.index].id"
EACH = 'for_each = { for i, b in local.on : "k${i}" => b }'


@pytest.mark.parametrize(
    ("number", "bucket", "algorithm", "want"),
    [
        (FILTERED, OWN, '"aws:kms"', "aws:kms"),
        (FILTERED, OWN, '"AES256"', "AES256"),
        ("count = sum([for b in local.all : b.on ? 1 : 0])", OWN, '"aws:kms"', "aws:kms"),
        (EACH, "aws_s3_bucket.b[each.key].id", '"aws:kms"', "aws:kms"),
    ],
    ids=["length", "another algorithm", "a sum", "keys by position"],
)
def test_what_is_so_whatever_the_number_is_told_once_though_it_hangs_on_many_conditions(
    number: str, bucket: str, algorithm: str, want: str
) -> None:
    (found,) = read(OPEN + LOCALS + code(number, number, bucket, algorithm))

    assert isinstance(found.encryption, Encryption)
    assert (found.resource, found.encryption.algorithm, found.outcomes) == ("aws_s3_bucket.b", want, ())
    assert "how many there are is not known" in (found.caveat or "")


@pytest.mark.parametrize(
    ("of", "bucket", "algorithm"),
    [
        ("count = length(local.on) - 1", OWN, '"aws:kms"'),
        ("count = length([for b in local.all : b if !b.on])", OWN, '"aws:kms"'),
        ("count = var.on0 ? length(local.on) : 0", OWN, '"aws:kms"'),
        (FILTERED, "aws_s3_bucket.b[0].id", '"aws:kms"'),
        (FILTERED, "aws_s3_bucket.b[count.index % 2].id", '"aws:kms"'),
        (FILTERED, OWN, 'length(local.on) > 5 ? "aws:kms" : "AES256"'),
        (FILTERED, OWN, 'var.on0 ? "aws:kms" : "AES256"'),
        (FILTERED, OWN, "local.on[count.index].algorithm"),
    ],
    ids=["one less", "others", "not always", "the first", "some", "by number", "by condition", "by item"],
)
def test_what_is_not_so_for_every_number_is_no_pass(of: str, bucket: str, algorithm: str) -> None:
    found = results(read_with_open_numbers(OPEN + LOCALS + code(FILTERED, of, bucket, algorithm)))

    assert "?" in found or len(found) > 1


def test_the_first_reason_stands_where_the_number_does_not_help() -> None:
    text = OPEN + LOCALS + code(FILTERED, FILTERED, "aws_s3_bucket.b[0].id")
    found = read(text, Limits(steps=120_000))

    unknown = found[0].encryption
    assert isinstance(unknown, Unknown)
    assert unknown.cause is UnknownCause.BUDGET


@pytest.mark.parametrize(
    ("number", "bucket", "want"),
    [
        (LISTED, OWN, "aws:kms"),
        (LISTED, "aws_s3_bucket.b[tostring(count.index)].id", "aws:kms"),
        (LISTED, "aws_s3_bucket.b.*.id[count.index]", "aws:kms"),
        (LISTED, "one(aws_s3_bucket.b[*].id)", "aws:kms"),
        (LISTED, 'join("", aws_s3_bucket.b.*.id)', "aws:kms"),
        (LISTED, "aws_s3_bucket.b[0].id", "?"),
        (LISTED, "aws_s3_bucket.b[count.index % 2].id", "?"),
        (LISTED, "aws_s3_bucket.b[min(count.index, 1)].id", "?"),
        (LISTED, "aws_s3_bucket.b[floor(count.index / 2)].id", "?"),
        (LISTED, "aws_s3_bucket.b.*.id[0]", "?"),
        (LISTED, "aws_s3_bucket.b.*.id[count.index % 2]", "?"),
        (LISTED, "element(aws_s3_bucket.b.*.id, 0)", "?"),
        (LISTED, 'concat(aws_s3_bucket.b[*].id, [""])[0]', "?"),
        ("for_each = var.names", "aws_s3_bucket.b[each.key].id", "aws:kms"),
        ("for_each = var.names", "aws_s3_bucket.b[each.value].id", "aws:kms"),
        ("for_each = toset(var.list)", "aws_s3_bucket.b[each.value].id", "aws:kms"),
        ("for_each = local.set", "aws_s3_bucket.b[each.value].id", "aws:kms"),
        ("for_each = var.names", 'aws_s3_bucket.b["${each.key}"].id', "aws:kms"),
        ("for_each = var.names", "aws_s3_bucket.b[lower(each.key)].id", "?"),
        ("for_each = var.names", "aws_s3_bucket.b[substr(each.key, 0, 2)].id", "?"),
        ("for_each = var.map", "aws_s3_bucket.b[each.key].id", "aws:kms"),
        ("for_each = var.map", "aws_s3_bucket.b[each.value].id", "?"),
    ],
)
def test_a_configuration_is_for_every_bucket_where_each_is_for_the_one_of_its_own_key(
    number: str, bucket: str, want: str
) -> None:
    assert results(read(DECLARED + code(number, number, bucket))) == {want}


def test_a_configuration_for_each_bucket_is_for_all() -> None:
    text = code("for_each = var.names", "for_each = aws_s3_bucket.b", "each.value.id")

    assert results(read(DECLARED + text)) == {"aws:kms"}


CALL = 'module "m" {\n  source = "./m"\n  count = length(var.list)\n}\n'


@pytest.mark.parametrize(
    ("bucket", "want"),
    [
        ("module.m[count.index].id", "aws:kms"),
        ("module.m.*.id[count.index]", "aws:kms"),
        ("one(module.m[*].id)", "aws:kms"),
        ("module.m[0].id", "?"),
        ("module.m[count.index % 2].id", "?"),
        ("module.m.*.id[0]", "?"),
        ("element(module.m.*.id, 0)", "?"),
    ],
)
def test_so_it_is_with_the_buckets_of_modules_of_unknown_number(bucket: str, want: str) -> None:
    configuration = code(LISTED, LISTED, bucket).partition("}\n")[2]

    (found,) = read(DECLARED + CALL + configuration)

    assert found.resource == "module.m.aws_s3_bucket.b"
    assert results([found]) == {want}


@pytest.mark.parametrize("target", ["module.m[0].id", "module.m.*.id[0]", "element(module.m.*.id, 1)"])
def test_what_is_written_to_one_of_many_buckets_is_written_to_the_one_that_stands_for_all(
    target: str,
) -> None:
    logging = (
        'resource "aws_s3_bucket_logging" "l" {\n  bucket = "other"\n  target_prefix = "l"\n'
        f"  target_bucket = {target}\n}}\n"
    )

    (found,) = read(DECLARED + CALL + logging)

    assert found.usage.deliveries
