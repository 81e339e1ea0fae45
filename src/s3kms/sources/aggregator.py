"""The source that is an AWS Config aggregator: the buckets of a whole organization, without a role in any account."""

from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from s3kms.aws.config_aggregator import (
    CONFIG_PAGE_SIZE,
    AggregatorScope,
    StaleSource,
    list_stale_sources,
    read_aggregator_scope,
    select_buckets,
)
from s3kms.aws.config_items import READ_BUCKET_ADVICE, ConfigItem
from s3kms.aws.connection import Connection
from s3kms.aws.sync import iterate_async
from s3kms.model import operations as op
from s3kms.model.advice import Advice, Command, Option, Sentence
from s3kms.model.bucket import Bucket, Evidence, bucket_arn
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.facts import Fact
from s3kms.model.keys import KeyFact
from s3kms.model.operations import Operation
from s3kms.model.place import Place
from s3kms.model.stream import DeletedDuringScan, Note, ScanItem, Unlisted, UnlistedScope
from s3kms.model.targets import AggregatorTarget
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.sources.operations import aggregator_operations

_MAX_ACCOUNTS_NAMED = 10
"""How many accounts a note names before it counts the others."""
_BLOCKED = Unknown(
    UnknownCause.NOT_READ,
    "AWS Config does not record whether SSE-C is blocked",
    READ_BUCKET_ADVICE,
)
"""Fact F5."""


@dataclass(slots=True)
class _RowCounts:
    """What the rows came to, for the notes at the end."""

    rows: int = 0
    old: int = 0
    oldest: tuple[datetime, str] | None = None

    def is_old(self, item: ConfigItem, latest: datetime) -> bool:
        """Whether the item is older than it may be; such items are counted."""
        if item.captured is None or item.captured >= latest:
            return False
        self.old += 1
        self.oldest = min(self.oldest or (item.captured, item.name), (item.captured, item.name))
        return True


@dataclass(slots=True)
class _Coverage:
    """What is known, before the first row, of what will be missing or old."""

    scope: AggregatorScope | None = None
    stale: dict[tuple[str | None, str | None], StaleSource] = field(default_factory=dict)
    errors: list[AwsError] = field(default_factory=list)
    """Why some of it is not known."""

    @contextmanager
    def collecting_errors(self) -> Iterator[None]:
        """For a call that may fail: the rows are worth reading without its answer."""
        try:
            yield
        except (CredentialsProblem, NotFound):
            raise
        except AwsError as error:
            self.errors.append(error)


