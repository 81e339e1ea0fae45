"""The table and vector buckets of an account: listed region by region, and only where somebody asks for them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from s3kms.aws.boundary import is_unknown_host
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import evidence_of
from s3kms.aws.separate_buckets import SEPARATE_APIS, SeparateApi, SeparateBucket, list_regions
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.facts import SEPARATE_LISTINGS, Fact
from s3kms.model.place import Place
from s3kms.model.stream import Note, ScanItem, TargetNotFound, Unlisted, UnlistedScope
from s3kms.model.targets import SEPARATE_SERVICES, Target
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.sources.selection import Selection

_MAX_REGIONS_AT_ONCE = 8


@dataclass(slots=True)
class SeparateBuckets:
    """Those that the needed facts name, of the regions that are wanted."""

    connection: Connection
    selection: Selection
    needs: frozenset[Fact]
    add_key: Callable[[Bucket], Awaitable[Bucket]]
    has_failed: bool = field(default=False, init=False)
    """Whether a listing failed, so that the account is not complete."""
    _found: set[tuple[BucketKind, str]] = field(default_factory=set, init=False)

    async def items(self) -> AsyncGenerator[ScanItem]:
        """The buckets, then what could not be listed and the named ones that are not there."""
        kinds = [kind for kind, fact in SEPARATE_LISTINGS.items() if fact in self.needs]
        wanted = [kind for kind in kinds if self._targets_of(kind) is not None]
        if not wanted:
            return
        regions, unread = await asyncio.to_thread(self._regions)
        for kind in wanted:
            async for item in self._of_kind(kind, regions):
                yield item
            if unread is not None:
                self.has_failed = True
                yield self._unlisted(kind, unread)
        for target in self.selection.separate:
            if not target.is_glob and target.kind and (target.kind, target.pattern) not in self._found:
                yield TargetNotFound(target.pattern, Advice(self._why_not_found(target)))

    def _targets_of(self, kind: BucketKind) -> tuple[Target, ...] | None:
        """The targets that may mean a bucket of that kind, none for all of them; None where none is meant."""
        own = tuple(target for target in self.selection.separate if target.kind is kind)
        targets = (*own, *self.selection.targets)
        is_all = self.selection.has_s3 and not self.selection.targets
        return () if is_all else targets or None

    def _regions(self) -> tuple[tuple[str, ...], AwsError | None]:
        """Where to look; with the error, where the regions of the account could not be listed."""
        if self.selection.regions:
            return self.selection.regions, None
        named = {target.region for target in self.selection.separate}
        if not self.selection.has_s3 and None not in named:
            return tuple(sorted(region for region in named if region)), None
        try:
            return list_regions(self.connection), None
        except CredentialsProblem:
            raise
        except AwsError as error:
            return (self.connection.region,), error

    async def _of_kind(self, kind: BucketKind, regions: tuple[str, ...]) -> AsyncGenerator[ScanItem]:
        api, limit = SEPARATE_APIS[kind], asyncio.Semaphore(_MAX_REGIONS_AT_ONCE)

        async def look(region: str) -> list[Bucket] | AwsError:
            async with limit:
                return await asyncio.to_thread(self._look, kind, api, region)

        found = await asyncio.gather(*map(look, regions))
        errors: dict[str, AwsError] = {}
        for region, buckets in zip(regions, found, strict=True):
            if isinstance(buckets, AwsError):
                errors[region] = buckets
                continue
            for bucket in buckets:
                yield await self.add_key(bucket)
        is_there = len(errors) < len(regions)
        lacking = [region for region, error in errors.items() if is_there and is_unknown_host(error)]
        if lacking:
            where = ", ".join(lacking)
            yield Note(
                Sentence("{service} has no endpoint in {where}", {"service": api.service, "where": where})
            )
        failed = {region: error for region, error in errors.items() if region not in lacking}
        if failed:
            self.has_failed = True
            yield self._unlisted_regions(kind, api, failed)

    def _look(self, kind: BucketKind, api: SeparateApi, region: str) -> list[Bucket] | AwsError:
        """The wanted buckets of a region; the error where they cannot be listed. Raises CredentialsProblem."""
        try:
            listed = [one for one in api.list(self.connection, region) if self._wants(kind, one, region)]
            return [self._read(kind, api, one, region) for one in listed]
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error

    def _wants(self, kind: BucketKind, listed: SeparateBucket, region: str) -> bool:
        targets = self._targets_of(kind)
        fitting = [one for one in targets or () if one.matches(listed.name) and self._is_here(one, region)]
        if fitting:
            self._found.add((kind, listed.name))
        return bool(fitting) or targets == ()

    def _is_here(self, target: Target, region: str) -> bool:
        """A target that says more than a name means a bucket of that account, partition and region."""
        return (
            target.account in {None, self.connection.account}
            and target.partition in {None, self.connection.partition}
            and target.region in {None, region}
        )

    def _read(self, kind: BucketKind, api: SeparateApi, listed: SeparateBucket, region: str) -> Bucket:
        encryption: Encryption | Unknown
        try:
            encryption = api.read(self.connection, region, listed)
        except CredentialsProblem:
            raise
        except AwsError as error:
            encryption = error.as_unknown()
        return Bucket(
            name=listed.name,
            account=self.connection.account,
            region=region,
            arn=listed.arn,
            kind=kind,
            places=(Place(listed.arn),),
            encryption=encryption,
            tags=NOT_READ,
            evidence=evidence_of(api.read_operation, None),
        )

    def _unlisted_regions(self, kind: BucketKind, api: SeparateApi, errors: dict[str, AwsError]) -> Unlisted:
        first = next(iter(errors.values())).as_unknown()
        why = f"the {api.plural} of {', '.join(errors)} could not be listed: {first.why}"
        return self._scoped(kind, replace(first, why=why))

    def _unlisted(self, kind: BucketKind, error: AwsError) -> Unlisted:
        unknown, region = error.as_unknown(), self.connection.region
        why = f"only {region} was searched for {SEPARATE_APIS[kind].plural}: {unknown.why}"
        advice = unknown.advice.extended("; or name regions with {region}", {"region": Option("regions")})
        return self._scoped(kind, replace(unknown, why=why, advice=advice))

    def _scoped(self, kind: BucketKind, unknown: Unknown) -> Unlisted:
        account, partition = self.connection.account, self.connection.partition
        place = Place(f"arn:{partition}:{SEPARATE_SERVICES[kind]}:*:{account}:bucket/*")
        return Unlisted(UnlistedScope(account, kind, (place,)), unknown)

    def _why_not_found(self, target: Target) -> str:
        if target.account not in {None, self.connection.account}:
            return (
                f"it belongs to account {target.account}, the credentials belong to {self.connection.account}"
            )
        return f"account {self.connection.account} has no such {target.kind} bucket in {target.region}"
