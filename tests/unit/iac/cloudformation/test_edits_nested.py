"""Edits of nested templates and of table buckets, where the reader knows them."""

from pathlib import Path

import pytest
from tests.support.code import Memory
from tests.support.template_edits import AS_USUAL, BEFORE, fix, key

from s3kms.iac.cloudformation.editor import propose
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    DesiredKey,
    Document,
    EditTarget,
    Proposal,
    ReadContext,
)

pytest.importorskip("s3kms.iac.cloudformation.nested_stacks")

ROOT = b"""
Resources:
  One: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./n.yaml, Parameters: {P: AES256}}}
  Two: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./n.yaml, Parameters: {P: aws:kms}}}
"""
NESTED = b"""
Parameters: {P: {Type: String}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: !Ref P}
  C: {Type: AWS::S3::Bucket}
"""
ROOT_PATH, NESTED_PATH = Path("d/t.yaml"), Path("d/n.yaml")


def edits(*wanted: str) -> list[Proposal | Declined]:
    document = Document(ROOT_PATH, ROOT)
    context = ReadContext(Memory({ROOT_PATH: ROOT, NESTED_PATH: NESTED}))
    found = [b for b in READER.read(document, context) if b.resource in wanted]
    return list(propose(document, context, [BucketToEdit(b, BEFORE) for b in found], AS_USUAL))


def test_a_nested_template_is_edited_in_its_own_file() -> None:
    (proposal,) = edits("One.B", "Two.B")

    assert isinstance(proposal, Proposal)
    assert "One.B" in proposal.buckets
    assert {path for path, _ in proposal.splices} == {NESTED_PATH}


def test_a_nested_template_is_not_edited_where_another_stack_has_it_too() -> None:
    (declined,) = edits("One.C")

    assert isinstance(declined, Declined)
    assert declined.why == "what is written there is used by Two.C, too"


TABLES = """
Resources:
  Key:
    Type: AWS::KMS::Key
  T:
    Type: AWS::S3Tables::TableBucket
    Properties:
      TableBucketName: t
  U:
    Type: AWS::S3Tables::TableBucket
    Properties:
      EncryptionConfiguration:
        SSEAlgorithm: AES256
"""


def test_a_table_bucket_gets_a_key() -> None:
    edited = fix(TABLES, key("Key"), wanted={"T", "U"})

    assert not edited.declined
    assert edited.text.count("SSEAlgorithm: aws:kms\n        KMSKeyArn: !GetAtt Key.Arn\n") == 2
    assert "BucketKeyEnabled" not in edited.text


@pytest.mark.parametrize(
    "desired", [AS_USUAL, EditTarget(key=DesiredKey()), EditTarget(key=DesiredKey(literal="alias/x"))]
)
def test_a_table_bucket_takes_nothing_but_an_arn(desired: EditTarget) -> None:
    edited = fix(TABLES, desired, wanted={"T", "U"})

    assert edited.data == edited.before
    assert all("customer managed key" in declined.why for declined in edited.declined)
