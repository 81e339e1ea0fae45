"""Modules that several root modules call: edited where they are below what was named, whoever calls them."""

from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.editing.assessment import FixTarget, assess_bucket
from s3kms.iac.editing.edit_plan import EditPlan, EditPlanner

BARE = 'resource "aws_s3_bucket" "b" {}\n'
DEFAULT = (
    'variable "alg" { default = "AES256" }\n'
    + BARE
    + """
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.alg }
    bucket_key_enabled = true
  }
}
"""
)
CALL = 'module "x" {\n  source = "../../modules/x"\n}\n'


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("prod", "dev"):
        (tmp_path / "envs" / name).mkdir(parents=True)
        (tmp_path / "envs" / name / "main.tf").write_text(CALL)
    (tmp_path / "modules" / "x").mkdir(parents=True)
    (tmp_path / "modules" / "x" / "main.tf").write_text(BARE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(*named: str) -> EditPlan:
    source = CodeSource(tuple(map(Path, named)))
    planner = EditPlanner(lambda bucket: assess_bucket(bucket, FixTarget()), lambda _: None)
    return planner.plan(source.units(), source.context)


@pytest.mark.usefixtures("tree")
def test_a_module_beside_the_root_modules_is_edited_once_for_all_of_them() -> None:
    found = plan(".")

    assert [patch.path.name for patch in found.patches] == ["main.tf"]
    assert found.patches[0].path.parts[-3:-1] == ("modules", "x")
    assert found.patches[0].after.count(b"aws:kms") == 1
    assert (found.bucket_count, found.skipped) == (2, [])


@pytest.mark.usefixtures("tree")
def test_a_module_that_was_not_named_is_left_with_the_reason_that_is_true() -> None:
    found = plan("envs/prod")

    (skipped,) = found.skipped
    assert found.patches == ()
    assert skipped.skipped.reason == "it is written in modules/x/main.tf, which is not below envs/prod"


@pytest.mark.usefixtures("tree")
def test_a_module_that_was_named_besides_is_edited() -> None:
    assert plan("envs/prod", "modules").bucket_count == 2


def test_the_default_of_a_shared_module_stays_where_the_calls_can_say_it(tree: Path) -> None:
    (tree / "modules" / "x" / "main.tf").write_text(DEFAULT)

    found = plan(".")

    assert {patch.path.parts[-2] for patch in found.patches} == {"dev", "prod"}
    assert all(b'alg    = "aws:kms"' in patch.after for patch in found.patches)
