"""The objects of the library as a notebook shows them, of real buckets and real code."""

from pathlib import Path

import pytest

import s3kms
from s3kms.demo.aws import EmbeddedAws

CODE = """
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_s3_bucket" "a" {
  for_each = toset(["<script>"])
  bucket   = each.key
}
"""


def test_a_plan_of_buckets_shows_what_was_and_what_will_be(
    estate: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in estate.environment("222222222222").items():
        monkeypatch.setenv(name, value)
    estate.calls.clear()

    with s3kms.Client() as client:
        plan = client.plan("s3://acme-invoices", "s3://acme-www")
        before = len(estate.calls)
        html = plan._repr_html_()

    assert len(estate.calls) == before
    assert "s3://acme-invoices" in html
    assert "SSE-KMS, aws/s3, bucket key on" in html
    assert "skipped" in html
    assert "1 bucket would change; nothing is written" in html


def test_a_plan_of_code_shows_files_and_buckets_and_no_markup_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CODE)

    html = s3kms.plan_code(tmp_path)._repr_html_() + s3kms.check_code(tmp_path)._repr_html_()

    assert "main.tf" in html
    assert "aws_s3_bucket.logs" in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
