"""Services are edited where one literal decides, and declined with an extension to paste where none does."""

from pathlib import Path

import pytest

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.editing.splices import apply_splices
from s3kms.iac.files import DiskFiles
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    DesiredKey,
    Document,
    Edit,
    EditTarget,
    Proposal,
    ReadContext,
)
from s3kms.iac.serverless.editor import propose
from s3kms.iac.serverless.reader import READER
from s3kms.model.encryption import Encryption

HEAD = "service: photos\nprovider: {name: aws}\n"
BLOCK = """resources:
  Resources:
    B:
      Type: AWS::S3::Bucket
      Properties:
        BucketEncryption:
          ServerSideEncryptionConfiguration:
            - ServerSideEncryptionByDefault:
                SSEAlgorithm: AES256
"""
FLOW = BLOCK.partition("        BucketEncryption")[0] + (
    "        BucketEncryption: {ServerSideEncryptionConfiguration: "
    "[{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}\n"
)


def edits_of(folder: Path, text: str, target: EditTarget, other: str = "") -> tuple[list[Edit], ReadContext]:
    path = folder / "serverless.yml"
    path.write_text(HEAD + text)
    (folder / "other.json").write_text(other)
    context = ReadContext(DiskFiles())
    unit = Document(path, path.read_bytes())
    buckets = [
        BucketToEdit(bucket, bucket.encryption)
        for bucket in read_buckets(READER, unit, context)
        if isinstance(bucket.encryption, Encryption)
    ]
    assert buckets
    return list(propose(unit, context, buckets, target)), context


def written(edit: Edit) -> dict[str, str]:
    assert isinstance(edit, Proposal)
    paths = {path for path, _ in edit.splices}
    return {
        path.name: apply_splices(path.read_bytes(), [one for at, one in edit.splices if at == path]).decode()
        for path in paths
    }


def test_a_literal_in_block_style_gets_the_bucket_key_beside_it(tmp_path: Path) -> None:
    (edit,), _ = edits_of(tmp_path, BLOCK, EditTarget())

    rule = "- BucketKeyEnabled: true\n              ServerSideEncryptionByDefault:\n"
    expected = BLOCK.replace("- ServerSideEncryptionByDefault:\n", rule).replace("AES256", '"aws:kms"')
    assert written(edit) == {"serverless.yml": HEAD + expected}


def test_a_literal_in_braces_gets_the_key_beside_it(tmp_path: Path) -> None:
    (edit,), _ = edits_of(tmp_path, FLOW, EditTarget(key=DesiredKey("alias/a")))

    default = '{KMSMasterKeyID: "alias/a", SSEAlgorithm: "aws:kms"}'
    rule = f"[{{BucketKeyEnabled: true, ServerSideEncryptionByDefault: {default}}}]"
    assert rule in written(edit)["serverless.yml"]


def test_a_literal_of_an_included_file_is_edited_there(tmp_path: Path) -> None:
    other = (
        '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": '
        '{"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}}}'
    )

    (edit,), _ = edits_of(tmp_path, "resources: ${file(other.json)}\n", EditTarget(), other)

    assert list(written(edit)) == ["other.json"]
    assert (
        '{"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}'
        in written(edit)["other.json"]
    )


@pytest.mark.parametrize(
    "text",
    [
        "resources: {Resources: {B: {Type: AWS::S3::Bucket}}}\n",
        "functions: {f: {handler: h, events: [{s3: photos}]}}\n",
        BLOCK.replace("AES256", "${self:custom.alg}") + "custom: {alg: AES256}\n",
    ],
)
def test_a_bucket_that_no_literal_alone_decides_is_declined_with_its_extension(
    text: str, tmp_path: Path
) -> None:
    (edit,), _ = edits_of(tmp_path, text, EditTarget())

    assert isinstance(edit, Declined)
    assert edit.bucket in edit.snippet
    assert "SSEAlgorithm: aws:kms" in edit.snippet


def test_the_extension_of_a_declined_bucket_settles_it(tmp_path: Path) -> None:
    (edit,), context = edits_of(
        tmp_path, "functions: {f: {handler: h, events: [{s3: photos}]}}\n", EditTarget()
    )
    assert isinstance(edit, Declined)

    path = tmp_path / "serverless.yml"
    path.write_text(path.read_text() + edit.snippet)
    (bucket,) = read_buckets(READER, Document(path, path.read_bytes()), context)

    assert isinstance(bucket.encryption, Encryption)
    assert (bucket.encryption.algorithm, bucket.encryption.bucket_key) == ("aws:kms", True)


def test_an_edit_that_would_change_another_bucket_is_not_proposed(tmp_path: Path) -> None:
    text = BLOCK.replace("AES256", "${self:custom.alg}").replace(
        "- Server", "- BucketKeyEnabled: true\n              Server"
    )
    more = "    C:" + text.partition("    B:")[2] + "custom: {alg: AES256}\n"
    path = tmp_path / "serverless.yml"
    path.write_text(HEAD + text + more)
    unit, context = Document(path, path.read_bytes()), ReadContext(DiskFiles())
    first, second = [
        one for one in read_buckets(READER, unit, context) if isinstance(one.encryption, Encryption)
    ]
    assert isinstance(first.encryption, Encryption)
    assert second.resource == "C"

    (edit,) = propose(unit, context, [BucketToEdit(first, first.encryption)], EditTarget())

    assert isinstance(edit, Declined)
