"""The live source: every bucket of the account of the current credentials."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from s3kms.aws.boundary import NETWORK_ADVICE
from s3kms.aws.concurrent_map import TASKS_PER_CALL, Window, concurrent_map
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3 import bucket_api
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.aws.sync import iterate_sync
from s3kms.model import operations as op
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import Bucket, BucketKind, directory_bucket_arn
from s3kms.model.errors import AccessDenied, AwsError, CredentialsProblem, Unreachable
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.place import Place
from s3kms.model.stream import AccountComplete, Note, ScanItem, TargetNotFound, Unlisted, UnlistedScope
from s3kms.model.targets import Target
from s3kms.sources.bucket_reader import BucketReader, NeedsGrants
from s3kms.sources.operations import account_operations
from s3kms.sources.progress import with_progress
from s3kms.sources.selection import Checkpoint, Selection, bucket_kind_of
from s3kms.sources.separate_buckets import SeparateBuckets

DIRECTORY_BUCKET_REGIONS = {
    "aws": (
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "ap-south-1",
        "ap-northeast-1",
        "eu-west-1",
        "eu-north-1",
    )
}
"""Where S3 Express has a regional endpoint: the User Guide's page endpoint-directory-buckets-AZ, 2026.

Elsewhere the name of the endpoint does not resolve, so no other region is called.
"""

MAX_LOOKED_UP = 20
"""Named buckets that are looked up one by one, each with its name for the prefix, in place of the whole list."""


@dataclass(slots=True)
class _Listed:
    """What the listing came across, for the end of the stream."""

    named: set[str]
    """What the targets say: of these alone it is worth remembering that they were there."""
    names: set[str] = field(default_factory=set)
    failed_regions: dict[str, AwsError] = field(default_factory=dict)
    """Regions whose directory buckets could not be listed, and why."""
    without_region: int = 0
    """How many buckets were listed without their region."""

    def is_new(self, listed: ListedBucket, account: str, checkpoint: Checkpoint) -> bool:
        """Remember a bucket that a target names; whether it is still to be read."""
        if listed.name in self.named:
            self.names.add(listed.name)
        return not checkpoint.is_read(account, listed.name)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The listing calls of one account."""

    client: S3Client
    context: ClientContext
    account: str
    region: str
    page_size: int

    only_region: str | None
    """The one region whose buckets are wanted."""

    async def general_purpose(self, prefix: str) -> AsyncIterator[ListedBucket]:
        """Where the wanted region lists no buckets, those of every region: it may be closed to this identity."""
        if self.only_region is not None:
            is_answered = False
            try:
                async for listed in self._pages(prefix, self.only_region, only_region=True):
                    is_answered = True
                    yield listed
            except AwsError:
                if is_answered:
                    raise
            else:
                return
        async for listed in self._pages(prefix, self.region):
            yield listed

    async def named(self, name: str) -> ListedBucket | None:
        """The bucket of this name. Raises AwsError."""
        async for listed in self.general_purpose(name):
            if listed.name == name:
                return listed
        return None

    def _pages(self, prefix: str, region: str, *, only_region: bool = False) -> AsyncIterator[ListedBucket]:
        return bucket_api.list_buckets(
            self.client,
            self.account,
            region,
            prefix=prefix,
            only_region=only_region,
            page_size=self.page_size,
        )

    def directory(self, region: str) -> AsyncIterator[ListedBucket]:
        return bucket_api.list_directory_buckets(self.client, self.account, region, page_size=self.page_size)


