"""Which folders of a disk are root modules, and which files their code may read."""

from pathlib import Path

import pytest
from tests.support.terraform_case import bucket, kms, sse, variable
from tests.unit.iac.terraform.test_code_cases import judge

from s3kms.iac.files import DiskFiles
from s3kms.iac.hcl.file_access import resolve_nearby_path
from s3kms.iac.interface import Folder, ReadContext
from s3kms.iac.terraform.code import READER
from s3kms.iac.units import find_units
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS


def written(folder: Path, files: dict[str, str]) -> list[Bucket]:
    """What is found in these files, on the disk."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    context = ReadContext(DiskFiles(), DEFAULT_CODE_INPUTS)
    units = [unit for unit in find_units(folder, context) if isinstance(unit, Folder)]
    return [found for unit in units for found in READER.read(unit, context)]


@pytest.mark.parametrize(
    "mention",
    [
        '# module "old" { source = "../other" }\n',
        'resource "aws_s3_object" "module" {\n  source = "../other"\n}\n',
        'locals {\n  module = <<EOT\nsource = "../other"\nEOT\n}\n',
    ],
)
def test_a_folder_that_is_only_mentioned_is_a_root(tmp_path: Path, mention: str) -> None:
    found = written(tmp_path, {"a/main.tf": mention + bucket(), "other/main.tf": bucket(name="c")})

    assert {one.resource for one in found} == {"aws_s3_bucket.b", "aws_s3_bucket.c"}


def test_a_folder_that_is_called_from_json_is_no_root(tmp_path: Path) -> None:
    call = '{"module":{"m":{"source":"../m"}}}'

    found = written(tmp_path, {"a/main.tf.json": call, "m/main.tf": bucket()})

    assert [one.resource for one in found] == ["module.m.aws_s3_bucket.b"]


def test_a_link_to_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("not for others")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "key.txt").symlink_to(tmp_path / ".hidden")

    (found,) = written(tmp_path / "code", {"main.tf": bucket() + kms(key='file("key.txt")')})

    assert "not for others" not in repr(judge(found))


def test_values_that_are_a_link_to_something_hidden_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".credentials").write_text("[default]\nkey = NotForOthers/abc\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "terraform.tfvars").symlink_to(tmp_path / ".credentials")

    found, told = written(tmp_path / "code", {"main.tf": variable("key") + bucket() + sse("var.key")})

    assert "NotForOthers" not in repr(judge(found)) + repr(told)
    assert "terraform.tfvars is a link to a file that is hidden" in repr(told)


def test_a_file_that_shares_only_the_disk_with_the_code_is_not_read() -> None:
    assert resolve_nearby_path(Path("/src/infra"), "../../proc/self/environ") is None
    assert resolve_nearby_path(Path("/src/infra"), "../config/names.json") == Path("/src/config/names.json")


def test_the_files_of_a_fetched_module_are_read() -> None:
    folder = Path("/src/infra")

    assert (
        resolve_nearby_path(folder, ".terraform/modules/m/names.json")
        == folder / ".terraform/modules/m/names.json"
    )
    assert resolve_nearby_path(folder, ".terraform/terraform.tfstate") is None
