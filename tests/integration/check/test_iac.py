"""`check --iac`: live buckets beside the template, the state and the project that declare them."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.declared_account import TEMPLATE, World, made
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import EmbeddedAws


@pytest.fixture
def world(aws: EmbeddedAws, tmp_path: Path) -> Iterator[World]:
    yield from made(aws, tmp_path)


def test_a_bucket_of_a_stack_has_the_place_of_its_resource(world: World) -> None:
    (world.shell.folder / "shop.yaml").rename(world.shell.folder / "web.yaml")

    found = world.finding(world.made["Plain"], "--iac", "web.yaml")

    assert found["verdict"] == "fail"
    assert found["resource"] == "Plain"
    assert [place["uri"] for place in found["places"]] == [found["arn"], "web.yaml"]
    assert found["places"][1]["line"] == 20
    assert "by its tag aws:cloudformation:logical-id alone" in found["message"]
    assert "live is" not in found["message"]


def test_the_file_of_a_cdk_stack_needs_no_doubt(world: World) -> None:
    (world.shell.folder / "shop.yaml").rename(world.shell.folder / "shop.template.json.yaml")

    found = world.finding(world.made["Plain"], "--iac", "shop.template.json.yaml")

    assert found["resource"] == "Plain"
    assert found["message"] == "new objects are encrypted with SSE-S3, not with a KMS key"


def test_a_pass_that_its_template_would_undo_stays_a_pass_and_says_so(world: World) -> None:
    name = world.made["Plain"]
    world.put(name, "aws:kms")

    done = world.check("--iac", "shop.yaml")
    found = next(one for one in done.findings if one["bucket"] == name)
    notes = json.loads(done.out)["summary"]["notes"]

    assert found["verdict"] == "pass"
    assert (
        "the template (shop.yaml:20, Plain) sets SSE-S3, the live bucket has SSE-KMS, aws/s3"
        in found["message"]
    )
    assert f"1 bucket differs from its code: {name} (shop.yaml:20)" in notes
    assert any(note.startswith("1 bucket has SSE-KMS that its code does not set") for note in notes)


def test_a_failure_that_its_template_would_mend_says_so(world: World) -> None:
    name = world.made["Logs"]
    world.put(name, "AES256")

    found = world.finding(name, "--iac", "shop.yaml")

    assert found["verdict"] == "fail"
    assert "sets SSE-KMS, aws/s3, bucket key on, the live bucket has SSE-S3" in found["message"]


def test_what_is_exempt_beside_its_code_is_exempt(world: World) -> None:
    exempt = "  # s3kms: exempt s3_bucket_kms_encryption until 2999-01-01 a test\n  Plain:"
    (world.shell.folder / "shop.yaml").write_text(TEMPLATE.replace("  Plain:", exempt))

    assert world.finding(world.made["Plain"], "--iac", "shop.yaml")["verdict"] == "exempt"


@pytest.mark.parametrize("algorithm", ["aws:kms", "AES256"])
def test_either_way_of_a_condition_is_no_drift(world: World, algorithm: str) -> None:
    world.put(world.made["Staged"], algorithm)

    assert "live is" not in world.finding(world.made["Staged"], "--iac", "shop.yaml")["message"]


def test_an_update_of_the_stack_keeps_the_tie(world: World) -> None:
    world.client("cloudformation").update_stack(
        StackName="shop", TemplateBody=TEMPLATE.replace("Value: blue", "Value: red")
    )

    assert world.finding(world.made["Plain"], "--iac", "shop.yaml")["resource"] == "Plain"


def test_a_state_ties_and_says_what_changed_since(world: World) -> None:
    found = world.finding("ledger", "--iac", "terraform.tfstate")

    assert found["verdict"] == "fail"
    assert found["resource"] == "aws_s3_bucket.ledger"
    assert "sets SSE-KMS, aws/s3, bucket key off, the live bucket has SSE-S3" in found["message"]
    assert "it was changed after the state was written" in found["message"]


def test_what_only_one_side_has_is_noted(world: World) -> None:
    done = world.check("--iac", ".")

    notes = json.loads(done.out)["summary"]["notes"]
    assert "1 bucket is not declared in the named code: by-hand" in notes
    assert any(
        note.startswith("1 bucket is declared and was not found live: aws_s3_bucket.gone") for note in notes
    )


def test_a_target_makes_no_bucket_of_the_code_missing(world: World) -> None:
    notes = json.loads(world.check("s3://ledger", "--iac", ".").out)["summary"]["notes"]

    assert not any("was not found live" in note for note in notes)


def test_the_tags_are_read_only_where_a_template_is_named(world: World) -> None:
    world.check("--iac", "terraform.tfstate")
    assert Counter(call.operation for call in world.aws.calls)["GetBucketTagging"] == 0

    world.check("--iac", "shop.yaml")
    assert Counter(call.operation for call in world.aws.calls)["GetBucketTagging"] == 5


def test_a_table_shows_the_file_and_the_line(world: World) -> None:
    done = world.shell.having(COLUMNS="200")("check", "--iac", "shop.yaml", "--format", "table")

    assert "(shop.yaml:20)" in done.out
    assert "note: " in done.out


def test_an_earlier_result_without_code_is_of_the_same_buckets(world: World) -> None:
    world.shell("check", "--format", "json", "-o", "old.json", "--no-directory-buckets")

    done = world.check("--iac", "shop.yaml", "--since", "old.json")

    assert {found["change"] for found in done.findings} == {"unchanged"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("shop.yaml", "--iac", "terraform.tfstate"),
        ("--iac", "shop.yaml", "--state", "scan"),
        ("--iac", "nowhere"),
        ("--iac", "empty"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(world: World, arguments: tuple[str, ...]) -> None:
    (world.shell.folder / "empty").mkdir()

    assert world.shell("check", "--format", "json", *arguments).exit == 2
    assert not world.aws.calls


PROJECT = """
provider "aws" {
  s3_use_path_style = true
}
resource "aws_s3_bucket" "data" {
  for_each      = toset(["a", "b"])
  bucket_prefix = "data-"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}
"""


@pytest.mark.slow
@pytest.mark.terraform
@requires_terraform
def test_the_state_of_a_real_apply_ties_what_was_changed_by_hand(world: World, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "main.tf").write_text(PROJECT)
    terraform = Terraform(project, world.shell.env)
    terraform("init")
    terraform("apply", "-auto-approve")
    names = [one["Name"] for one in world.client("s3").list_buckets(Prefix="data-")["Buckets"]]
    world.put(names[0], "AES256")

    done = world.check("s3://data-*", "--iac", "project/terraform.tfstate")

    found = {one["bucket"]: one for one in done.findings}
    assert {one["resource"] for one in done.findings} == {
        f'aws_s3_bucket.data["{key}"]' for key in ("a", "b")
    }
    assert "the live bucket has SSE-S3" in found[names[0]]["message"]
    assert "live is" not in found[names[1]]["message"]
