"""What the services of an account deliver into buckets, and which of them read one: what `--deep` of a plan asks.

Its no is narrow. It tells of the services of this account in the regions that were asked: what other accounts deliver
into a bucket (a central log bucket's senders) only the bucket policy shows, and no API lists everything that writes
into a bucket (fact C55).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from s3kms.aws.boundary import is_unknown_host
from s3kms.aws.connection import Connection
from s3kms.aws.owners import OWNING_SERVICES
from s3kms.aws.owners.interface import BucketUse, Delivered, OwningService
from s3kms.aws.separate_buckets import list_regions
from s3kms.model.bucket import Bucket
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.unknown import Unknown
from s3kms.model.usage import CloudFrontOrigin, LogDelivery, UnreadDeliveries

_MAX_CALLS_AT_ONCE = 8
_MAX_NAMED_REGIONS = 3


@dataclass(frozen=True, slots=True)
class UnreadOwner:
    """A service that did not tell."""

    service: OwningService
    regions: Mapping[str, Unknown]
    """Why not, by the region."""
    told: frozenset[str]
    """The regions from which it told."""

    def matters_to(self, region: str | None) -> bool:
        """Whether what it would have told may be about a bucket of this region."""
        return not self.service.is_bound_to_region or region not in self.told

    @property
    def unknown(self) -> Unknown:
        """In one value: the first reason, and every region."""
        first, regions = next(iter(self.regions.values())), list(self.regions)
        where = ", ".join(regions[:_MAX_NAMED_REGIONS])
        more = len(regions) - _MAX_NAMED_REGIONS
        where = f"{where} and {more} more" if more > 0 else where
        return replace(first, why=f"{self.service.name} is not known ({where}): {first.why}")


@dataclass(frozen=True, slots=True)
class OwnerReport:
    """What the services of one account told."""

    deliveries: Mapping[str, tuple[LogDelivery, ...]]
    """By the name of the bucket."""
    origins: Mapping[str, tuple[CloudFrontOrigin, ...]]
    """By the name of the bucket."""
    unread: tuple[UnreadOwner, ...] = ()

    def apply_to(self, bucket: Bucket) -> Bucket:
        """The bucket with what was told of it, and what was not."""
        name, missing = bucket.name or "", [one for one in self.unread if one.matters_to(bucket.region)]
        unread = [
            UnreadDeliveries(source, one.unknown) for one in missing for source in sorted(one.service.sources)
        ]
        origins: tuple[CloudFrontOrigin, ...] | Unknown = self.origins.get(name, ())
        without = next((one.unknown for one in missing if one.service.has_origins), None)
        usage = replace(
            bucket.usage,
            deliveries=(*bucket.usage.deliveries, *self.deliveries.get(name, ())),
            unread_deliveries=(*bucket.usage.unread_deliveries, *unread),
            origins=origins if origins or without is None else without,
        )
        return replace(bucket, usage=usage)


def read_deliveries(connection: Connection, regions: Sequence[str] = ()) -> OwnerReport:
    """What the services of the account deliver and read, from these regions; without any from all that are enabled.

    A service that was denied, or did not answer, is unread: the others are asked all the same. A service that a
    region does not have delivers nothing from there. Raises CredentialsProblem.
    """
    asked, unlisted = (tuple(regions), None) if regions else _regions(connection)
    reading = _Reading(connection)
    pool = ThreadPoolExecutor(_MAX_CALLS_AT_ONCE, thread_name_prefix="s3kms-owners")
    try:
        list(pool.map(lambda one: reading.ask(*one), _questions(connection, asked)))
    finally:
        pool.shutdown(cancel_futures=True)
    return reading.report(unlisted)


def _regions(connection: Connection) -> tuple[tuple[str, ...], AwsError | None]:
    try:
        return list_regions(connection), None
    except CredentialsProblem:
        raise
    except AwsError as error:
        return (connection.region,), error


def _questions(connection: Connection, regions: Iterable[str]) -> Iterator[tuple[OwningService, str]]:
    for service in OWNING_SERVICES:
        for region in (connection.region,) if service.is_global else regions:
            yield service, region


@dataclass(slots=True)
class _Reading:
    """What has been told so far. A dictionary's methods are safe between threads, and nothing else is shared."""

    connection: Connection
    uses: dict[tuple[str, str], list[BucketUse]] = field(default_factory=dict)
    errors: dict[tuple[str, str], AwsError] = field(default_factory=dict)

    def ask(self, service: OwningService, region: str) -> None:
        """What was told before an error holds. Raises CredentialsProblem."""
        found = self.uses.setdefault((service.name, region), [])
        try:
            for use in service.read(self.connection, region):
                found.append(use)
        except CredentialsProblem:
            raise
        except AwsError as error:
            self.errors[service.name, region] = error

    def report(self, unlisted: AwsError | None) -> OwnerReport:
        deliveries: dict[str, dict[LogDelivery, None]] = defaultdict(dict)
        origins: dict[str, dict[CloudFrontOrigin, None]] = defaultdict(dict)
        for key in sorted(self.uses):
            for use in self.uses[key]:
                if isinstance(use, Delivered):
                    deliveries[use.bucket][use.delivery] = None
                else:
                    origins[use.bucket][use.origin] = None
        return OwnerReport(
            {bucket: tuple(found) for bucket, found in deliveries.items()},
            {bucket: tuple(found) for bucket, found in origins.items()},
            tuple(self._unread(unlisted)),
        )

    def _unread(self, unlisted: AwsError | None) -> Iterator[UnreadOwner]:
        told = self.uses.keys() - self.errors.keys()
        reachable = {region for _, region in told}
        for service in OWNING_SERVICES:
            errors = {
                region: self.errors[name, region]
                for name, region in sorted(self.errors)
                if name == service.name
            }
            lacking = {one for one, error in errors.items() if one in reachable and is_unknown_host(error)}
            unread = {region: error.as_unknown() for region, error in errors.items() if region not in lacking}
            if unlisted is not None and not service.is_global:
                unread["other regions"] = unlisted.as_unknown()
            if unread:
                here = {region for name, region in told if name == service.name}
                yield UnreadOwner(service, unread, frozenset(here | lacking))
