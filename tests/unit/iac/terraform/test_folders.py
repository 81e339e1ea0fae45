"""Folders of Terraform: what is around the buckets, and whatever a file may hold."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.code import context
from tests.support.terraform_json import bucket, config, plan

from s3kms.cli.wording import cli_wording
from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.plan_and_state import READER as PLAN
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.unknown import Unknown

ROOT = Path("i")
SSE = "aws_s3_bucket_server_side_encryption_configuration"


def configured(
    algorithm: str = '"aws:kms"', of: str = "aws_s3_bucket.b.id", more: str = "", key: str = ""
) -> str:
    return (
        f'resource "{SSE}" "b" {{\n  bucket = {of}\n  {more}\n  rule {{\n'
        f"    apply_server_side_encryption_by_default {{\n      sse_algorithm = {algorithm}\n      {key}\n"
        "    }\n  }\n}\n"
    )


BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'
BARE = 'resource "aws_s3_bucket" "b" {}\n'
GOOD = BUCKET + configured()
US = 'provider "aws" {\n  alias = "us"\n  region = "us-east-1"\n}\n'


def read(
    files: Mapping[str, str] | str, inputs: CodeInputs | None = None, only: str | None = None
) -> list[Bucket]:
    texts = {"main.tf": files} if isinstance(files, str) else files
    paths = {os.path.normpath(ROOT / name): text for name, text in texts.items()}
    unit = Folder(ROOT, only=ROOT / only if only else None)
    assert READER.claims(unit)
    return list(READER.read(unit, context(paths, inputs)))


def one(files: Mapping[str, str] | str, inputs: CodeInputs | None = None) -> Bucket:
    [found] = read(files, inputs)
    return found


def algorithm(found: Bucket) -> str | None:
    assert isinstance(found.encryption, Encryption), found.encryption
    return found.encryption.algorithm


def test_the_place_is_the_algorithm_or_the_bucket() -> None:
    [place] = one(GOOD).places
    [bare] = one(BUCKET).places

    assert (place.uri, place.line, place.column) == ("i/main.tf", 9, 7)
    assert (bare.line, bare.column) == (1, 1)


def test_the_place_of_an_override_is_in_its_file() -> None:
    override = (
        f'resource "{SSE}" "b" {{\n  rule {{\n    apply_server_side_encryption_by_default {{\n'
        '      sse_algorithm = "AES256"\n    }\n  }\n}\n'
    )
    found = one({"main.tf": GOOD, "override.tf": override})

    assert algorithm(found) == "AES256"
    assert found.places[0].uri == "i/override.tf"


def test_the_region_is_the_one_of_the_provider() -> None:
    providers = 'provider "aws" {\n  region = "eu-west-1"\n}\n' + US
    aliased = BUCKET.replace("{\n", "{\n  provider = aws.us\n", 1)
    own = BUCKET.replace("{\n", '{\n  region = "eu-north-1"\n', 1)

    assert [one(providers + text).region for text in (BUCKET, aliased, own)] == [
        "eu-west-1",
        "us-east-1",
        "eu-north-1",
    ]


def test_a_module_may_be_given_another_provider() -> None:
    main = US + 'module "m" {\n  source = "./m"\n  providers = {\n    aws = aws.us\n  }\n}\n'

    assert one({"main.tf": main, "m/main.tf": BUCKET}).region == "us-east-1"


def test_the_tags_are_those_of_the_provider_too() -> None:
    provider = 'provider "aws" {\n  default_tags {\n    tags = { team = "a", env = "x" }\n  }\n}\n'
    tagged = BUCKET.replace("{\n", '{\n  tags = { env = "prod" }\n', 1)

    assert one(provider + tagged).tags == {"team": "a", "env": "prod"}


def test_tags_that_are_not_told_are_unknown() -> None:
    tags = one('variable "t" {}\n' + BUCKET.replace("{\n", "{\n  tags = { a = var.t }\n", 1)).tags

    assert isinstance(tags, Unknown)
    assert tags.advice.worded(cli_wording) == "set it with --var t=VALUE or --var-file FILE"


def test_what_a_variable_leaves_open_comes_out_in_each_way() -> None:
    found = one('variable "on" {\n  type = bool\n}\n' + BUCKET + configured('var.on ? "aws:kms" : "AES256"'))

    ways = {o.when: o.encryption.algorithm for o in found.outcomes if isinstance(o.encryption, Encryption)}
    assert ways == {"var.on is true": "aws:kms", "var.on is false": "AES256"}


def test_what_hangs_on_nothing_open_has_one_way() -> None:
    found = one('variable "on" {\n  type = bool\n}\n' + GOOD.replace("the-bucket", '${var.on ? "a" : "b"}'))

    assert found.outcomes == ()
    assert found.name is None


def test_more_ways_than_are_looked_at_are_unknown_in_one_of_them() -> None:
    variables = "".join(f'variable "v{n}" {{\n  type = bool\n}}\n' for n in range(12))
    total = " + ".join(f"(var.v{n} ? 1 : 0)" for n in range(12))
    found = one(variables + BUCKET + configured(f'{total} > 99 ? "AES256" : "aws:kms"'))

    assert any(isinstance(outcome.encryption, Unknown) for outcome in found.outcomes)


def test_changes_that_are_ignored_weaken_the_finding() -> None:
    found = one(BUCKET + configured(more="lifecycle {\n    ignore_changes = [rule]\n  }"))

    assert found.caveat
    assert "ignores changes" in found.caveat


def test_one_stands_for_many_whose_number_is_not_told() -> None:
    each = "for_each = var.names\n"
    text = 'variable "names" {\n  type = set(string)\n}\n' + BUCKET.replace("{\n", "{\n" + each, 1)
    found = one(text + configured(of="aws_s3_bucket.b[each.key].id", more=each))

    assert (found.resource, algorithm(found)) == ("aws_s3_bucket.b", "aws:kms")
    assert "var.names has no value" in (found.caveat or "")


def test_a_configuration_for_one_of_many_is_not_for_all() -> None:
    text = 'variable "n" {\n  type = number\n}\n' + BARE.replace("{", "{\n  count = var.n\n")

    assert isinstance(one(text + configured(of="aws_s3_bucket.b[0].id")).encryption, Unknown)


def test_a_module_that_is_not_there_is_one_unknown() -> None:
    found = read(
        'module "a" {\n  source = "x/y/aws"\n}\nmodule "none" {\n  source = "x/z/aws"\n  count = 0\n}\n'
    )

    assert [one_.resource for one_ in found] == [None]
    assert isinstance(found[0].encryption, Unknown)
    assert "terraform init" in str(found[0].encryption.advice)


def test_a_broken_file_of_values_is_said() -> None:
    found = read({"main.tf": GOOD, "terraform.tfvars": "{ nothing\n"})

    assert [isinstance(each.encryption, Unknown) for each in found] == [False, True]
    assert found[1].places[0].uri == "i/terraform.tfvars"


def test_a_file_alone_gives_its_buckets_alone() -> None:
    other = 'resource "aws_s3_bucket" "other" {}\n'

    assert [found.resource for found in read({"main.tf": GOOD, "o.tf": other}, only="main.tf")] == [
        "aws_s3_bucket.b"
    ]


CALLS = {
    "main.tf": 'module "m" {\n  source = "./m"\n}\nmodule "far" {\n  source = "acme/far/aws"\n}\n',
    "o.tf": 'module "n" {\n  source = "./m"\n}\n',
    "m/main.tf": BARE + 'module "in" {\n  source = "./in"\n}\n',
    "m/broken.tf": "resource {{{\n",
    "m/in/main.tf": BARE,
}


def test_a_file_alone_gives_what_the_modules_that_it_calls_declare() -> None:
    found = read(CALLS, only="main.tf")

    assert {one.resource for one in found} == {
        "module.m.aws_s3_bucket.b",
        "module.m.module.in.aws_s3_bucket.b",
        None,
    }
    unread = {str(one.places[0].uri) for one in found if one.resource is None}
    assert unread == {"i/m/broken.tf", "i/main.tf"}


def test_a_file_alone_does_not_give_the_modules_of_others() -> None:
    assert "module.m.aws_s3_bucket.b" not in {one.resource for one in read(CALLS, only="o.tf")}


def test_a_folder_that_has_nothing_to_do_with_buckets_is_not_parsed() -> None:
    assert read('resource "aws_vpc" "v" {\n  this is no HCL\n}\n') == []


def test_a_secret_is_nowhere() -> None:
    variable = 'variable "s" {\n  sensitive = true\n  default = "hunter2hunter2"\n}\n'
    text = (
        variable
        + BUCKET.replace('"the-bucket"', "var.s")
        + configured(key='kms_master_key_id = "alias/${var.s}"')
    )
    found = one(text)

    assert found.name is None
    assert "hunter2" not in repr(found)


def test_a_data_source_of_the_alias_of_aws_is_the_key_of_aws() -> None:
    data = 'data "aws_kms_alias" "s3" {\n  name = "alias/aws/s3"\n}\n'
    found = one(data + BUCKET + configured(key="kms_master_key_id = data.aws_kms_alias.s3.target_key_arn"))

    assert found.key_kind is KeyKind.AWS_MANAGED


def test_the_environment_is_that_which_was_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_alg", "aws:kms")

    assert isinstance(one('variable "alg" {}\n' + BUCKET + configured("var.alg")).encryption, Unknown)


DYNAMIC = (
    f'resource "{SSE}" "b" {{\n  bucket = aws_s3_bucket.b.id\n  dynamic "rule" {{\n    for_each = [var.alg]\n'
    "    content {\n      apply_server_side_encryption_by_default {\n        sse_algorithm = rule.value\n"
    "      }\n    }\n  }\n}\n"
)


def of_plan(files: Mapping[str, str]) -> Bucket:
    """A plan in which the rule is unknown, as it is behind a dynamic block, with these files beside it."""
    planned = plan(
        bucket(), config(f"{SSE}.b", "aws_s3_bucket.b.id", "aws_s3_bucket.b", rules={}, unknown_rule=True)
    )
    data = json.dumps({**planned, "variables": {"alg": {"value": "aws:kms"}}}).encode()
    [found] = PLAN.read(Document(Path("i/plan.json"), data), context(files))
    return found


def test_what_a_plan_does_not_tell_the_code_beside_it_does() -> None:
    found = of_plan({"i/main.tf": 'variable "alg" {}\n' + BARE + DYNAMIC})

    assert algorithm(found) == "aws:kms"
    assert "code beside the plan" in (found.caveat or "")


def test_a_plan_alone_stays_unknown() -> None:
    assert isinstance(of_plan({}).encryption, Unknown)
    assert isinstance(of_plan({"j/main.tf": BARE + DYNAMIC}).encryption, Unknown)


@pytest.mark.parametrize("depth", [50, 100_000])
def test_no_depth_is_a_crash(depth: int) -> None:
    for text in ("(" * depth + '"aws:kms"' + ")" * depth, "[" * depth + "]" * depth, "!" * depth + "true"):
        assert read(BUCKET + configured(text))


def test_too_many_instances_are_an_unknown() -> None:
    assert isinstance(one(BUCKET.replace("{\n", "{\n  count = 1e9\n", 1)).encryption, Unknown)


MANIFEST = ".terraform/modules/modules.json"
SEEDS = [
    GOOD,
    'variable "on" {\n  type = bool\n}\n' + BUCKET + configured('var.on ? "aws:kms" : "AES256"'),
    'locals {\n  all = { a = "x", b = "y" }\n}\nresource "aws_s3_bucket" "b" {\n  for_each = local.all\n'
    '  bucket   = "n-${each.value}"\n}\n' + configured(of="each.value.id", more="for_each = aws_s3_bucket.b"),
    'variable "k" {}\nresource "aws_kms_key" "k" {\n  count = var.k ? 1 : 0\n}\n' + BUCKET
    + configured(key="kms_master_key_id = one(aws_kms_key.k[*].arn)"),
    'module "m" {\n  source = "./m"\n  name = "${terraform.workspace}-%{ if true }x%{ endif }"\n}\n' + BUCKET
    + configured(of="module.m.id"),
]  # fmt: skip
PIECES = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    '"',
    "${",
    "%{",
    "...",
    "var.x",
    "local.all",
    "null",
    "for",
    "in",
    ":",
    "?",
    "*",
]
PIECES += [
    ".",
    "=",
    "==",
    "each.value",
    "count.index",
    "<<E\n",
    "-1",
    "1e999",
    "aws_s3_bucket.b",
    "[*]",
    "module.m",
]
PIECES += [
    "\0",
    "é",
    "\\u",
    "for_each",
    "count",
    "self",
    "try(",
    "data.",
    "path.module",
    'dynamic "rule"',
    "b",
]


@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 2**16), st.sampled_from(PIECES), st.booleans()))
)
@settings(max_examples=300, deadline=None)
def test_no_mutation_is_a_crash(text: str, changes: list[tuple[int, str, bool]]) -> None:
    for where, piece, is_instead in changes[:5]:
        words = [found.span() for found in re.finditer(r"[\w.]+|\S", text)]
        start, end = words[where % len(words)]
        text = text[:start] + piece + text[end if is_instead else start :]

    for found in read(
        {"main.tf": text, "m/main.tf": BUCKET + 'output "id" {\n  value = aws_s3_bucket.b.id\n}\n'}
    ):
        assert not isinstance(found.encryption, Unknown) or found.encryption.advice
        assert found.places


@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    for name in (
        "main.tf",
        "main.tf.json",
        "terraform.tfvars",
        "terraform.tfvars.json",
        ".terraform/modules/modules.json",
    ):
        read({"a.tf": 'module "m" {\n  source = "a/b/c"\n}\n' + GOOD, name: data.decode("latin-1")})


def test_an_exemption_in_the_code_beside_a_plan_counts() -> None:
    exempt = "# s3kms: exempt s3_bucket_kms_encryption a public site\n"
    document = Document(ROOT / "plan.json", json.dumps(plan(bucket(name="the-bucket"))).encode())

    [found] = PLAN.read(document, context({"i/main.tf": exempt + BUCKET}))

    assert [skip.reason for skip in found.suppressions] == ["a public site"]
