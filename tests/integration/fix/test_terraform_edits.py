"""Edits of Terraform that a reviewer would take: they deploy, they are not ignored, and they say what they do."""

from pathlib import Path

import pytest
from tests.support.code_plan import PlannedFix, plan_fix
from tests.support.terraform_case import B, bucket, sse

CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration.b"


def default(name: str, value: str) -> str:
    return f'variable "{name}" {{\n  default = {value}\n}}\n'


def rule(algorithm: str = '"AES256"', beside: str = "", lifecycle: str = "") -> str:
    return (
        bucket() + 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n"
        f"  rule {{\n    apply_server_side_encryption_by_default {{\n      sse_algorithm = {algorithm}\n    }}\n"
        f"{beside}  }}\n{lifecycle}}}\n"
    )


def fixed(folder: Path, text: str, **options: object) -> PlannedFix:
    return plan_fix(folder, {"main.tf": text}, ".", **options)


@pytest.mark.parametrize(
    "expression",
    [
        'length(var.key) > 0 ? "aws:kms" : "AES256"',
        'var.key == "" ? "AES256" : "aws:kms"',
        '"${var.key == "" ? "AES256" : "aws:kms"}"',
    ],
)
def test_no_conditional_with_equal_branches_is_written(tmp_path: Path, expression: str) -> None:
    text = fixed(tmp_path, default("key", '""') + rule(expression)).files["main.tf"]

    assert "?" not in text
    assert '"aws:kms"' in text


def test_a_conditional_whose_branches_differ_stays(tmp_path: Path) -> None:
    text = fixed(tmp_path, default("key", '""') + rule('var.key == "" ? "AES256" : "aws:kms:dsse"')).files[
        "main.tf"
    ]

    assert 'var.key == "" ? "aws:kms" : "aws:kms:dsse"' in text


def test_the_equal_part_of_a_conditional_is_taken_together_and_the_rest_stays(tmp_path: Path) -> None:
    nested = 'var.key == "d" ? "aws:kms:dsse" : var.key == "" ? "AES256" : "aws:kms"'

    text = fixed(tmp_path, default("key", '""') + rule(nested)).files["main.tf"]

    assert 'var.key == "d" ? "aws:kms:dsse" : "aws:kms"' in text


@pytest.mark.parametrize(
    "ignored", ["[rule]", "all", "[rule[0].apply_server_side_encryption_by_default]", '["rule"]']
)
def test_an_edit_that_terraform_would_ignore_is_declined(tmp_path: Path, ignored: str) -> None:
    plan = fixed(tmp_path, rule(lifecycle=f"  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n"))

    assert plan.files == {}
    assert f"{CONFIGURATION} has" in plan.left[B]
    assert "in ignore_changes" in plan.left[B]
    assert plan.is_unsure


@pytest.mark.parametrize("ignored", ["[expected_bucket_owner]", "[rule[0].bucket_key_enabled]", "[]"])
def test_an_edit_beside_what_is_ignored_is_made(tmp_path: Path, ignored: str) -> None:
    plan = fixed(tmp_path, rule(lifecycle=f"  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n"))

    assert plan.left == {}


def test_a_block_in_a_bucket_that_ignores_its_changes_is_declined(tmp_path: Path) -> None:
    inline = (
        "  server_side_encryption_configuration {\n    rule {\n      apply_server_side_encryption_by_default {\n"
        '        sse_algorithm = "AES256"\n      }\n    }\n  }\n'
        "  lifecycle {\n    ignore_changes = [server_side_encryption_configuration]\n  }\n"
    )

    plan = fixed(tmp_path, bucket(inline))

    assert plan.files == {}
    assert "aws_s3_bucket.b has server_side_encryption_configuration in ignore_changes" in plan.left[B]


def test_a_configuration_beside_a_bucket_that_ignores_its_mirror_is_edited(tmp_path: Path) -> None:
    ignoring = "  lifecycle {\n    ignore_changes = [server_side_encryption_configuration]\n  }\n"

    plan = fixed(tmp_path, bucket(ignoring) + sse('"AES256"'))

    assert plan.left == {}


def test_a_bucket_beside_one_that_is_ignored_is_edited_through_the_value_that_both_have(
    tmp_path: Path,
) -> None:
    other = rule("var.alg", lifecycle="  lifecycle {\n    ignore_changes = all\n  }\n")
    both = (
        default("alg", '"AES256"')
        + rule("var.alg")
        + other.replace('"b"', '"o"').replace("bucket.b.", "bucket.o.")
    )

    plan = fixed(tmp_path, both)

    assert 'default = "aws:kms"' in plan.files["main.tf"]
    assert plan.left.keys() == {"aws_s3_bucket.o"}


@pytest.mark.parametrize(
    ("code", "turned_on"),
    [
        (rule(beside="    bucket_key_enabled = false\n"), "bucket_key_enabled = true"),
        (default("on", "false") + rule(beside="    bucket_key_enabled = var.on\n"), "default = true"),
    ],
)
def test_a_bucket_key_that_is_off_is_turned_on_and_told(tmp_path: Path, code: str, turned_on: str) -> None:
    plan = fixed(tmp_path, code)

    assert turned_on in plan.files["main.tf"]
    assert "the S3 Bucket Key, which was off, is turned on" in next(iter(plan.edited.values()))


def test_a_bucket_key_that_is_computed_is_left_and_told(tmp_path: Path) -> None:
    computed = default("on", "false") + rule(beside="    bucket_key_enabled = var.on && true\n")

    plan = fixed(tmp_path, computed)

    assert "bucket_key_enabled = var.on && true" in plan.files["main.tf"]
    assert "the S3 Bucket Key stays off" in next(iter(plan.edited.values()))


