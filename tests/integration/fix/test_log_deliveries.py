"""`s3kms fix` and buckets that take logs."""

from tests.support.cli import Shell

B = 'resource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'
LOGS = 'resource "aws_s3_bucket" "logs" {\n}\n'
LOGGED = 'resource "aws_lb" "x" {\n  access_logs {\n    bucket = aws_s3_bucket.logs.id\n  }\n}\n'
SHARED = "".join(
    f'resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{\n'
    f"  bucket = aws_s3_bucket.{name}.id\n  rule {{\n    apply_server_side_encryption_by_default {{\n"
    "      sse_algorithm = local.algorithm\n    }\n  }\n}\n"
    for name in ("b", "logs")
)


def test_fix_leaves_a_log_bucket_alone_and_says_why(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(B + LOGS + LOGGED)

    done = shell("fix", ".")

    assert done.exit == 11
    assert done.out.count("+resource") == 1
    assert "aws_s3_bucket.logs" not in done.out.replace(" resource", "")
    assert "access logs of aws_lb.x, for which SSE-KMS is not supported" in done.err


def test_an_edit_that_would_reach_a_log_bucket_is_made_elsewhere(shell: Shell) -> None:
    text = 'locals {\n  algorithm = "AES256"\n}\n' + B + LOGS + LOGGED + SHARED
    (shell.folder / "main.tf").write_text(text)

    done = shell("fix", ".", "--apply", "--yes")
    checked = shell("check", ".", "--format", "json")

    assert done.exit == 11
    assert {f["resource"]: f["verdict"] for f in checked.findings} == {
        "aws_s3_bucket.b": "pass",
        "aws_s3_bucket.logs": "fail",
    }
