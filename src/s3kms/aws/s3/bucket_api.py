"""The S3 calls that are made once a bucket or once a page, over the fast client; every answer is checked."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from s3kms.aws.boundary import bad_answer, not_an_aws_answer
from s3kms.aws.encryption_decoder import decode_encryption
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.response_checks import (
    NO_ENCRYPTION_CONFIGURATION_CODE,
    ListedBucket,
    evidence_of,
    find_bucket_region,
    require_bucket_name,
    require_bucket_rows,
)
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.response_xml import UnexpectedDocument, parse_buckets, parse_tags
from s3kms.aws.s3.transport import Response
from s3kms.model import operations as op
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind, Evidence
from s3kms.model.encryption import NO_CONFIGURATION, Encryption
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.operations import Operation

LISTING_PAGE_SIZE = 1000
"""Buckets a page."""
DIRECTORY_LISTING_REACH_SECONDS = 5.0
"""How long the first answer of an S3 Express endpoint may take. Where a network lets S3 through and not these
endpoints, nothing comes back at all; an answer comes within a second from the other end of the world.
"""


async def list_buckets(
    client: S3Client,
    account: str,
    region: str,
    *,
    prefix: str = "",
    only_region: bool = False,
    page_size: int = LISTING_PAGE_SIZE,
) -> AsyncIterator[ListedBucket]:
    """Every general purpose bucket of the account, or of the region that is asked, page by page (fact A24).

    A server that knows no such filter lists the others, too.

    Raises AwsError; BadAnswer where the answer is no bucket list, or was cut short.
    """
    subject = f"account {account}"
    wanted = {"bucket-region": region} if only_region else {}
    query = {"max-buckets": str(page_size), **wanted, **({"prefix": prefix} if prefix else {})}
    names: set[str] = set()
    repeated = RepeatedPages(op.LIST_BUCKETS, subject)
    while True:
        page = await _page(client, Request(op.LIST_BUCKETS, subject, region, query=canonical_query(query)))
        rows = require_bucket_rows(page, op.LIST_BUCKETS, subject)
        for row in rows:
            name = require_bucket_name(row, op.LIST_BUCKETS, subject)
            if name not in names:  # a page that moved on meanwhile may list a bucket again
                names.add(name)
                yield ListedBucket(name, find_bucket_region(row))
        token = page.get("ContinuationToken")
        if not token:
            break
        repeated.watch(token, rows)
        query["continuation-token"] = token
    if rows and len(rows) >= page_size:
        unpaged = Request(op.LIST_BUCKETS, subject, region, query=canonical_query(wanted))
        await _prove_complete(client, unpaged, prefix, len(names))


async def _prove_complete(client: S3Client, unpaged: Request, prefix: str, seen: int) -> None:
    """Ask once more, unpaged, after a full last page: some servers never give a token, and lose the rest."""
    try:
        everything = await _page(client, unpaged)
    except CredentialsProblem:
        raise
    except AwsError:
        return  # AWS refuses an unpaged call to accounts with a quota above 10,000, and AWS pages right (A24)
    rows = require_bucket_rows(everything, op.LIST_BUCKETS, unpaged.subject)
    if sum(str(row.get("Name", "")).startswith(prefix) for row in rows) > seen:
        what = f"gave a full page of {seen} and no token, yet there are more buckets"
        raise bad_answer(op.LIST_BUCKETS, unpaged.subject, what)


async def list_directory_buckets(
    client: S3Client, account: str, region: str, *, page_size: int = LISTING_PAGE_SIZE
) -> AsyncIterator[ListedBucket]:
    """The account's directory buckets in one region (fact A20).

    A server that does not know the operation answers with ListBuckets' names: they are left out.
    Raises AwsError.
    """
    subject = f"account {account} in {region}"
    query = {"max-directory-buckets": str(page_size)}
    repeated = RepeatedPages(op.LIST_DIRECTORY_BUCKETS, subject)
    while True:
        request = Request(
            op.LIST_DIRECTORY_BUCKETS,
            subject,
            region,
            query=canonical_query(query),
            directory=True,
            reach_seconds=DIRECTORY_LISTING_REACH_SECONDS,
        )
        page = await _page(client, request)
        rows = require_bucket_rows(page, op.LIST_DIRECTORY_BUCKETS, subject)
        for row in rows:
            name = require_bucket_name(row, op.LIST_DIRECTORY_BUCKETS, subject)
            if name.endswith(DIRECTORY_SUFFIX):
                yield ListedBucket(name, region, BucketKind.DIRECTORY)
        token = page.get("ContinuationToken")
        if not token:
            return
        repeated.watch(token, rows)
        query["continuation-token"] = token


async def get_bucket_encryption(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> tuple[Encryption, Evidence, str]:
    """The default encryption of one bucket, the evidence, and the region that answered. Raises AwsError."""
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.GET_DIRECTORY_BUCKET_ENCRYPTION if directory else op.GET_BUCKET_ENCRYPTION
    request = about(listed, operation, "encryption=", account, region)
    try:
        response, answered_in = await client.send(request)
    except AwsError as error:
        # Matched by code: its status differs between servers (fact A7).
        if error.code == NO_ENCRYPTION_CONFIGURATION_CODE:
            answered_in = client.region_of(listed.name, region)
            return NO_CONFIGURATION, evidence_of(operation, error.request_id), answered_in
        raise
    request_id = request_id_of(response)
    encryption = decode_encryption(response.body, operation, request.subject, request_id)
    return encryption, evidence_of(operation, request_id), answered_in


async def get_bucket_tags(
    client: S3Client, listed: ListedBucket, account: str, region: str
) -> dict[str, str]:
    """The bucket's tags; an empty dict where it has none. Raises AwsError."""
    request = about(listed, op.GET_BUCKET_TAGGING, "tagging=", account, region)
    try:
        response, _ = await client.send(request)
    except AwsError as error:
        if error.code == "NoSuchTagSet":
            return {}
        raise
    answer = decoded(parse_tags, response, request.operation, request.subject)
    return {tag.get("Key", ""): tag.get("Value", "") for tag in answer["TagSet"]}


def about(listed: ListedBucket, operation: Operation, query: str, account: str, region: str) -> Request:
    """One GET about a bucket, with the owner it must have: a name can be re-created by a stranger (fact A26).

    Not for a directory bucket, which answers that header with 501 (fact A20).
    """
    directory = listed.kind is BucketKind.DIRECTORY
    owner = () if directory else (("x-amz-expected-bucket-owner", account),)
    return Request(
        operation, f"s3://{listed.name}", region, listed.name, query, headers=owner, directory=directory
    )


async def _page(client: S3Client, request: Request) -> dict[str, Any]:
    response, _ = await client.send(request)
    return decoded(parse_buckets, response, request.operation, request.subject)


def decoded(
    read: Callable[[bytes], dict[str, Any]], response: Response, operation: Operation, subject: str
) -> dict[str, Any]:
    """What a response says. Raises BadAnswer where it is not the document that was asked for."""
    try:
        return read(response.body)
    except UnexpectedDocument as error:
        raise not_an_aws_answer(operation, subject, error, request_id_of(response)) from error


def request_id_of(response: Response) -> str | None:
    """S3's id of the request, by which AWS's support finds it."""
    return response.headers.get("x-amz-request-id")


def canonical_query(parameters: Mapping[str, str]) -> str:
    """The query string as SigV4 wants it signed: sorted, and everything quoted."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items()))
