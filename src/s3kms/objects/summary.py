"""The objects of a bucket in sum: asks an evidence its questions, and adds up the answers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.model.object_summary import (
    CountInterval,
    Dimension,
    Group,
    KeyStanding,
    ObjectSummary,
    SampleFrame,
    Tally,
)
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.offender_costs import estimate_offenders
from s3kms.objects.queries.question import CLASSES, FIRST_OFFENDERS, PREFIXES
from s3kms.objects.sampling import wilson_interval
from s3kms.text.sanitize import printable

DEFAULT_OFFENDERS = 10
MAX_PREFIXES = 1000
MAX_GROUPS = 1000
"""Of one dimension that are kept: the values of keys and storage classes are foreign."""
_AGES = {"month_ago": 30, "quarter_ago": 90, "year_ago": 365, "three_years_ago": 1095}
"""Days."""


def summarize(
    evidence: QueriedEvidence,
    *,
    wanted_key: str | None = None,
    offenders: int = DEFAULT_OFFENDERS,
    now: datetime | None = None,
) -> ObjectSummary:
    """What the evidence says, by a wanted key's ARN, or any KMS key; with the first so many offenders.

    Ages are those at the time of the evidence. Raises BadInput for an evidence about another bucket, S3kmsError.
    """
    at = evidence.coverage.as_of or now or datetime.now(UTC)
    values = {"wanted_key": wanted_key, "limit": MAX_PREFIXES, **_moments(at)}
    fold = _Fold(evidence.coverage.bucket)
    for row in evidence.table.ask(CLASSES, values):
        fold.add(row)
    prefixes = tuple(map(_prefix, evidence.table.ask(PREFIXES, values)))
    first: tuple[ObjectVersion, ...] = ()
    if offenders and fold.standings[KeyStanding.OFFENDER].objects:
        first = tuple(evidence.versions(FIRST_OFFENDERS, {**values, "limit": offenders}))
    costs = None
    if fold.standings[KeyStanding.OFFENDER].objects:
        costs = estimate_offenders(evidence.table, evidence.coverage, wanted_key, at)
    evidence.confirm()
    sample = evidence.coverage.sample
    return ObjectSummary(
        coverage=evidence.coverage,
        wanted_key=wanted_key,
        total=fold.total,
        delete_markers=sample.delete_markers if sample else fold.delete_markers,
        standings=dict(fold.standings),
        groups={one: tuple(fold.groups_of(one, sample)) for one in Dimension},
        prefixes=prefixes,
        offenders=first,
        costs=costs,
        notes=tuple(_notes(evidence, fold, wanted_key)),
        in_all={one: found for one in KeyStanding if (found := fold.in_all(one, sample)) is not None},
    )


def _moments(at: datetime) -> dict[str, datetime]:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return {name: utc - timedelta(days=days) for name, days in _AGES.items()}


@dataclass(slots=True)
class _Fold:
    """Adds up the rows of `classes.sql`."""

    bucket: str
    total: Tally = field(default_factory=Tally)
    delete_markers: int = 0
    standings: dict[KeyStanding, Tally] = field(default_factory=lambda: dict.fromkeys(KeyStanding, Tally()))
    groups: dict[Dimension, dict[Any, Group]] = field(
        default_factory=lambda: {one: defaultdict(lambda: Group(None)) for one in Dimension}
    )

    def add(self, row: tuple[Any, ...]) -> None:
        """Count one row. Raises BadInput where it is of another bucket, or cannot be."""
        (
            bucket,
            standing,
            encryption,
            key,
            bucket_key,
            storage_class,
            age,
            is_latest,
            is_marker,
            objects,
            size,
        ) = row
        if bucket != self.bucket:
            raise BadInput(
                f"the evidence for s3://{printable(self.bucket)} has rows of bucket "
                f"{printable(str(bucket))!r}"
            )
        if size is not None and size < 0:  # a guard of each row in SQL costs 40 % more CPU
            raise BadInput(f"the evidence for s3://{printable(self.bucket)} has negative sizes")
        if is_marker:
            self.delete_markers += objects
            return
        tally = Tally(objects, None if size is None else int(size))
        kind = KeyStanding(standing)
        self.total = self.total.plus(tally)
        self.standings[kind] = self.standings[kind].plus(tally)
        values = (encryption, key, bucket_key, storage_class, age, is_latest)
        for dimension, value in zip(Dimension, values, strict=True):
            known = self.groups[dimension][value]
            offending = known.offenders.plus(tally) if kind is KeyStanding.OFFENDER else known.offenders
            self.groups[dimension][value] = Group(value, known.all.plus(tally), offending)

    def groups_of(self, dimension: Dimension, sample: SampleFrame | None) -> Iterable[Group]:
        """The largest first."""
        found = sorted(self.groups[dimension].values(), key=lambda one: (-one.all.objects, str(one.value)))
        unread = self.groups[Dimension.ENCRYPTION].get(None, Group(None)).all.objects
        for group in found[:MAX_GROUPS]:
            unknown = unread if dimension in _READ_FROM_HEADS and group.value is not None else 0
            yield replace(group, in_all=_in_all(group.all.objects, unknown, sample))

    def in_all(self, standing: KeyStanding, sample: SampleFrame | None) -> CountInterval | None:
        """How many of the bucket stand so; None where the evidence is no sample, or says nothing of the others."""
        is_known = standing is not KeyStanding.UNKNOWN
        unknown = self.standings[KeyStanding.UNKNOWN].objects if is_known else 0
        return _in_all(self.standings[standing].objects, unknown, sample)


_READ_FROM_HEADS = {Dimension.ENCRYPTION, Dimension.KEY, Dimension.BUCKET_KEY}
"""Unknown for a version that could not be read."""


def _in_all(asked: int, unknown: int, sample: SampleFrame | None) -> CountInterval | None:
    """A listing that was ended early is no random sample of the bucket."""
    if sample is None or not sample.is_whole or not sample.is_partial:
        return None
    return wilson_interval(asked, sample.looked, sample.listed.objects, unknown=unknown)


def _prefix(row: tuple[Any, ...]) -> Group:
    prefix, objects, size, offenders, offending = row
    known = size is not None
    return Group(
        prefix,
        Tally(objects, int(size) if known else None),
        Tally(int(offenders), int(offending or 0) if known else None),
    )


def _notes(evidence: QueriedEvidence, fold: _Fold, wanted_key: str | None) -> Iterator[Sentence]:
    yield from evidence.coverage.notes
    yield from evidence.spent()
    for sentence in evidence.coverage.missing:
        yield Sentence(sentence)
    if (
        wanted_key is not None
        and not evidence.coverage.tells_key
        and fold.standings[KeyStanding.UNKNOWN].objects
    ):
        yield Sentence(
            "the evidence does not include the KMS key of an object: such objects are counted as unknown"
        )
    sample = evidence.coverage.sample
    if sample is not None and not sample.is_whole:
        yield Sentence("the listing was ended early: objects that it lacks may differ, and are not covered")
    if not evidence.coverage.all_versions:
        yield Sentence("the evidence lists current versions only: noncurrent versions are not counted")
