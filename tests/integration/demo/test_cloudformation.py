"""AWS::S3::Bucket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.aws_calls import create_bucket, got, put, rule

BLOCKED = {"EncryptionType": ["SSE-C"]}


def template(*, retain: bool = False, **rule_parts: Any) -> str:
    """A template of one bucket."""
    properties: dict[str, Any] = {"BucketName": "stacked"}
    if rule_parts:
        properties["BucketEncryption"] = {"ServerSideEncryptionConfiguration": [rule_parts]}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    return json.dumps({"Resources": {"Bucket": bucket | ({"DeletionPolicy": "Retain"} if retain else {})}})


def kms(key: str | None = None) -> dict[str, Any]:
    return {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})


@pytest.fixture
def cloudformation(connect: Any) -> Any:
    return connect("cloudformation")


def test_create_honors_all_three_parts(s3: Any, cloudformation: Any, key: str) -> None:
    body = template(
        ServerSideEncryptionByDefault=kms(key), BucketKeyEnabled=True, BlockedEncryptionTypes=BLOCKED
    )

    cloudformation.create_stack(StackName="s", TemplateBody=body)

    assert got(s3, "stacked") == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
        "BlockedEncryptionTypes": BLOCKED,
    }


def test_a_template_without_encryption_leaves_a_new_buckets_default(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template())

    assert got(s3, "stacked")["BlockedEncryptionTypes"] == BLOCKED


def test_update_honors_all_three_parts(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template())
    body = template(
        ServerSideEncryptionByDefault=kms(), BucketKeyEnabled=True, BlockedEncryptionTypes=BLOCKED
    )

    cloudformation.update_stack(StackName="s", TemplateBody=body)

    assert got(s3, "stacked") == {
        "ApplyServerSideEncryptionByDefault": kms(),
        "BucketKeyEnabled": True,
        "BlockedEncryptionTypes": BLOCKED,
    }


def test_a_removed_encryption_goes_back_to_sse_s3(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template(ServerSideEncryptionByDefault=kms()))

    cloudformation.update_stack(StackName="s", TemplateBody=template())

    assert got(s3, "stacked")["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_an_update_that_says_nothing_leaves_a_hand_made_change(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template())
    put(s3, "stacked", rule("aws:kms"))
    tagged = json.loads(template())
    tagged["Resources"]["Bucket"]["Properties"]["Tags"] = [{"Key": "a", "Value": "b"}]

    cloudformation.update_stack(StackName="s", TemplateBody=json.dumps(tagged))

    assert got(s3, "stacked")["ApplyServerSideEncryptionByDefault"] == kms()


def change(cloudformation: Any, kind: str, body: str, **parameters: Any) -> None:
    """Create and execute a change set."""
    names = {"StackName": "s", "ChangeSetName": kind.lower()}
    cloudformation.create_change_set(**names, ChangeSetType=kind, TemplateBody=body, **parameters)
    cloudformation.execute_change_set(**names)


def test_an_update_change_set_honors_all_three_parts(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template())

    change(cloudformation, "UPDATE", template(ServerSideEncryptionByDefault=kms(), BucketKeyEnabled=True))

    assert got(s3, "stacked") == {"ApplyServerSideEncryptionByDefault": kms(), "BucketKeyEnabled": True}


def imported(logical_id: str = "Bucket") -> dict[str, Any]:
    what = {
        "ResourceType": "AWS::S3::Bucket",
        "LogicalResourceId": logical_id,
        "ResourceIdentifier": {"BucketName": "stacked"},
    }
    return {"ResourcesToImport": [what]}


def test_a_bucket_is_imported_into_a_new_stack_as_it_is(s3: Any, cloudformation: Any) -> None:
    s3.create_bucket(Bucket="stacked")
    put(s3, "stacked", rule("aws:kms", BucketKeyEnabled=True))

    change(cloudformation, "IMPORT", template(retain=True), **imported())

    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    (resource,) = cloudformation.list_stack_resources(StackName="s")["StackResourceSummaries"]
    assert (stack["StackStatus"], resource["PhysicalResourceId"]) == ("IMPORT_COMPLETE", "stacked")
    assert got(s3, "stacked")["BucketKeyEnabled"] is True


def test_a_bucket_is_imported_into_an_existing_stack(s3: Any, cloudformation: Any) -> None:
    s3.create_bucket(Bucket="stacked")
    other = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "first"}}
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"First": other}}))
    both = json.loads(template(retain=True))
    both["Resources"]["First"] = other

    change(cloudformation, "IMPORT", json.dumps(both), **imported())

    found = cloudformation.list_stack_resources(StackName="s")["StackResourceSummaries"]
    assert {r["PhysicalResourceId"] for r in found} == {"first", "stacked"}


def test_an_import_that_was_not_executed_can_be_made_again(s3: Any, cloudformation: Any) -> None:
    s3.create_bucket(Bucket="stacked")
    names = {"StackName": "s", "ChangeSetName": "import"}
    cloudformation.create_change_set(
        **names, ChangeSetType="IMPORT", TemplateBody=template(retain=True), **imported()
    )
    cloudformation.delete_change_set(**names)

    change(cloudformation, "IMPORT", template(retain=True), **imported())

    (stack,) = cloudformation.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "IMPORT_COMPLETE"


def test_an_imported_bucket_is_updated_like_any_other(s3: Any, cloudformation: Any) -> None:
    s3.create_bucket(Bucket="stacked")
    change(cloudformation, "IMPORT", template(retain=True), **imported())

    change(
        cloudformation,
        "UPDATE",
        template(retain=True, ServerSideEncryptionByDefault=kms(), BucketKeyEnabled=True),
    )

    assert got(s3, "stacked") == {"ApplyServerSideEncryptionByDefault": kms(), "BucketKeyEnabled": True}


def test_a_stack_in_another_region_makes_its_bucket_there(connect: Any) -> None:
    connect("cloudformation", region="eu-west-1").create_stack(StackName="s", TemplateBody=template())

    assert got(connect("s3", region="eu-west-1"), "stacked")


def test_an_existing_bucket_is_not_taken_over_without_import(connect: Any, cloudformation: Any) -> None:
    s3 = connect("s3", region="eu-west-1")
    create_bucket(s3, "stacked")

    with pytest.raises(Exception, match="not available"):
        cloudformation.create_stack(StackName="s", TemplateBody=template())


def test_a_stack_made_by_a_change_set_has_its_outputs(cloudformation: Any) -> None:
    body = json.loads(template()) | {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}}}}

    change(cloudformation, "CREATE", json.dumps(body))

    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["Outputs"] == [{"OutputKey": "Arn", "OutputValue": "arn:aws:s3:::stacked"}]


def test_a_stack_can_have_a_key(connect: Any, cloudformation: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": []}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}

    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"Key": key}}))

    (resource,) = cloudformation.list_stack_resources(StackName="s")["StackResourceSummaries"]
    made = connect("kms").describe_key(KeyId=resource["PhysicalResourceId"])["KeyMetadata"]
    assert made["KeyUsage"] == "ENCRYPT_DECRYPT"


def tags(s3: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket="stacked")["TagSet"]}


def test_a_bucket_of_a_stack_has_the_tags_of_its_stack(s3: Any, cloudformation: Any) -> None:
    stack = cloudformation.create_stack(StackName="s", TemplateBody=template())

    assert tags(s3) == {
        "aws:cloudformation:logical-id": "Bucket",
        "aws:cloudformation:stack-id": stack["StackId"],
        "aws:cloudformation:stack-name": "s",
    }


def test_an_update_of_its_tags_leaves_those_of_the_stack(s3: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="s", TemplateBody=template())
    body = json.loads(template())
    body["Resources"]["Bucket"]["Properties"]["Tags"] = [{"Key": "team", "Value": "blue"}]

    cloudformation.update_stack(StackName="s", TemplateBody=json.dumps(body))

    assert tags(s3).keys() >= {"team", "aws:cloudformation:logical-id"}
