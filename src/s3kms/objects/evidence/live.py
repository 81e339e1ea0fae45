"""Evidence from a live listing, ready for queries: the bucket is listed, and each version or a sample is read."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.object_reads import VERSIONS_PAGE_SIZE
from s3kms.aws.sync import iterate_sync
from s3kms.model.advice import Sentence
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.listing import ListingScope, LiveListing, ObjectLooks, coverage_of
from s3kms.objects.evidence.sampled_listing import ListingSample, draw_sample
from s3kms.objects.evidence.spooled_rows import open_spooled
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.objects.queries.duckdb_table import import_duckdb
from s3kms.text.amounts import dollars_text
from s3kms.text.count import count
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """How a bucket is listed."""

    sample: int | None
    """Number of versions that are drawn and read; None reads all, without a sample's limits."""
    seed: int = 0
    max_listed: int | None = None
    """Rows after which the listing is ended; None is none."""
    memory: int
    """Bytes."""
    threads: int | None = None


@contextmanager
def open_live(
    connection: "Connection",
    bucket: str,
    settings: LiveSettings,
    notes: Sequence[Sentence] = (),
    on_note: Callable[[Sentence], object] = lambda _: None,
) -> Iterator[QueriedEvidence]:
    """The evidence, read in full before it is queried. `on_note` is called with the cost first; `notes` go with it.

    Raises AwsError, S3kmsError, BadInput where DuckDB is not installed.
    """
    import_duckdb()  # before a call that costs something
    scope = ListingScope(bucket=bucket, account=connection.account, region=connection.region)
    on_note(describe_cost(bucket, settings.sample))
    reading = _Reading(connection, scope, settings)
    rows = iterate_sync(reading.rows)
    try:
        with open_spooled(
            rows, lambda: reading.coverage(notes), memory=settings.memory, threads=settings.threads
        ) as evidence:
            yield evidence
    finally:
        rows.close()


def describe_cost(bucket: str, sample: int | None) -> Sentence:
    """The cost of a live listing of a bucket of unknown size: its rate, and the maximum for a sample."""
    prices = OBJECT_PRICES
    listing = f"listing s3://{printable(bucket)} costs ${_a_million_listed():g} per million versions"
    if sample is None:
        asked = f"each of them is read with HeadObject, ${prices.reads_per_1000 * 1000:.2f} per million"
    else:
        dollars = sample / 1000 * prices.reads_per_1000
        asked = f"up to {count(sample, 'version')} of them are read with HeadObject, {dollars_text(dollars)}"
    return Sentence(f"{listing}; {asked} ({prices.region}, {prices.as_of})")


def _a_million_listed() -> float:
    """A LIST is priced as a write, and returns a thousand versions."""
    return 1_000_000 / VERSIONS_PAGE_SIZE / 1000 * OBJECT_PRICES.writes_per_1000


@dataclass(slots=True)
class _Reading:
    """One reading of a bucket: its rows, and what is to be said of them afterwards."""

    connection: "Connection"
    scope: ListingScope
    settings: LiveSettings
    looks: ObjectLooks | None = None
    sample: ListingSample | None = None

    async def rows(self) -> AsyncGenerator[ObjectVersion]:
        """All versions that were read. Raises AwsError."""
        async with open_client(self.connection) as context:
            looks = self.looks = ObjectLooks(S3Client(self.connection, context), self.scope)
            if self.settings.sample is None:
                async with aclosing(LiveListing(self.scope, looks).read()) as reader:
                    async for version in reader:
                        yield version
                return
            self.sample = await draw_sample(
                looks,
                self.scope,
                size=self.settings.sample,
                seed=self.settings.seed,
                limit=self.settings.max_listed,
            )
            for version in self.sample.rows:
                yield version

    def coverage(self, notes: Sequence[Sentence]) -> EvidenceCoverage:
        """What the rows are about, after the last one."""
        told = coverage_of(self.scope, self.looks) if self.looks else EvidenceCoverage("live listing", True)
        told = replace(told, notes=(*notes, *told.notes))
        if self.sample is None:
            return told
        frame = self.sample.frame
        if not frame.is_partial:
            return replace(told, sample=frame)
        name = f"live listing, of which a random sample of {count(frame.looked, 'version')} was read"
        return replace(told, name=name, kind=EvidenceKind.SAMPLE, sample=frame)
