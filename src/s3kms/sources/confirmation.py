"""Live confirmation: what an inventory says of the buckets in doubt, read again from the buckets themselves."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.concurrent_map import TASKS_PER_CALL, concurrent_map
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.aws.sync import iterate_sync
from s3kms.model.accounts import Role
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import ScanItem
from s3kms.model.unknown import Unknown
from s3kms.sources.bucket_reader import BucketReader, NeedsGrants
from s3kms.sources.interface import LiveSource
from s3kms.sources.operations import confirmation_operations
from s3kms.sources.progress import with_progress


@dataclass(frozen=True, slots=True)
class LiveConfirmation:
    """An inventory whose buckets in doubt are read live, in its order.

    In the identity's own account, and in others where there is a role to assume.
    """

    source: LiveSource
    connection: Connection
    is_in_doubt: Callable[[Bucket], bool]
    role: Role | None = None
    needs_grants: NeedsGrants | None = None

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that reading these facts may call; calls nothing."""
        confirming = confirmation_operations(needs, assumes_role=self.role is not None)
        return self.source.operations(needs) | confirming

    def buckets(self, needs: frozenset[Fact]) -> Generator[ScanItem]:
        """What the inventory yields, the buckets in doubt as they are now.

        A bucket that cannot be read stays as the inventory has it, with a caveat. Works inside a running event loop,
        too.
        """
        return iterate_sync(lambda: self.items(needs))

    async def items(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """What `buckets` yields, as an asynchronous generator, which has to be closed to stop early."""
        async with open_client(self.connection) as context, aclosing(self.source.items(needs)) as inventory:
            confirming = _Confirming(self, context, needs)
            confirmed = concurrent_map(confirming.confirm, inventory, context.concurrency * TASKS_PER_CALL)
            async with aclosing(with_progress(confirmed, context.progress)) as items:
                async for item in items:
                    yield item


@dataclass(slots=True)
class _Confirming:
    """One iteration."""

    of: LiveConfirmation
    context: ClientContext
    needs: frozenset[Fact]
    readers: "dict[str, asyncio.Future[BucketReader | str]]" = field(default_factory=dict)
    """By account; where none can be had, why."""

    async def confirm(self, item: ScanItem) -> ScanItem:
        if not isinstance(item, Bucket) or item.name is None or not self.of.is_in_doubt(item):
            return item
        if item.account is None:
            return mark_not_confirmed(item, "its account is not known")
        if item.account not in self.readers:
            self.readers[item.account] = asyncio.ensure_future(self._reader(item.account))
        reader = await self.readers[item.account]
        if isinstance(reader, str):
            return mark_not_confirmed(item, reader)
        found = await reader.read(ListedBucket(item.name, item.region))
        if not isinstance(found, Bucket):
            return found
        if isinstance(found.encryption, Unknown):
            return mark_not_confirmed(item, found.encryption.why)
        return replace(
            item,
            region=found.region,
            encryption=found.encryption,
            tags=found.tags if Fact.TAGS in self.needs else item.tags,
            key=found.key,
            evidence=found.evidence,
            caveat=_difference(item.encryption, found.encryption),
        )

    async def _reader(self, account: str) -> BucketReader | str:
        connection, role = self.of.connection, self.of.role
        own = await asyncio.to_thread(lambda: connection.account)
        if account != own:
            if role is None:
                return (
                    f"it belongs to account {account}, the credentials belong to account {own}, "
                    "and no role to assume was named"
                )
            try:
                connection = await asyncio.to_thread(AssumedRoleConnection, connection, account, role)
            except CredentialsProblem:
                raise
            except AwsError as error:
                return f"the role in account {account} could not be assumed: {error}"
        client = S3Client(connection, self.context)
        return BucketReader(connection, client, self.needs, needs_grants=self.of.needs_grants)


def mark_not_confirmed(bucket: Bucket, why: str) -> Bucket:
    """The bucket as the inventory has it, with a caveat that says why it could not be confirmed."""
    known = f"{bucket.caveat}; " if bucket.caveat else ""
    return replace(bucket, caveat=f"{known}not confirmed: {why}")


def _difference(recorded: Encryption | Unknown, found: Encryption) -> str | None:
    """What the inventory has yet to record, as a caveat."""
    if isinstance(recorded, Unknown) or (recorded.algorithm, recorded.key) == (found.algorithm, found.key):
        return None
    return f"AWS Config still says {recorded.name}"
