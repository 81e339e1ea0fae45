"""A Terragrunt unit: its module is evaluated with the inputs that the unit gives it, and not with its defaults."""

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import Document
from s3kms.iac.terragrunt.reader import READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import Unknown, UnknownCause

MODULE = """
variable "algorithm" { default = "aws:kms" }
variable "name" { default = null }
variable "other" { default = null }
resource "aws_s3_bucket" "b" { bucket = var.name }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.algorithm }
  }
}
"""
UNIT = "/live/dev/logs/terragrunt.hcl"
SOURCE = 'terraform {\n  source = "../../../modules/b"\n}\n'


def buckets_of(text: str, files: dict[str, str] | None = None, path: str = UNIT) -> list[Bucket]:
    everything = {"/modules/b/main.tf": MODULE, path: text, **(files or {})}
    return list(READER.read(Document(Path(path), text.encode()), context(everything)))


def algorithm_of(text: str, files: dict[str, str] | None = None, path: str = UNIT) -> str | None:
    (found,) = buckets_of(text, files, path)
    assert isinstance(found.encryption, Encryption), found.encryption
    return found.encryption.algorithm


def unknown_of(text: str, files: dict[str, str] | None = None) -> Unknown:
    (found,) = buckets_of(text, files)
    assert isinstance(found.encryption, Unknown)
    return found.encryption


def test_a_literal_input_is_the_value_of_the_variable() -> None:
    assert algorithm_of(SOURCE + 'inputs = {\n  algorithm = "AES256"\n}\n') == "AES256"


def test_without_an_input_the_default_of_the_module_counts() -> None:
    assert algorithm_of(SOURCE) == "aws:kms"


def test_the_place_of_the_unit_stands_behind_that_of_the_module() -> None:
    (found,) = buckets_of(SOURCE + 'inputs = {\n  algorithm = "AES256"\n}\n')

    assert [(one.uri, one.line) for one in found.places] == [("/modules/b/main.tf", 9), (UNIT, 4)]
    assert found.caveat == f"its module has its inputs from {UNIT}"


def test_the_variables_file_of_the_module_goes_before_an_input() -> None:
    files = {"/modules/b/terraform.tfvars": 'algorithm = "aws:kms:dsse"\n'}

    assert algorithm_of(SOURCE + 'inputs = { algorithm = "AES256" }\n', files) == "aws:kms:dsse"


INPUT = "inputs = { algorithm = %s }\n"
GIVEN = [
    ("locals", 'locals {\n  a = "AES256"\n}\n' + INPUT % "local.a", {}),
    (
        "read_terragrunt_config",
        'locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\n'
        + INPUT % "local.env.locals.a",
        {"/live/dev/env.hcl": 'locals {\n  a = "AES256"\n}\n'},
    ),
    (
        "yamldecode",
        INPUT % 'yamldecode(file(find_in_parent_folders("env.yaml"))).a',
        {"/live/env.yaml": "a: AES256\n"},
    ),
    (
        "yamldecode beside the unit",
        INPUT % 'yamldecode(file("${get_terragrunt_dir()}/env.yaml")).a',
        {"/live/dev/logs/env.yaml": "a: AES256\n"},
    ),
    (
        "an included parent",
        'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
        {"/live/root.hcl": INPUT % '"AES256"'},
    ),
    (
        "an include without a name",
        "include {\n  path = find_in_parent_folders()\n}\n",
        {"/live/terragrunt.hcl": INPUT % '"AES256"'},
    ),
    (
        "an exposed include",
        'include "root" {\n  path = find_in_parent_folders("root.hcl")\n  expose = true\n}\n'
        + INPUT % "include.root.locals.a",
        {"/live/root.hcl": 'locals {\n  a = "AES256"\n}\n'},
    ),
    (
        "the child over the parent",
        'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n' + INPUT % '"AES256"',
        {"/live/root.hcl": INPUT % '"aws:kms"'},
    ),
    (
        "the first include over the second",
        'include "a" {\n  path = "../../a.hcl"\n}\ninclude "b" {\n  path = "../../b.hcl"\n}\n',
        {"/live/a.hcl": INPUT % '"AES256"', "/live/b.hcl": INPUT % '"aws:kms"'},
    ),
    ("merge", 'inputs = merge({ algorithm = "aws:kms" }, { algorithm = "AES256" })\n', {}),
    ("get_env with a default", INPUT % 'get_env("ALGORITHM", "AES256")', {}),
    ("the folder", INPUT % '{ logs = "AES256" }[basename(get_terragrunt_dir())]', {}),
    (
        "a feature",
        'feature "a" {\n  default = "AES256"\n}\n' + INPUT % "feature.a.value",
        {},
    ),
    (
        "beside a dependency",
        'dependency "vpc" {\n  config_path = "../vpc"\n}\n'
        'inputs = {\n  other = dependency.vpc.outputs.id\n  algorithm = "AES256"\n}\n',
        {},
    ),
    (
        "beside an input that fails",
        'inputs = {\n  other = local.nothing\n  name = file("nothing")\n  algorithm = "AES256"\n}\n',
        {},
    ),
]


