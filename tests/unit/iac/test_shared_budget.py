"""A bucket beside an expensive one is judged: each has its part of the budget of the unit, in whatever order."""

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.budget import Limits
from s3kms.iac.cloudformation.reader import READER as CLOUDFORMATION
from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER as TERRAFORM
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown, UnknownCause

LIMITS = Limits(steps=40_000, held_bytes=4 * 1024**2)
NUMBERS = "[for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i + {n}]]]"
TEXTS = '[for i in range(1000) : [for j in range(1000) : format("%09000d", i + {n})]]'
BUCKET = """resource "aws_s3_bucket" "{name}" {{
  bucket = "{name}"
}}
resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = {algorithm}
    }}
  }}
}}
"""
USUAL = [BUCKET.format(name=f"usual{n}", algorithm='"aws:kms"') for n in range(50)]


def work(n: int) -> str:
    """A bucket whose algorithm takes work without end."""
    local = f"locals {{\n  bomb{n} = {NUMBERS.format(n=n)}\n}}\n"
    return BUCKET.format(name=f"bomb{n}", algorithm=f"local.bomb{n}[0][0][0]") + local


def memory(n: int) -> str:
    """A bucket whose algorithm takes memory without end."""
    local = f"locals {{\n  bomb{n} = {TEXTS.format(n=n)}\n}}\n"
    return BUCKET.format(name=f"bomb{n}", algorithm=f"local.bomb{n}[0][0]") + local


def count(n: int) -> str:
    """A bucket whose number takes work without end."""
    return f'resource "aws_s3_bucket" "bomb{n}" {{\n  count = length(flatten({NUMBERS.format(n=n)}))\n}}\n'


def read(main: str, limits: Limits = LIMITS) -> dict[str | None, Bucket]:
    given = context({"i/main.tf": main})
    given = type(given)(given.files, given.inputs, limits=limits)
    return {found.resource: found for found in read_buckets(TERRAFORM, Folder(Path("i")), given)}


def unknown_ones(found: dict[str | None, Bucket]) -> set[str | None]:
    """The names of those of which some outcome is not known."""
    return {
        name
        for name, bucket in found.items()
        if any(isinstance(one.encryption, Unknown) for one in bucket.outcomes or (bucket,))
    }


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("bomb", [work, memory, count])
def test_of_fifty_usual_buckets_none_is_unknown_beside_bombs(
    bomb: "type[object]", is_first: bool, number: int
) -> None:
    bombs = [bomb(n) for n in range(number)]  # type: ignore[call-arg]
    found = read("".join([*bombs, *USUAL] if is_first else [*USUAL, *bombs]))  # type: ignore[list-item]

    assert unknown_ones(found) == {f"aws_s3_bucket.bomb{n}" for n in range(number)}
    assert len(found) == 50 + number
    causes = {found[name].encryption.cause for name in unknown_ones(found)}  # type: ignore[union-attr]
    assert causes == {UnknownCause.BUDGET}


def test_a_closed_expression_that_many_buckets_need_is_answered_once() -> None:
    """Evaluated for each of them, it would take fifty times the budget."""
    shared = 'locals {\n  s = [for i in range(90) : [for j in range(90) : "aws:kms"]]\n}\n'
    buckets = [BUCKET.format(name=f"b{n}", algorithm="local.s[0][0]") for n in range(50)]

    found = read(shared + "".join(buckets))

    assert len(found) == 50
    assert unknown_ones(found) == set()


def test_a_bucket_with_an_expensive_name_is_unknown_alone() -> None:
    """What is about the bucket of a name may be about it."""
    bomb = BUCKET.format(name="b", algorithm='"aws:kms"').replace(
        'bucket = "b"', f"bucket = {NUMBERS.format(n=0)}[0][0][0]"
    )

    assert {name and name.rpartition(".")[2] for name in unknown_ones(read(bomb + "".join(USUAL)))} == {"b"}


def test_a_thousand_instances_are_made_once_for_all() -> None:
    """The listing of all of them takes more than the share of one."""
    head = 'resource "aws_s3_bucket" "b" {\n  count = 1000\n  bucket = "b-${count.index}"\n}\n'
    configuration = BUCKET.format(name="b", algorithm='"aws:kms"').split("}\n", 1)[1]
    configuration = configuration.replace(
        "  bucket = aws_s3_bucket.b.id", "  count  = 1000\n  bucket = aws_s3_bucket.b[count.index].id"
    )

    found = read(head + configuration, Limits())

    assert len(found) == 1000
    algorithms = {getattr(one.encryption, "algorithm", None) for one in found.values()}
    assert algorithms == {"aws:kms"}


def test_a_configuration_of_unknown_number_is_of_the_bucket_that_is_written_there_alone() -> None:
    of_one = BUCKET.format(name="bomb", algorithm='"aws:kms"').replace(
        "  bucket = aws_s3_bucket.bomb.id",
        f"  count  = length(flatten({NUMBERS.format(n=0)}))\n  bucket = aws_s3_bucket.bomb.id",
    )

    found = read(of_one + "".join(USUAL))

    assert {name and name.rpartition(".")[2] for name in unknown_ones(found)} == {"bomb"}


def test_an_alias_whose_name_takes_too_much_leaves_the_keys_of_others_known() -> None:
    alias = f'resource "aws_kms_alias" "a" {{\n  name = {NUMBERS.format(n=0)}[0][0][0]\n}}\n'
    usual = "".join(USUAL).replace('"aws:kms"', '"aws:kms"\n      kms_master_key_id = "alias/mine"')

    assert unknown_ones(read(alias + usual)) == set()


TEMPLATE_BUCKET = """  {name}:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: {algorithm}
"""
CONDITIONS = (
    "Parameters:\n"
    + "".join(f"  P{n}: {{Type: String}}\n" for n in range(100))
    + "Conditions:\n  C0: {'Fn::Equals': [{Ref: P0}, a]}\n"
    + "".join(
        f"  C{n}: {{'Fn::Or': [{{'Fn::Equals': [{{Ref: P{n}}}, a]}}, {{Condition: C{n - 1}}}]}}\n"
        for n in range(1, 100)
    )
)


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "last"])
def test_of_fifty_usual_buckets_of_a_template_none_is_unknown_beside_bombs(is_first: bool) -> None:
    usual = [TEMPLATE_BUCKET.format(name=f"Usual{n}", algorithm="aws:kms") for n in range(50)]
    expensive = "!If [C99, AES256, 'aws:kms']"
    bombs = [TEMPLATE_BUCKET.format(name=f"Bomb{n}", algorithm=expensive) for n in range(20)]
    resources = "".join([*bombs, *usual] if is_first else [*usual, *bombs])
    text = f"AWSTemplateFormatVersion: '2010-09-09'\n{CONDITIONS}Resources:\n{resources}"
    given = context()
    given = type(given)(given.files, given.inputs, limits=Limits(steps=20_000))

    buckets = read_buckets(CLOUDFORMATION, Document(Path("t.yaml"), text.encode()), given)
    found = {bucket.resource: bucket for bucket in buckets}

    assert unknown_ones(found) == {f"Bomb{n}" for n in range(20)}
    assert len(found) == 70