class AccountSource:
    """The account's general purpose buckets and directory buckets, read through the S3 API.

    Costs the listing pages and one GetBucketEncryption a bucket; tags and keys only where a rule needs them.
    A few named buckets are looked up one by one, but for `is_one_of_many` accounts, most of which have none of them.
    `context` and `window`, what may be read ahead, are shared with other sources, where there are any; without
    `is_ordered` the buckets come as they are answered.
    """

    def __init__(
        self,
        connection: Connection,
        selection: Selection | None = None,
        *,
        page_size: int = bucket_api.LISTING_PAGE_SIZE,
        context: ClientContext | None = None,
        window: Window | None = None,
        checkpoint: Checkpoint | None = None,
        is_ordered: bool = True,
        is_one_of_many: bool = False,
        needs_grants: NeedsGrants | None = None,
    ) -> None:
        self._needs_grants = needs_grants
        self._connection = connection
        self._selection = selection or Selection()
        self._page_size = page_size
        self._context = context
        self._window = window
        self._is_ordered = is_ordered
        self._is_one_of_many = is_one_of_many
        self._checkpoint = checkpoint or Checkpoint()

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that reading these facts may call; calls nothing."""
        return account_operations(needs, directory_buckets=self._selection.directory_buckets)

    def buckets(self, needs: frozenset[Fact]) -> Generator[ScanItem]:
        """The wanted buckets, then the named ones that are not there.

        Raises AwsError where the account cannot be listed: an empty result would be a lie. Works inside a running
        event loop, too.
        """
        return iterate_sync(lambda: self.items(needs))

    async def items(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """What `buckets` yields, as an asynchronous generator, which has to be closed to stop early."""
        if self._context:
            async with aclosing(self._items(needs, self._context)) as items:
                async for item in items:
                    yield item
            return
        async with (
            open_client(self._connection) as context,
            aclosing(with_progress(self._items(needs, context), context.progress)) as items,
        ):
            async for item in items:
                yield item

    async def _items(self, needs: frozenset[Fact], context: ClientContext) -> AsyncGenerator[ScanItem]:
        account = await asyncio.to_thread(lambda: self._connection.account)  # may call STS
        client = S3Client(self._connection, context)
        seen = _Listed({target.pattern for target in self._selection.targets})
        seen.names |= {name for name in seen.named if self._checkpoint.is_read(account, name)}
        if self._checkpoint.is_done(account):
            for missing in self._not_found(seen):
                yield missing
            return
        reader = BucketReader(
            self._connection, client, needs, self._selection.regions, needs_grants=self._needs_grants
        )

        regions = self._selection.regions
        only_region = regions[0] if len(set(regions)) == 1 else None
        place = _Listing(client, context, account, self._connection.region, self._page_size, only_region)
        async with aclosing(self._s3_buckets(place, reader, seen)) as items:
            async for item in items:
                yield item
        separate = SeparateBuckets(self._connection, self._selection, needs, reader.with_key)
        async for item in separate.items():
            if isinstance(item, Bucket):
                seen.names.add(item.name or "")
            yield item
        if seen.without_region:
            yield _without_region(seen.without_region)
        for missing in self._not_found(seen):
            yield missing
        if seen.failed_regions:
            yield self._unlisted(seen.failed_regions)
        elif not separate.has_failed:
            yield AccountComplete(account)

    async def _s3_buckets(
        self, place: _Listing, reader: BucketReader, seen: _Listed
    ) -> AsyncGenerator[ScanItem]:
        """The general purpose and directory buckets that are wanted."""

        async def read(found: ListedBucket | Note) -> ScanItem:
            if isinstance(found, Note):
                return found
            seen.without_region += found.is_listed and found.region is None
            return await reader.read(found)

        listing = self._listed(place, seen)
        found = concurrent_map(
            read,
            listing,
            place.context.concurrency * TASKS_PER_CALL,
            window=self._window,
            is_ordered=self._is_ordered,
        )
        async with aclosing(listing), aclosing(found) as items:
            async for item in items:
                if not self._is_in_other_region(item):
                    yield item
                elif item.name in self._selection.names:
                    yield TargetNotFound(item.name, Advice(f"it is in {item.region}"))

    def _is_in_other_region(self, item: ScanItem) -> TypeGuard[Bucket]:
        """Whether it is a bucket that turned out to be in a region that is not wanted: the listing told none."""
        regions = self._selection.regions
        return isinstance(item, Bucket) and bool(regions) and item.region not in {None, *regions}

    async def _listed(self, listing: _Listing, seen: _Listed) -> AsyncGenerator[ListedBucket | Note]:
        kinds = self._selection.may_be
        # Seven far regions are listed while the first buckets are read already.
        directories = asyncio.ensure_future(
            self._directories(listing, seen) if self._has_directories else _no_buckets()
        )
        try:
            if BucketKind.GENERAL_PURPOSE in kinds:
                async for listed in self._general_purpose(listing):
                    if isinstance(listed, Note) or (
                        self._wants(listed) and seen.is_new(listed, listing.account, self._checkpoint)
                    ):
                        yield listed
            for listed in filter(self._wants, await directories):
                if seen.is_new(listed, listing.account, self._checkpoint):
                    yield listed
        finally:
            directories.cancel()

    @property
    def _has_directories(self) -> bool:
        return self._selection.directory_buckets and BucketKind.DIRECTORY in self._selection.may_be

    def _wants(self, listed: ListedBucket) -> bool:
        """Not a bucket that happens to have the name of one elsewhere."""
        if self._selection.targets:
            matching = self._selection.matching(listed.name)
            here = (t for t in matching if not _elsewhere(t, self._connection))
            if not any(t.region in {None, listed.region} for t in here):
                return False
        return self._selection.wants(listed)

    async def _general_purpose(self, listing: _Listing) -> AsyncIterator[ListedBucket | Note]:
        try:
            if names := self._names_to_look_up:
                for found in await self._look_up(listing, names):
                    yield found
            else:
                async for listed in listing.general_purpose(self._selection.prefix):
                    yield listed
        except AccessDenied as denied:
            named = self._selection.targets
            if not named or any(target.is_glob for target in named):
                raise
            # Named buckets can be read without the list; S3 leads to their region.
            yield Note(
                Sentence(
                    "{denied}: the named buckets are read without it, and the region that answers is theirs",
                    {"denied": denied.sentence},
                )
            )
            for target in named:
                if bucket_kind_of(target.pattern) is BucketKind.GENERAL_PURPOSE:
                    yield ListedBucket(target.pattern, None, is_listed=False)

    @property
    def _names_to_look_up(self) -> list[str]:
        """The names of the general purpose buckets that are meant, if few and without a pattern among them."""
        targets = self._selection.targets
        if self._is_one_of_many or any(target.is_glob for target in targets):
            return []
        here = {target.pattern for target in targets if not _elsewhere(target, self._connection)}
        names = [name for name in sorted(here) if bucket_kind_of(name) is BucketKind.GENERAL_PURPOSE]
        return names if len(names) <= MAX_LOOKED_UP else []

    async def _look_up(self, listing: _Listing, names: list[str]) -> list[ListedBucket]:
        """Those of the names that there are. The first is asked for alone: it may be denied."""
        first, *others = names
        found = [await listing.named(first), *await asyncio.gather(*map(listing.named, others))]
        return [listed for listed in found if listed is not None]

    async def _directories(self, listing: _Listing, seen: _Listed) -> list[ListedBucket]:
        """All of them, region by region: an account has a hundred at most."""
        regions = [
            region
            for region in DIRECTORY_BUCKET_REGIONS.get(self._connection.partition, ())
            if not self._selection.regions or region in self._selection.regions
        ]
        found = await asyncio.gather(*(self._directory(listing, region) for region in regions))
        for region, buckets in zip(regions, found, strict=True):
            if isinstance(buckets, AwsError):
                seen.failed_regions[region] = buckets
        return [listed for buckets in found if isinstance(buckets, list) for listed in buckets]

    async def _directory(self, listing: _Listing, region: str) -> list[ListedBucket] | AwsError:
        unreached = listing.context.unreached_directories
        if region in unreached:
            return Unreachable(
                f"the endpoint of S3 Express in {region} gave no answer before",
                advice=NETWORK_ADVICE,
                operation=op.LIST_DIRECTORY_BUCKETS.name,
            )
        try:
            return [listed async for listed in listing.directory(region)]
        except CredentialsProblem:
            raise
        except AwsError as error:
            if isinstance(error, Unreachable) and not error.code:  # nothing came, not even an error
                unreached.add(region)
            return error

    def _unlisted(self, errors: dict[str, AwsError]) -> Unlisted:
        """All regions in which directory buckets could not be listed, with the first one's reason."""
        account = self._connection.account
        first = next(iter(errors.values())).as_unknown()
        unknown = replace(
            first,
            why=f"the directory buckets of {', '.join(errors)} could not be listed: {first.why}",
            advice=first.advice.extended(
                "; or leave them out with {option}", {"option": Option("directory_buckets", value=False)}
            ),
        )
        arn = directory_bucket_arn("*", "*", account, self._connection.partition)
        return Unlisted(UnlistedScope(account, BucketKind.DIRECTORY, (Place(arn),)), unknown)

    def _not_found(self, seen: _Listed) -> Iterator[TargetNotFound]:
        for target in self._selection.targets:
            if not target.is_glob and target.pattern not in seen.names:
                yield TargetNotFound(target.pattern, Advice(self._why_not_found(target, seen)))

    def _why_not_found(self, target: Target, seen: _Listed) -> str:
        if elsewhere := _elsewhere(target, self._connection):
            return elsewhere
        if bucket_kind_of(target.pattern) is BucketKind.DIRECTORY:
            if not self._selection.directory_buckets:
                return "directory buckets are left out"
            if seen.failed_regions:
                return f"directory buckets could not be listed in {', '.join(seen.failed_regions)}"
        where = f" in {', '.join(self._selection.regions)}" if self._selection.regions else ""
        return (
            f"account {self._connection.account} has no such bucket{where}; "
            "check the name (a path: ./NAME), and whose credentials these are (aws sts get-caller-identity)"
        )


def _without_region(buckets: int) -> Note:
    what = "bucket was" if buckets == 1 else "buckets were"
    return Note(
        Sentence(
            f"{buckets} {what} listed without a region: the one that answered is taken ({{region}} names another)",
            {"region": Option("regions")},
        )
    )


async def _no_buckets() -> list[ListedBucket]:
    return []


def _elsewhere(target: Target, connection: Connection) -> str:
    """Why a target cannot be a bucket of this account, from what its ARN says; else an empty text."""
    if target.partition not in {None, connection.partition}:
        return f"it is in partition {target.partition}, the credentials are for {connection.partition}"
    if target.account not in {None, connection.account}:
        return (
            f"it belongs to account {target.account}, the credentials belong to account {connection.account}"
        )
    return ""
