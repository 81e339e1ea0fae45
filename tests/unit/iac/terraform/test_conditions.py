"""Validations, preconditions, postconditions and checks are read: what no plan passes is no pass and no edit."""

import json
from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.code_plan import plan_fix
from tests.support.terraform_case import B, bucket

from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

ALG = 'variable "alg" {\n  default = "%s"\n%s}\n'
KEY = 'variable "key" {\n  default = ""\n}\n'
NEEDS_KEY = (
    'condition = var.alg != "aws:kms" || var.key != ""\n error_message = "SSE-KMS needs a key of ours."'
)
SAYS = "SSE-KMS needs a key of ours."


def configuration(inside: str = "") -> str:
    return (
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n  bucket = aws_s3_bucket.b.id\n'
        f"{inside}  rule {{\n    apply_server_side_encryption_by_default {{\n      sse_algorithm = var.alg\n"
        "    }\n  }\n}\n"
    )


def lifecycle(kind: str, condition: str = NEEDS_KEY) -> str:
    return f"lifecycle {{\n {kind} {{\n {condition}\n }}\n }}\n"


def validation(condition: str, message: str = "only SSE-S3") -> str:
    return f'  validation {{\n    condition = {condition}\n    error_message = "{message}"\n  }}\n'


def read(text: str, **files: str) -> dict[str | None, Bucket]:
    named = {"i/main.tf": text} | {f"i/{name}/main.tf": more for name, more in files.items()}
    return {one.resource: one for one in READER.read(Folder(Path("i")), context(named))}


def why(found: Bucket) -> str:
    assert isinstance(found.encryption, Unknown), found.encryption
    return found.encryption.why


CONDITIONED = [
    bucket() + configuration(lifecycle("precondition")),
    bucket() + configuration(lifecycle("postcondition")),
    bucket(lifecycle("precondition")) + configuration(),
    bucket() + configuration() + f'resource "terraform_data" "t" {{\n{lifecycle("precondition")}}}\n',
    bucket() + configuration() + f'output "o" {{\n value = 1\n precondition {{\n {NEEDS_KEY}\n }}\n}}\n',
    bucket()
    + configuration(
        lifecycle(
            "postcondition",
            "condition = !contains([for r in self.rule : "
            'r.apply_server_side_encryption_by_default[0].sse_algorithm], "aws:kms")\n'
            f'error_message = "{SAYS}"',
        )
    ),
]
IDS = ["precondition", "postcondition", "of the bucket", "beside it", "of an output", "about self"]


@pytest.mark.parametrize("text", CONDITIONED, ids=IDS)
def test_what_no_plan_passes_is_unknown_with_the_error_message(text: str) -> None:
    assert SAYS in why(read(ALG % ("aws:kms", "") + KEY + text)[B])


@pytest.mark.parametrize("text", CONDITIONED, ids=IDS)
def test_what_some_plan_passes_is_judged(text: str) -> None:
    found = read(ALG % ("AES256", "") + KEY + text)[B]

    assert isinstance(found.encryption, Encryption)
    assert found.caveat is None


@pytest.mark.parametrize("text", CONDITIONED, ids=IDS)
def test_an_edit_that_no_plan_passes_is_declined_with_the_error_message(tmp_path: Path, text: str) -> None:
    plan = plan_fix(tmp_path, {"main.tf": ALG % ("AES256", "") + KEY + text})

    assert plan.files == {}
    assert SAYS in plan.left[B]
    assert plan.is_unsure


@pytest.mark.parametrize(
    "condition",
    [
        'contains(["AES256"], var.alg)',
        'var.alg == "AES256"',
        'can(regex("^AES", var.alg))',
        'var.alg != "aws:kms" || var.key != ""',
        "contains(local.allowed, var.alg)",
    ],
)
def test_a_value_that_its_variable_forbids_is_not_written_past_the_variable(
    tmp_path: Path, condition: str
) -> None:
    locals_ = 'locals {\n  allowed = ["AES256"]\n}\n'
    text = ALG % ("AES256", validation(condition)) + KEY + locals_ + bucket() + configuration()

    plan = plan_fix(tmp_path, {"main.tf": text})

    assert plan.files == {}
    assert "a validation of var.alg fails: only SSE-S3" in plan.left[B]


