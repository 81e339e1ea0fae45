"""The source that is an AWS Config aggregator: the buckets of a whole organization, and no account entered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from s3kms.aws import config_aggregator as config
from s3kms.aws.config_aggregator import StaleSource
from s3kms.aws.config_items import READ_BUCKET_ADVICE, ConfigItem
from s3kms.aws.connection import Connection
from s3kms.model import operations as op
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, Evidence, Place, bucket_arn
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.facts import Fact
from s3kms.model.keys import KeyFact
from s3kms.model.operations import Operation
from s3kms.model.stream import DeletedDuringScan, ScanItem
from s3kms.model.targets import AggregatorTarget
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause

_ACCOUNTS_NAMED = 10
"""How many accounts a note names before it counts the others."""
_BLOCKED = Unknown(
    UnknownCause.NOT_READ,
    "AWS Config does not record whether SSE-C is blocked",  # fact F5
    READ_BUCKET_ADVICE,
)


def aggregator_operations() -> frozenset[Operation]:
    """Every AWS operation that reading an aggregator may call, whatever the facts needed."""
    return frozenset({op.DESCRIBE_AGGREGATORS, op.DESCRIBE_AGGREGATOR_SOURCES, op.SELECT_AGGREGATE})


@dataclass(slots=True)
class _Seen:
    """What the rows came to, for the notes at the end."""

    rows: int = 0
    old: int = 0
    oldest: tuple[datetime, str] | None = None

    def watch(self, item: ConfigItem, latest: datetime) -> bool:
        """The answer is whether the item is older than it may be."""
        if item.captured is None or item.captured >= latest:
            return False
        self.old += 1
        self.oldest = min(self.oldest or (item.captured, item.name), (item.captured, item.name))
        return True


@dataclass(slots=True)
class _Coverage:
    """What is known, before the first row, of what will be missing or old."""

    scope: config.AggregatorScope | None = None
    lagging: dict[tuple[str | None, str | None], StaleSource] = field(default_factory=dict)
    errors: list[AwsError] = field(default_factory=list)
    """Why some of it is not known."""

    @contextmanager
    def noting(self) -> Iterator[None]:
        """A question that may fail: the rows are worth reading without its answer."""
        try:
            yield
        except (CredentialsProblem, NotFound):
            raise
        except AwsError as error:
            self.errors.append(error)


class AggregatorSource:
    """The general purpose buckets that an aggregator knows, a hundred a call.

    The default encryption is in the row, and tags where they are needed; what is not in it is Unknown.
    What the aggregator lacks is said: in notes, and as buckets that could not be seen.
    """

    def __init__(
        self,
        connection: Connection,
        aggregator: AggregatorTarget,
        regions: tuple[str, ...] = (),
        *,
        max_age: timedelta,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection = connection
        self._aggregator = aggregator
        self._regions = regions
        self._max_age = max_age
        self._note = note

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call."""
        del needs  # the row has all there is
        return aggregator_operations()

    def buckets(self, needs: frozenset[Fact]) -> Iterator[ScanItem]:
        """The buckets in AWS Config's order, then what stands for those that it lacks.

        Raises AwsError where the aggregator cannot be asked: an empty result would be a lie.
        """
        coverage = self._coverage()
        seen = _Seen()
        latest = datetime.now(UTC) - self._max_age
        for item, request_id in config.select_buckets(
            self._connection, self._aggregator.name, regions=self._regions, tags=Fact.TAGS in needs
        ):
            if not self._wants(item):
                continue
            seen.rows += 1
            if isinstance(item, Unknown):
                yield self._unseen(item)
            elif item.is_deleted:
                yield DeletedDuringScan(item.name, item.region)
            else:
                caveats = _caveats(item, coverage.lagging, is_old=seen.watch(item, latest))
                bucket = self._bucket(item, needs, _evidence(item, request_id))
                yield replace(bucket, caveat="; ".join(caveats) or None)
        yield from self._lacking(coverage)
        for text in self._notes(coverage, seen):
            self._note(text)

    def _wants(self, item: ConfigItem | Unknown) -> bool:
        """A bucket whose region is not told is looked at, never dropped."""
        return not self._regions or isinstance(item, Unknown) or item.region in {None, *self._regions}

    def _coverage(self) -> _Coverage:
        """Asked first, so that a row of an account that lags can say so."""
        coverage = _Coverage()
        with coverage.noting():
            coverage.scope = config.read_aggregator_scope(self._connection, self._aggregator.name)
        with coverage.noting():
            for lag in config.list_stale_sources(self._connection, self._aggregator.name):
                if not self._regions or lag.region in {None, *self._regions}:
                    coverage.lagging[lag.account, lag.region] = lag
        return coverage

    def _bucket(self, item: ConfigItem, needs: frozenset[Fact], evidence: Evidence) -> Bucket:
        arn = item.arn or bucket_arn(item.name, self._connection.partition)
        return Bucket(
            name=item.name,
            account=item.account,
            region=item.region,
            arn=arn,
            places=(Place(arn),),
            encryption=_without_blocked(item.encryption),
            tags=item.tags if Fact.TAGS in needs else NOT_READ,
            key=_key(item.encryption, needs),
            evidence=evidence,
        )

    def _lacking(self, coverage: _Coverage) -> Iterator[Bucket]:
        for error in coverage.errors:
            why = f"whether {self._aggregator} is complete is not known: {error}"
            yield self._unseen(Unknown(UnknownCause.NOT_READ, why, error.as_unknown().advice))
        failed: dict[str | None, list[StaleSource]] = {}
        for lag in coverage.lagging.values():
            if lag.is_failed:
                failed.setdefault(lag.account, []).append(lag)
        for account, lags in failed.items():
            yield self._unseen(_failed(account, lags), account)

    def _unseen(self, unknown: Unknown, account: str | None = None) -> Bucket:
        """What stands for buckets that nobody can name."""
        place = Place(bucket_arn("*", self._connection.partition))
        return Bucket(
            name=None, account=account, places=(place,), encryption=unknown, key=unknown, tags=unknown
        )

    def _notes(self, coverage: _Coverage, seen: _Seen) -> Iterator[str]:
        scope = coverage.scope
        if scope and not scope.has_buckets:
            yield f"the filter of {self._aggregator} leaves AWS::S3::Bucket out, so it knows no bucket"
            return
        where = f" in {', '.join(self._regions)}" if self._regions else ""
        if not seen.rows:
            yield f"{self._aggregator} knows no bucket{where}: its accounts must record AWS::S3::Bucket"  # fact F7
            return
        yield (
            f"{self._aggregator} tells what AWS Config recorded: directory buckets, and buckets of accounts that "
            "do not record AWS::S3::Bucket, are not in it"  # fact F7
        )
        if scope and scope.regions is not None:
            yield f"{self._aggregator} covers {', '.join(scope.regions)} alone: buckets elsewhere are not in it"
        if outdated := [lag for lag in coverage.lagging.values() if not lag.is_failed]:
            yield f"AWS says that {self._aggregator} is out of date for {_places(outdated)}"
        if seen.oldest:
            yield _age_note(seen, self._max_age)


