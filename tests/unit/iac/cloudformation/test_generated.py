"""Templates that a tool wrote are not edited: the source is named."""

import json

import pytest
from tests.support.template_edits import AS_USUAL, Edited, fix, key
from tests.support.templates import bucket

from s3kms.iac.interface import EditTarget
from s3kms.model.encryption import DSSE_KMS


def of_cdk(
    path: str = "Stack/Site/Logs/Resource", desired: EditTarget = AS_USUAL, kind: str = "AWS::S3::Bucket"
) -> Edited:
    resources = {
        "SiteLogs1A2B3C4D": {"Type": kind, "Metadata": {"aws:cdk:path": path}},
        "Key": {"Type": "AWS::KMS::Key"},
    }
    text = json.dumps({"Resources": resources}, indent=1)
    return fix(text, desired, name="Stack.template.json")


def test_the_construct_is_named_in_typescript_and_python() -> None:
    edited = of_cdk()

    (declined,) = edited.declined
    assert edited.data == edited.before
    assert declined.bucket == "SiteLogs1A2B3C4D"
    assert "CDK" in declined.why
    assert declined.snippet.splitlines() == [
        "// TypeScript: the construct Stack/Site/Logs",
        'new s3.Bucket(this, "Logs", {',
        "  encryption: s3.BucketEncryption.KMS_MANAGED,",
        "  bucketKeyEnabled: true,",
        "});",
        "# Python: the construct Stack/Site/Logs",
        's3.Bucket(self, "Logs",',
        "    encryption=s3.BucketEncryption.KMS_MANAGED,",
        "    bucket_key_enabled=True,",
        ")",
    ]


@pytest.mark.parametrize(
    ("desired", "member"),
    [
        (key("Key"), "BucketEncryption.KMS,\n  encryptionKey: key,  // Key\n  bucketKeyEnabled: true,"),
        (EditTarget(algorithm=DSSE_KMS), "BucketEncryption.DSSE_MANAGED,\n});"),
        (EditTarget(bucket_key=False), "BucketEncryption.KMS_MANAGED,\n  bucketKeyEnabled: false,"),
    ],
)
def test_the_snippet_says_what_is_desired(desired: EditTarget, member: str) -> None:
    assert member in of_cdk(desired=desired).declined[0].snippet


def test_a_hostile_path_cannot_leave_its_line() -> None:
    snippet = of_cdk('S/x"\n});\nevil(/Resource').declined[0].snippet

    assert 'new s3.Bucket(this, "x\\"?});?evil(", {' in snippet
    assert len(snippet.splitlines()) == 10


def test_no_construct_is_made_up() -> None:
    assert of_cdk("Stack/CfnBucketItself").declined[0].snippet == ""


@pytest.mark.parametrize(
    ("name", "others", "says"),
    [
        ("cdk.out/asset.1/t.json", {}, "CDK"),
        ("out/S.template.json", {"out/manifest.json": '{"artifacts": {}}'}, "CDK"),
        (".aws-sam/build/template.yaml", {}, "sam build"),
        (".serverless/cloudformation-template-update-stack.json", {}, "Serverless Framework"),
        ("packaged.yaml", {}, "packaged"),
        ("app-packaged-template.yml", {}, "packaged"),
    ],
)
def test_what_a_tool_wrote_is_told_by_its_place(name: str, others: dict[str, str], says: str) -> None:
    edited = fix(bucket(""), name=name, others=others)

    (declined,) = edited.declined
    assert edited.data == edited.before
    assert says in declined.why
    assert str(declined.remedy).startswith("edit ")


@pytest.mark.parametrize(
    "name", ["S.template.json", "unpackaged/t.yaml", "packages.yaml", "cdk.outer/t.yaml", "aws-sam/t.yaml"]
)
def test_what_a_person_wrote_is_edited(name: str) -> None:
    edited = fix(bucket(""), name=name, others={"manifest.json": "{}"})

    assert edited.proposals
