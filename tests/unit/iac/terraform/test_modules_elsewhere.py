"""Modules that were not fetched: well-known ones, those of this repository, git submodules, sources that are made."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.unit.iac.terraform.test_incomplete_code import verdict

from s3kms.cli.wording import cli_wording
from s3kms.iac.code_source import CodeSource
from s3kms.iac.hcl.module_sources import parse_module_source
from s3kms.iac.terraform.known_modules import find_known_module
from s3kms.model.bucket import Bucket
from s3kms.model.stream import Note, ScanItem, Unlisted

Tree = Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def items(files: Mapping[str, str], *named: str) -> list[ScanItem]:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    return list(CodeSource(tuple(map(Path, named or (".",)))).buckets(frozenset()))


def buckets(found: list[ScanItem]) -> dict[str | None, Bucket]:
    return {one.resource: one for one in found if isinstance(one, Bucket)}


def unknowns(found: list[ScanItem]) -> list[str]:
    return [one.unknown.why for one in found if isinstance(one, Unlisted)]


def notes(found: list[ScanItem]) -> list[str]:
    return [one.sentence.worded(cli_wording) for one in found if isinstance(one, Note)]


def call(source: str, *arguments: str, name: str = "m") -> str:
    lines = "".join(f"  {argument}\n" for argument in arguments)
    return f'module "{name}" {{\n  source = "{source}"\n{lines}}}\n'


def rule(algorithm: str) -> str:
    default = f"apply_server_side_encryption_by_default = {{ sse_algorithm = {algorithm} }}"
    return f"server_side_encryption_configuration = {{ rule = {{ {default} }} }}"


S3_BUCKET = "terraform-aws-modules/s3-bucket/aws"
THIS = "module.m.aws_s3_bucket.this[0]"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("source", "arguments", "address", "expected"),
    [
        (S3_BUCKET, (), THIS, "fail"),
        (S3_BUCKET, (rule('"AES256"'),), THIS, "fail"),
        (S3_BUCKET, (rule('"aws:kms"'),), THIS, "pass"),
        (S3_BUCKET, (rule("var.algorithm"),), THIS, "unknown"),
        (S3_BUCKET, (rule('"aws:kms"'), "bucket = var.name"), THIS, "pass"),
        (
            "git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v3.0.0",
            (rule('"aws:kms"'),),
            THIS,
            "pass",
        ),
        ("cloudposse/s3-bucket/aws", (), "module.m.aws_s3_bucket.default[0]", "fail"),
        (
            "cloudposse/s3-bucket/aws",
            ('sse_algorithm = "aws:kms"', "context = module.this.context"),
            "module.m.aws_s3_bucket.default",
            "pass",
        ),
        (
            "cloudposse/s3-log-storage/aws",
            ('sse_algorithm = "aws:kms"',),
            "module.m.module.aws_s3_bucket.aws_s3_bucket.default[0]",
            "pass",
        ),
        ("cloudposse/tfstate-backend/aws", (), "module.m.aws_s3_bucket.default[0]", "fail"),
        (f"{S3_BUCKET}//modules/table-bucket", (), "module.m.aws_s3tables_table_bucket.this[0]", "fail"),
    ],
)
def test_a_well_known_module_is_judged_by_what_it_is_given(
    source: str, arguments: tuple[str, ...], address: str, expected: str
) -> None:
    found = buckets(items({"main.tf": 'variable "algorithm" {}\n' + call(source, *arguments)}))

    assert verdict(found[address]) == expected
    assert f"{source} is not installed" in str(found[address].caveat)
    assert [(place.uri, place.line) for place in found[address].places] == [("main.tf", 2)]


@pytest.mark.usefixtures("tree")
def test_a_well_known_module_that_is_turned_off_declares_no_bucket() -> None:
    assert items({"main.tf": call(S3_BUCKET, "create_bucket = false")}) == []


@pytest.mark.usefixtures("tree")
def test_a_well_known_module_that_is_installed_is_read_itself() -> None:
    installed = '{"Modules": [{"Key": "m", "Source": "x", "Dir": ".terraform/modules/m"}]}'
    found = items(
        {
            "main.tf": call(S3_BUCKET),
            ".terraform/modules/modules.json": installed,
            ".terraform/modules/m/main.tf": 'resource "aws_s3_bucket" "other" {}\n',
        }
    )

    assert set(buckets(found)) == {"module.m.aws_s3_bucket.other"}


@pytest.mark.usefixtures("tree")
def test_a_configuration_of_a_bucket_of_a_well_known_module_is_for_it() -> None:
    configuration = """
