"""What buckets are used for: read of those that would change, never by a check."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3 import bucket_api
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.model.usage import BucketUsage, ReplicationRule
from s3kms.sources.concurrent_map import TASKS_PER_CALL, concurrent_map
from s3kms.sources.sync import iterate_sync

T = TypeVar("T")

NOT_USED = BucketUsage(policies=(), website=False, replication=(), grants=())
"""Of a directory bucket, which has no website, replication, log delivery, or key of AWS (fact A20)."""


def read_usage(connection: Connection, buckets: Sequence[Bucket]) -> Iterator[Bucket]:
    """The buckets in their order, with their usage and tags: four calls each, many buckets at once.

    What cannot be read is an Unknown in its place. Raises CredentialsProblem.
    """
    return iterate_sync(lambda: _read_all(connection, buckets)) if buckets else iter(())


async def _read_all(connection: Connection, buckets: Sequence[Bucket]) -> AsyncGenerator[Bucket]:
    async with open_client(connection) as context:
        client = S3Client(connection, context)

        async def read(bucket: Bucket) -> Bucket:
            return await _read_one(client, connection, bucket)

        found = concurrent_map(read, _each(buckets), context.concurrency * TASKS_PER_CALL)
        async with aclosing(found) as items:
            async for item in items:
                yield item


async def _each(buckets: Sequence[Bucket]) -> AsyncIterator[Bucket]:
    for bucket in buckets:
        yield bucket


async def _read_one(client: S3Client, connection: Connection, bucket: Bucket) -> Bucket:
    if bucket.kind is not BucketKind.GENERAL_PURPOSE or bucket.name is None:
        return replace(bucket, usage=NOT_USED)
    listed = ListedBucket(bucket.name, bucket.region, bucket.kind)
    where = client, listed, bucket.account or connection.account, bucket.region or connection.region
    policy, website, rules, tags = await asyncio.gather(
        _settled(bucket_api.get_bucket_policy(*where)),
        _settled(bucket_api.has_bucket_website(*where)),
        _settled(bucket_api.get_bucket_replication(*where)),
        _settled(bucket_api.get_bucket_tags(*where)) if bucket.tags is NOT_READ else _given(bucket.tags),
    )
    documents = (PolicyDocument(policy, "its policy"),) if isinstance(policy, str) else ()
    usage = BucketUsage(
        policies=policy if isinstance(policy, Unknown) else documents,
        website=website,
        replication=rules if isinstance(rules, Unknown) else tuple(map(_rule, rules)),
    )
    return replace(bucket, usage=usage, tags=tags)


async def _settled(call: Awaitable[T]) -> T | Unknown:
    """What a call gives, or why it gives nothing. Raises CredentialsProblem: it would be the same for all."""
    try:
        return await call
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


async def _given(value: T) -> T:
    return value


def _rule(found: dict[str, str]) -> ReplicationRule:
    selects = found.get("SseKmsEncryptedObjects") == "Enabled" and bool(found.get("ReplicaKmsKeyID"))
    return ReplicationRule(found.get("ID", "without a name"), found.get("Status") != "Disabled", selects)