@pytest.mark.parametrize(("text", "files"), [one[1:] for one in GIVEN], ids=[one[0] for one in GIVEN])
def test_what_an_input_comes_from_is_evaluated(text: str, files: dict[str, str]) -> None:
    assert algorithm_of(SOURCE + text, files) == "AES256"


def test_a_deep_merge_goes_into_maps() -> None:
    module = MODULE.replace('default = "aws:kms"', "default = {}").replace(
        "= var.algorithm", "= var.algorithm.a"
    )
    files = {"/modules/b/main.tf": module, "/live/root.hcl": INPUT % '{ a = "AES256", b = 1 }'}
    include = 'include "root" {\n  path = "../../root.hcl"\n  merge_strategy = "deep"\n}\n'

    assert algorithm_of(SOURCE + include + INPUT % "{ b = 2 }", files) == "AES256"


@pytest.mark.parametrize(
    "source",
    [
        "../../../modules//b",
        "${get_terragrunt_dir()}/../../../modules//b",
        '${dirname(find_in_parent_folders("root.hcl"))}/../modules/b',
        "${local.modules}//b",
    ],
)
def test_the_source_may_be_written_in_several_ways(source: str) -> None:
    text = f'locals {{\n  modules = "../../../modules"\n}}\nterraform {{\n  source = "{source}"\n}}\n'

    assert algorithm_of(text + INPUT % '"AES256"', {"/live/root.hcl": ""}) == "AES256"


def test_the_source_may_stand_in_the_parent() -> None:
    files = {"/live/common.hcl": SOURCE}

    assert (
        algorithm_of('include "c" {\n  path = "../../common.hcl"\n}\n' + INPUT % '"AES256"', files)
        == "AES256"
    )


def test_the_json_syntax_is_the_same() -> None:
    text = (
        '{"terraform": {"source": "../../../modules/b"}, "locals": {"a": "AES256"},'
        ' "inputs": {"algorithm": "${local.a}"}}'
    )

    assert algorithm_of(text, path=f"{UNIT}.json") == "AES256"


def test_a_unit_without_a_source_has_its_module_beside_it() -> None:
    files = {"/live/dev/logs/main.tf": MODULE}

    assert algorithm_of(INPUT % '"AES256"', files) == "AES256"


def test_a_generated_file_is_a_part_of_the_module() -> None:
    text = (
        'generate "b" {\n  path = "b.tf"\n  if_exists = "overwrite"\n  contents = <<EOF\n'
        'resource "aws_s3_bucket" "made" {}\nEOF\n}\n'
    )

    (found,) = buckets_of(text)

    assert found.resource == "aws_s3_bucket.made"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("dependency.kms.outputs.algorithm", "dependency.kms"),
        ('get_env("ALGORITHM")', "ALGORITHM is in the environment"),
        ('run_cmd("./algorithm.sh")', "run_cmd"),
        ("local.nothing", "local.nothing"),
    ],
)
def test_what_cannot_be_resolved_is_unknown_with_its_reason(value: str, why: str) -> None:
    text = SOURCE + 'dependency "kms" {\n  config_path = "../kms"\n}\n' + INPUT % value

    assert why in unknown_of(text).why


def test_an_included_file_that_is_not_there_may_give_any_input() -> None:
    text = SOURCE + 'include "root" {\n  path = "../../nowhere.hcl"\n}\n'

    assert "nowhere.hcl" in unknown_of(text).why
    assert algorithm_of(text + INPUT % '"AES256"') == "AES256"