def test_a_bucket_key_that_is_not_wanted_stays_off_without_a_word(tmp_path: Path) -> None:
    plan = fixed(tmp_path, rule(beside="    bucket_key_enabled = false\n"), no_bucket_key=True)

    assert "bucket_key_enabled = false" in plan.files["main.tf"]
    assert "Bucket Key" not in next(iter(plan.edited.values()))


def requiring(version: str) -> str:
    return (
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
        f'      version = "{version}"\n    }}\n  }}\n}}\n'
    )


BLOCKED = 'blocked_encryption_types = ["SSE-C"]'


@pytest.mark.parametrize("version", ["6.30.0", "~> 6.22", ">= 6.22, < 6.40", "= 6.39.0"])
def test_a_new_configuration_keeps_the_block_of_sse_c_that_the_provider_would_remove(
    tmp_path: Path, version: str
) -> None:
    plan = fixed(tmp_path, requiring(version) + bucket())

    assert BLOCKED in plan.files["main.tf"]
    assert "would remove AWS's block of SSE-C" in next(iter(plan.edited.values()))


@pytest.mark.parametrize("version", ["~> 5.0", "~> 6.40", ">= 6.0", "6.21.0"])
def test_a_new_configuration_says_nothing_of_sse_c_where_the_provider_keeps_it_or_does_not_know_it(
    tmp_path: Path, version: str
) -> None:
    assert "blocked_encryption_types" not in fixed(tmp_path, requiring(version) + bucket()).files["main.tf"]


def test_the_lock_file_decides_over_the_constraint(tmp_path: Path) -> None:
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version     = "6.28.0"\n}\n'

    plan = plan_fix(tmp_path, {"main.tf": requiring("~> 6.0") + bucket(), ".terraform.lock.hcl": lock})

    assert BLOCKED in plan.files["main.tf"]


def test_json_gets_the_block_as_a_list(tmp_path: Path) -> None:
    code = (
        '{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "6.30.0"}}},\n'
        ' "resource": {"aws_s3_bucket": {"b": {"bucket": "bbb"}}}}\n'
    )

    assert (
        '"blocked_encryption_types": ["SSE-C"]'
        in plan_fix(tmp_path, {"main.tf.json": code}).files["main.tf.json"]
    )


def test_an_edit_that_harms_another_root_module_takes_no_other_with_it(tmp_path: Path) -> None:
    extra = rule().replace("{}\n", "{\n  count = var.extra ? 1 : 0\n}\n", 1)
    extra = extra.replace(
        "  bucket = aws_s3_bucket.b.id\n", "  count  = 1\n  bucket = aws_s3_bucket.b[0].id\n"
    )
    shared = rule().replace('"b"', '"c"').replace("bucket.b.", "bucket.c.")
    exempt = "# s3kms: exempt s3_bucket_kms_encryption the balancer writes here\n"
    call = 'module "m" {\n  source = "../m"\n}\n'
    files = {
        "m/main.tf": default("extra", "false")
        + extra.replace("count  = 1", "count  = var.extra ? 1 : 0")
        + shared,
        "one/main.tf": call.replace("}", "  extra  = true\n}"),
        "two/main.tf": exempt + call,
    }

    plan = plan_fix(tmp_path, files)

    assert plan.files["m/main.tf"].count('"aws:kms"') == 1
    assert plan.left.keys() == {"module.m.aws_s3_bucket.c"}
    assert "the same edit would change module.m.aws_s3_bucket.c, too" in plan.left["module.m.aws_s3_bucket.c"]


INLINE = (
    "  server_side_encryption_configuration {\n    rule {\n      apply_server_side_encryption_by_default {\n"
    '        sse_algorithm = "AES256"\n      }\n    }\n  }\n'
)
CALL = 'module "m" {\n  source = "../m"\n}\n'


def test_what_is_advised_for_an_inline_block_is_the_edit_of_that_block(tmp_path: Path) -> None:
    plan = plan_fix(tmp_path, {"root/main.tf": CALL, "m/main.tf": bucket(INLINE)}, "root")

    left = plan.left[f"module.m.{B}"]
    assert "server_side_encryption_configuration {" in left
    assert 'sse_algorithm = "aws:kms"' in left
    assert 'resource "aws_s3_bucket_server_side_encryption_configuration"' not in left


def test_no_snippet_declares_a_resource_again(tmp_path: Path) -> None:
    plan = plan_fix(tmp_path, {"root/main.tf": CALL, "m/main.tf": rule()}, "root")

    left = plan.left[f"module.m.{B}"]
    assert 'sse_algorithm = "aws:kms"' in left
    assert 'resource "' not in left


def test_another_reader_of_the_value_is_told(tmp_path: Path) -> None:
    reader = 'resource "aws_ssm_parameter" "p" {\n  value = var.alg\n}\n'

    plan = fixed(tmp_path, default("alg", '"AES256"') + rule("var.alg") + reader)

    assert "aws_ssm_parameter.p reads it as var.alg, too" in next(iter(plan.edited.values()))


def test_a_dynamic_block_that_makes_nothing_is_the_reason_that_is_told(tmp_path: Path) -> None:
    dynamic = rule().replace(
        'apply_server_side_encryption_by_default {\n      sse_algorithm = "AES256"\n    }',
        'dynamic "apply_server_side_encryption_by_default" {\n      for_each = var.on ? [1] : []\n'
        '      content {\n        sse_algorithm = "AES256"\n      }\n    }',
    )

    left = fixed(tmp_path, default("on", "false") + dynamic).left[B]

    assert "its dynamic block apply_server_side_encryption_by_default makes none: var.on ? [1] : []" in left