resource "aws_s3_bucket_server_side_encryption_configuration" "c" {
  bucket = module.m.s3_bucket_id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
  }
}
"""
    found = buckets(items({"main.tf": call(S3_BUCKET) + configuration}))

    assert {address: verdict(one) for address, one in found.items()} == {THIS: "pass"}


@pytest.mark.usefixtures("tree")
def test_modules_that_hold_no_bucket_are_noted_and_not_unknown() -> None:
    main = call("terraform-aws-modules/vpc/aws", name="net") + call("cloudposse/label/null", name="this")
    found = items({"main.tf": main + 'resource "aws_s3_bucket" "b" { bucket = module.this.id }\n'})

    assert unknowns(found) == []
    assert verdict(buckets(found)["aws_s3_bucket.b"]) == "fail"
    assert notes(found) == [
        "module.net (terraform-aws-modules/vpc/aws), module.this (cloudposse/label/null) are not installed; they "
        "are known to declare no bucket"
    ]


@pytest.mark.usefixtures("tree")
def test_a_module_that_nobody_knows_is_unknown() -> None:
    found = items({"main.tf": call("acme/logs/aws")})

    assert unknowns(found) == ["the module acme/logs/aws, which module.m calls, is not installed"]


@pytest.mark.parametrize(
    "source",
    [
        "terraform-aws-modules/vpc/aws",
        "git@github.com:terraform-aws-modules/terraform-aws-vpc.git",
        "terraform-aws-modules/iam/aws//modules/iam-role",
    ],
)
def test_a_module_without_buckets_is_known_by_every_address_and_folder(source: str) -> None:
    remote = parse_module_source(source)

    assert remote
    assert find_known_module(remote) == ""


@pytest.mark.parametrize(
    "source", ["acme/vpc/aws", "terraform-aws-modules/alb/aws", f"{S3_BUCKET}//wrappers"]
)
def test_what_is_not_known_is_not_guessed(source: str) -> None:
    remote = parse_module_source(source)

    assert remote
    assert find_known_module(remote) is None


STORE = {"s3_config/main.tf": 'variable "name" {}\nresource "aws_s3_bucket" "x" { bucket = var.name }\n'}
OWN = "github.com/acme/library//s3_config?ref=v1.2.0"
REMOTE = '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@github.com:acme/library.git\n'


@pytest.mark.usefixtures("tree")
def test_a_module_of_the_repository_itself_is_read_from_its_folder() -> None:
    found = buckets(
        items({".git/config": REMOTE, "trail/main.tf": call(OWN, 'name = "acme-trail"'), **STORE}, "trail")
    )

    bucket = found["module.m.aws_s3_bucket.x"]
    assert (bucket.name, verdict(bucket)) == ("acme-trail", "fail")
    assert bucket.caveat == "module.m is read from s3_config in this repository, and the call pins v1.2.0"


@pytest.mark.usefixtures("tree")
def test_a_registry_address_of_the_repository_itself_is_read_from_its_root() -> None:
    remote = REMOTE.replace("library", "terraform-aws-store")
    found = items(
        {
            ".git/config": remote,
            "main.tf": 'resource "aws_s3_bucket" "x" {}\n',
            "examples/one/main.tf": call("acme/store/aws"),
        },
        "examples",
    )

    assert set(buckets(found)) == {"module.m.aws_s3_bucket.x"}


@pytest.mark.usefixtures("tree")
def test_a_folder_that_may_be_the_module_is_named() -> None:
    found = items({"trail/main.tf": call(OWN, 'name = "acme-trail"'), **STORE})

    assert unknowns(found) == [
        f"the module {OWN}, which module.m calls, is not installed; s3_config in this tree may be that module"
    ]


@pytest.mark.usefixtures("tree")
def test_a_module_of_another_repository_is_not_read_from_this_one() -> None:
    other = REMOTE.replace("library", "other")
    found = items({".git/config": other, "trail/main.tf": call(OWN), **STORE}, "trail")

    assert buckets(found) == {}
    assert "may be that module" in unknowns(found)[0]


SUBMODULES = '[submodule "shared"]\n\tpath = shared\n\turl = https://git.example/acme/shared.git\n'


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("git", [{}, {".git/HEAD": "ref: refs/heads/main\n"}])
def test_a_submodule_that_is_not_checked_out_is_named(git: Mapping[str, str]) -> None:
    found = items(
        {"infra/main.tf": call("../shared/s3"), ".gitmodules": SUBMODULES, "shared/.keep": "", **git}
    )

    (unlisted,) = [one for one in found if isinstance(one, Unlisted)]
    assert unlisted.unknown.why == (
        "module.m calls ../shared/s3, and shared is a git submodule that is not checked out"
    )
    assert str(unlisted.unknown.advice) == "check it out: git submodule update --init shared"


@pytest.mark.usefixtures("tree")
def test_a_folder_that_a_checked_out_submodule_lacks_is_a_wrong_source() -> None:
    files = {"shared/.git": "gitdir: ../.git/modules/shared\n", ".gitmodules": SUBMODULES}

    (why,) = unknowns(items({"main.tf": call("./shared/s3"), **files}))

    assert why == "module.m calls ./shared/s3, and shared/s3 has no Terraform files"


MODULE = {"modules/a/main.tf": 'resource "aws_s3_bucket" "b" {}\n'}


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("source", ["var.where", '"${local.root}/a"', '"./modules/${var.name}"'])
def test_a_source_that_evaluates_is_followed(source: str) -> None:
    head = (
        'variable "where" { default = "./modules/a" }\nvariable "name" { default = "a" }\n'
        'locals {\n  root = "./modules"\n}\n'
    )
    main = head + f'module "m" {{\n  source = {source}\n}}\n'

    found = items({"main.tf": main, **MODULE}, "main.tf")

    assert set(buckets(found)) == {"module.m.aws_s3_bucket.b"}


@pytest.mark.usefixtures("tree")
def test_a_source_without_a_value_is_unknown() -> None:
    main = 'variable "where" {}\nmodule "m" {\n  source = var.where\n}\n'

    assert unknowns(items({"main.tf": main})) == [
        "the source of module.m is not a literal string, and its value is not known"
    ]


@pytest.mark.usefixtures("tree")
def test_a_source_that_hangs_on_its_own_module_is_unknown() -> None:
    main = 'module "m" {\n  source = module.m.where\n}\nmodule "n" {\n  source = module.m.where\n}\n'

    assert len(unknowns(items({"main.tf": main}))) == 2


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(("default", "count"), [("false", 0), ("true", 1)])
def test_a_module_that_only_a_call_without_instances_calls_is_not_missed(default: str, count: int) -> None:
    main = f'variable "on" {{ default = {default} }}\n' + call("./m", "count = var.on ? 1 : 0")

    assert len(unknowns(items({"main.tf": main, "m/main.tf": call("acme/far/aws", name="far")}))) == count


@pytest.mark.usefixtures("tree")
def test_a_module_that_a_call_of_unknown_number_calls_is_missed() -> None:
    main = 'variable "on" { type = bool }\n' + call("./m", "count = var.on ? 1 : 0")

    assert len(unknowns(items({"main.tf": main, "m/main.tf": call("acme/far/aws", name="far")}))) == 1
