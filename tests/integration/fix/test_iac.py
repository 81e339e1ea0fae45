"""`fix --iac`: what falls short live is put right in its template, and the account is skipped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.declared_account import TEMPLATE, World, made

from s3kms.demo.aws import EmbeddedAws

READS = {
    "GetCallerIdentity",
    "ListBuckets",
    "ListDirectoryBuckets",
    "GetBucketEncryption",
    "GetBucketTagging",
    "GetBucketPolicy",
    "GetBucketWebsite",
    "GetBucketReplication",
    "GetBucketAcl",
    "GetBucketLogging",
    "GetBucketNotificationConfiguration",
    "GetPublicAccessBlock",
    "ListAccessPoints",
}


@pytest.fixture
def world(aws: EmbeddedAws, tmp_path: Path) -> Iterator[World]:
    yield from made(aws, tmp_path)


def code(world: World) -> str:
    return (world.shell.folder / "shop.yaml").read_text()


def plain(world: World) -> str:
    return f"s3://{world.made['Plain']}"


def test_the_template_is_edited_where_the_failing_bucket_is_declared(world: World) -> None:
    done = world.shell("fix", plain(world), "--iac", "shop.yaml")

    assert done.exit == 0, done.err
    changed = [
        line for line in done.out.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}
    ]
    assert [line[0] for line in changed if "SSEAlgorithm" in line] == ["-", "+"]
    assert "aws:kms" in done.out
    assert code(world) == TEMPLATE


def test_the_account_is_only_read(world: World) -> None:
    world.shell("fix", "--iac", "shop.yaml", "--apply", "--yes", "--journal", "runs")

    assert {call.operation for call in world.aws.calls} <= READS
    assert code(world) != TEMPLATE


def test_an_update_with_the_edited_template_makes_the_bucket_pass(world: World) -> None:
    world.shell("fix", plain(world), "--iac", "shop.yaml", "--apply", "--yes", "--journal", "runs")

    world.client("cloudformation").update_stack(StackName="shop", TemplateBody=code(world))

    assert world.finding(world.made["Plain"], "--iac", "shop.yaml")["verdict"] == "pass"
    assert world.shell("fix", plain(world), "--iac", "shop.yaml").out == ""


def test_the_journal_says_what_chose_the_buckets(world: World) -> None:
    world.shell("fix", plain(world), "--iac", "shop.yaml", "--apply", "--yes", "--journal", "runs")

    (run,) = json.loads(world.shell("runs", "--journal", "runs", "--format", "json").out)
    assert run["command"] == f"fix {plain(world)} --iac shop.yaml"


def test_what_no_code_declares_is_left_alone_and_named(world: World) -> None:
    done = world.shell("fix", "s3://by-hand", "--iac", "shop.yaml")

    assert done.exit == 11
    assert done.out == ""
    assert "skipped: s3://by-hand is not declared in the named code" in done.err


def test_a_state_alone_is_not_edited(world: World) -> None:
    done = world.shell("fix", "s3://ledger", "--iac", "terraform.tfstate")

    assert done.exit == 11
    assert "s3://ledger is recorded in the state" in done.err


def test_code_that_is_right_already_is_to_be_applied(world: World) -> None:
    world.put(world.made["Logs"], "AES256")

    done = world.shell("fix", f"s3://{world.made['Logs']}", "--iac", "shop.yaml")

    assert done.exit == 11
    assert "(shop.yaml:12, Logs) is SSE-KMS already, and is not what is live (apply it)" in done.err


def test_a_bucket_that_passes_live_is_not_edited(world: World) -> None:
    world.put(world.made["Plain"], "aws:kms")

    done = world.shell("fix", plain(world), "--iac", "shop.yaml")

    assert (done.exit, done.out) == (0, "")


def test_a_named_bucket_that_has_another_key_gets_the_key_in_its_code(world: World) -> None:
    world.put(world.made["Plain"], "aws:kms")

    done = world.shell("fix", plain(world), "--iac", "shop.yaml", "--key", "alias/other")

    assert done.exit == 0
    assert "KMSMasterKeyID: alias/other" in done.out


def test_the_code_of_a_bucket_that_has_dsse_gets_dsse(world: World) -> None:
    """Its code has SSE-S3: SSE-KMS there would lower what is live at the next deployment."""
    world.put(world.made["Plain"], "aws:kms:dsse")

    done = world.shell("fix", plain(world), "--iac", "shop.yaml", "--key", "alias/other")

    assert "SSEAlgorithm: aws:kms:dsse, KMSMasterKeyID: alias/other" in done.out


def test_check_says_that_something_would_change(world: World) -> None:
    assert world.shell("fix", plain(world), "--iac", "shop.yaml", "--check").exit == 10
    assert code(world) == TEMPLATE


@pytest.mark.parametrize(
    "arguments",
    [
        ("shop.yaml", "--iac", "shop.yaml"),
        ("--iac", "shop.yaml", "--as", "cli"),
        ("--iac", "nowhere"),
        ("s3://by-hand", "--check", "--apply", "--iac", "shop.yaml"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(world: World, arguments: tuple[str, ...]) -> None:
    assert world.shell("fix", *arguments).exit == 2


MODULE_CALL = 'module "ledger" {\n  source = "../ledger"\n}\n'
MODULE = """\
resource "aws_s3_bucket" "ledger" {
  bucket = "ledger"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "ledger" {
  bucket = aws_s3_bucket.ledger.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
"""


def lay_out_module(world: World) -> None:
    for name, text in {"live": MODULE_CALL, "ledger": MODULE}.items():
        (world.shell.folder / "infra" / name).mkdir(parents=True)
        (world.shell.folder / "infra" / name / "main.tf").write_text(text)


def test_a_module_below_the_root_is_read_and_paired(world: World) -> None:
    lay_out_module(world)

    done = world.shell("fix", "s3://ledger", "--iac", "infra/live", "--root", "infra")

    assert "infra/ledger/main.tf" in done.out + done.err, done.err
    assert "aws:kms" in done.out + done.err


def test_a_module_outside_of_the_root_is_not_read_and_named(world: World) -> None:
    lay_out_module(world)

    found = world.finding("ledger", "--iac", "infra/live", "--root", "infra/live")
    done = world.shell("fix", "s3://ledger", "--iac", "infra/live", "--root", "infra/live")

    assert "ledger/main.tf" not in str(found["places"])
    assert done.exit == 11, done.out + done.err
    assert done.out == ""


def test_code_outside_of_the_root_is_a_mistake(world: World) -> None:
    (world.shell.folder / "other").mkdir()

    for command in ("check", "fix"):
        done = world.shell(command, plain(world), "--iac", "shop.yaml", "--root", "other")

        assert done.exit == 2, done.err
        assert "is outside of the folder of --root" in done.err
