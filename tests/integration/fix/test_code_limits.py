"""Limits and refusals of `s3kms fix ./infra`, and what its journal keeps."""

import pytest
from tests.support.cli import Shell

BUCKET = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"


@pytest.fixture
def infra(shell: Shell) -> Shell:
    (shell.folder / "infra").mkdir()
    return shell


def test_check_exits_10_however_many_buckets_would_change(infra: Shell) -> None:
    for number in range(2):
        (infra.folder / "infra" / f"{number}.yaml").write_text(BUCKET)

    assert infra("fix", "infra", "--check", "--max-changes", "1").exit == 10
    dry = infra("fix", "infra", "--max-changes", "1")
    assert dry.exit == 0
    assert "--apply --max-changes 2" in dry.err
    assert infra("fix", "infra", "--max-changes", "1", "--apply", "--yes").exit == 4


def test_a_folder_that_links_to_fetched_modules_is_not_edited(infra: Shell) -> None:
    fetched = infra.folder / "infra" / ".terraform" / "modules" / "m"
    fetched.mkdir(parents=True)
    (fetched / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n}\n')
    (infra.folder / "infra" / "m").symlink_to(".terraform/modules/m")
    (infra.folder / "infra" / "main.tf").write_text('module "m" {\n  source = "./m"\n}\n')

    shown = infra("fix", "infra")

    assert (shown.exit, shown.out) == (11, "")
    assert "terraform init" in shown.err


def test_the_journal_keeps_no_secret_of_a_line_that_was_only_realigned(infra: Shell) -> None:
    module = infra.folder / "infra" / "m"
    module.mkdir()
    (module / "main.tf").write_text(
        'variable "encryption_algorithm" {\n  default = "AES256"\n}\n'
        'variable "name" {\n}\nvariable "password" {\n  default = ""\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n  rule {\n    apply_server_side_encryption_by_default {\n"
        "      sse_algorithm = var.encryption_algorithm\n    }\n    bucket_key_enabled = true\n  }\n}\n"
    )
    main = infra.folder / "infra" / "main.tf"
    text = (
        'module "a" {\n  source   = "./m"\n  name     = "a"\n  password = "hunter2-secret"\n}\n'
        'module "k" {\n  source = "./m"\n  name   = "kept"\n}\n'
    )
    main.write_text(text)
    (infra.folder / "s3kms.toml").write_text(
        '[[exemptions]]\nbuckets = "kept"\nreason = "r"\nowner = "o"\nuntil = 2999-12-31\n'
    )
    done = infra("fix", "infra", "--apply", "--yes", "--journal", "runs")
    assert done.exit == 0, done.err

    (journal,) = (infra.folder / "runs").glob("*.jsonl")
    assert "encryption_algorithm" in main.read_text()
    assert "hunter2" not in journal.read_text()
    assert infra("undo", journal.stem, "--apply", "--yes", "--journal", "runs").exit == 0
    assert main.read_text() == text