def _without_blocked(encryption: Encryption | Unknown) -> Encryption | Unknown:
    """AWS Config's item never says whether SSE-C is blocked."""
    return encryption if isinstance(encryption, Unknown) else replace(encryption, blocked=_BLOCKED)


def _key(encryption: Encryption | Unknown, needs: frozenset[Fact]) -> KeyFact | None:
    if isinstance(encryption, Unknown):
        return encryption
    if not any(fact.is_about_the_key for fact in needs):
        return NOT_READ
    if not encryption.is_kms:
        return None
    return Unknown(
        UnknownCause.NOT_READ,
        f"AWS Config does not tell about the key {encryption.key or 'aws/s3'}",
        READ_BUCKET_ADVICE,
    )


def _evidence(item: ConfigItem, request_id: str | None) -> Evidence:
    return Evidence(op.SELECT_AGGREGATE.name, request_id, item.captured or datetime.now(UTC))


def _caveats(
    item: ConfigItem, lagging: dict[tuple[str | None, str | None], StaleSource], *, is_old: bool
) -> Iterator[str]:
    if is_old and item.captured:
        yield f"as AWS Config captured it on {item.captured.date().isoformat()}"
    if item.captured is None:
        yield "AWS Config does not say when it captured this"
    if lag := lagging.get((item.account, item.region)):
        since = f" since {lag.at.date().isoformat()}" if lag.at else ""
        yield f"the aggregator's data of this account and region is out of date{since}"


def _failed(account: str | None, lags: list[StaleSource]) -> Unknown:
    if account is None:
        return Unknown(
            UnknownCause.NOT_READ,
            f"the aggregator could not read the organization: {_reasons(lags)}",
            Advice(
                "give the aggregator a role that may list the accounts (AWSConfigRoleForOrganizations), and trusted "
                "access to AWS Organizations"
            ),
        )
    return Unknown(
        UnknownCause.NOT_READ,
        f"the aggregator could not collect the buckets of account {_places(lags)}: {_reasons(lags)}",
        Advice(
            "authorize the aggregator in that account and region (aws configservice put-aggregation-authorization), "
            f"or run s3kms check with the credentials of account {account}"
        ),
    )


def _reasons(lags: list[StaleSource]) -> str:
    return ", ".join(dict.fromkeys(lag.why for lag in lags if lag.why)) or "AWS does not say why"


def _places(lags: list[StaleSource]) -> str:
    """Accounts with their regions: `222222222222 (eu-west-1, us-east-1)`."""
    regions: dict[str, list[str]] = {}
    for lag in lags:
        regions.setdefault(lag.account or "the organization", []).append(lag.region or "an unnamed region")
    named = [f"{account} ({', '.join(where)})" for account, where in regions.items()]
    more = len(named) - _ACCOUNTS_NAMED
    return ", ".join(named[:_ACCOUNTS_NAMED]) + (f" and {more} more accounts" if more > 0 else "")


def _age_note(seen: _Seen, max_age: timedelta) -> str:
    if seen.oldest is None:
        return ""
    hours = int(max_age.total_seconds() // 3600)
    time, name = seen.oldest
    return (
        f"{seen.old} of {seen.rows} items were captured more than {hours} hours ago, the oldest, s3://{name}, on "
        f"{time.date().isoformat()}: AWS Config captures a bucket when it changes, so an old item is stale only "
        "where its recorder has stopped; --confirm reads again what does not pass"
    )
