"""Somebody wrote "leave it alone" beside a bucket and misspelt it: no fix overrides that in silence."""

from pathlib import Path

import pytest
from tests.support.code_plan import plan_fix

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'
B = "aws_s3_bucket.b"
RULE = "s3_bucket_kms_encryption"


@pytest.mark.parametrize(
    "comment",
    [
        f"# s3kms: ignore {RULE} because the load balancer writes here",
        f"# s3kms: exempt {RULE.replace('encryption', 'encrytion')} logs",
        f"# s3kms exempt {RULE}",
        "# checkov:skip CKV_AWS_145: logs",
    ],
)
def test_its_bucket_is_left_alone_and_the_comment_named(tmp_path: Path, comment: str) -> None:
    plan = plan_fix(tmp_path, {"main.tf": f"{comment}\n{BUCKET}"})

    assert plan.files == {}
    assert "exemption at" in plan.left[B]
    assert "main.tf:1 is not understood" in plan.left[B]
    assert plan.is_unsure


def test_the_bucket_beside_it_is_edited(tmp_path: Path) -> None:
    other = BUCKET.replace('"b"', '"other"').replace("the-bucket", "the-other")

    plan = plan_fix(tmp_path, {"main.tf": f"# s3kms: ignore it\n{BUCKET}\n{other}"})

    assert plan.left.keys() == {B}
    assert 'configuration" "other"' in plan.files["main.tf"]


def test_a_template_is_left_alone_too(tmp_path: Path) -> None:
    template = "Resources:\n  # s3kms: ignore it\n  Logs:\n    Type: AWS::S3::Bucket\n"

    plan = plan_fix(tmp_path, {"t.yaml": template}, "t.yaml")

    assert plan.files == {}
    assert "is not understood" in plan.left["Logs"]


def test_a_bucket_that_has_what_was_asked_for_is_not_in_doubt(tmp_path: Path) -> None:
    written = (
        f"# s3kms: ignore it\n{BUCKET}"
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n"
        '  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
    )

    assert not plan_fix(tmp_path, {"main.tf": written}).is_unsure
