"""The S3 calls that read what objects a bucket has and how they are encrypted, over the fast client."""

from collections.abc import AsyncIterator
from dataclasses import replace

from s3kms.aws.boundary import bad_answer
from s3kms.aws.s3.bucket_api import canonical_query
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_answers import ListedPage, read_head
from s3kms.aws.s3.request import Request
from s3kms.model import object_operations as op
from s3kms.model.errors import AwsError, BadAnswer
from s3kms.model.objects import ObjectHead, ObjectPlace, ObjectVersion
from s3kms.model.operations import Operation
from s3kms.text.sanitize import printable

VERSIONS_PAGE_SIZE = 1000
"""The most that S3 lists at once."""
_PARTIAL_CONTENT = 206


async def list_versions(
    client: S3Client,
    bucket: str,
    account: str,
    region: str,
    *,
    prefix: str = "",
    after: tuple[str, str] = ("", ""),
    page_size: int = VERSIONS_PAGE_SIZE,
) -> AsyncIterator[ObjectVersion]:
    """Every version and delete marker of a bucket, page by page; a bucket without versioning has `null` ones.

    The order is S3's: by the bytes of the keys, the newest version first. `after` is the key and the version that the
    listing goes on after. It says nothing about encryption (fact D27). Raises AwsError; BadAnswer for a listing that
    does not end.
    """
    listing = _listing(op.LIST_OBJECT_VERSIONS, bucket, account, region)
    query = {"versions": "", **_listing_query(prefix, page_size)}
    marker = after
    while True:
        query["key-marker"], query["version-id-marker"] = marker
        page = await _page(client, listing, query)
        for version in page.versions(prefix):
            yield version
        following = page.next_versions()
        if following is None:
            return
        if following == marker or following[0].encode() < marker[0].encode():
            raise _in_circles(op.LIST_OBJECT_VERSIONS, bucket)
        marker = following


async def list_current(
    client: S3Client,
    bucket: str,
    account: str,
    region: str,
    *,
    prefix: str = "",
    after: str = "",
    page_size: int = VERSIONS_PAGE_SIZE,
) -> AsyncIterator[ObjectVersion]:
    """The current objects of a bucket, page by page, in the order of the bytes of their keys; `after` is a key.

    The listing says neither their versions nor their encryption. Raises as `list_versions` does.
    """
    listing = _listing(op.LIST_CURRENT_OBJECTS, bucket, account, region)
    query = {"list-type": "2", "start-after": after, **_listing_query(prefix, page_size)}
    last = after
    while True:
        page = await _page(client, listing, query)
        for version in page.versions(prefix):
            last = max(last, version.key, key=str.encode)
            yield version
        token = page.next_token()
        if token is None:
            return
        if last == query["start-after"]:
            raise _in_circles(op.LIST_CURRENT_OBJECTS, bucket)
        query["continuation-token"], query["start-after"] = token, last


def _listing_query(prefix: str, page_size: int) -> dict[str, str]:
    return {"encoding-type": "url", "max-keys": str(page_size), "prefix": prefix}


def _listing(operation: Operation, bucket: str, account: str, region: str) -> Request:
    owner = (("x-amz-expected-bucket-owner", account),)
    return Request(operation, f"s3://{bucket}", region, bucket, headers=owner)


async def _page(client: S3Client, listing: Request, query: dict[str, str]) -> ListedPage:
    asked = canonical_query({name: value for name, value in query.items() if value or name == "versions"})
    response, _ = await client.send(replace(listing, query=asked))
    return ListedPage(response, listing.operation, listing.subject, listing.bucket or "")


def _in_circles(operation: Operation, bucket: str) -> BadAnswer:
    return bad_answer(operation, f"s3://{bucket}", "was answered with a listing that goes in circles")


async def head_object(
    client: S3Client, place: ObjectPlace, headers: tuple[tuple[str, str], ...] = ()
) -> ObjectHead:
    """What S3 says of an object. Raises AwsError; NotFound where there is none.

    `is_delete_marker` and `is_customer_key` tell what other errors mean.
    """
    request = about_object(place, op.HEAD_OBJECT_VERSION, "HEAD", headers=headers)
    response, _ = await client.send(request)
    return read_head(response, request.operation, request.subject)


def is_delete_marker(error: AwsError) -> bool:
    """Whether S3 refuses to tell of a version because it is a delete marker: the object was deleted."""
    return error.code == "MethodNotAllowed"


def is_customer_key(error: AwsError) -> bool:
    """Whether S3 refuses to tell of an object because it is under SSE-C: only who has the key may ask."""
    return error.code == "InvalidRequest" and "Server Side Encryption" in str(error)


async def get_first_byte(client: S3Client, place: ObjectPlace) -> bytes:
    """The first byte of an object, empty of an empty one: what shows that it can be decrypted (fact D27).

    Raises AwsError.
    """
    ranged = (("Range", "bytes=0-0"),)
    request = about_object(place, op.GET_OBJECT_VERSION, headers=ranged, success=(_PARTIAL_CONTENT, 200))
    try:
        response, _ = await client.send(request)
    except AwsError as error:
        if error.code != "InvalidRange":  # an empty object has no first byte to ask for
            raise
        response, _ = await client.send(about_object(place, op.GET_OBJECT_VERSION))
    if len(response.body) > 1 and response.status == _PARTIAL_CONTENT:
        raise bad_answer(request.operation, request.subject, "answered one byte with more")
    return response.body[:1]


async def get_start(client: S3Client, place: ObjectPlace, most: int) -> tuple[ObjectHead, bytes]:
    """What GET says of an object, and its first bytes: so many at most. The size is the object's.

    Raises AwsError, with the code InvalidRange where the object is empty.
    """
    ranged = (("Range", f"bytes=0-{most - 1}"),)
    request = about_object(place, op.GET_OBJECT_VERSION, headers=ranged, success=(_PARTIAL_CONTENT, 200))
    response, _ = await client.send(request)
    head = read_head(response, request.operation, request.subject)
    total = head.headers.get("content-range", "").rpartition("/")[2]
    if total.isascii() and total.isdigit():
        head = replace(head, size=int(total))
    return head, response.body


def about_object(
    place: ObjectPlace,
    operation: Operation,
    method: str = "GET",
    *,
    query: dict[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
    success: tuple[int, ...] = (200,),
    may_repeat: bool = True,
    answer_seconds: float | None = None,
    is_answered_late: bool = False,
) -> Request:
    """One call about an object or a version, with the owner that its bucket must have (fact A26)."""
    parameters = dict(query or {})
    if place.version_id is not None:
        parameters["versionId"] = place.version_id
    return Request(
        operation,
        describe_place(place),
        place.region,
        place.bucket,
        canonical_query(parameters),
        headers=(("x-amz-expected-bucket-owner", place.account), *headers),
        body=body,
        method=method,
        key=place.key,
        success=success,
        may_repeat=may_repeat,
        answer_seconds=answer_seconds,
        is_answered_late=is_answered_late,
    )


def describe_place(place: ObjectPlace) -> str:
    """An object or version in the words of a sentence, printable whatever its key."""
    version = "" if place.version_id is None else f" version {printable(place.version_id)}"
    return f"s3://{place.bucket}/{printable(place.key)}{version}"
