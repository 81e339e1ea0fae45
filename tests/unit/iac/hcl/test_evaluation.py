"""What expressions of HCL come to: known, open, or one of several in the worlds that there may be."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.code_inputs import CodeInputs

HEAD = """
variable "told" { default = "a" }
variable "free" {}
variable "flag" { type = bool }
variable "env" {
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "One of these."
  }
}
variable "secret" {
  default   = "hunter2-hunter2"
  sensitive = true
}
resource "aws_s3_bucket" "b" { bucket = "known-name" }
resource "aws_s3_bucket" "c" {}
resource "aws_s3_bucket" "many" { for_each = toset(["x", "y"]) }
resource "aws_kms_key" "k" { count = 1 }
data "aws_caller_identity" "me" {}
"""


def root(
    expression: str, inputs: CodeInputs | None = None, files: Mapping[str, str] | None = None
) -> RootModule:
    texts = {f"i/{name}": text for name, text in (files or {}).items()}
    main = f"{HEAD}\nlocals {{\n  x = {expression}\n}}\n"
    given = context({"i/main.tf": main, **texts}, inputs)
    return RootModule(Path("i"), given.files, given.inputs, AWS_SCHEMA)


def told(expression: str, inputs: CodeInputs | None = None, files: Mapping[str, str] | None = None) -> Value:
    """In the run that chooses nothing."""
    undecided = root(expression, inputs, files).undecided
    return undecided.local(undecided.root, "x")


def ways(expression: str) -> dict[str, Value]:
    """By what was chosen."""
    found = root(expression).worlds(lambda run: run.local(run.root, "x"))
    return {", ".join(f"{name}={value}" for name, value in said.items()): value for said, value in found}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("var.told", "a"),
        ('"${var.told}-${1 + 2}"', "a-3"),
        ('true ? "y" : local.nobody', "y"),
        ("7 % 4 + 6 / 4", 4.5),
        ("!(1 < 2) || 3 >= 3 && true", True),
        ('[for k, v in { b = 1, a = 2 } : "${k}${v}"]', ["a2", "b1"]),
        ('{ for v in ["a", "b", "a"] : v => 1... }', {"a": [1, 1], "b": [1]}),
        ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
        ("null[*]", []),
        ('try({}.nobody, "else")', "else"),
        ("can(1 + [])", False),
        ("false && var.flag", False),
        ("var.flag || true", True),
        ('var.flag ? "same" : "same"', "same"),
        ("var.free == var.free", True),
        ('"%{ for a in ["x", "y"] }${a};%{ endfor }"', "x;y;"),
        ("aws_s3_bucket.b.id", "known-name"),
        ("aws_s3_bucket.b.arn", "arn:aws:s3:::known-name"),
        ("aws_kms_key.k[0].arn == null", False),
        ("keys(aws_s3_bucket.many)", ["x", "y"]),
        ("terraform.workspace", "default"),
        ("path.root", "."),
        ('concat([["a"], ["b"]]...)', ["a", "b"]),
    ],
)
def test_what_is_told(expression: str, value: Value) -> None:
    assert told(expression) == value


@pytest.mark.parametrize(
    ("expression", "open_"),
    [
        ("var.free", "var.free"),
        ('"${var.free}-x"', "var.free"),
        ("var.free.a.b[0]", "var.free.a.b[0]"),
        ("upper(var.free)", "var.free"),
        ("var.flag ? 1 : 2", "var.flag"),
        ("aws_s3_bucket.c.id", "aws_s3_bucket.c.id"),
        ("data.aws_caller_identity.me.account_id", "data.aws_caller_identity.me.account_id"),
        ("local.x", "x"),
        ("[for v in var.free : v]", "var.free"),
    ],
)
def test_what_is_not_told_is_open_and_says_so(expression: str, open_: str) -> None:
    found = told(expression)

    assert isinstance(found, UnknownValue)
    assert found.expression == open_
    assert found.unknown.advice


@pytest.mark.parametrize(
    "expression",
    ["[1][3]", "{}.a", "1 + true", "each.key", "1 / 0", "[] + 1"],
)
def test_what_terraform_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(Rejected):
        told(expression)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("local.nobody", "local.nobody"),
        ("upper(var.nobody)", "var.nobody"),
        ("aws_s3_bucket.none.id", "aws_s3_bucket.none"),
        ('aws_s3_bucket.none["a"].id', "aws_s3_bucket.none"),
        ("aws_s3_bucket.none[*].id", "aws_s3_bucket.none"),
        ("data.aws_kms_key.none.arn", "data.aws_kms_key.none"),
        ("module.none.out", "module.none"),
        ("module.m.none", "module.m.output none"),
        ('try(local.nobody, "else")', "local.nobody"),
    ],
)
def test_what_is_not_declared_is_open_and_names_itself(expression: str, name: str) -> None:
    evaluation = root(
        expression, files={"m/main.tf": "", "calls.tf": 'module "m" {\n  source = "./m"\n}\n'}
    ).undecided

    found = evaluation.local(evaluation.root, "x")

    assert evaluation.loader.undeclared.name_in(found) == name
    assert isinstance(found, UnknownValue)
    assert found.unknown.why == f"{name} is not declared"


def test_a_missing_output_is_what_try_is_for() -> None:
    files = {"m/main.tf": "", "calls.tf": 'module "m" {\n  source = "./m"\n}\n'}

    assert told('try(module.m.none, "else")', files=files) == "else"


def test_what_is_not_declared_is_never_empty_where_its_attribute_is_not() -> None:
    assert told('aws_kms_key.none.arn == ""') is False


def test_an_attribute_keeps_what_it_is_through_collections() -> None:
    found = told('element(concat(aws_kms_key.k[*].arn, [""]), 0)')

    assert isinstance(found, UnknownValue)
    assert found.reference
    assert (found.reference.address, found.reference.attribute) == ("aws_kms_key.k[0]", "arn")


def test_what_is_made_of_an_attribute_is_not_the_attribute() -> None:
    found = told("upper(aws_kms_key.k[0].arn)")

    assert isinstance(found, UnknownValue)
    assert found.reference is None


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('var.flag ? "y" : "n"', {"var.flag=true": "y", "var.flag=false": "n"}),
        ('var.free == "a" ? "y" : "n"', {"var.free=a": "y", 'var.free == "a"=false': "n"}),
        ('var.free == "a" ? var.free : "n"', {"var.free=a": "a", 'var.free == "a"=false': "n"}),
        ("upper(var.env)", {"var.env=dev": "DEV", "var.env=prod": "PROD"}),
        ("{ dev = 1, prod = 2 }[var.env]", {"var.env=dev": 1, "var.env=prod": 2}),
        ("lookup({ prod = 2 }, var.env, 0)", {"var.env=dev": 0, "var.env=prod": 2}),
        (
            'startswith(var.free, "a") ? 1 : 2',
            {'startswith(var.free, "a")=true': 1, 'startswith(var.free, "a")=false': 2},
        ),
        ("var.flag && var.flag ? 1 : 2", {"var.flag=true": 1, "var.flag=false": 2}),
        ("{ a = 1, b = 2 }[var.free]", {"var.free=a": 1, 'var.free == "a"=false, var.free=b': 2}),
    ],
)
def test_what_hangs_on_a_choice_comes_out_in_each_way(expression: str, found: dict[str, Value]) -> None:
    assert ways(expression) == found


def test_a_choice_is_not_made_for_what_does_not_hang_on_it() -> None:
    assert ways('{ a = 1, b = var.flag }["a"]') in ({"": 1}, {"var.flag=true": 1, "var.flag=false": 1})
    assert ways("var.told") == {"": "a"}


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("a.json", True),
        ("./deep/a.json", True),
        ("/i/a.json", False),
        ("../../../../../a.json", False),
        (".hidden/a.json", False),
        ("~/a.json", False),
    ],
)
def test_functions_read_files_of_the_code_alone(path: str, is_read: bool) -> None:
    files = dict.fromkeys(("a.json", "deep/a.json", ".hidden/a.json"), '{"alg": "aws:kms"}')

    found = told(f'jsondecode(file("{path}"))', files=files)

    assert (found == {"alg": "aws:kms"}) is is_read
    assert is_read or isinstance(found, UnknownValue)


def test_a_template_file_sees_what_it_is_given() -> None:
    assert (
        told('templatefile("t.tpl", { a = "x" })', files={"t.tpl": "<${a}%{ if true }!%{ endif }>"}) == "<x!>"
    )


def test_a_template_string_sees_what_it_is_given() -> None:
    # Terraform takes a name alone there; the text of the name is the template
    assert told('templatestring({ t = "aws:$${k}" }.t, { k = "kms" })') == "aws:kms"


def test_files_are_listed_by_a_pattern() -> None:
    files = {"c/a.yaml": "", "c/b.yml": "", "c/c.txt": ""}

    assert told('[for f in fileset("${path.module}", "c/*.{yaml,yml}") : f]', files=files) == [
        "c/a.yaml",
        "c/b.yml",
    ]


def test_what_is_sensitive_is_not_shown() -> None:
    found = root('"${var.secret}-x"')
    found.undecided.local(found.undecided.root, "x")

    assert found.loader.sensitive.redact("key hunter2-hunter2-x") == "key (sensitive)-x"


def test_a_text_after_var_is_read_as_its_type_says() -> None:
    inputs = CodeInputs((("told", "[1]"), ("flag", "true"), ("list", "[1]")))
    files = {"v.tf": 'variable "list" { type = list(string) }\n'}

    assert told("[var.told, var.flag, var.list]", inputs, files) == ["[1]", True, ["1"]]


@pytest.mark.parametrize(
    "locals_",
    [
        "\n".join(f'l{n + 1} = "${{local.l{n}}}${{local.l{n}}}"' for n in range(60)),
        "\n".join(f"l{n + 1} = [local.l{n}, local.l{n}]" for n in range(60)),
    ],
)
def test_doubling_ends(locals_: str) -> None:
    files = {"l.tf": f'locals {{\nl0 = "0123456789"\n{locals_}\n}}\n'}
    found = root("jsonencode(local.l60)", files=files)

    try:
        value = found.undecided.local(found.undecided.root, "x")
    except Exception as error:  # noqa: BLE001 - which of the two it is does not matter here
        assert type(error).__name__ == "BudgetExhausted"  # noqa: PT017
    else:
        assert isinstance(value, UnknownValue)
