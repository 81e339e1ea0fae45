"""There and not read is not "not there": a file that may change a verdict is named, never passed over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.files import MAX_FILE_BYTES, DiskFiles, UnreadFile
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import NothingToCheck
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import Unknown, UnknownCause

BUCKET = 'resource "aws_s3_bucket" "b" { bucket = "example" }\n'
KMS = """\
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
  }
}
"""
TEMPLATE = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def oversized(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def closed(path: Path) -> None:
    path.write_text("")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("who is root reads every file")


WAYS = pytest.mark.parametrize("make", [link_to_nowhere, link_to_itself, oversized, pipe, closed])


def scan(folder: Path) -> tuple[dict[str | None, Bucket], list[Unlisted]]:
    items = list(CodeSource((folder,)).buckets(frozenset()))
    buckets = {item.resource: item for item in items if isinstance(item, Bucket)}
    return buckets, [item for item in items if isinstance(item, Unlisted)]


@WAYS
def test_a_file_that_is_there_and_not_read_has_a_reason(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "main.tf")

    assert isinstance(DiskFiles().read(tmp_path / "main.tf"), UnreadFile)
    assert DiskFiles().names(tmp_path) == ("main.tf",)


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert DiskFiles().read(tmp_path / "main.tf") is None
    assert DiskFiles().read(tmp_path / ("x" * 300)) is None
    assert DiskFiles().names(tmp_path / "nosuch") == ()


@WAYS
@pytest.mark.parametrize("name", ["other.tf", "terraform.tfvars", "t.yaml", "t.json", "t.template"])
def test_an_unread_file_is_one_unknown_that_names_it(
    tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    (tmp_path / "main.tf").write_text(BUCKET + KMS)
    make(tmp_path / name)

    buckets, unlisted = scan(tmp_path)

    assert isinstance(buckets["aws_s3_bucket.b"].encryption, Encryption)
    (one,) = unlisted
    assert one.unknown.cause is UnknownCause.FILE_UNREAD
    assert str(tmp_path / name) in one.unknown.why


@WAYS
@pytest.mark.parametrize("name", ["override.tf", "x_override.tf", "x_override.tf.json"])
def test_an_unread_override_file_leaves_no_bucket_of_its_folder_known(
    tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    (tmp_path / "main.tf").write_text(BUCKET + KMS)
    make(tmp_path / name)

    buckets, unlisted = scan(tmp_path)

    encryption = buckets["aws_s3_bucket.b"].encryption
    assert isinstance(encryption, Unknown)
    assert name in encryption.why
    assert len(unlisted) == 1


@WAYS
def test_an_unread_file_of_a_module_may_have_the_configuration(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "main.tf").write_text('module "m" { source = "./m" }')
    (tmp_path / "m" / "main.tf").write_text(BUCKET)
    make(tmp_path / "m" / "encryption.tf")

    buckets, _ = scan(tmp_path)

    encryption = buckets["module.m.aws_s3_bucket.b"].encryption
    assert isinstance(encryption, Unknown)
    assert "encryption.tf" in encryption.why


@WAYS
def test_an_unread_nested_template_is_named(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./inner.yaml\n"
    )
    make(tmp_path / "inner.yaml")

    buckets, unlisted = scan(tmp_path)

    told = [one.encryption.why for one in buckets.values() if isinstance(one.encryption, Unknown)]
    assert any("inner.yaml" in why for why in (*told, *(one.unknown.why for one in unlisted)))


def test_a_link_that_leads_to_itself_hides_nothing_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET)
    link_to_itself(tmp_path / "loop")

    buckets, unlisted = scan(tmp_path)

    assert list(buckets) == ["aws_s3_bucket.b"]
    assert unlisted == []


def test_a_folder_of_an_unread_file_alone_is_not_nothing(tmp_path: Path) -> None:
    link_to_nowhere(tmp_path / "main.tf")

    buckets, unlisted = scan(tmp_path)

    assert buckets == {}
    assert len(unlisted) == 1


def test_a_link_to_a_template_of_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "shared.yaml").write_text(TEMPLATE)
    (tmp_path / "infra" / "t.yaml").symlink_to("../shared.yaml")

    buckets, unlisted = scan(tmp_path / "infra")

    assert list(buckets) == ["B"]
    assert unlisted == []


def test_a_link_out_of_the_repository_is_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "shared.yaml").write_text(TEMPLATE)
    (tmp_path / "infra" / "t.yaml").symlink_to("../shared.yaml")

    buckets, (one,) = scan(tmp_path / "infra")

    assert buckets == {}
    assert "is a link to another repository" in one.unknown.why


def test_a_link_to_what_is_come_across_anyway_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "u.yaml").symlink_to("t.yaml")

    buckets, unlisted = scan(tmp_path)

    assert list(buckets) == ["B"]
    assert unlisted == []


def test_a_link_that_cannot_be_code_is_no_finding(tmp_path: Path) -> None:
    link_to_nowhere(tmp_path / "logo.png")

    with pytest.raises(NothingToCheck):
        scan(tmp_path)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0)
    if os.access(tmp_path / "shut", os.R_OK):
        pytest.skip("who is root lists every folder")

    _, (one,) = scan(tmp_path)

    assert "shut cannot be read" in one.unknown.why


@pytest.mark.parametrize("name", ["t.yaml", "other.tf", "logo.png"])
def test_a_link_into_a_closed_folder_is_named_where_it_may_declare(tmp_path: Path, name: str) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(BUCKET)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "x").write_text(TEMPLATE)
    (tmp_path / "infra" / name).symlink_to("../shut/x")
    (tmp_path / "shut").chmod(0)
    if os.access(tmp_path / "shut", os.X_OK):
        pytest.skip("who is root enters every folder")

    buckets, unlisted = scan(tmp_path / "infra")

    assert list(buckets) == ["aws_s3_bucket.b"]
    assert [name in one.unknown.why for one in unlisted] == ([] if name == "logo.png" else [True])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("name", "text"),
    [("t.yaml", TEMPLATE), ("t.json", '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')],
)
def test_a_template_in_utf_16_is_named(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (tmp_path / "main.tf").write_text(BUCKET + KMS)
    (tmp_path / name).write_text(text, encoding)

    buckets, [unlisted] = scan(tmp_path)

    assert list(buckets) == ["aws_s3_bucket.b"]
    assert unlisted.unknown.why == f"{tmp_path / name} is UTF-16, and only UTF-8 is read"


def test_another_file_in_utf_16_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET + KMS)
    (tmp_path / "notes.yaml").write_text("a: [1, 2]\n", "utf-16")

    assert scan(tmp_path)[1] == []
