"""A configuration whose bucket is made elsewhere declares the encryption of a bucket: it is judged, never silence."""

from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.edits import terraform
from tests.support.terraform_case import CONFIGURATION, B, bucket, kms, sse, variable

from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

LOOKED_UP = 'data "aws_s3_bucket" "d" {\n  bucket = "there"\n}\n'
GOOD = bucket('bucket = "good"') + kms()


def found(only: str | None = None, **files: str) -> dict[str | None, Bucket]:
    memory = context(
        {f"i/{name.replace('_tf', '.tf').replace('__', '/')}": text for name, text in files.items()}
    )
    unit = Folder(Path("i"), only=Path("i") / only if only else None)
    return {one.resource: one for one in READER.read(unit, memory)}


def algorithm(one: Bucket) -> str | None:
    assert isinstance(one.encryption, Encryption)
    return one.encryption.algorithm


def other(text: str) -> str:
    return text.replace('configuration" "b"', 'configuration" "other"')


@pytest.mark.parametrize(
    ("declared", "of"),
    [("", '"there"'), (LOOKED_UP, "data.aws_s3_bucket.d.id"), (variable("name"), "var.name")],
    ids=["literal", "data source", "variable"],
)
def test_beside_a_bucket_with_a_configuration_of_its_own_it_is_judged_under_its_address(
    declared: str, of: str
) -> None:
    written = declared + GOOD + other(sse('"AES256"')).replace("aws_s3_bucket.b.id", of)

    buckets = found(main_tf=written)

    assert algorithm(buckets[B]) == "aws:kms"
    alone = buckets[CONFIGURATION.replace(".b", ".other")]
    assert algorithm(alone) == "AES256"
    assert alone.caveat == "the bucket itself is made elsewhere; this is its configuration"


def test_its_bucket_has_the_name_that_is_written() -> None:
    (one,) = found(main_tf=sse('"AES256"').replace("aws_s3_bucket.b.id", '"there"')).values()

    assert one.name == "there"


def test_a_configuration_that_may_be_for_a_bucket_is_told_there_and_not_twice() -> None:
    buckets = found(main_tf=variable("name") + bucket('bucket = "maybe"') + kms(of="var.name"))

    assert set(buckets) == {B}
    assert isinstance(buckets[B].encryption, Unknown)


def test_an_instance_of_it_is_judged_where_another_has_its_bucket_here() -> None:
    count = 'count = 2\n  bucket = [aws_s3_bucket.b.id, "there"][count.index]\n  unused = aws_s3_bucket.b.id'
    written = bucket('bucket = "here"') + kms().replace("bucket = aws_s3_bucket.b.id", count)

    assert set(found(main_tf=written)) == {B, f"{CONFIGURATION}[1]"}


def test_a_module_that_is_given_the_name_is_judged_once() -> None:
    call = bucket('bucket = "here"') + 'module "m" {\n  source = "./m"\n  name = aws_s3_bucket.b.id\n}\n'

    assert set(found(main_tf=call, m__main_tf=variable("name") + kms(of="var.name"))) == {B}


def test_in_a_file_alone_the_buckets_of_the_other_files_are_looked_up() -> None:
    files = {"main_tf": bucket('bucket = "here"'), "encryption_tf": kms()}

    assert found(only="encryption.tf", **files) == {}
    assert set(found(only="main.tf", **files)) == {B}


def test_it_is_edited_where_it_stands() -> None:
    written = sse('"AES256"').replace("aws_s3_bucket.b.id", '"there"')

    assert b'sse_algorithm = "aws:kms"' in terraform(written)


@pytest.mark.parametrize("type_", ["aws_s3_\\u0062ucket", "\\u0061ws_s3_bucket", "aws_s3_\\U00000062ucket"])
def test_a_type_that_is_written_with_escapes_is_the_type(type_: str) -> None:
    assert set(found(main_tf=bucket().replace("aws_s3_bucket", type_))) == {B}


def test_a_configuration_of_unknown_number_beside_its_bucket_is_not_said_to_be_of_one_made_elsewhere() -> (
    None
):
    code = (
        'variable "n" {}\nresource "aws_s3_bucket" "b" {}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "known" {\n  bucket = aws_s3_bucket.b.id\n'
        '  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "some" {\n  count  = var.n\n'
        "  bucket = aws_s3_bucket.b.id\n"
        '  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "AES256"\n    }\n  }\n}\n'
    )
    found = list(READER.read(Folder(Path("i")), context({"i/main.tf": code})))

    caveats = [bucket.caveat or "" for bucket in found]
    assert any("this is a configuration of aws_s3_bucket.b" in caveat for caveat in caveats), caveats
    assert not any("made elsewhere" in caveat for caveat in caveats)
