"""The live source: every bucket of the account of the current credentials."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3 import bucket_api
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.model import operations as op
from s3kms.model.advice import Advice, Option
from s3kms.model.bucket import Bucket, BucketKind, Place, directory_bucket_arn
from s3kms.model.counters import ScanCounters
from s3kms.model.errors import AccessDenied, AwsError, CredentialsProblem
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import AccountComplete, ScanItem, TargetNotFound
from s3kms.model.targets import Target
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.bucket_reader import BucketReader
from s3kms.sources.selection import Checkpoint, Selection, bucket_kind_of
from s3kms.sources.sync import iterate_sync, ordered_map

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

Elsewhere the name of the endpoint does not resolve, so nobody is asked there.
"""


@dataclass(slots=True)
class _Seen:
    """What the listing came across, for the end of the stream."""

    named: set[str]
    """What the targets say: of these alone it is worth remembering that they were there."""
    names: set[str] = field(default_factory=set)
    unlisted: dict[str, AwsError] = field(default_factory=dict)
    """Regions whose directory buckets could not be listed, and why."""

    def is_new(self, listed: ListedBucket, account: str, known: Checkpoint) -> bool:
        """Came across this one; whether it is still to be read."""
        if listed.name in self.named:
            self.names.add(listed.name)
        return not known.is_read(account, listed.name)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The listing calls of one account."""

    caller: S3Client
    account: str
    region: str
    page_size: int

    def general_purpose(self, prefix: str) -> AsyncIterator[ListedBucket]:
        return bucket_api.list_buckets(
            self.caller, self.account, self.region, prefix=prefix, page_size=self.page_size
        )

    def directory(self, region: str) -> AsyncIterator[ListedBucket]:
        return bucket_api.list_directory_buckets(self.caller, self.account, region, page_size=self.page_size)


class AccountSource:
    """The account's general purpose buckets and directory buckets, read through the S3 API.

    Costs the listing pages and one GetBucketEncryption a bucket; tags and keys only where a rule needs them.
    `traffic` is shared with other sources, where there are any; `ahead` is how many buckets may be read before
    the first of them is done.
    """

    def __init__(
        self,
        connection: Connection,
        selection: Selection | None = None,
        *,
        page_size: int = bucket_api.LISTING_PAGE_SIZE,
        notify: Callable[[str], None] = lambda _: None,
        traffic: ClientContext | None = None,
        ahead: int | None = None,
        meter: ScanCounters | None = None,
        known: Checkpoint | None = None,
    ) -> None:
        self._connection = connection
        self._selection = selection or Selection()
        self._page_size = page_size
        self._say = notify
        self._traffic = traffic
        self._ahead = ahead
        self._meter = meter
        self._known = known or Checkpoint()

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call."""
        return account_operations(needs, directory_buckets=self._selection.directory_buckets)

    def buckets(self, needs: frozenset[Fact]) -> Iterator[ScanItem]:
        """The wanted buckets in the order of the listing, then the named ones that are not there.

        Raises AwsError where the account cannot be listed: an empty result would be a lie.
        """
        return iterate_sync(lambda: self.stream(needs))

    async def stream(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """The same, asynchronously."""
        if self._traffic:
            async with aclosing(self._sightings(needs, self._traffic)) as sightings:
                async for sighting in sightings:
                    yield sighting
            return
        async with (
            open_client(self._connection, self._meter) as traffic,
            aclosing(self._sightings(needs, traffic)) as sightings,
        ):
            async for sighting in sightings:
                yield sighting

    async def _sightings(self, needs: frozenset[Fact], traffic: ClientContext) -> AsyncGenerator[ScanItem]:
        account = await asyncio.to_thread(lambda: self._connection.account)  # may ask STS
        caller = S3Client(self._connection, traffic)
        seen = _Seen({target.pattern for target in self._selection.targets})
        seen.names |= {name for name in seen.named if self._known.is_read(account, name)}
        if self._known.is_done(account):
            for missing in self._missing(seen):
                yield missing
            return
        reader = BucketReader(self._connection, caller, needs)
        listing = self._listed(_Listing(caller, account, self._connection.region, self._page_size), seen)
        async with aclosing(
            ordered_map(reader.read, listing, self._ahead or traffic.concurrency * 4)
        ) as sightings:
            async for sighting in sightings:
                yield sighting
        for missing in self._missing(seen):
            yield missing
        yield self._unlisted(seen.unlisted) if seen.unlisted else AccountComplete(account)

    async def _listed(self, listing: _Listing, seen: _Seen) -> AsyncIterator[ListedBucket]:
        kinds = self._selection.may_be
        # Seven far regions are asked while the first buckets are read already.
        directories = asyncio.ensure_future(
            self._directories(listing, seen) if self._has_directories else _nothing()
        )
        try:
            if BucketKind.GENERAL_PURPOSE in kinds:
                async for listed in self._general_purpose(listing):
                    if self._wants(listed) and seen.is_new(listed, listing.account, self._known):
                        yield listed
            for listed in filter(self._wants, await directories):
                if seen.is_new(listed, listing.account, self._known):
                    yield listed
        finally:
            directories.cancel()

    @property
    def _has_directories(self) -> bool:
        return self._selection.directory_buckets and BucketKind.DIRECTORY in self._selection.may_be

    def _wants(self, listed: ListedBucket) -> bool:
        """Not a bucket that happens to have the name of one elsewhere."""
        targets = self._selection.targets
        here = [t for t in targets if not _elsewhere(t, self._connection)]
        if targets and not any(t.matches(listed.name) and t.region in {None, listed.region} for t in here):
            return False
        return self._selection.wants(listed)

    async def _general_purpose(self, listing: _Listing) -> AsyncIterator[ListedBucket]:
        try:
            async for listed in listing.general_purpose(self._selection.prefix):
                yield listed
        except AccessDenied as denied:
            named = self._selection.targets
            if not named or any(target.is_glob for target in named):
                raise
            # Named buckets can be read without the list; S3 leads to their region.
            self._say(f"{denied}: the named buckets are read without it")
            for target in named:
                if bucket_kind_of(target.pattern) is BucketKind.GENERAL_PURPOSE:
                    yield ListedBucket(target.pattern, None, is_listed=False)

    async def _directories(self, listing: _Listing, seen: _Seen) -> list[ListedBucket]:
        """All of them, region by region: an account has a hundred at most."""
        regions = [
            region
            for region in DIRECTORY_BUCKET_REGIONS.get(self._connection.partition, ())
            if not self._selection.regions or region in self._selection.regions
        ]
        found = await asyncio.gather(*(self._directory(listing, region) for region in regions))
        for region, buckets in zip(regions, found, strict=True):
            if isinstance(buckets, AwsError):
                seen.unlisted[region] = buckets
        return [listed for buckets in found if isinstance(buckets, list) for listed in buckets]

    async def _directory(self, listing: _Listing, region: str) -> list[ListedBucket] | AwsError:
        try:
            return [listed async for listed in listing.directory(region)]
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error

    def _unlisted(self, errors: dict[str, AwsError]) -> Bucket:
        """All regions in which directory buckets could not be listed, as one thing nobody could judge."""
        account = self._connection.account
        first = next(iter(errors.values())).as_unknown()
        why = f"the directory buckets of {', '.join(errors)} could not be listed: {first.why}"
        leave_out = {"option": Option("no_directory_buckets")}
        advice = first.advice.extended("; or leave them out with {option}", leave_out)
        arn = directory_bucket_arn("*", "*", account, self._connection.partition)
        unknown = Unknown(UnknownCause.NOT_LISTED, why, advice)
        return Bucket(
            name=None,
            account=account,
            kind=BucketKind.DIRECTORY,
            places=(Place(arn),),
            encryption=unknown,
            key=unknown,
            tags=unknown,
        )

    def _missing(self, seen: _Seen) -> Iterator[TargetNotFound]:
        for target in self._selection.targets:
            if not target.is_glob and target.pattern not in seen.names:
                yield TargetNotFound(target.pattern, Advice(self._why_missing(target, seen)))

    def _why_missing(self, target: Target, seen: _Seen) -> str:
        if elsewhere := _elsewhere(target, self._connection):
            return elsewhere
        if bucket_kind_of(target.pattern) is BucketKind.DIRECTORY:
            if not self._selection.directory_buckets:
                return "directory buckets are left out"
            if seen.unlisted:
                return f"directory buckets could not be listed in {', '.join(seen.unlisted)}"
        where = f" in {', '.join(self._selection.regions)}" if self._selection.regions else ""
        return (
            f"account {self._connection.account} has no such bucket{where}; "
            "check the name, and whose credentials these are (aws sts get-caller-identity)"
        )


async def _nothing() -> list[ListedBucket]:
    return []


def _elsewhere(target: Target, connection: Connection) -> str:
    """Why a target cannot be a bucket of this account, from what its ARN says."""
    if target.partition not in {None, connection.partition}:
        return f"it is in partition {target.partition}, the credentials are in {connection.partition}"
    if target.account not in {None, connection.account}:
        return f"it is of account {target.account}, the credentials are of {connection.account}"
    return ""


def account_operations(needs: frozenset[Fact], *, directory_buckets: bool = True) -> frozenset[Operation]:
    """Every AWS operation that reading an account with these facts may call."""
    listing = frozenset({op.GET_CALLER_IDENTITY, op.LIST_BUCKETS, op.LIST_DIRECTORY_BUCKETS})
    operations = listing.union(*(fact.operations for fact in needs))
    of_directories = {op.LIST_DIRECTORY_BUCKETS, op.GET_DIRECTORY_BUCKET_ENCRYPTION}
    return operations if directory_buckets else operations - of_directories