class AggregatorSource:
    """The general purpose buckets that an aggregator knows, a hundred a call.

    The default encryption is in the row, and tags where they are needed; what is not in it is Unknown.
    What the aggregator lacks is said: in notes, and as Unlisted.
    """

    def __init__(
        self,
        connection: Connection,
        aggregator: AggregatorTarget,
        regions: tuple[str, ...] = (),
        *,
        max_age: timedelta,
    ) -> None:
        self._connection = connection
        self._aggregator = aggregator
        self._regions = regions
        self._max_age = max_age

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that reading these facts may call; calls nothing."""
        del needs  # the row has all there is
        return aggregator_operations()

    async def items(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """What `buckets` yields, a page at a time in a thread; has to be closed to stop early."""
        async with aclosing(iterate_async(self.buckets(needs), CONFIG_PAGE_SIZE)) as items:
            async for item in items:
                yield item

    def buckets(self, needs: frozenset[Fact]) -> Generator[ScanItem]:
        """The buckets in AWS Config's order, then what stands for those that it lacks, then notes.

        Raises AwsError where the aggregator cannot be read: an empty result would be a lie.
        """
        coverage = self._coverage()
        counts = _RowCounts()
        latest = datetime.now(UTC) - self._max_age
        for item, request_id in select_buckets(
            self._connection, self._aggregator.name, regions=self._regions, tags=Fact.TAGS in needs
        ):
            if not self._wants(item):
                continue
            counts.rows += 1
            if isinstance(item, Unknown):
                yield self._unlisted(item)
            elif item.is_deleted:
                yield DeletedDuringScan(item.name, item.region)
            else:
                caveats = _caveats(item, coverage.stale, is_old=counts.is_old(item, latest))
                bucket = self._bucket(item, needs, _evidence(item, request_id))
                yield replace(bucket, caveat="; ".join(caveats) or None)
        yield from self._lacking(coverage)
        yield from map(Note, self._notes(coverage, counts))

    def _wants(self, item: ConfigItem | Unknown) -> bool:
        """A bucket whose region is not known is checked, never dropped."""
        return not self._regions or isinstance(item, Unknown) or item.region in {None, *self._regions}

    def _coverage(self) -> _Coverage:
        """Read first, so that a row of an account with stale data can say so."""
        coverage = _Coverage()
        with coverage.collecting_errors():
            coverage.scope = read_aggregator_scope(self._connection, self._aggregator.name)
        with coverage.collecting_errors():
            for stale in list_stale_sources(self._connection, self._aggregator.name):
                if not self._regions or stale.region in {None, *self._regions}:
                    coverage.stale[stale.account, stale.region] = stale
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

    def _lacking(self, coverage: _Coverage) -> Iterator[Unlisted]:
        for error in coverage.errors:
            why = f"whether {self._aggregator} is complete is not known: {error}"
            yield self._unlisted(replace(error.as_unknown(), why=why))
        failed: dict[str | None, list[StaleSource]] = {}
        for stale in coverage.stale.values():
            if stale.is_failed:
                failed.setdefault(stale.account, []).append(stale)
        for account, sources in failed.items():
            yield self._unlisted(unknown_of_failed_sources(account, sources), account)

    def _unlisted(self, unknown: Unknown, account: str | None = None) -> Unlisted:
        place = Place(bucket_arn("*", self._connection.partition))
        return Unlisted(UnlistedScope(account, places=(place,)), unknown)

    def _notes(self, coverage: _Coverage, counts: _RowCounts) -> Iterator[Sentence]:
        name, scope = str(self._aggregator), coverage.scope
        if scope and not scope.has_buckets:
            yield Sentence(f"the filter of {name} leaves AWS::S3::Bucket out, so it knows no bucket")
            return
        where = f" in {', '.join(self._regions)}" if self._regions else ""
        if not counts.rows:  # fact F7
            yield Sentence(f"{name} knows no bucket{where}: its accounts must record AWS::S3::Bucket")
            return
        yield Sentence(
            f"{name} holds what AWS Config recorded: directory buckets, and buckets of accounts that do not record "
            "AWS::S3::Bucket, are not in it"
        )
        if scope and scope.regions is not None:
            yield Sentence(f"{name} covers only {', '.join(scope.regions)}: buckets elsewhere are not in it")
        if outdated := [stale for stale in coverage.stale.values() if not stale.is_failed]:
            yield Sentence(f"AWS says that {name} is out of date for {_places(outdated)}")
        if counts.oldest:
            yield _age_note(counts, *counts.oldest, self._max_age)


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
        f"AWS Config does not record the state of the key {encryption.key or 'aws/s3'}",
        READ_BUCKET_ADVICE,
    )


def _evidence(item: ConfigItem, request_id: str | None) -> Evidence:
    return Evidence(op.SELECT_AGGREGATE.name, request_id, item.captured or datetime.now(UTC))


def _caveats(
    item: ConfigItem, stale_sources: dict[tuple[str | None, str | None], StaleSource], *, is_old: bool
) -> Iterator[str]:
    if is_old and item.captured:
        yield f"as AWS Config captured it on {item.captured.date().isoformat()}"
    if item.captured is None:
        yield "AWS Config does not say when it captured this"
    if stale := stale_sources.get((item.account, item.region)):
        since = f" since {stale.at.date().isoformat()}" if stale.at else ""
        yield f"the aggregator's data of this account and region is out of date{since}"


def unknown_of_failed_sources(account: str | None, sources: list[StaleSource]) -> Unknown:
    """Why the buckets of an account, or of the whole organization, are not in the aggregator."""
    code = next((stale.code for stale in sources if stale.code), None)
    if account is None:
        why = f"the aggregator could not read the organization: {_reasons(sources)}"
        advice = Advice(
            "give the aggregator a role that may list the accounts (AWSConfigRoleForOrganizations), and trusted "
            "access to AWS Organizations"
        )
    else:
        why = (
            f"the aggregator could not collect the buckets of account {_places(sources)}: {_reasons(sources)}"
        )
        advice = Advice(
            "authorize the aggregator in that account and region (aws configservice put-aggregation-authorization), "
            "or run {check} with the credentials of account {account}",
            {"check": Command("check"), "account": account},
        )
    operation = op.DESCRIBE_AGGREGATOR_SOURCES.name
    return Unknown(UnknownCause.NOT_LISTED, why, advice, code, operation)


def _reasons(sources: list[StaleSource]) -> str:
    return ", ".join(dict.fromkeys(stale.why for stale in sources if stale.why)) or "AWS does not say why"


def _places(sources: list[StaleSource]) -> str:
    """Accounts with their regions: `222222222222 (eu-west-1, us-east-1)`."""
    regions: dict[str, list[str]] = {}
    for stale in sources:
        regions.setdefault(stale.account or "the organization", []).append(
            stale.region or "an unnamed region"
        )
    named = [f"{account} ({', '.join(where)})" for account, where in regions.items()]
    more = len(named) - _MAX_ACCOUNTS_NAMED
    return ", ".join(named[:_MAX_ACCOUNTS_NAMED]) + (f" and {more} more accounts" if more > 0 else "")


def _age_note(counts: _RowCounts, oldest: datetime, name: str, max_age: timedelta) -> Sentence:
    hours = int(max_age.total_seconds() // 3600)
    return Sentence(
        f"{counts.old} of {counts.rows} items were captured more than {hours} hours ago, the oldest, s3://{name}, on "
        f"{oldest.date().isoformat()}: AWS Config captures a bucket when it changes, so an old item is stale only "
        "where its recorder has stopped; {confirm} reads again what does not pass",
        {"confirm": Option("confirm")},
    )