def test_the_argument_of_a_call_is_not_given_what_the_module_forbids(tmp_path: Path) -> None:
    module = 'variable "alg" {\n' + validation('var.alg == "AES256"') + "}\n" + bucket() + configuration()
    call = 'module "m" {\n  source = "./m"\n  alg    = "AES256"\n}\n'

    plan = plan_fix(tmp_path, {"main.tf": call, "m/main.tf": module})

    assert plan.files == {}
    assert "a validation of module.m.var.alg fails: only SSE-S3" in plan.left[f"module.m.{B}"]


def test_a_validation_that_allows_kms_hinders_nothing(tmp_path: Path) -> None:
    both = validation('contains(["AES256", "aws:kms"], var.alg)')

    plan = plan_fix(tmp_path, {"main.tf": ALG % ("AES256", both) + bucket() + configuration()})

    assert 'default = "aws:kms"' in plan.files["main.tf"]


def test_a_validation_of_two_variables_is_evaluated() -> None:
    text = ALG % ("aws:kms", validation('var.alg != "aws:kms" || var.key != ""', SAYS)) + KEY

    assert SAYS in why(read(text + bucket() + configuration())[B])


def test_json_is_read_too() -> None:
    code = {
        "variable": {
            "alg": {
                "default": "aws:kms",
                "validation": {"condition": '${var.alg == "AES256"}', "error_message": "only SSE-S3"},
            }
        },
        "resource": {
            "aws_s3_bucket": {"b": {}},
            "aws_s3_bucket_server_side_encryption_configuration": {
                "b": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "rule": {"apply_server_side_encryption_by_default": {"sse_algorithm": "${var.alg}"}},
                }
            },
        },
    }

    (found,) = READER.read(Folder(Path("i")), context({"i/main.tf.json": json.dumps(code)}))

    assert "only SSE-S3" in why(found)


def test_a_condition_on_what_is_not_known_is_a_caveat_and_opens_no_more_worlds() -> None:
    text = 'variable "alg" {\n  default = "aws:kms"\n}\nvariable "key" {\n}\n' + bucket()

    found = read(text + configuration(lifecycle("precondition")))[B]

    assert isinstance(found.encryption, Encryption)
    assert found.outcomes == ()
    assert "whether a precondition of" in (found.caveat or "")


def test_a_condition_about_something_else_is_no_matter_of_the_bucket() -> None:
    other = 'condition = var.key != ""\n error_message = "no subnet"'
    beside = f'resource "terraform_data" "t" {{\n{lifecycle("precondition", other)}}}\n'

    found = read(ALG % ("aws:kms", "") + KEY + bucket() + configuration() + beside)[B]

    assert isinstance(found.encryption, Encryption)


CHECK = (
    'check "kms" {\n  assert {\n    condition = var.alg == "AES256"\n    error_message = "SSE-S3 is meant"\n'
    "  }\n}\n"
)


def test_a_check_that_is_false_is_a_warning_alone() -> None:
    found = read(ALG % ("aws:kms", "") + bucket() + configuration() + CHECK)[B]

    assert isinstance(found.encryption, Encryption)
    assert found.caveat == "a check of check.kms fails: SSE-S3 is meant"


def test_no_edit_makes_a_check_false(tmp_path: Path) -> None:
    plan = plan_fix(tmp_path, {"main.tf": ALG % ("AES256", "") + bucket() + configuration() + CHECK})

    assert plan.files == {}
    assert "SSE-S3 is meant" in plan.left[B]


def test_a_secret_is_not_shown_by_a_message() -> None:
    secret = 'variable "alg" {\n  default = "aws:kms:very-secret"\n  sensitive = true\n'
    text = secret + validation('var.alg == "AES256"', "not ${var.alg}") + "}\n"

    assert "very-secret" not in why(read(text + bucket() + configuration())[B])