def test_a_file_that_includes_itself_ends() -> None:
    assert "terragrunt.hcl" in unknown_of(SOURCE + 'include "me" {\n  path = "terragrunt.hcl"\n}\n').why


def test_a_source_elsewhere_is_named() -> None:
    text = 'terraform {\n  source = "git::https://example.com/m.git//b?ref=v1"\n}\n'

    found = unknown_of(text)

    assert found.cause is UnknownCause.FILE_UNREAD
    assert "https://example.com/m.git//b" in found.why


def test_a_well_known_module_is_judged_with_the_inputs() -> None:
    text = (
        'terraform {\n  source = "tfr:///terraform-aws-modules/s3-bucket/aws?version=4.1.0"\n}\n'
        'inputs = {\n  bucket = "acme-logs"\n  server_side_encryption_configuration = { rule = {\n'
        '    apply_server_side_encryption_by_default = { sse_algorithm = "AES256" } } }\n}\n'
    )

    (found,) = buckets_of(text)

    assert found.name == "acme-logs"
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"
    assert [one.uri for one in found.places] == [UNIT]


def test_a_file_that_is_only_included_has_no_bucket() -> None:
    assert not buckets_of("locals {\n  a = 1\n}\ninputs = {}\n")


def test_a_file_that_cannot_be_parsed_is_unknown() -> None:
    found = buckets_of(SOURCE + "inputs = {\n")

    assert any(
        isinstance(one.encryption, Unknown) and one.encryption.cause is UnknownCause.FILE_UNREAD
        for one in found
    )


def test_a_module_of_units_is_no_root_module_beside_them(tmp_path: Path) -> None:
    for name, text in {"modules/b/main.tf": MODULE, UNIT[1:]: SOURCE + INPUT % '"AES256"'}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"


def test_units_of_a_stack_have_the_values_that_it_gives(tmp_path: Path) -> None:
    values = 'values = { algorithm = "AES256" }'
    stack = f'unit "logs" {{\n  source = "../../catalog/logs"\n  path = "logs"\n  {values}\n}}\n'
    unit = 'terraform {\n  source = "${get_repo_root()}/modules//b"\n}\n' + INPUT % "values.algorithm"
    files = {
        "modules/b/main.tf": MODULE,
        "catalog/logs/terragrunt.hcl": unit,
        "live/dev/terragrunt.stack.hcl": stack,
    }
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"
    assert found.places[-1].uri == str(tmp_path / "live/dev/terragrunt.stack.hcl")


def test_a_unit_of_a_stack_that_is_elsewhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "terragrunt.stack.hcl").write_text(
        'unit "logs" {\n  source = "git::https://example.com/c.git//logs"\n  path = "logs"\n}\n'
    )

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Unlisted)
    assert "unit.logs" in found.unknown.why


def test_a_version_that_is_not_known_leaves_the_address_of_the_module_known() -> None:
    text = (
        'terraform {\n  source = "tfr:///terraform-aws-modules/s3-bucket/aws?version=${get_env("VERSION")}"\n}\n'
        'inputs = {\n  bucket = "acme-logs"\n}\n'
    )

    (found,) = buckets_of(text)

    assert found.name == "acme-logs"


EXTRA = (
    'terraform {{\n  source = "../../../modules/b"\n'
    '  extra_arguments "v" {{\n    commands = []\n    {}\n  }}\n}}\n'
)


@pytest.mark.parametrize(
    "argument",
    [
        'required_var_files = ["${get_terragrunt_dir()}/v.tfvars"]',
        'optional_var_files = ["${get_terragrunt_dir()}/v.tfvars", "nothing.tfvars"]',
        'arguments = ["-lock=true", "-var-file=${get_terragrunt_dir()}/v.tfvars"]',
        'arguments = ["-var-file", "${get_terragrunt_dir()}/v.tfvars"]',
        'arguments = ["-var", "algorithm=AES256"]',
        'arguments = ["-var=algorithm=AES256"]',
    ],
)
def test_extra_arguments_go_before_the_inputs(argument: str) -> None:
    files = {"/live/dev/logs/v.tfvars": 'algorithm = "AES256"\n'}

    assert algorithm_of(EXTRA.format(argument) + INPUT % '"aws:kms"', files) == "AES256"


