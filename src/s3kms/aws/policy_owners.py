"""Whose a key or a bucket policy is: the tags of a key, and the CloudFormation stack of a resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.service_client import ServiceClient
from s3kms.model.errors import AwsError
from s3kms.model.policy_operations import DESCRIBE_STACK_RESOURCES, LIST_KEY_TAGS

_NOT_IN_A_STACK = "ValidationError"
"""`Stack for X does not exist`."""


@dataclass(frozen=True, slots=True)
class StackResource:
    """One resource of a stack."""

    stack: str
    kind: str
    """`AWS::S3::BucketPolicy`."""
    physical_id: str


MAX_STACK_RESOURCES = 100
"""That DescribeStackResources tells of one stack: of a larger one the rest is not known."""


def read_key_tags(connection: Connection, key: str, region: str) -> Mapping[str, str]:
    """The tags of a key. Raises AwsError."""
    client = ServiceClient(connection.passing_client("kms", region), f"the tags of {key}")
    rows = client.rows(LIST_KEY_TAGS, "Tags", ("Marker", "NextMarker"), KeyId=key)
    return {str(row.get("TagKey", "")): str(row.get("TagValue", "")) for row in rows}


def read_stack_of(connection: Connection, physical_id: str, region: str) -> tuple[StackResource, ...]:
    """What is in the stack of a resource, the first 100; nothing where it is in none. Raises AwsError."""
    subject = f"the stack of {physical_id}"
    try:
        with translate_errors(DESCRIBE_STACK_RESOURCES, subject):
            answer: Mapping[str, Any] = connection.passing_client(
                "cloudformation", region
            ).describe_stack_resources(PhysicalResourceId=physical_id)
    except AwsError as error:
        if error.code == _NOT_IN_A_STACK:
            return ()
        raise
    rows = answer.get("StackResources")
    if not isinstance(rows, list):
        raise bad_answer(DESCRIBE_STACK_RESOURCES, subject, "was answered with no StackResources")
    return tuple(
        StackResource(
            str(row.get("StackName", "")),
            str(row.get("ResourceType", "")),
            str(row.get("PhysicalResourceId", "")),
        )
        for row in rows
    )
