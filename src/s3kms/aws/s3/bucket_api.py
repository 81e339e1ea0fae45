"""The S3 questions that are asked once a bucket or once a page. Every answer is checked before it is believed."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from s3kms.aws.response_checks import (
    NO_ENCRYPTION_CONFIGURATION_CODE,
    PROXY_HINT,
    ListedBucket,
    evidence,
    find_bucket_region,
    parse_encryption_response,
    require_bucket_name,
    require_bucket_rows,
)
from s3kms.aws.s3 import response_xml as decode
from s3kms.aws.s3.client import Request, S3Client
from s3kms.aws.s3.transport import Response
from s3kms.model import operations as op
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind, Evidence
from s3kms.model.encryption import NO_CONFIGURATION, Encryption
from s3kms.model.errors import AwsError, BadAnswer, CredentialsProblem
from s3kms.model.operations import Operation

LISTING_PAGE_SIZE = 1000
"""Buckets a page."""


async def list_buckets(
    caller: S3Client, account: str, region: str, *, prefix: str = "", page_size: int = LISTING_PAGE_SIZE
) -> AsyncIterator[ListedBucket]:
    """Every general purpose bucket of the account, page by page (fact A24).

    Raises AwsError; BadAnswer where the answer is no bucket list, or was cut short.
    """
    subject = f"account {account}"
    query = {"max-buckets": str(page_size), **({"prefix": prefix} if prefix else {})}
    seen = 0
    while True:
        page = await _page(caller, Request(op.LIST_BUCKETS, subject, region, query=_query(query)))
        rows = require_bucket_rows(page, op.LIST_BUCKETS, subject)
        seen += len(rows)
        for row in rows:
            yield ListedBucket(require_bucket_name(row, op.LIST_BUCKETS, subject), find_bucket_region(row))
        token = page.get("ContinuationToken")
        if not token:
            break
        query["continuation-token"] = token
    if rows and len(rows) >= page_size:
        await _prove_complete(caller, subject, region, prefix, seen)


async def _prove_complete(caller: S3Client, subject: str, region: str, prefix: str, seen: int) -> None:
    """A last page that is full: some servers page without ever giving a token, and lose the rest."""
    try:
        everything = await _page(caller, Request(op.LIST_BUCKETS, subject, region))
    except CredentialsProblem:
        raise
    except AwsError:
        return  # AWS refuses an unpaged call to accounts with a quota above 10,000, and AWS pages right (A24)
    rows = require_bucket_rows(everything, op.LIST_BUCKETS, subject)
    if sum(str(row.get("Name", "")).startswith(prefix) for row in rows) > seen:
        raise BadAnswer(
            f"ListBuckets for {subject} gave a full page of {seen} and no token, yet there are more buckets",
            advice=PROXY_HINT,
        )


async def list_directory_buckets(
    caller: S3Client, account: str, region: str, *, page_size: int = LISTING_PAGE_SIZE
) -> AsyncIterator[ListedBucket]:
    """The account's directory buckets in one region (fact A20).

    A server that does not know the operation answers with ListBuckets' names: they are left out.
    Raises AwsError.
    """
    subject = f"account {account} in {region}"
    query = {"max-directory-buckets": str(page_size)}
    while True:
        request = Request(op.LIST_DIRECTORY_BUCKETS, subject, region, query=_query(query), directory=True)
        page = await _page(caller, request)
        for row in require_bucket_rows(page, op.LIST_DIRECTORY_BUCKETS, subject):
            name = require_bucket_name(row, op.LIST_DIRECTORY_BUCKETS, subject)
            if name.endswith(DIRECTORY_SUFFIX):
                yield ListedBucket(name, region, BucketKind.DIRECTORY)
        token = page.get("ContinuationToken")
        if not token:
            return
        query["continuation-token"] = token


async def get_bucket_encryption(
    caller: S3Client, listed: ListedBucket, account: str, region: str
) -> tuple[Encryption, Evidence, str]:
    """The default encryption of one bucket, the proof, and the region that told it. Raises AwsError."""
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.GET_DIRECTORY_BUCKET_ENCRYPTION if directory else op.GET_BUCKET_ENCRYPTION
    request = _about(listed, operation, "encryption=", account, region)
    try:
        response, told_by = await caller.send(request)
    except AwsError as error:
        if (
            error.code == NO_ENCRYPTION_CONFIGURATION_CODE
        ):  # matched by code: its status differs between servers (A7)
            return NO_CONFIGURATION, evidence(operation, error.request_id), region
        raise
    answer = _decoded(decode.encryption, response, operation, request.subject)
    return (
        parse_encryption_response(answer, request.subject),
        evidence(operation, _request_id(response)),
        told_by,
    )


async def get_bucket_tags(
    caller: S3Client, listed: ListedBucket, account: str, region: str
) -> dict[str, str]:
    """The bucket's tags; none is an empty dict. Raises AwsError."""
    request = _about(listed, op.GET_BUCKET_TAGGING, "tagging=", account, region)
    try:
        response, _ = await caller.send(request)
    except AwsError as error:
        if error.code == "NoSuchTagSet":
            return {}
        raise
    answer = _decoded(decode.tags, response, request.operation, request.subject)
    return {tag.get("Key", ""): tag.get("Value", "") for tag in answer["TagSet"]}


def _about(listed: ListedBucket, operation: Operation, query: str, account: str, region: str) -> Request:
    """A name can be re-created by a stranger (fact A26); a directory bucket answers 501 (fact A20)."""
    directory = listed.kind is BucketKind.DIRECTORY
    owner = () if directory else (("x-amz-expected-bucket-owner", account),)
    return Request(
        operation, f"s3://{listed.name}", region, listed.name, query, headers=owner, directory=directory
    )


async def _page(caller: S3Client, request: Request) -> dict[str, Any]:
    response, _ = await caller.send(request)
    return _decoded(decode.buckets, response, request.operation, request.subject)


def _decoded(
    read: Callable[[bytes], dict[str, Any]], response: Response, operation: Operation, subject: str
) -> dict[str, Any]:
    try:
        return read(response.body)
    except decode.UnexpectedDocument as error:
        said = f"{operation.name} for {subject} was answered with something that is not AWS: {error}"
        raise BadAnswer(said, advice=PROXY_HINT, request_id=_request_id(response)) from error


def _request_id(response: Response) -> str | None:
    return response.headers.get("x-amz-request-id")


def _query(parameters: Mapping[str, str]) -> str:
    """As SigV4 wants it signed: sorted, and everything quoted."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items()))
