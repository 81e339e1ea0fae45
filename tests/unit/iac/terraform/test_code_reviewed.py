"""What a hostile reading of the Terraform reader has found: each was wrong, or slow, or showed too much."""

import time
from pathlib import Path

import pytest
from tests.support.terraform_case import (
    BLIND,
    DSSE,
    KEY,
    KMS,
    OUR_KEY,
    SSE,
    Case,
    bucket,
    case,
    kms,
    local,
    sse,
    variable,
)
from tests.unit.iac.terraform.test_code_cases import TODAY, agree, judge, read

from s3kms.desired.configuration import Configuration
from s3kms.iac.files import DiskFiles
from s3kms.iac.hcl.file_access import resolve_nearby_path
from s3kms.iac.hcl.functions.regular_expressions import regex
from s3kms.iac.interface import Folder, ReadContext
from s3kms.iac.terraform.code import READER
from s3kms.iac.units import find_units
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS
from s3kms.rules import RULES
from s3kms.rules.evaluate import evaluate_bucket

SECRET = "SuperSecretValue"
LOOKED_UP = variable("name") + 'data "aws_s3_bucket" "d" {\n  bucket = var.name\n}\n'
FILLED = KEY + local("key", "aws_kms_key.k.arn") + bucket()

CASES = [
    case("a-name-is-no-empty-list", bucket() + sse('[aws_s3_bucket.b.id] == [] ? "AES256" : "aws:kms"'), KMS),
    case("a-name-is-no-list", bucket() + sse('aws_s3_bucket.b.id == tolist([]) ? "AES256" : "aws:kms"'), KMS),
    case("join-takes-many-lists", bucket() + sse('join("", ["AES"], ["256"])'), SSE),
    case("join-makes-texts", bucket() + sse('join("", [256]) == "256" ? "aws:kms" : "AES256"'), KMS),
    case("branches-have-one-type", bucket() + sse('(true ? 1 : "x") == "1" ? "aws:kms" : "AES256"'), KMS),
    case(
        "branches-have-one-type-either-way",
        variable("e", "default = true")
        + bucket()
        + sse('(var.e ? true : "false") == "true" ? "aws:kms:dsse" : "AES256"'),
        DSSE,
    ),
    case(
        "a-list-is-no-tuple",
        variable("l", "type = list(string)", "default = []")
        + bucket()
        + sse('var.l == [] ? "aws:kms" : "AES256"'),
        SSE,
    ),
    case(
        "a-map-is-no-object",
        variable("m", "type = map(string)", "default = {}")
        + bucket()
        + sse('{} != var.m ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "a-tuple-is-a-tuple",
        variable("l", "default = []") + bucket() + sse('var.l == [] ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "a-local-tuple-is-a-tuple",
        local("l", "[]") + bucket() + sse('local.l == [] ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "nobody-tells-a-list-from-a-tuple",
        local("l", 'distinct(["a"])') + bucket() + sse('upper(local.l == ["a"] ? "x" : "y")'),
        BLIND,
    ),
    case(
        "a-bucket-looked-up-in-a-module",
        bucket() + 'module "m" {\n  source = "./m"\n  name = aws_s3_bucket.b.id\n}\n',
        KMS,
        ("m/main.tf", LOOKED_UP + kms(of="data.aws_s3_bucket.d.id")),
    ),
    case(
        "a-bucket-of-a-module-called-data",
        'module "data" {\n  source = "./m"\n}\n' + kms(of="module.data.id"),
        {"module.data.aws_s3_bucket.b": KMS},
        ("m/main.tf", bucket() + 'output "id" {\n  value = aws_s3_bucket.b.id\n}\n'),
    ),
    case(
        "an-arn-has-a-length",
        FILLED + sse('length(local.key) > 0 ? "aws:kms" : "AES256"', key="local.key"),
        OUR_KEY,
    ),
    case("an-arn-has-no-length-of-zero", FILLED + sse('0 == length(local.key) ? "AES256" : "aws:kms"'), KMS),
    case(
        "a-module-that-is-not-there-is-given-the-whole-bucket",
        bucket() + 'module "e" {\n  source = "acme/enc/aws"\n  bucket = aws_s3_bucket.b\n}\n',
        {"aws_s3_bucket.b": BLIND.saying("a module that is given the bucket"), "": BLIND},
    ),
    case(
        "a-configuration-declared-twice",
        bucket() + kms(),
        BLIND.saying("aws_s3_bucket_server_side_encryption_configuration.b is declared more than once"),
        ("more.tf", sse('"AES256"')),
    ),
    case(
        "another-workspace-is-meant",
        bucket() + sse('{ prod = "aws:kms" }[terraform.workspace]'),
        BLIND.saying(remedy="--workspace"),
    ),
    case(
        "a-local-module-is-not-there",
        'module "m" {\n  source = "./m"\n}\n',
        {"": BLIND.saying(remedy="correct its source")},
    ),
]


@pytest.mark.parametrize("one", [pytest.param(one, id=one.id) for one in CASES])
def test_every_bucket_gets_its_verdict(one: Case) -> None:
    found = {bucket.resource or "": bucket for bucket in read(one)}

    assert set(found) == set(one.said)
    for address, said in one.said.items():
        agree(found[address], said)


@pytest.mark.parametrize(
    "written",
    ["upper(var.k)", "base64encode(var.k)", 'replace(var.k, "e", "3")', 'split("S", var.k)[2]', "var.k"],
)
def test_what_is_made_of_a_secret_is_not_shown(written: str) -> None:
    text = variable("k", "sensitive = true", f'default = "{SECRET}"') + bucket()
    made = {SECRET, SECRET.upper(), "U3VwZXJTZWNyZXRWYWx1ZQ==", SECRET.replace("e", "3"), "ecretValue"}

    for config in (sse(written), kms(key=written)):
        (found,) = read(Case("secret", {"main.tf": text + config}, {}))
        shown = "".join(repr(evaluate_bucket(found, rule, Configuration(), TODAY)) for rule in RULES)
        assert not any(secret in shown for secret in made)


def test_a_member_of_a_sensitive_set_is_not_shown() -> None:
    text = variable("k", "sensitive = true", "type = set(string)", f'default = ["{SECRET}"]') + bucket()

    (found,) = read(Case("secret", {"main.tf": text + kms(key="one(var.k)")}, {}))

    assert SECRET not in repr(judge(found))


@pytest.mark.parametrize("value", [SECRET, f"{SECRET}!! x", f"[{SECRET}/x]", f'"a" {SECRET}'])
def test_a_value_that_is_no_value_is_not_shown(value: str) -> None:
    text = variable("k", "sensitive = true") + bucket() + sse("var.k")

    for found in read(Case("secret", {"main.tf": text, "terraform.tfvars": f"k = {value}\n"}, {})):
        assert SECRET not in repr(judge(found))


# Roots.


def written(folder: Path, files: dict[str, str]) -> list[Bucket]:
    """What is found in these files, on the disk."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    context = ReadContext(DiskFiles(), DEFAULT_CODE_INPUTS)
    units = [unit for unit in find_units(folder) if isinstance(unit, Folder)]
    return [found for unit in units for found in READER.read(unit, context)]


@pytest.mark.parametrize(
    "mention",
    [
        '# module "old" { source = "../other" }\n',
        'resource "aws_s3_object" "module" {\n  source = "../other"\n}\n',
        'locals {\n  module = <<EOT\nsource = "../other"\nEOT\n}\n',
    ],
)
def test_a_folder_that_is_only_mentioned_is_a_root(tmp_path: Path, mention: str) -> None:
    found = written(tmp_path, {"a/main.tf": mention + bucket(), "other/main.tf": bucket(name="c")})

    assert {one.resource for one in found} == {"aws_s3_bucket.b", "aws_s3_bucket.c"}


def test_a_folder_that_is_called_from_json_is_no_root(tmp_path: Path) -> None:
    call = '{"module":{"m":{"source":"../m"}}}'

    found = written(tmp_path, {"a/main.tf.json": call, "m/main.tf": bucket()})

    assert [one.resource for one in found] == ["module.m.aws_s3_bucket.b"]


# Files elsewhere.


def test_a_link_to_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("not for others")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "key.txt").symlink_to(tmp_path / ".hidden")

    (found,) = written(tmp_path / "code", {"main.tf": bucket() + kms(key='file("key.txt")')})

    assert "not for others" not in repr(judge(found))


def test_values_that_are_a_link_to_something_hidden_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".credentials").write_text("[default]\nkey = NotForOthers/abc\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "terraform.tfvars").symlink_to(tmp_path / ".credentials")

    (found,) = written(tmp_path / "code", {"main.tf": variable("key") + bucket() + sse("var.key")})

    assert "NotForOthers" not in repr(judge(found))


def test_a_file_that_shares_only_the_disk_with_the_code_is_not_read() -> None:
    assert resolve_nearby_path(Path("/src/infra"), "../../proc/self/environ") is None
    assert resolve_nearby_path(Path("/src/infra"), "../config/names.json") == Path("/src/config/names.json")


def test_the_files_of_a_fetched_module_are_read() -> None:
    folder = Path("/src/infra")

    assert (
        resolve_nearby_path(folder, ".terraform/modules/m/names.json")
        == folder / ".terraform/modules/m/names.json"
    )
    assert resolve_nearby_path(folder, ".terraform/terraform.tfstate") is None


# Time.


@pytest.mark.parametrize(
    ("expression", "text"),
    [("(?:a?){50}a{50}", "a" * 50 + "b"), ("a?" * 40 + "a" * 40, "a" * 39), ("(a|a)" * 30 + "c", "a" * 40)],
)
def test_an_expression_with_too_many_ways_is_open(expression: str, text: str) -> None:
    start = time.monotonic()

    assert isinstance(regex(expression, text), UnknownValue)
    assert time.monotonic() - start < 1


def test_the_usual_expression_for_a_key_is_evaluated() -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    assert regex(r"^arn:aws[a-zA-Z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+$", arn) == ["key"]


def test_many_configurations_that_may_be_for_any_bucket_are_told_once() -> None:
    count = 300
    parts = [
        bucket(f'bucket = "name-{n}"', f"b{n}")
        + kms(of=f"data.external.x.result.n{n}").replace('configuration" "b"', f'configuration" "b{n}"')
        for n in range(count)
    ]

    start = time.monotonic()
    found = read(Case("many", {"main.tf": 'data "external" "x" {}\n' + "".join(parts)}, {}))

    assert len(found) == count
    assert {judge(one).verdict for one in found} == {BLIND.verdict}
    assert time.monotonic() - start < 10
