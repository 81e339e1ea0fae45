"""The S3 calls that read what objects a bucket has and how they are encrypted, over the fast client."""

from collections.abc import AsyncIterator

from s3kms.aws.boundary import bad_answer
from s3kms.aws.s3.bucket_api import canonical_query
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_answers import VersionsPage, read_head
from s3kms.aws.s3.request import Request
from s3kms.model import object_operations as op
from s3kms.model.errors import AwsError
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
    subject = f"s3://{bucket}"
    query = {"versions": "", "encoding-type": "url", "max-keys": str(page_size)}
    if prefix:
        query["prefix"] = prefix
    owner = (("x-amz-expected-bucket-owner", account),)
    marker = after
    while True:
        query["key-marker"], query["version-id-marker"] = marker
        asked = canonical_query({name: value for name, value in query.items() if value or name == "versions"})
        request = Request(op.LIST_OBJECT_VERSIONS, subject, region, bucket, asked, headers=owner)
        response, region = await client.send(request)
        page = VersionsPage(response, request.operation, subject, bucket)
        for version in page.versions(prefix):
            yield version
        if page.next is None:
            return
        if page.next == marker or page.next[0].encode() < marker[0].encode():
            raise bad_answer(request.operation, subject, "was answered with a listing that goes in circles")
        marker = page.next


async def head_object(client: S3Client, place: ObjectPlace) -> ObjectHead:
    """What S3 says of an object. Raises AwsError; NotFound where there is none.

    The code of the error of a delete marker is `MethodNotAllowed`, and of an object under SSE-C `InvalidRequest`.
    """
    request = about_object(place, op.HEAD_OBJECT_VERSION, "HEAD")
    response, _ = await client.send(request)
    return read_head(response, request.operation, request.subject)


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
