"""The S3 calls that read what HEAD does not show of an object: ACL, tags, locks, annotations."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from s3kms.aws.boundary import not_an_aws_answer
from s3kms.aws.s3.bucket_api import decoded, request_id_of
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_answers import read_moment
from s3kms.aws.s3.object_reads import about_object
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.response_xml import UnexpectedDocument, leaves_of, parse_acl, parse_tags, root_of
from s3kms.aws.s3.transport import Response
from s3kms.aws.s3.usage_api import NOT_OFFERED, send_unless
from s3kms.model import object_operations as op
from s3kms.model.objects import ObjectAcl, ObjectGrant, ObjectLockState, ObjectPlace

_ANNOTATIONS = re.compile(rb"<(\w*Annotations\w*)[\s>].*</\1>\s*\Z", re.DOTALL)
_NOT_LOCKED = ("NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", NOT_OFFERED)


async def get_object_acl(client: S3Client, place: ObjectPlace) -> ObjectAcl:
    """The whole ACL of a version, its owner's own grant included. Raises AwsError."""
    request = about_object(place, op.GET_OBJECT_ACL, query={"acl": ""})
    response, _ = await client.send(request)
    answer = decoded(parse_acl, response, request.operation, request.subject)
    grants = tuple(ObjectGrant(grant["Grantee"], grant["Permission"]) for grant in answer["Grants"])
    return ObjectAcl(answer["Owner"], grants)


async def get_object_tags(client: S3Client, place: ObjectPlace) -> Mapping[str, str]:
    """The tags of a version. Raises AwsError."""
    request = about_object(place, op.GET_OBJECT_TAGGING, query={"tagging": ""})
    response, _ = await client.send(request)
    answer = decoded(parse_tags, response, request.operation, request.subject)
    return {tag.get("Key", ""): tag.get("Value", "") for tag in answer["TagSet"]}


def tagging_header(tags: Mapping[str, str]) -> str:
    """Tags as a write takes them in its header."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in tags.items())


async def get_object_lock(client: S3Client, place: ObjectPlace) -> ObjectLockState:
    """What Object Lock holds a version by. HEAD shows it only to who may see it. Raises AwsError, AccessDenied."""
    retention = about_object(place, op.GET_OBJECT_RETENTION, query={"retention": ""})
    hold = about_object(place, op.GET_OBJECT_LEGAL_HOLD, query={"legal-hold": ""})
    retained = _leaves(await send_unless(client, retention, *_NOT_LOCKED), retention, "Retention")
    held = _leaves(await send_unless(client, hold, *_NOT_LOCKED), hold, "LegalHold")
    until = retained.get("RetainUntilDate")
    return ObjectLockState(
        retained.get("Mode") or None,
        read_moment(until, retention.operation, retention.subject) if until else None,
        held.get("Status") == "ON",
    )


async def has_annotations(client: S3Client, place: ObjectPlace) -> bool:
    """Whether a version has annotations; a server that has none to offer has not. Raises AwsError."""
    query = {"annotation": "", "max-annotation-results": "1"}
    request = about_object(place, op.LIST_OBJECT_ANNOTATIONS, query=query)
    response = await send_unless(client, request, NOT_OFFERED)
    if response is None:
        return False
    # Not parsed: the key stands in it, and XML has no place for some characters of keys.
    if not _ANNOTATIONS.search(response.body):
        what = "it is no list of annotations"
        raise not_an_aws_answer(request.operation, request.subject, what, request_id_of(response))
    return b"<AnnotationEntry" in response.body or b"<NextContinuationToken" in response.body


def _leaves(response: Response | None, request: Request, name: str) -> Mapping[str, str]:
    if response is None:
        return {}
    try:
        return leaves_of(root_of(response.body, name))
    except UnexpectedDocument as error:
        raise not_an_aws_answer(request.operation, request.subject, error, request_id_of(response)) from error
