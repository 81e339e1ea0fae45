"""The S3 calls that say what a bucket is used for; every answer is checked."""

import json
from collections.abc import Mapping
from typing import Any

from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3.bucket_api import about, decoded, request_id_of
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.response_xml import (
    parse_acl,
    parse_logging,
    parse_notification,
    parse_public_access_block,
    parse_replication,
    parse_website,
)
from s3kms.aws.s3.transport import Response
from s3kms.model import operations as op
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, BadAnswer

NOT_OFFERED = "NotImplemented"
"""What a server says that has no such feature, so that no bucket of it has such a configuration."""


async def get_bucket_policy(client: S3Client, listed: ListedBucket, account: str, region: str) -> str | None:
    """The text of the bucket policy; None where there is none. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_POLICY, "policy=", account, region)
    response = await send_unless(client, request, "NoSuchBucketPolicy")
    if response is None:
        return None
    try:
        text = response.body.decode()
        is_policy = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError) as error:
        raise _not_a_policy(request, f"that is not JSON: {error}", response) from error
    if not is_policy:
        raise _not_a_policy(request, "that is not a JSON object", response)
    return text


def _not_a_policy(request: Request, why: str, response: Response) -> BadAnswer:
    """A policy that S3 itself would not have stored."""
    return BadAnswer(
        f"{request.operation.name} for {request.subject} was answered with a policy {why}",
        advice=Advice(
            "look at it (aws s3api get-bucket-policy --bucket {bucket}) and put a valid one; Amazon S3 stores none "
            "that is not JSON",
            {"bucket": request.bucket},
        ),
        request_id=request_id_of(response),
        operation=request.operation.name,
    )


async def has_bucket_website(client: S3Client, listed: ListedBucket, account: str, region: str) -> bool:
    """Whether the bucket has a website configuration. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_WEBSITE, "website=", account, region)
    response = await send_unless(client, request, "NoSuchWebsiteConfiguration", NOT_OFFERED)
    if response is not None:
        decoded(parse_website, response, request.operation, request.subject)
    return response is not None


async def get_bucket_replication(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> list[dict[str, str]]:
    """The rules by which the bucket is replicated, each with its role; none where it is not. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_REPLICATION, "replication=", account, region)
    response = await send_unless(client, request, "ReplicationConfigurationNotFoundError", NOT_OFFERED)
    if response is None:
        return []
    answer = decoded(parse_replication, response, request.operation, request.subject)
    configuration = answer["ReplicationConfiguration"]
    return [{**rule, "Role": configuration["Role"]} for rule in configuration["Rules"]]


async def get_bucket_acl(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> list[Mapping[str, str]]:
    """What the ACL grants beyond the owner: `Grantee` (a URI or an id) and `Permission`. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_ACL, "acl=", account, region)
    response = await send_unless(client, request, NOT_OFFERED)
    if response is None:
        return []
    answer = decoded(parse_acl, response, request.operation, request.subject)
    strangers: list[Mapping[str, str]] = [
        grant for grant in answer["Grants"] if grant["Grantee"] not in {"", answer["Owner"]}
    ]
    return strangers


async def get_bucket_log_target(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> str | None:
    """The bucket that its access logs are delivered to; None where there is none. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_LOGGING, "logging=", account, region)
    response = await send_unless(client, request, "NoSuchBucket", NOT_OFFERED)
    if response is None:
        return None
    return decoded(parse_logging, response, request.operation, request.subject).get("TargetBucket") or None


async def get_public_access_block(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> Mapping[str, Any]:
    """The bucket's own public access block; all False where it has none. Raises AwsError."""
    request = about(listed, op.GET_PUBLIC_ACCESS_BLOCK, "publicAccessBlock=", account, region)
    response = await send_unless(client, request, "NoSuchPublicAccessBlockConfiguration", NOT_OFFERED)
    if response is None:
        return {}
    return decoded(parse_public_access_block, response, request.operation, request.subject)


async def get_notification_targets(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> list[str]:
    """The ARNs of the functions, queues and topics that hear of the bucket's objects. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_NOTIFICATION, "notification=", account, region)
    response = await send_unless(client, request, NOT_OFFERED)
    if response is None:
        return []
    answer = decoded(parse_notification, response, request.operation, request.subject)
    targets: list[str] = answer["Targets"]
    return targets


async def send_unless(client: S3Client, request: Request, *absent: str) -> Response | None:
    """The response; None where an error of one of these codes says that there is nothing. Raises AwsError."""
    try:
        response, _ = await client.send(request)
    except AwsError as error:
        if error.code in absent:
            return None
        raise
    return response
