"""What a hostile review of the edits found."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.code import Memory

from s3kms.iac.cloudformation.language import LANGUAGE as TEMPLATES
from s3kms.iac.editing.splices import apply_splices, reverse_splices
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Document,
    Edit,
    EditTarget,
    Folder,
    Language,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.iac.terraform.language import LANGUAGE as TERRAFORM
from s3kms.model.encryption import Encryption

ROOT = Path("code")
BUCKET = 'resource "aws_s3_bucket" "b" {\n}\n'
RULE = (
    'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
    "  bucket = aws_s3_bucket.b.id\n"
    "  rule {\n"
    "    apply_server_side_encryption_by_default {\n"
    "      sse_algorithm = %s\n"
    "    }\n"
    "    bucket_key_enabled = true\n"
    "  }\n"
    "}\n"
)
TEMPLATE = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"


def edits(language: Language, unit: Unit, files: Mapping[Path, bytes]) -> Iterator[Edit]:
    context = ReadContext(Memory(files))
    wanting = [
        BucketToEdit(bucket, bucket.encryption)
        for bucket in language.reader.read(unit, context)
        if isinstance(bucket.encryption, Encryption) and not bucket.encryption.is_kms
    ]
    assert wanting
    assert language.editor is not None
    yield from language.editor(unit, context, wanting, EditTarget())


def with_edits(language: Language, unit: Unit, files: Mapping[Path, bytes]) -> dict[Path, bytes]:
    splices: dict[Path, list[Splice[bytes]]] = {}
    for found in edits(language, unit, files):
        assert isinstance(found, Proposal), found
        for path, splice in found.splices:
            splices.setdefault(path, []).append(splice)
    return {path: apply_splices(files[path], mine) for path, mine in splices.items()}


def terraform(text: str | bytes, **others: str) -> bytes:
    """The main file, edited; nothing else is."""
    main = ROOT / "main.tf"
    data = text if isinstance(text, bytes) else text.encode()
    files = {main: data} | {ROOT / name / "main.tf": other.encode() for name, other in others.items()}
    found = with_edits(TERRAFORM, Folder(ROOT), files)
    assert found.keys() == {main}
    return found[main]


def template(data: bytes, name: str = "t.yaml") -> bytes:
    return with_edits(TEMPLATES, Document(ROOT / name, data), {ROOT / name: data})[ROOT / name]


@pytest.mark.parametrize(
    "text",
    [
        BUCKET + 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n  rule { /* note */ }\n}\n",
        'terraform {\n  required_providers {\n    aws = { version = "~> 3.0" }\n  }\n}\n'
        'resource "aws_s3_bucket" "b" { /* note */ }\n',
    ],
)
def test_a_comment_between_two_braces_stays(text: str) -> None:
    assert b"{ /* note */\n" in terraform(text)


@pytest.mark.parametrize("line", range(10))
@pytest.mark.parametrize("most", ["\n", "\r\n"])
def test_no_line_of_terraform_gets_another_end(line: int, most: str) -> None:
    other = "\r\n" if most == "\n" else "\n"
    lines = (BUCKET + RULE.replace("    bucket_key_enabled = true\n", "") % '"AES256"').splitlines()
    ended = [text + (other if number == line else most) for number, text in enumerate(lines)]
    before = "".join(ended).encode()

    after = terraform(before)

    assert set(before.splitlines(keepends=True)) - set(after.splitlines(keepends=True)) == {
        text.encode() for text in ended if "AES256" in text
    }


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize("most", ["\n", "\r\n"])
def test_no_line_of_a_template_gets_another_end(line: int, most: str) -> None:
    other = "\r\n" if most == "\n" else "\n"
    lines = f"{TEMPLATE}    Properties:\n      BucketName: x".splitlines()
    ended = [text + (other if number == line else most) for number, text in enumerate(lines)]
    before = "".join(ended).encode()

    after = template(before)

    assert set(before.splitlines(keepends=True)) <= set(after.splitlines(keepends=True))


def test_a_byte_order_mark_before_the_first_key_is_no_reason_to_pass_a_template_over() -> None:
    data = b"\xef\xbb\xbf" + TEMPLATE.encode()

    assert TEMPLATES.reader.claims(Document(Path("t.yaml"), data))
    assert template(data).startswith(data)


@pytest.mark.parametrize(
    "folder",
    [".terraform/modules/m", ".terragrunt-cache/a", "cdktf.out/stacks/s", "cdk.out", ".aws-sam/build"],
)
def test_no_file_is_written_that_a_tool_writes_again_whatever_way_leads_to_it(
    tmp_path: Path, folder: str
) -> None:
    made = tmp_path / "in" / folder
    made.mkdir(parents=True)
    (made / "a.tf").write_text(BUCKET)
    (tmp_path / "in" / "link").symlink_to(folder)

    for named in (tmp_path / "in", made):
        why = WritableRoots.of((named,)).refusal(tmp_path / "in" / "link" / "a.tf")
        assert why is not None
        assert "writes it again" in why


def test_the_folder_that_a_template_is_built_into_is_known_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".aws-sam" / "build").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / ".aws-sam" / "build")
    path = Path("template.yaml")

    (found,) = edits(TEMPLATES, Document(path, TEMPLATE.encode()), {path: TEMPLATE.encode()})

    assert isinstance(found, Declined)
    assert "sam build" in found.why


def test_a_root_module_that_terraform_fetched_is_declined() -> None:
    folder = Path("x/.terraform/modules/m")

    (found,) = edits(TERRAFORM, Folder(folder), {folder / "main.tf": BUCKET.encode()})

    assert isinstance(found, Declined)
    assert "terraform init generates" in found.why


def test_the_journal_keeps_no_word_of_a_line_that_only_moved() -> None:
    before = b'  source   = "./m"\n  password = "hunter2"\n'
    after = (
        b'  source               = "./m"\n  password             = "hunter2"\n  encryption_algorithm = "x"\n'
    )

    kept = reverse_splices(before, [Splice(0, len(before), after)])

    assert b"hunter2" not in b"".join(splice.text for splice in kept)
    assert apply_splices(after, kept) == before


COPY = (
    'variable "server_side_encryption_configuration" {\n  type    = any\n  default = {}\n}\n'
    'resource "aws_s3_bucket" "this" {\n}\n'
    'resource "aws_s3_bucket_server_side_encryption_configuration" "this" {\n'
    "  count  = length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0\n"
    "  bucket = aws_s3_bucket.this.id\n"
    '  dynamic "rule" {\n'
    '    for_each = try(flatten([var.server_side_encryption_configuration["rule"]]), [])\n'
    "    content {\n"
    "      bucket_key_enabled = try(rule.value.bucket_key_enabled, null)\n"
    '      dynamic "apply_server_side_encryption_by_default" {\n'
    "        for_each = try([rule.value.apply_server_side_encryption_by_default], [])\n"
    "        content {\n"
    "          sse_algorithm = apply_server_side_encryption_by_default.value.sse_algorithm\n"
    "        }\n      }\n    }\n  }\n}\n"
)


def test_a_copy_of_the_module_that_takes_the_whole_rule_is_given_it_in_its_call() -> None:
    call = b'module "a" {\n  source = "./copy"\n}\n'

    found = terraform(call, copy=COPY)

    rule = b"\n\n  server_side_encryption_configuration = {\n    rule = {\n"
    assert found.startswith(call.removesuffix(b"\n}\n") + rule)


def test_many_buckets_of_a_template_are_proven_together() -> None:
    """One by one, each is a reading of the whole file: minutes, where this is a second."""
    count = 300
    data = "Resources:\n" + "".join(f"  B{number}:\n    Type: AWS::S3::Bucket\n" for number in range(count))
    started = os.times().user

    found = template(data.encode())

    assert found.count(b"aws:kms") == count
    assert os.times().user - started < 10


def test_buckets_whose_edits_touch_are_one_proposal_and_others_are_not() -> None:
    text = (
        "Parameters:\n  A:\n    Type: String\n    Default: AES256\nResources:\n"
        + "".join(
            f"  {name}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketEncryption:\n"
            "        ServerSideEncryptionConfiguration:\n          - BucketKeyEnabled: true\n"
            f"            ServerSideEncryptionByDefault:\n              SSEAlgorithm: {said}\n"
            for name, said in (("B", "!Ref A"), ("C", "!Ref A"), ("D", "AES256"))
        )
    ).encode()
    path = ROOT / "t.yaml"

    found = list(edits(TEMPLATES, Document(path, text), {path: text}))

    assert [one.buckets for one in found if isinstance(one, Proposal)] == [("B", "C"), ("D",)]


OTHER = (
    'resource "aws_ecr_repository" "r" {\n  encryption_configuration {\n    encryption_type = %s\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ('locals {\n  a = "AES256"\n}\n', "local.a"),
        ('variable "a" {\n  default = "AES256"\n}\n', "var.a"),
        ('variable "a" {\n  default = "AES256"\n}\nlocals {\n  b = var.a\n}\n', "local.b"),
    ],
)
def test_a_value_that_something_else_is_made_with_stays(start: str, said: str) -> None:
    shared = "local.a" if "local.a" in said else "var.a"
    before = start + BUCKET + RULE % said + OTHER % shared

    assert terraform(before).decode() == start + BUCKET + RULE % '"aws:kms"' + OTHER % shared


def test_a_value_of_a_similar_name_is_no_other_use() -> None:
    start = 'locals {\n  a = "AES256"\n}\n'
    before = start + BUCKET + RULE % "local.a" + OTHER % "local.a_b"

    assert terraform(before).decode() == before.replace("AES256", "aws:kms")


def test_a_policy_that_asks_for_the_algorithm_of_the_bucket_goes_with_it() -> None:
    before = (
        'variable "a" {\n  default = "AES256"\n}\n'
        + BUCKET
        + RULE % "var.a"
        + 'data "aws_iam_policy_document" "p" {\n  statement {\n    condition {\n'
        '      variable = "s3:x-amz-server-side-encryption"\n      values   = [var.a]\n    }\n  }\n}\n'
    )

    assert terraform(before).decode() == before.replace("AES256", "aws:kms")
