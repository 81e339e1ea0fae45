"""Nothing is read outside the repository or, without one, the folder that was named: the value is unknown then."""

import os
from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.files import DiskFiles, RecentFiles, UnreadFile
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadInput
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import Unknown

SECRET = "token-of-somebody-else"


def configured(algorithm: str) -> str:
    return f"""
resource "aws_s3_bucket" "b" {{}}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    apply_server_side_encryption_by_default {{ sse_algorithm = {algorithm} }}
  }}
}}
"""


def encryption_in(folder: Path, inputs: CodeInputs | None = None) -> Encryption | Unknown:
    items = CodeSource((folder,), inputs or CodeInputs()).buckets(frozenset())
    return next(item for item in items if isinstance(item, Bucket)).encryption


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    outside, folder = tmp_path / "outside", tmp_path / "infra"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (folder / "link.txt").symlink_to("../outside/secret.txt")
    return folder


@pytest.mark.parametrize(
    "algorithm",
    [
        'file("link.txt")',
        'file("../outside/secret.txt")',
        'templatefile("link.txt", {})',
        'filebase64("link.txt")',
        'filesha256("../outside/secret.txt")',
        'tolist(fileset("../outside", "*"))[0]',
    ],
)
def test_a_function_reads_nothing_outside(infra: Path, algorithm: str) -> None:
    (infra / "main.tf").write_text(configured(algorithm))

    found = encryption_in(infra)

    assert isinstance(found, Unknown)
    assert "is outside" in found.why
    assert SECRET not in found.why


def test_the_repository_is_read(infra: Path) -> None:
    (infra.parent / ".git").mkdir()
    (infra.parent / "outside" / "algorithm.txt").write_text("aws:kms")
    (infra / "main.tf").write_text(configured('file("../outside/algorithm.txt")'))

    found = encryption_in(infra)

    assert isinstance(found, Encryption)
    assert found.algorithm == "aws:kms"


def test_the_current_folder_is_read_where_the_target_lies_in_it(
    infra: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (infra.parent / "outside" / "algorithm.txt").write_text("aws:kms")
    (infra / "main.tf").write_text(configured('file("../outside/algorithm.txt")'))
    monkeypatch.chdir(infra.parent)

    assert isinstance(encryption_in(Path("infra")), Encryption)


def test_a_module_outside_is_named_and_not_read(infra: Path) -> None:
    (infra.parent / "outside" / "main.tf").write_text(configured('"AES256"'))
    (infra / "main.tf").write_text('module "m" {\n  source = "../outside"\n}\n')

    (found,) = CodeSource((infra,)).buckets(frozenset())

    assert isinstance(found, Unlisted)
    assert "outside/main.tf is outside" in found.unknown.why


def test_a_file_of_values_that_the_user_names_is_read_wherever_it_is(infra: Path) -> None:
    values = infra.parent / "outside" / "x.tfvars"
    values.write_text('algorithm = "aws:kms"\n')
    (infra / "main.tf").write_text('variable "algorithm" {}\n' + configured("var.algorithm"))

    assert isinstance(encryption_in(infra, CodeInputs(variable_files=(values,))), Encryption)


def test_values_behind_a_link_that_leads_outside_are_not_read(infra: Path) -> None:
    (infra.parent / "outside" / "x.tfvars").write_text(f'algorithm = "{SECRET}"\n')
    (infra / "terraform.tfvars").symlink_to("../outside/x.tfvars")
    (infra / "main.tf").write_text('variable "algorithm" {}\n' + configured("var.algorithm"))

    found = encryption_in(infra)

    assert isinstance(found, Unknown)
    assert SECRET not in found.why


def test_the_files_of_the_disk_say_what_is_outside(infra: Path) -> None:
    found = DiskFiles((infra.resolve(),)).read(infra / "link.txt")

    assert isinstance(found, UnreadFile)
    assert found.is_outside


def test_a_pipe_that_is_named_is_a_mistake_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(BadInput, match="is no regular file"):
        list(CodeSource((tmp_path / "pipe",)).buckets(frozenset()))


def test_the_root_that_a_user_names_is_read_where_there_is_no_repository(infra: Path) -> None:
    (infra.parent / "outside" / "algorithm.txt").write_text("aws:kms")
    (infra / "main.tf").write_text(configured('file("../outside/algorithm.txt")'))

    assert isinstance(encryption_in(infra, CodeInputs(root=infra.parent)), Encryption)


def test_the_root_that_a_user_names_is_the_end_also_in_a_repository(infra: Path) -> None:
    (infra.parent / ".git").mkdir()
    (infra.parent / "outside" / "algorithm.txt").write_text("aws:kms")
    (infra / "main.tf").write_text(configured('file("../outside/algorithm.txt")'))

    assert isinstance(encryption_in(infra, CodeInputs(root=infra)), Unknown)


def test_a_template_behind_a_link_out_of_the_named_root_is_not_read(infra: Path) -> None:
    (infra.parent / ".git").mkdir()
    (infra.parent / "t.yaml").write_text("Resources: {B: {Type: AWS::S3::Bucket}}")
    (infra / "t.yaml").symlink_to("../t.yaml")

    (found,) = CodeSource((infra,), CodeInputs(root=infra)).buckets(frozenset())

    assert isinstance(found, Unlisted)
    assert "is a link out of" in found.unknown.why
    assert "root" in str(found.unknown.advice)


def test_a_named_path_outside_the_root_is_a_mistake(infra: Path) -> None:
    with pytest.raises(BadInput, match="is outside of the folder of root"):
        list(CodeSource((infra,), CodeInputs(root=infra.parent / "outside")).buckets(frozenset()))


def test_of_a_file_that_is_outside_the_advice_is_to_name_a_root(infra: Path) -> None:
    (infra / "main.tf").write_text(configured('file("../outside/secret.txt")'))

    found = encryption_in(infra)

    assert isinstance(found, Unknown)
    assert found.advice is not None
    assert "root='DIR'" in str(found.advice)


def test_a_file_that_was_just_read_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_bytes(b"first")
    files = RecentFiles(DiskFiles())

    assert files.read(path) == b"first"
    path.unlink()
    assert files.read(path) == b"first"
    assert files.names(tmp_path) == ()


def test_large_files_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_bytes(b"x" * 9 * 1024**2)
    files = RecentFiles(DiskFiles())
    files.read(path)

    path.write_bytes(b"second")

    assert files.read(path) == b"second"


def test_files_that_were_read_long_ago_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_bytes(b"first")
    files = RecentFiles(DiskFiles())
    files.read(path)
    for number in range(5000):
        assert files.read(tmp_path / str(number)) is None

    path.write_bytes(b"second")

    assert files.read(path) == b"second"
