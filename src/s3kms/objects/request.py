"""The request of `objects`, as one frozen value."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import DIRECTORY_SUFFIX
from s3kms.model.errors import BadInput
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.object_summary import EvidenceKind
from s3kms.model.targets import Target
from s3kms.objects.queries.duckdb_table import DEFAULT_MEMORY, MIN_MEMORY
from s3kms.objects.summary import DEFAULT_OFFENDERS

STORED = "s3://"
DEFAULT_SAMPLE = 10_000
"""Versions: the share of any group is then known to a percent."""


DEFAULT_MAX_SCAN = 100 * 1000**3
"""Bytes that queries of Athena may scan together."""


class QueryEngine(StrEnum):
    """Who answers questions about objects."""

    DUCKDB = "duckdb"
    """In this process."""
    ATHENA = "athena"
    """In AWS, over a table; it writes its results to S3 and charges the bytes that it scans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsRequest:
    """All options of a summary of the objects of one bucket."""

    bucket: Target | None = None
    """None where the evidence says whose objects it lists."""
    source: str | None = None
    """The evidence: a kind of it, or a manifest, as a path or `s3://bucket/key`; None is the best there is."""
    key: str | None = None
    """The wanted key's ARN; None where any KMS key is as good."""
    memory: int = DEFAULT_MEMORY
    """Bytes that the process may use, as far as DuckDB answers."""
    threads: int | None = None
    """None is as many as there are processors."""
    offenders: int = DEFAULT_OFFENDERS
    """How many are listed."""
    sample: int | None = None
    """Versions of a live listing that are drawn and read; None is as many as a sample has by default."""
    seed: int = 0
    """One seed draws one sample."""
    max_listed: int | None = None
    """Rows after which a listing that is sampled is ended; None is none."""
    out: Path | None = None
    """Where every offender is written, as Parquet."""
    engine: QueryEngine | None = None
    """None is DuckDB, except for an S3 Metadata live inventory table, which only Athena can query."""
    table: str | None = None
    """A table for Athena: `table`, `database.table` or `catalog.database.table`."""
    workgroup: str | None = None
    """Of Athena; None is `primary`."""
    output_location: str | None = None
    """Where Athena puts results, `s3://bucket/prefix/`; None is the workgroup's."""
    max_scan: int = DEFAULT_MAX_SCAN
    """Bytes that the queries may scan together."""

    @property
    def asks_athena(self) -> bool:
        """Whether a table in Athena is wanted, whatever other evidence there is."""
        return (
            self.engine is QueryEngine.ATHENA
            or self.table is not None
            or self.kind is EvidenceKind.METADATA_TABLE
        )

    @property
    def wants_inventory_table(self) -> bool:
        """Whether Athena is to query an S3 Inventory report for which there is no table yet."""
        return self.engine is QueryEngine.ATHENA and (
            self.kind is EvidenceKind.INVENTORY or self.manifest is not None
        )

    @property
    def kind(self) -> EvidenceKind | None:
        """The kind of evidence that was named."""
        return EvidenceKind(self.source) if self.source in set(EvidenceKind) else None

    @property
    def is_live(self) -> bool:
        """Whether the bucket itself is to be read, whatever other evidence there is."""
        is_sampled = self.sample is not None or self.max_listed is not None
        return self.kind in {EvidenceKind.LISTING, EvidenceKind.SAMPLE} or is_sampled

    @property
    def live_sample(self) -> int | None:
        """How many versions a live listing reads; None is all."""
        return None if self.kind is EvidenceKind.LISTING else self.sample or DEFAULT_SAMPLE

    @property
    def manifest(self) -> str | None:
        """The manifest that was named."""
        return None if self.kind else self.source

    def check(self) -> None:
        """Raises BadInput for what cannot be meant."""
        if self.bucket is None and self.manifest is None:
            raise BadInput(
                "no bucket is named",
                advice=Advice(
                    "name a bucket, s3://bucket, or the manifest of an inventory: {source}",
                    {"source": Option("source", "manifest.json")},
                ),
            )
        if self.bucket is not None and self.bucket.is_glob:
            raise BadInput(
                f"{self.bucket} may match several buckets, but this command reads one",
                advice="name one bucket",
            )
        if self.bucket is not None and self.bucket.pattern.endswith(DIRECTORY_SUFFIX):
            raise BadInput(
                f"{self.bucket} is a directory bucket, whose objects cannot be analyzed",
                advice="name a general purpose bucket; check reports how a directory bucket encrypts "
                "new objects",
            )
        if self.key is not None and KeyReference.parse(self.key).form is not KeyForm.ARN:
            raise BadInput(
                Sentence("{key} is not a key ARN", {"key": Option("key", self.key)}),
                advice=(
                    "evidence identifies keys by ARN, and KMS is not called here: "
                    "arn:aws:kms:REGION:ACCOUNT:key/ID, as aws kms describe-key shows it"
                ),
            )
        if self.is_live and (self.manifest is not None or self.kind is EvidenceKind.INVENTORY):
            raise BadInput(
                Sentence("{sample} requires a live listing", {"sample": Option("sample")}),
                advice="omit it, or omit the evidence",
            )
        if self.kind is EvidenceKind.LISTING and (self.sample or self.max_listed):
            raise BadInput(
                Sentence("{sample} and a full listing are mutually exclusive", {"sample": Option("sample")}),
                advice=Advice("use one of them: {source}", {"source": Option("source", "sample")}),
            )
        self._check_athena()
        if self.memory < MIN_MEMORY:
            raise BadInput(
                Sentence("{memory} is too small", {"memory": Option("memory", f"{self.memory} bytes")}),
                advice=f"use at least {MIN_MEMORY // 1024**2} MiB",
            )

    def _check_athena(self) -> None:
        """Raises BadInput for options that do not go together with Athena."""
        if not self.asks_athena:
            return
        if self.engine is QueryEngine.DUCKDB:
            raise BadInput(
                "DuckDB cannot query an Athena table",
                advice=Advice("use {engine}", {"engine": Option("engine", QueryEngine.ATHENA.value)}),
            )
        if self.manifest is not None and not self.manifest.startswith(STORED):
            raise BadInput(
                Sentence("{source} is not in S3", {"source": Option("source", self.manifest)}),
                advice="Athena reads a report where S3 Inventory delivered it: name its manifest in S3",
            )
        if self.is_live:
            raise BadInput(
                Sentence(
                    "{engine} cannot list a bucket", {"engine": Option("engine", QueryEngine.ATHENA.value)}
                ),
                advice="omit it, or omit the evidence",
            )
        if self.bucket is None:
            raise BadInput(
                "no bucket is named", advice="name the bucket that the table describes: s3://bucket"
            )
        if self.output_location is not None and not self.output_location.startswith(STORED):
            raise BadInput(
                Sentence(
                    "{output_location} is not an S3 location",
                    {"output_location": Option("output_location", self.output_location)},
                ),
                advice="use s3://bucket/prefix/",
            )
