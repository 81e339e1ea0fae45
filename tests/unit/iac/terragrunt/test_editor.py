"""What `fix` edits of Terragrunt: literals of the unit and of its module; elsewhere it says where the value is."""

from pathlib import Path

from tests.support.code import context

from s3kms.iac.interface import BucketToEdit, Declined, Document, EditTarget, Proposal
from s3kms.iac.terragrunt.editor import propose
from s3kms.iac.terragrunt.reader import READER
from s3kms.model.encryption import Encryption

MODULE = """
variable "algorithm" { default = "aws:kms" }
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.algorithm }
    bucket_key_enabled = true
  }
}
"""
UNIT = "/live/dev/terragrunt.hcl"
SOURCE = 'terraform {\n  source = "../../m"\n}\n'


def edit_of(text: str, files: dict[str, str] | None = None) -> Proposal | Declined:
    here = context({"/m/main.tf": MODULE, UNIT: text, **(files or {})})
    unit = Document(Path(UNIT), text.encode())
    (bucket,) = READER.read(unit, here)
    assert isinstance(bucket.encryption, Encryption)
    (edit,) = propose(unit, here, [BucketToEdit(bucket, bucket.encryption)], EditTarget())
    return edit


def edited(text: str) -> str:
    edit = edit_of(text)
    assert isinstance(edit, Proposal)
    ((path, splice),) = edit.splices
    assert path == Path(UNIT)
    return text[: splice.start] + splice.text.decode() + text[splice.end :]


def test_a_literal_input_is_edited() -> None:
    text = SOURCE + 'inputs = {\n  algorithm = "AES256" # kept\n}\n'

    assert edited(text) == text.replace("AES256", "aws:kms")


def test_a_literal_of_a_local_is_edited() -> None:
    text = 'locals {\n  a = "AES256"\n}\n' + SOURCE + "inputs = {\n  algorithm = local.a\n}\n"

    assert edited(text) == text.replace("AES256", "aws:kms")


def test_a_literal_of_the_state_bucket_is_edited() -> None:
    text = (
        'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "acme"\n'
        '    bucket_sse_algorithm = "AES256"\n  }\n}\n'
    )

    assert edited(text) == text.replace("AES256", "aws:kms")


def test_a_literal_of_the_module_is_edited_where_it_is() -> None:
    edit = edit_of(SOURCE, {"/m/main.tf": MODULE.replace("aws:kms", "AES256")})

    assert isinstance(edit, Proposal)
    assert {path for path, _ in edit.splices} == {Path("/m/main.tf")}


def test_an_input_of_another_file_is_told_and_not_edited() -> None:
    text = SOURCE + 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'

    edit = edit_of(text, {"/live/root.hcl": 'inputs = {\n  algorithm = "AES256"\n}\n'})

    assert isinstance(edit, Declined)
    assert "algorithm" in edit.why
    assert "algorithm" in str(edit.remedy)


def test_an_edit_that_leaves_the_bucket_key_off_is_not_made() -> None:
    edit = edit_of(
        SOURCE + 'inputs = {\n  algorithm = "AES256"\n}\n',
        {"/m/main.tf": MODULE.replace("    bucket_key_enabled = true\n", "")},
    )

    assert isinstance(edit, Declined)
