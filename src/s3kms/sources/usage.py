"""What buckets are used for: read of those that would change, never by a check."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from s3kms.aws.concurrent_map import TASKS_PER_CALL, concurrent_map
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3 import bucket_api, usage_api
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.sync import iterate_sync
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.model.usage import PUBLIC_GROUPS, AccessPoint, AclGrant, BucketUsage, ReplicationRule, Sibling
from s3kms.sources.access_points import AccessPoints
from s3kms.sources.account_public_access import AccountPublicAccess
from s3kms.sources.log_senders import LogSenders

T = TypeVar("T")

NOT_USED = BucketUsage(
    policies=(),
    website=False,
    replication=(),
    grants=(),
    log_senders=(),
    is_public_access_restricted=False,
    notification_targets=(),
    access_points=(),
)
"""Of a directory bucket, which has no website, replication, log delivery, or key of AWS (fact A20)."""


def read_usage(
    connection: Connection, buckets: Sequence[Bucket], siblings: Sequence[Sibling] | None = None
) -> Iterator[Bucket]:
    """The buckets in their order, with their usage and tags, many at once; for `plan` and `fix` alike.

    `buckets` are those of the connection's account that would change; `siblings` all of its general purpose buckets,
    or None where these have to be listed. It costs

    - for each bucket at most 12 calls: its policy, website, replication, tags, ACL, public access block and
      notifications, and the policies of at most five access points;
    - for each region of these buckets one GetBucketLogging a sibling in that region, themselves included, and one
      listing of the region's buckets where `siblings` is None;
    - for each region of these buckets one listing of the account's access points;
    - where a bucket lets anonymous requests in, once the public access block of the account.

    What cannot be read is an Unknown in its place. Raises CredentialsProblem.
    """
    return iterate_sync(lambda: _read_all(connection, buckets, siblings)) if buckets else iter(())


async def _read_all(
    connection: Connection, buckets: Sequence[Bucket], siblings: Sequence[Sibling] | None
) -> AsyncGenerator[Bucket]:
    account = await asyncio.to_thread(lambda: connection.account)  # may call STS
    async with open_client(connection) as context:
        client = S3Client(connection, context)
        reader = _UsageReader(
            connection,
            client,
            LogSenders(client, account, context.concurrency, siblings),
            AccessPoints(connection, client, [bucket.name or "" for bucket in buckets]),
            AccountPublicAccess(connection, client),
        )
        found = concurrent_map(reader.read, _each(buckets), context.concurrency * TASKS_PER_CALL)
        try:
            async with aclosing(found) as items:
                async for item in items:
                    yield item
        finally:
            await reader.close()


async def _each(buckets: Sequence[Bucket]) -> AsyncIterator[Bucket]:
    for bucket in buckets:
        yield bucket


@dataclass(frozen=True, slots=True)
class _UsageReader:
    """Reads the usage of single buckets."""

    connection: Connection
    client: S3Client
    log_senders: LogSenders
    access_points: AccessPoints
    account_block: AccountPublicAccess

    async def close(self) -> None:
        """End what is under way."""
        await self.log_senders.close()
        await self.access_points.close()
        await self.account_block.close()

    async def read(self, bucket: Bucket) -> Bucket:
        """The bucket with its usage and tags. Raises CredentialsProblem."""
        if bucket.kind is not BucketKind.GENERAL_PURPOSE or bucket.name is None:
            return replace(bucket, usage=NOT_USED)
        region = bucket.region or self.connection.region
        listed = ListedBucket(bucket.name, bucket.region, bucket.kind)
        where = self.client, listed, bucket.account or self.connection.account, region
        has_tags = bucket.tags is not NOT_READ
        settings = asyncio.gather(
            _settled(usage_api.get_bucket_policy(*where)),
            _settled(usage_api.has_bucket_website(*where)),
            _settled(usage_api.get_bucket_replication(*where)),
            _given(bucket.tags) if has_tags else _settled(bucket_api.get_bucket_tags(*where)),
        )
        more = asyncio.gather(
            _settled(usage_api.get_bucket_acl(*where)),
            _settled(usage_api.get_public_access_block(*where)),
            _settled(usage_api.get_notification_targets(*where)),
            self.log_senders.into(bucket.name, region),
            self.access_points.of(bucket.name, region),
        )
        (policy, website, rules, tags), found = await asyncio.gather(settings, more)
        acl, block, notified, senders, points = found
        texts = (policy, *(_text_of(one) for one in (() if isinstance(points, Unknown) else points)))
        if not isinstance(block, Unknown) and _lets_anyone_in(texts, acl, block):
            block = _strictest(block, await self.account_block.of(region))
        documents = (PolicyDocument(policy, "its policy"),) if isinstance(policy, str) else ()
        usage = BucketUsage(
            policies=policy if isinstance(policy, Unknown) else documents,
            website=website,
            replication=rules if isinstance(rules, Unknown) else tuple(map(_rule, rules)),
            grants=_grants(acl, block),
            log_senders=senders,
            is_public_access_restricted=_setting(block, "RestrictPublicBuckets"),
            notification_targets=notified if isinstance(notified, Unknown) else tuple(notified),
            access_points=points,
        )
        return replace(bucket, usage=usage, tags=tags)


def _text_of(point: AccessPoint) -> object:
    return point.policy.content if isinstance(point.policy, PolicyDocument) else None


def _lets_anyone_in(
    policies: Iterable[object], acl: Sequence[Mapping[str, str]] | Unknown, block: Mapping[str, Any]
) -> bool:
    """Whether the account's block may matter: a policy names `*` as something, or the ACL a public group."""
    is_open = any(isinstance(text, str) and '"*"' in text for text in policies)
    is_granted = not isinstance(acl, Unknown) and any(one["Grantee"] in PUBLIC_GROUPS for one in acl)
    return (is_open and block.get("RestrictPublicBuckets") is not True) or (
        is_granted and block.get("IgnorePublicAcls") is not True
    )


def _strictest(block: Mapping[str, Any], of_account: Mapping[str, Any] | Unknown) -> Mapping[str, Any]:
    """S3 applies the most restrictive combination of both (fact C61): what the bucket sets needs no account's."""
    names = ("IgnorePublicAcls", "RestrictPublicBuckets")
    return {name: block.get(name) is True or _setting(of_account, name) for name in names}


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


def _rule(found: Mapping[str, str]) -> ReplicationRule:
    selects = found.get("SseKmsEncryptedObjects") == "Enabled" and bool(found.get("ReplicaKmsKeyID"))
    return ReplicationRule(
        found.get("ID", "without a name"),
        found.get("Status") != "Disabled",
        selects,
        destination=found.get("Bucket"),
        role=found.get("Role") or None,
    )


def _grants(
    acl: Sequence[Mapping[str, str]] | Unknown, block: Mapping[str, Any] | Unknown
) -> tuple[AclGrant, ...] | Unknown:
    """What an ACL grants with effect: IgnorePublicAcls takes it from grants to everybody."""
    if isinstance(acl, Unknown):
        return acl
    grants = [AclGrant(one["Grantee"], one["Permission"], "its ACL") for one in acl]
    if _setting(block, "IgnorePublicAcls") is True:
        return tuple(one for one in grants if one.grantee not in PUBLIC_GROUPS)
    return tuple(grants)


def _setting(block: Mapping[str, Any] | Unknown, name: str) -> bool | Unknown:
    found = block if isinstance(block, Unknown) else block.get(name)
    return found if isinstance(found, Unknown) else found is True
