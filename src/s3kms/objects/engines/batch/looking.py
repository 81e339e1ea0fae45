"""Reads an object for which a task was denied: a lock is not a failure."""

from datetime import UTC, datetime

from s3kms.aws.s3.object_reads import head_object
from s3kms.model.objects import ObjectPlace, ObjectVersion
from s3kms.objects.interface import EngineContext


async def is_locked(context: EngineContext, version: ObjectVersion) -> bool:
    """Whether Object Lock keeps a version from being updated (fact D5). Raises AwsError."""
    wanted = context.wanted
    place = ObjectPlace(wanted.bucket, version.key, version.version_id, wanted.account, wanted.region)
    head = await head_object(context.client, place)
    return head.legal_hold or bool(head.retain_until and head.retain_until > datetime.now(UTC))
