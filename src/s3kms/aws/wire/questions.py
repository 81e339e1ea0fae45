"""The S3 questions that are asked once a bucket or once a page. Every answer is checked before it is believed."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from s3kms.aws.answers import (
    NO_CONFIGURATION_CODE,
    PROXY_HINT,
    Listed,
    encryption_from_answer,
    evidence,
    name_in,
    region_in,
    rows_in,
)
from s3kms.aws.wire import decode
from s3kms.aws.wire.caller import Caller, Question
from s3kms.aws.wire.interface import Reply
from s3kms.estate import operations as op
from s3kms.estate.bucket import DIRECTORY_SUFFIX, BucketKind, Evidence
from s3kms.estate.encryption import NO_CONFIGURATION, Encryption
from s3kms.estate.errors import AwsError, BadAnswer, CredentialsProblem
from s3kms.estate.operations import Operation

PAGE = 1000
"""Buckets a page."""


async def list_buckets(
    caller: Caller, account: str, region: str, *, prefix: str = "", page_size: int = PAGE
) -> AsyncIterator[Listed]:
    """Every general purpose bucket of the account, page by page (fact A24).

    Raises AwsError; BadAnswer where the answer is no bucket list, or was cut short.
    """
    subject = f"account {account}"
    query = {"max-buckets": str(page_size), **({"prefix": prefix} if prefix else {})}
    seen = 0
    while True:
        page = await _page(caller, Question(op.LIST_BUCKETS, subject, region, query=_query(query)))
        rows = rows_in(page, op.LIST_BUCKETS, subject)
        seen += len(rows)
        for row in rows:
            yield Listed(name_in(row, op.LIST_BUCKETS, subject), region_in(row))
        token = page.get("ContinuationToken")
        if not token:
            break
        query["continuation-token"] = token
    if rows and len(rows) >= page_size:
        await _prove_complete(caller, subject, region, prefix, seen)


async def _prove_complete(caller: Caller, subject: str, region: str, prefix: str, seen: int) -> None:
    """A last page that is full: some servers page without ever giving a token, and lose the rest."""
    try:
        everything = await _page(caller, Question(op.LIST_BUCKETS, subject, region))
    except CredentialsProblem:
        raise
    except AwsError:
        return  # AWS refuses an unpaged call to accounts with a quota above 10,000, and AWS pages right (A24)
    rows = rows_in(everything, op.LIST_BUCKETS, subject)
    if sum(str(row.get("Name", "")).startswith(prefix) for row in rows) > seen:
        raise BadAnswer(
            f"ListBuckets for {subject} gave a full page of {seen} and no token, yet there are more buckets",
            advice=PROXY_HINT,
        )


async def list_directory_buckets(
    caller: Caller, account: str, region: str, *, page_size: int = PAGE
) -> AsyncIterator[Listed]:
    """The account's directory buckets in one region (fact A20).

    A server that does not know the operation answers with ListBuckets' names: they are left out.
    Raises AwsError.
    """
    subject = f"account {account} in {region}"
    query = {"max-directory-buckets": str(page_size)}
    while True:
        question = Question(op.LIST_DIRECTORY_BUCKETS, subject, region, query=_query(query), directory=True)
        page = await _page(caller, question)
        for row in rows_in(page, op.LIST_DIRECTORY_BUCKETS, subject):
            name = name_in(row, op.LIST_DIRECTORY_BUCKETS, subject)
            if name.endswith(DIRECTORY_SUFFIX):
                yield Listed(name, region, BucketKind.DIRECTORY)
        token = page.get("ContinuationToken")
        if not token:
            return
        query["continuation-token"] = token


async def get_bucket_encryption(
    caller: Caller, listed: Listed, account: str, region: str
) -> tuple[Encryption, Evidence, str]:
    """The default encryption of one bucket, the proof, and the region that told it. Raises AwsError."""
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.GET_DIRECTORY_BUCKET_ENCRYPTION if directory else op.GET_BUCKET_ENCRYPTION
    question = _about(listed, operation, "encryption=", account, region)
    try:
        reply, told_by = await caller.ask(question)
    except AwsError as error:
        if error.code == NO_CONFIGURATION_CODE:  # matched by code: its status differs between servers (A7)
            return NO_CONFIGURATION, evidence(operation, error.request_id), region
        raise
    answer = _decoded(decode.encryption, reply, operation, question.subject)
    return encryption_from_answer(answer, question.subject), evidence(operation, _request_id(reply)), told_by


async def get_bucket_tags(caller: Caller, listed: Listed, account: str, region: str) -> dict[str, str]:
    """The bucket's tags; none is an empty dict. Raises AwsError."""
    question = _about(listed, op.GET_BUCKET_TAGGING, "tagging=", account, region)
    try:
        reply, _ = await caller.ask(question)
    except AwsError as error:
        if error.code == "NoSuchTagSet":
            return {}
        raise
    answer = _decoded(decode.tags, reply, question.operation, question.subject)
    return {tag.get("Key", ""): tag.get("Value", "") for tag in answer["TagSet"]}


def _about(listed: Listed, operation: Operation, query: str, account: str, region: str) -> Question:
    """A name can be re-created by a stranger (fact A26); a directory bucket answers 501 (fact A20)."""
    directory = listed.kind is BucketKind.DIRECTORY
    owner = () if directory else (("x-amz-expected-bucket-owner", account),)
    return Question(
        operation, f"s3://{listed.name}", region, listed.name, query, headers=owner, directory=directory
    )


async def _page(caller: Caller, question: Question) -> dict[str, Any]:
    reply, _ = await caller.ask(question)
    return _decoded(decode.buckets, reply, question.operation, question.subject)


def _decoded(
    read: Callable[[bytes], dict[str, Any]], reply: Reply, operation: Operation, subject: str
) -> dict[str, Any]:
    try:
        return read(reply.body)
    except decode.NotXml as error:
        said = f"{operation.name} for {subject} was answered with something that is not AWS: {error}"
        raise BadAnswer(said, advice=PROXY_HINT, request_id=_request_id(reply)) from error


def _request_id(reply: Reply) -> str | None:
    return reply.headers.get("x-amz-request-id")


def _query(parameters: Mapping[str, str]) -> str:
    """As SigV4 wants it signed: sorted, and everything quoted."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items()))
