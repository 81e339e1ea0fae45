"""A second look: what an inventory says, read again from the bucket itself."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import islice

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.model import operations as op
from s3kms.model.accounts import Role
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import ScanItem
from s3kms.model.unknown import Unknown
from s3kms.sources.bucket_reader import BucketReader
from s3kms.sources.sync import iterate_sync, ordered_map

INVENTORY_BATCH_SIZE = 100
"""Sightings taken from the inventory at once: a page."""


def confirmation_operations(needs: frozenset[Fact], *, enters: bool) -> frozenset[Operation]:
    """Every AWS operation that a second look at these facts may call; `enters` other accounts, too."""
    facts = frozenset[Operation]().union(*(fact.operations for fact in needs))
    entering = {op.ASSUME_ROLE} if enters else set[Operation]()
    return (facts | {op.GET_CALLER_IDENTITY} | entering) - {op.GET_DIRECTORY_BUCKET_ENCRYPTION}


@dataclass(slots=True)
class LiveConfirmation:
    """Reads buckets live: in the identity's own account, and in others where there is a role to assume."""

    connection: Connection
    needs: frozenset[Fact]
    role: Role | None = None
    _readers: "dict[str, asyncio.Future[BucketReader | str]]" = field(default_factory=dict)
    """By account; where it cannot be entered, why."""

    def confirm(
        self, sightings: Iterator[ScanItem], is_in_doubt: Callable[[Bucket], bool]
    ) -> Iterator[ScanItem]:
        """The same stream, in its order, with a second look at the buckets in doubt."""
        return iterate_sync(lambda: self.stream(sightings, is_in_doubt))

    async def stream(
        self, sightings: Iterator[ScanItem], is_in_doubt: Callable[[Bucket], bool]
    ) -> AsyncGenerator[ScanItem]:
        """The same, asynchronously."""
        async with open_client(self.connection) as traffic:

            async def look(sighting: ScanItem) -> ScanItem:
                if isinstance(sighting, Bucket) and is_in_doubt(sighting):
                    return await self._again(sighting, traffic)
                return sighting

            async with aclosing(ordered_map(look, _rows(sightings), traffic.concurrency * 4)) as looked_at:
                async for sighting in looked_at:
                    yield sighting

    async def _again(self, bucket: Bucket, traffic: ClientContext) -> ScanItem:
        """What the inventory said stands where the bucket cannot be read; it then says that, and why."""
        if bucket.name is None:
            return bucket
        if bucket.account is None:
            return mark_not_confirmed(bucket, "it is of an account that is not told")
        if bucket.account not in self._readers:
            self._readers[bucket.account] = asyncio.ensure_future(self._enter(bucket.account, traffic))
        reader = await self._readers[bucket.account]
        if isinstance(reader, str):
            return mark_not_confirmed(bucket, reader)
        found = await reader.read(ListedBucket(bucket.name, bucket.region))
        if not isinstance(found, Bucket):
            return found
        if isinstance(found.encryption, Unknown):
            return mark_not_confirmed(bucket, found.encryption.why)
        return replace(
            bucket,
            region=found.region,
            encryption=found.encryption,
            tags=found.tags if Fact.TAGS in self.needs else bucket.tags,
            key=found.key,
            evidence=found.evidence,
            caveat=_difference(bucket.encryption, found.encryption),
        )

    async def _enter(self, account: str, traffic: ClientContext) -> BucketReader | str:
        own = await asyncio.to_thread(lambda: self.connection.account)
        entered = self.connection
        if account != own:
            if self.role is None:
                return (
                    f"it is of account {account}, the credentials are of {own} (--assume-role enters others)"
                )
            try:
                entered = await asyncio.to_thread(AssumedRoleConnection, self.connection, account, self.role)
            except CredentialsProblem:
                raise
            except AwsError as error:
                return f"account {account} could not be entered: {error}"
        return BucketReader(entered, S3Client(entered, traffic), self.needs)


async def _rows(sightings: Iterator[ScanItem]) -> AsyncIterator[ScanItem]:
    """A page at a time, asked for in a thread."""
    while rows := await asyncio.to_thread(lambda: list(islice(sightings, INVENTORY_BATCH_SIZE))):
        for row in rows:
            yield row


def mark_not_confirmed(bucket: Bucket, why: str) -> Bucket:
    """The same facts, which nobody could confirm."""
    known = f"{bucket.caveat}; " if bucket.caveat else ""
    return replace(bucket, caveat=f"{known}not confirmed: {why}")


def _difference(recorded: Encryption | Unknown, found: Encryption) -> str | None:
    """What the inventory has yet to learn."""
    if isinstance(recorded, Unknown) or (recorded.algorithm, recorded.key) == (found.algorithm, found.key):
        return None
    return f"AWS Config still says {recorded.name}"
