"""Edits of code that is nowhere on a disk, as the languages propose them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.code import Memory

from s3kms.iac.cloudformation.language import LANGUAGE as TEMPLATES
from s3kms.iac.editing.splices import apply_splices
from s3kms.iac.interface import (
    BucketToEdit,
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
