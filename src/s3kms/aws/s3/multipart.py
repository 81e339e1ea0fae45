"""The S3 calls of an upload whose parts are copied from an object that is there."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from s3kms.aws.boundary import bad_answer, not_an_aws_answer
from s3kms.aws.s3.bucket_api import canonical_query, request_id_of
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_answers import read_completed, read_moment
from s3kms.aws.s3.object_reads import about_object
from s3kms.aws.s3.object_writes import COPY_SECONDS
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.response_xml import UnexpectedDocument, leaves_of, root_of, without_control_characters
from s3kms.aws.s3.transport import Response
from s3kms.aws.s3.usage_api import send_unless
from s3kms.model import object_operations as op
from s3kms.model.objects import CopyAnswer, MultipartUpload, ObjectPlace

MAX_PARTS = 10_000
_NO_CONTENT = 204


async def create_upload(client: S3Client, place: ObjectPlace, headers: Mapping[str, str]) -> str:
    """Begin an upload; its id. Raises AwsError. Not sent again where it may have been begun."""
    request = about_object(
        replace(place, version_id=None),
        op.CREATE_UPLOAD,
        "POST",
        query={"uploads": ""},
        headers=tuple(headers.items()),
        body=b"",
        may_repeat=False,
    )
    response, _ = await client.send(request)
    upload_id = _parts_of(response, request, "InitiateMultipartUploadResult").get("UploadId")
    if not upload_id:
        raise bad_answer(request.operation, request.subject, "answered without the id of the upload")
    return upload_id


async def copy_part(
    client: S3Client, place: ObjectPlace, upload_id: str, number: int, headers: Mapping[str, str]
) -> str:
    """Copy one part, from 1 on; its ETag as it came. Raises AwsError. Sent again it is the same part."""
    request = about_object(
        replace(place, version_id=None),
        op.COPY_PART,
        "PUT",
        query={"partNumber": str(number), "uploadId": upload_id},
        headers=tuple(headers.items()),
        body=b"",
        answer_seconds=COPY_SECONDS,
        is_answered_late=True,
    )
    response, _ = await client.send(request)
    etag = _parts_of(response, request, "CopyPartResult").get("ETag")
    if not etag:
        raise bad_answer(request.operation, request.subject, "answered without the ETag of the part")
    return etag


async def complete_upload(
    client: S3Client, place: ObjectPlace, upload_id: str, etags: Sequence[str], headers: Mapping[str, str]
) -> CopyAnswer:
    """Make the parts an object. Raises AwsError.

    It is not sent again where it may have been done: whether it was is then for the caller to find out.
    """
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    root = '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    request = about_object(
        replace(place, version_id=None),
        op.COMPLETE_UPLOAD,
        "POST",
        query={"uploadId": upload_id},
        headers=tuple(headers.items()),
        body=f"{root}{parts}</CompleteMultipartUpload>".encode(),
        may_repeat=False,
        answer_seconds=COPY_SECONDS,
        is_answered_late=True,
    )
    response, _ = await client.send(request)
    return read_completed(response, request.operation, request.subject)


async def abort_upload(client: S3Client, place: ObjectPlace, upload_id: str) -> None:
    """Give up an upload and its parts; one that is not there is given up already. Raises AwsError."""
    request = about_object(
        replace(place, version_id=None),
        op.ABORT_UPLOAD,
        "DELETE",
        query={"uploadId": upload_id},
        success=(_NO_CONTENT, 200),
    )
    await send_unless(client, request, "NoSuchUpload")


async def list_uploads(client: S3Client, place: ObjectPlace) -> AsyncIterator[MultipartUpload]:
    """Every upload to that very key that is not completed. Raises AwsError."""
    query = {"uploads": "", "encoding-type": "url", "prefix": place.key, "max-uploads": "1000"}
    owner = (("x-amz-expected-bucket-owner", place.account),)
    subject = f"s3://{place.bucket}"
    while True:
        request = Request(
            op.LIST_UPLOADS, subject, place.region, place.bucket, canonical_query(query), headers=owner
        )
        response, _ = await client.send(request)
        root = _document(response, request, "ListMultipartUploadsResult")
        said = leaves_of(root)
        for one in root:
            if one.tag.rpartition("}")[2] == "Upload":
                found = _upload(one, request, is_encoded=said.get("EncodingType") == "url")
                if found.key == place.key:
                    yield found
        markers = {name: said.get(f"Next{part}", "") for name, part in _MARKERS.items()}
        if said.get("IsTruncated") != "true" or all(
            query.get(name) == text for name, text in markers.items()
        ):
            return
        query |= {name: text for name, text in markers.items() if text}


_MARKERS = {"key-marker": "KeyMarker", "upload-id-marker": "UploadIdMarker"}


def _upload(element: ET.Element, request: Request, *, is_encoded: bool) -> MultipartUpload:
    # Not stripped: a key may begin or end with a space.
    texts = {part.tag.rpartition("}")[2]: part.text or "" for part in element}
    initiator = next((part for part in element if part.tag.rpartition("}")[2] == "Initiator"), None)
    initiated = texts.get("Initiated")
    key = texts.get("Key", "")
    return MultipartUpload(
        unquote_plus(key) if is_encoded else key,
        texts.get("UploadId", "").strip(),
        read_moment(initiated, request.operation, request.subject) if initiated else None,
        "" if initiator is None else leaves_of(initiator).get("ID", ""),
    )


def _document(response: Response, request: Request, name: str) -> ET.Element:
    try:
        return root_of(without_control_characters(response.body.strip()), name)
    except UnexpectedDocument as error:
        raise not_an_aws_answer(request.operation, request.subject, error, request_id_of(response)) from error


def _parts_of(response: Response, request: Request, name: str) -> Mapping[str, str]:
    return leaves_of(_document(response, request, name))
