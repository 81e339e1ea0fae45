"""Code of which a part is elsewhere: names that nothing declares, values that are given elsewhere, what is off."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.code import context
from tests.unit.iac.terraform.test_code_cases import TODAY

from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import Folder, UnitNote
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.unknown import Unknown
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

ROOT = Path("infra")


def items(files: str | Mapping[str, str], *variables: tuple[str, str]) -> list[Bucket | UnitNote]:
    texts = {"main.tf": files} if isinstance(files, str) else files
    inputs = CodeInputs(variables=variables)
    given = context({f"infra/{name}": text for name, text in texts.items()}, inputs)
    return list(READER.items(Folder(ROOT), given))


def buckets(files: str | Mapping[str, str], *variables: tuple[str, str]) -> dict[str | None, Bucket]:
    return {one.resource: one for one in items(files, *variables) if isinstance(one, Bucket)}


def notes(files: str | Mapping[str, str], *variables: tuple[str, str]) -> list[str]:
    return [one.sentence.worded(cli_wording) for one in items(files, *variables) if isinstance(one, UnitNote)]


def verdict(bucket: Bucket) -> str:
    return evaluate_bucket(
        bucket, find_rule("s3_bucket_kms_encryption"), Configuration(), TODAY
    ).verdict.value


def configuration(algorithm: str = '"aws:kms"', key: str = "null", of: str = "aws_s3_bucket.b.id") -> str:
    return f"""
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{
  bucket = {of}
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = {algorithm}
      kms_master_key_id = {key}
    }}
  }}
}}
"""


NAMED = 'resource "aws_s3_bucket" "b" { bucket = "acme" }\n'


@pytest.mark.parametrize(
    "code",
    [
        NAMED + configuration(key="aws_kms_key.elsewhere.arn"),
        NAMED + configuration(key="module.elsewhere.key_arn"),
        NAMED + configuration(key="local.elsewhere"),
        NAMED + configuration(key='data.aws_kms_key.elsewhere["a"].arn'),
        NAMED + configuration(key="try(var.elsewhere.key, null)"),
        'resource "aws_s3_bucket" "b" { bucket = var.elsewhere }\n' + configuration(),
        'resource "aws_s3_bucket" "b" { bucket = "a-${local.elsewhere}-b" }\n' + configuration(),
        'resource "aws_s3_bucket" "b" {\n  tags = merge(local.elsewhere, { a = "b" })\n}\n' + configuration(),
        'resource "aws_s3_bucket" "b" {\n  logging { target_bucket = aws_s3_bucket.elsewhere.id }\n}\n'
        + configuration(),
    ],
)
def test_a_literal_algorithm_decides_whatever_is_not_declared_beside_it(code: str) -> None:
    found = buckets(code)["aws_s3_bucket.b"]

    assert verdict(found) == "pass"


def test_what_is_not_declared_beside_it_is_a_caveat() -> None:
    found = buckets(NAMED + configuration(key="aws_kms_key.elsewhere.arn"))["aws_s3_bucket.b"]

    assert found.caveat == "aws_kms_key.elsewhere is not declared, and Terraform refuses the code without it"
    assert isinstance(found.key, Unknown)
    assert found.key.why == "the key is not known: aws_kms_key.elsewhere is not declared"


def test_an_algorithm_that_is_not_declared_is_unknown_and_names_it() -> None:
    found = buckets(NAMED + configuration("var.elsewhere"))["aws_s3_bucket.b"].encryption

    assert isinstance(found, Unknown)
    assert "var.elsewhere" in found.why
    assert found.advice.action.startswith("declare it, or check the complete code")


def test_an_undeclared_name_that_may_switch_the_algorithm_is_open() -> None:
    both = buckets(NAMED + configuration('var.elsewhere ? "aws:kms" : "AES256"'))["aws_s3_bucket.b"]
    same = buckets(NAMED + configuration('var.elsewhere ? "aws:kms" : "aws:kms:dsse"'))["aws_s3_bucket.b"]

    assert verdict(both) == "fail"
    assert len(both.outcomes) == 2
    assert verdict(same) == "pass"


def test_a_configuration_of_an_undeclared_bucket_is_for_none_of_the_others() -> None:
    found = buckets(NAMED + configuration(of="aws_s3_bucket.elsewhere.id"))

    assert verdict(found["aws_s3_bucket.b"]) == "fail"
    assert verdict(found["aws_s3_bucket_server_side_encryption_configuration.b"]) == "pass"


COUNTED = 'resource "aws_s3_bucket" "b" {\n  count = COUNT\n}\n'
FOR_EACH = 'resource "aws_s3_bucket" "b" {\n  for_each = COUNT\n}\n'
TEXT = 'variable "make" {\n  type = string\n  default = ""\n}\n'


@pytest.mark.parametrize(
    "code",
    [
        COUNTED.replace("COUNT", 'var.elsewhere == "prod" ? 1 : 0'),
        COUNTED.replace("COUNT", "var.elsewhere"),
        COUNTED.replace("COUNT", "length(local.elsewhere)"),
        FOR_EACH.replace("COUNT", "toset(var.elsewhere)"),
        FOR_EACH.replace("COUNT", "{ for one in local.elsewhere : one.name => one }"),
        TEXT + COUNTED.replace("COUNT", "var.make"),
        TEXT + FOR_EACH.replace("COUNT", "var.make"),
        TEXT + "locals {\n  n = var.make\n}\n" + COUNTED.replace("COUNT", "local.n + 1"),
    ],
)
def test_buckets_whose_number_is_given_elsewhere_are_judged_as_one(code: str) -> None:
    found = buckets(code)

    assert verdict(found["aws_s3_bucket.b"]) == "fail"
    assert "how many there are is not known" in str(found["aws_s3_bucket.b"].caveat)


@pytest.mark.parametrize("count", ["var.elsewhere ? 1 : 0", "var.make", "length(var.elsewhere)"])
def test_a_configuration_that_is_counted_alike_is_for_those_buckets(count: str) -> None:
    many = configuration(of="aws_s3_bucket.b[count.index].id").replace("{\n", f"{{\n  count = {count}\n", 1)

    found = buckets(TEXT + COUNTED.replace("COUNT", count) + many)

    assert {address: verdict(one) for address, one in found.items()} == {"aws_s3_bucket.b": "pass"}


def test_a_count_that_no_value_could_mend_is_unknown() -> None:
    found = buckets('locals {\n  n = "many"\n}\n' + COUNTED.replace("COUNT", "local.n"))

    assert verdict(found["aws_s3_bucket.b"]) == "unknown"


def test_a_count_that_was_given_a_wrong_value_is_unknown() -> None:
    found = buckets(TEXT + COUNTED.replace("COUNT", "var.make"), ("make", "many"))

    assert verdict(found["aws_s3_bucket.b"]) == "unknown"


def test_a_key_that_a_default_cannot_give_leaves_the_algorithm_its_verdict() -> None:
    code = NAMED + 'variable "keys" { default = {} }\n' + configuration(key="var.keys.logs")

    found = buckets(code)["aws_s3_bucket.b"]

    assert verdict(found) == "pass"
    assert isinstance(found.key, Unknown)
    assert "there is no attribute logs" in found.key.why


OFF = """
variable "create" { default = false }
variable "buckets" {
  type    = map(string)
  default = {}
}
resource "aws_s3_bucket" "one" { count = var.create ? 1 : 0 }
resource "aws_s3_bucket" "many" { for_each = var.buckets }
"""


def test_buckets_that_are_off_are_noted_with_the_variables_that_decide() -> None:
    assert notes(OFF) == [
        "infra declares what its values leave out: aws_s3_bucket.one (var.create), aws_s3_bucket.many "
        "(var.buckets); to check them, too: --var create=VALUE"
    ]


def test_what_is_turned_on_is_not_noted() -> None:
    on = (("create", "true"), ("buckets", '{ a = "x" }'))

    assert notes(OFF, *on) == []
    assert set(buckets(OFF, *on)) == {"aws_s3_bucket.one[0]", 'aws_s3_bucket.many["a"]'}


def test_a_bucket_of_a_module_that_is_off_is_noted_with_the_variable_of_the_root() -> None:
    main = 'variable "on" { default = false }\nmodule "m" {\n  source = "./m"\n  make   = local.on\n}\n'
    module = 'variable "make" {}\nresource "aws_s3_bucket" "b" { count = var.make ? 1 : 0 }\n'

    (found,) = notes({"main.tf": main + "locals {\n  on = var.on\n}\n", "m/main.tf": module})

    assert "module.m.aws_s3_bucket.b (var.on)" in found


def test_a_call_that_is_off_is_noted_for_the_buckets_in_it() -> None:
    main = 'variable "on" { default = false }\nmodule "m" {\n  source = "./m"\n  count  = var.on ? 1 : 0\n}\n'

    (found,) = notes({"main.tf": main, "m/main.tf": 'resource "aws_s3_bucket" "b" {}\n'})

    assert "module.m.aws_s3_bucket.b (var.on)" in found


def test_a_bucket_that_is_never_there_needs_no_variable() -> None:
    assert notes('resource "aws_s3_bucket" "b" { count = 0 }\n') == [
        "infra declares what its values leave out: aws_s3_bucket.b (no instance of it)"
    ]


def test_a_configuration_alone_that_is_off_is_noted() -> None:
    off = configuration(of='"elsewhere"').replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1)

    (found,) = notes('variable "on" { default = false }\n' + off)

    assert "aws_s3_bucket_server_side_encryption_configuration.b (var.on)" in found
