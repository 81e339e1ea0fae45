"""Files that a tool writes again are not edited."""

from pathlib import Path

import pytest
from tests.support.edits import BUCKET, TEMPLATE, edits

from s3kms.iac.cloudformation.language import LANGUAGE as TEMPLATES
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.iac.interface import Declined, Document, Folder
from s3kms.iac.terraform.language import LANGUAGE as TERRAFORM


@pytest.mark.parametrize(
    "folder",
    [".terraform/modules/m", ".terragrunt-cache/a", "cdktf.out/stacks/s", "cdk.out", ".aws-sam/build"],
)
def test_no_file_is_written_that_a_tool_writes_again_whatever_way_leads_to_it(
    tmp_path: Path, folder: str
) -> None:
    made = tmp_path / "in" / folder
    made.mkdir(parents=True)
    (made / "a.tf").write_text(BUCKET)
    (tmp_path / "in" / "link").symlink_to(folder)

    for named in (tmp_path / "in", made):
        why = WritableRoots.of((named,)).refusal(tmp_path / "in" / "link" / "a.tf")
        assert why is not None
        assert "writes it again" in why


def test_the_folder_that_a_template_is_built_into_is_known_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".aws-sam" / "build").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / ".aws-sam" / "build")
    path = Path("template.yaml")

    (found,) = edits(TEMPLATES, Document(path, TEMPLATE.encode()), {path: TEMPLATE.encode()})

    assert isinstance(found, Declined)
    assert "sam build" in found.why


def test_a_root_module_that_terraform_fetched_is_declined() -> None:
    folder = Path("x/.terraform/modules/m")

    (found,) = edits(TERRAFORM, Folder(folder), {folder / "main.tf": BUCKET.encode()})

    assert isinstance(found, Declined)
    assert "terraform init generates" in found.why