def test_variables_of_the_environment_in_extra_arguments_count() -> None:
    assert algorithm_of(EXTRA.format('env_vars = { TF_VAR_algorithm = "AES256" }')) == "AES256"


def test_a_file_of_values_whose_name_is_not_known_may_give_any_variable() -> None:
    text = EXTRA.format('required_var_files = ["${get_env("STAGE")}.tfvars"]') + INPUT % '"aws:kms"'

    assert "STAGE" in unknown_of(text).why


def test_a_generated_file_that_is_not_known_and_may_declare_buckets_is_named() -> None:
    text = SOURCE + (
        'generate "b" {\n  path = "b.tf"\n  contents = <<EOF\n'
        'resource "aws_s3_bucket" "${get_env("NAME")}" {}\nEOF\n}\n'
    )
    provider = text.replace('resource "aws_s3_bucket"', "provider")

    assert any(isinstance(one.encryption, Unknown) for one in buckets_of(text))
    assert algorithm_of(provider) == "aws:kms"


def test_files_that_read_each_other_end_in_an_unknown() -> None:
    reads = "".join(f'  a{n} = read_terragrunt_config("../../a.hcl")\n' for n in range(20))
    files = {"/live/a.hcl": f"locals {{\n{reads.replace('../../', '')}}}\n"}

    found = unknown_of(SOURCE + f"locals {{\n{reads}}}\n" + INPUT % '"AES256"', files)

    assert found.cause is UnknownCause.BUDGET


def test_an_address_of_the_repository_itself_leads_to_its_folder(tmp_path: Path) -> None:
    address = 'git::https://github.com/acme/infra.git//modules/b?ref=${get_env("REF", "main")}'
    files = {
        ".git/config": '[remote "origin"]\n\turl = git@github.com:acme/infra.git\n',
        "modules/b/main.tf": MODULE,
        "live/terragrunt.hcl": f'terraform {{\n  source = "{address}"\n}}\n' + INPUT % '"AES256"',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"
    assert found.caveat is not None
    assert "in this repository" in found.caveat


def test_a_generated_provider_that_only_a_unit_can_tell_is_not_named_in_the_parent() -> None:
    text = (
        'generate "p" {\n  path = "p.tf"\n  contents = <<EOF\n'
        'provider "aws" {\n  region = "${read_terragrunt_config(find_in_parent_folders("r.hcl")).locals.r}"\n}\n'
        "EOF\n}\n"
    )

    assert not buckets_of(text)


@pytest.mark.parametrize("name", ["", '"root"'])
def test_a_unit_knows_its_path_below_the_file_that_it_includes(name: str) -> None:
    text = SOURCE + 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'
    value = f'{{ "dev/logs" = "AES256" }}[path_relative_to_include({name})]'

    assert algorithm_of(text + INPUT % value, {"/live/root.hcl": ""}) == "AES256"
    assert algorithm_of(text, {"/live/root.hcl": INPUT % value.replace('"root"', "")}) == "AES256"


def test_nothing_outside_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: AES256\n")
    files = {"r/m/main.tf": MODULE, "r/live/terragrunt.hcl": 'terraform {\n  source = "../m"\n}\n'}
    files["r/live/terragrunt.hcl"] += INPUT % f'yamldecode(file("{tmp_path}/secret.yaml")).a'
    (tmp_path / "r" / ".git").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    (found,) = CodeSource((tmp_path / "r",)).buckets(frozenset())

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Unknown)
    assert "outside" in found.encryption.why


def test_a_parent_whose_source_is_for_its_units_is_no_unit_itself(tmp_path: Path) -> None:
    parent = (
        'terraform {\n  source = "${get_parent_terragrunt_dir()}/modules//${path_relative_to_include()}"\n}\n'
    )
    files = {
        "modules/b/main.tf": MODULE,
        "terragrunt.hcl": parent.replace("//$", "//x/$"),
        "modules/x/b/main.tf": MODULE,
        "b/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders()\n}\n' + INPUT % '"AES256"',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    found = list(CodeSource((tmp_path,)).buckets(frozenset()))

    assert not [one for one in found if isinstance(one, Unlisted)]
    assert any("its module has its inputs" in str(one.caveat) for one in found if isinstance(one, Bucket))
