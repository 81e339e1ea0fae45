"""What happened around the buckets of a run since it changed them, read again at each look."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from s3kms.aws.bucket_metrics import CLIENT_ERRORS, FAILED_REPLICATION, read_sums
from s3kms.aws.connection import Connection
from s3kms.aws.recent_objects import is_replication_failed, read_deliveries
from s3kms.aws.refused_calls import RefusedCalls
from s3kms.aws.replication_rules import has_replication
from s3kms.model.aftermath import (
    Aftermath,
    Deliveries,
    KmsRefusal,
    MetricSums,
    ReplicationOutcome,
    WatchedBucket,
)
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.unknown import Unknown

T = TypeVar("T")
_LIST_AGAIN_AFTER = timedelta(minutes=15)
"""Listings are what a look costs most of: up to 40 calls a bucket."""
_WORKERS = 8
"""Buckets that are listed at once."""


@dataclass(slots=True)
class AftermathReader:
    """Reads what happened since a moment; each look costs one LookupEvents and a few CloudWatch calls a region."""

    connection: Connection
    buckets: Sequence[WatchedBucket]
    since: datetime
    _refused: dict[str, RefusedCalls] = field(init=False)
    _replicated: dict[str, bool | Unknown] = field(default_factory=dict)
    _deliveries: dict[str, Deliveries | Unknown] = field(default_factory=dict)
    _listed_at: datetime | None = None

    def __post_init__(self) -> None:
        regions = {_key_region(one) for one in self.buckets}
        self._refused = {
            region: RefusedCalls(self.connection, region, self.since) for region in sorted(regions)
        }

    def look(self, now: datetime) -> tuple[Aftermath, ...]:
        """One for each bucket, in their order. Raises CredentialsProblem."""
        unread = {region: _settled(partial(calls.look, now)) for region, calls in self._refused.items()}
        errors = self._metrics(CLIENT_ERRORS, now)
        failures = self._metrics(FAILED_REPLICATION, now)
        if self._listed_at is None or now - self._listed_at >= _LIST_AGAIN_AFTER:
            self._list(now)
            self._listed_at = now
        outcomes = _each(self.buckets, lambda one: self._replication(one, failures.get(one.name)))
        return tuple(
            Aftermath(
                one,
                self._refusals_of(one, unread),
                self._refused[_key_region(one)].unread,
                errors.get(one.name),
                outcome,
                self._deliveries[one.name],
            )
            for one, outcome in zip(self.buckets, outcomes, strict=True)
        )

    def _refusals_of(
        self, bucket: WatchedBucket, unread: Mapping[str, Unknown | None]
    ) -> tuple[KmsRefusal, ...] | Unknown:
        region = _key_region(bucket)
        found = tuple(one for one in self._refused[region].found.values() if may_be_of(one, bucket))
        return found or unread[region] or ()

    def _metrics(self, name: str, now: datetime) -> dict[str, MetricSums | Unknown]:
        names: dict[str, list[str]] = defaultdict(list)
        for one in self.buckets:
            names[one.region].append(one.name)
        found: dict[str, MetricSums | Unknown] = {}
        for region, some in names.items():
            read = partial(read_sums, self.connection, region, name, some, since=self.since, now=now)
            sums = _settled(read)
            found |= dict.fromkeys(some, sums) if isinstance(sums, Unknown) else sums
        return found

    def _list(self, now: datetime) -> None:
        found = _each(
            self.buckets,
            lambda one: _settled(
                lambda: read_deliveries(self.connection, one.name, one.region, self.since, now)
            ),
        )
        self._deliveries = {one.name: listed for one, listed in zip(self.buckets, found, strict=True)}

    def _replication(
        self, bucket: WatchedBucket, failures: MetricSums | Unknown | None
    ) -> ReplicationOutcome | Unknown | None:
        if bucket.name not in self._replicated or isinstance(self._replicated[bucket.name], Unknown):
            self._replicated[bucket.name] = _settled(
                lambda: has_replication(self.connection, bucket.name, bucket.region)
            )
        replicated = self._replicated[bucket.name]
        if isinstance(replicated, Unknown):
            return replicated
        if not replicated:
            return None
        listed = self._deliveries[bucket.name]
        if isinstance(listed, Unknown):
            return ReplicationOutcome(listed, failures)
        return ReplicationOutcome(_settled(lambda: self._failed(bucket, listed.newest)), failures)

    def _failed(self, bucket: WatchedBucket, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            key for key in keys if is_replication_failed(self.connection, bucket.name, bucket.region, key)
        )


def _key_region(bucket: WatchedBucket) -> str:
    """Where KMS is called: the key's region, which is the bucket's (fact A9)."""
    return bucket.region


def may_be_of(refusal: KmsRefusal, bucket: WatchedBucket) -> bool:
    """Whether it names the bucket, or none and what may be its key: which one aws/s3 is, no default tells."""
    if refusal.bucket is not None:
        return refusal.bucket == bucket.name
    return refusal.key is None or bucket.key is None or refusal.key == bucket.key


def _settled(call: Callable[[], T]) -> T | Unknown:
    """What a call gives, or why it gives nothing. Raises CredentialsProblem: it would be the same for all."""
    try:
        return call()
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


def _each(buckets: Sequence[WatchedBucket], read: Callable[[WatchedBucket], T]) -> list[T]:
    with ThreadPoolExecutor(_WORKERS) as workers:
        return list(workers.map(read, buckets))
