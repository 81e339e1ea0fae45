"""The calls of S3 Control about access points, over the fast client; every answer is checked."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from s3kms.aws.boundary import bad_answer
from s3kms.aws.s3.bucket_api import canonical_query, decoded
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.endpoints import ACCESS_POINTS_PATH, ACCOUNT_BLOCK_PATH
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.response_xml import (
    parse_access_point_policy,
    parse_access_points,
    parse_public_access_block,
)
from s3kms.aws.s3.usage_api import NOT_OFFERED, send_unless
from s3kms.model import operations as op
from s3kms.model.operations import Operation

_NO_CONTROL = (NOT_OFFERED, "MethodNotAllowed", "NoSuchBucket", "NoSuchKey")
"""What a server says that has no S3 Control: it takes the path for a bucket and an object."""
_MAX_PAGES = 100
"""Of a server that says forever that there is more; AWS allows 10,000 access points, a thousand a page."""


async def list_access_points(client: S3Client, account: str, region: str) -> AsyncIterator[Mapping[str, str]]:
    """The access points of an account in a region, `Name` and `Bucket` each, page by page. Raises AwsError."""
    subject = f"account {account} in {region}"
    query = {"maxResults": "1000"}
    for _ in range(_MAX_PAGES):
        request = _request(op.LIST_ACCESS_POINTS, subject, account, region, query=canonical_query(query))
        response = await send_unless(client, request, *_NO_CONTROL)
        if response is None:
            return
        page = decoded(parse_access_points, response, request.operation, subject)
        for row in page["AccessPointList"]:
            if not (row.get("Name") and row.get("Bucket")):
                raise bad_answer(request.operation, subject, "listed an access point without name or bucket")
            yield row
        token = page.get("NextToken")
        if not token:
            return
        if token == query.get("nextToken"):
            break
        query["nextToken"] = token
    raise bad_answer(op.LIST_ACCESS_POINTS, subject, "was answered with a list that does not end")


async def get_access_point_policy(client: S3Client, name: str, account: str, region: str) -> str | None:
    """The text of an access point's policy; None where it has none, or is gone by now. Raises AwsError."""
    subject = f"access point {name} of account {account} in {region}"
    path = f"{ACCESS_POINTS_PATH}/{quote(name, safe='-_.~')}/policy"
    request = _request(op.GET_ACCESS_POINT_POLICY, subject, account, region, path)
    response = await send_unless(client, request, "NoSuchAccessPointPolicy", "NoSuchAccessPoint")
    if response is None:
        return None
    policy: str = decoded(parse_access_point_policy, response, request.operation, subject)["Policy"]
    return policy or None


async def get_account_block(client: S3Client, account: str, region: str) -> Mapping[str, Any]:
    """The settings of an account's public access block, those of its organization included; none where it has none.

    Raises AwsError.
    """
    operation, subject = op.GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, f"account {account}"
    request = _request(operation, subject, account, region, ACCOUNT_BLOCK_PATH)
    response = await send_unless(client, request, "NoSuchPublicAccessBlockConfiguration", *_NO_CONTROL)
    return {} if response is None else decoded(parse_public_access_block, response, operation, subject)


def _request(
    operation: Operation,
    subject: str,
    account: str,
    region: str,
    path: str = ACCESS_POINTS_PATH,
    *,
    query: str = "",
) -> Request:
    headers = (("x-amz-account-id", account),)
    return Request(operation, subject, region, path=path, query=query, headers=headers)
