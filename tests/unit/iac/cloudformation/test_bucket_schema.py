"""Properties that CloudFormation refuses: each is named with the one that is meant, and nothing is edited."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.support.template_edits import fix_case
from tests.support.templates import ARN, Case, bucket, default
from tests.unit.iac.cloudformation.test_templates import judge, read

from s3kms.iac.cloudformation import bucket_schema
from s3kms.model.findings import Verdict

GOOD = default("aws:kms", ARN, "BucketKeyEnabled: true, BlockedEncryptionTypes: {EncryptionType: [SSE-C]}")
DIRECTORY, TABLE = "AWS::S3Express::DirectoryBucket", "AWS::S3Tables::TableBucket"
MISNAMED = (
    (
        "ServerSideEncryptionByDefault",
        "ApplyServerSideEncryptionByDefault",
        "the property is ServerSideEncryptionByDefault",
    ),
    ("BucketEncryption", "bucketEncryption", "the property is BucketEncryption"),
    ("BucketEncryption", "BucketEncryptionConfiguration", "the property is BucketEncryption"),
    ("BucketEncryption", "Encryption", "the property is BucketEncryption"),
    ("BucketEncryption", "EncryptionConfiguration", "the property is BucketEncryption"),
    ("BucketEncryption", "BucketEncription", "the property is BucketEncryption"),
    (
        "BucketEncryption: {ServerSideEncryptionConfiguration",
        "BucketEncryption: {Rules",
        "the property is ServerSideEncryptionConfiguration",
    ),
    ("SSEAlgorithm", "SseAlgorithm", "the property is SSEAlgorithm"),
    ("SSEAlgorithm", "sse_algorithm", "the property is SSEAlgorithm"),
    ("KMSMasterKeyID", "KmsMasterKeyId", "the property is KMSMasterKeyID"),
    ("KMSMasterKeyID", "KMSMasterKeyId", "the property is KMSMasterKeyID"),
    ("KMSMasterKeyID", "KMSKeyArn", "the property is KMSMasterKeyID"),
    ("BucketKeyEnabled", "BucketKeyEnable", "the property is BucketKeyEnabled"),
    (
        "BucketKeyEnabled",
        "Whatever",
        "it knows BlockedEncryptionTypes, BucketKeyEnabled, ServerSideEncryptionByDefault",
    ),
    ("BlockedEncryptionTypes", "BlockEncryptionTypes", "the property is BlockedEncryptionTypes"),
    ("EncryptionType:", "EncryptionTypes:", "the property is EncryptionType"),
)


@pytest.mark.parametrize(("right", "wrong", "says"), MISNAMED, ids=[wrong for _, wrong, _ in MISNAMED])
def test_a_misnamed_property_is_unknown_and_the_right_name_is_said(right: str, wrong: str, says: str) -> None:
    text = bucket(GOOD.replace(right, wrong, 1))
    (found,) = read(text)
    finding = judge(found)

    assert finding.verdict is Verdict.UNKNOWN
    assert f"CloudFormation rejects {wrong.rpartition('{')[2].rstrip(':')} in " in finding.message
    assert says in finding.message
    assert judge(read(bucket(GOOD))[0]).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ("SSEAlgorithm: aws:kms", "SSEAlgorithm belongs into ServerSideEncryptionByDefault"),
        (
            "ServerSideEncryptionConfiguration: []",
            "ServerSideEncryptionConfiguration belongs into BucketEncryption",
        ),
        ("BucketKeyEnabled: true", "BucketKeyEnabled belongs into the encryption rule"),
        ("KmsKeyId: x", "the property is KMSMasterKeyID, and belongs into ServerSideEncryptionByDefault"),
        (
            GOOD.replace("SSEAlgorithm", "BucketKeyEnabled: true, SSEAlgorithm"),
            "belongs into the encryption rule",
        ),
        (
            "BucketEncryption: {SSEAlgorithm: aws:kms}",
            "SSEAlgorithm belongs into ServerSideEncryptionByDefault",
        ),
        ("SSESpecification: {}", "it knows no such property"),
    ],
)
def test_a_property_at_the_wrong_level_is_unknown_and_its_place_is_said(properties: str, says: str) -> None:
    (found,) = read(bucket(properties))

    assert (judge(found).verdict, says in judge(found).message) == (Verdict.UNKNOWN, True), judge(
        found
    ).message


def test_an_encryption_beside_the_properties_belongs_into_them() -> None:
    beside = bucket("BucketName: b").replace("    Properties", f"    {GOOD}\n    Properties")
    lower = bucket(GOOD).replace("Properties", "properties")

    assert "BucketEncryption belongs into Properties" in judge(read(beside)[0]).message
    assert "the property is Properties" in judge(read(lower)[0]).message


@pytest.mark.parametrize(
    ("kind", "properties", "says"),
    [
        (
            DIRECTORY,
            default("aws:kms", ARN, "BlockedEncryptionTypes: {}"),
            f"{DIRECTORY} has no such property",
        ),
        (
            TABLE,
            f"EncryptionConfiguration: {{SSEAlgorithm: aws:kms, KMSMasterKeyID: '{ARN}'}}",
            "the property is KMSKeyArn",
        ),
        (TABLE, GOOD, "the property is EncryptionConfiguration"),
    ],
)
def test_other_kinds_of_buckets_have_their_own_names(kind: str, properties: str, says: str) -> None:
    (found,) = read(bucket(properties, kind=kind))

    assert (judge(found).verdict, says in judge(found).message) == (Verdict.UNKNOWN, True), judge(
        found
    ).message


def test_a_property_that_is_not_about_encryption_is_a_caveat() -> None:
    (found,) = read(bucket(f"{GOOD}\nVersioning: Enabled"))

    assert judge(found).verdict is Verdict.PASS
    assert found.caveat == "AWS::S3::Bucket has no property Versioning"


@pytest.mark.parametrize(("right", "wrong", "says"), MISNAMED, ids=[wrong for _, wrong, _ in MISNAMED])
def test_nothing_is_edited_beside_a_misnamed_property(right: str, wrong: str, says: str) -> None:
    text = bucket(GOOD.replace("aws:kms", "AES256").replace(right, wrong, 1))

    fixed = fix_case(Case("misnamed", text, Verdict.UNKNOWN))

    assert not fixed.proposals
    assert fixed.text == text
    assert says


def schemas() -> dict[str, Any]:
    found_at = find_spec("cfnlint")
    assert found_at is not None
    assert found_at.origin is not None
    folder = Path(found_at.origin).parent / "data" / "schemas" / "resources"
    found = (
        json.loads(path.read_text()) for path in folder.glob("*.json") if "s3" in path.read_text().lower()
    )
    return {schema["typeName"]: schema for schema in found}


def test_the_names_are_those_of_the_schemas_that_cfn_lint_ships() -> None:
    shipped = schemas()
    for kind, names in bucket_schema._PROPERTIES.items():
        read_only = {
            path.split("/")[2] for path in shipped[kind]["readOnlyProperties"] if path.count("/") == 2
        }
        assert names == shipped[kind]["properties"].keys() - read_only
    types = shipped["AWS::S3::Bucket"]["definitions"]
    for part, name in {
        "RULE": "ServerSideEncryptionRule",
        "DEFAULT": "ServerSideEncryptionByDefault",
    }.items():
        assert bucket_schema._PARTS[getattr(bucket_schema, part)] == types[name]["properties"].keys()
    assert bucket_schema._PARTS[bucket_schema.ENCRYPTION] == types["BucketEncryption"]["properties"].keys()
    assert bucket_schema._PARTS[bucket_schema.BLOCKED] == types["BlockedEncryptionTypes"]["properties"].keys()
    table = shipped[TABLE]["definitions"]["EncryptionConfiguration"]
    assert bucket_schema._PARTS[bucket_schema.TABLE_ENCRYPTION] == table["properties"].keys()
