"""The objects of a bucket in sum: asks an evidence its questions, and adds up the answers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.model.object_summary import Dimension, Group, KeyStanding, ObjectSummary, Tally
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.queries.question import CLASSES, FIRST_OFFENDERS, PREFIXES
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
    evidence.confirm()
    return ObjectSummary(
        coverage=evidence.coverage,
        wanted_key=wanted_key,
        total=fold.total,
        delete_markers=fold.delete_markers,
        standings=dict(fold.standings),
        groups={one: tuple(fold.groups_of(one)) for one in Dimension},
        prefixes=prefixes,
        offenders=first,
        notes=tuple(_notes(evidence, fold, wanted_key)),
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
        """Count one row. Raises BadInput where it is of another bucket."""
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
                f"the evidence about s3://{printable(self.bucket)} has rows of {printable(str(bucket))!r}"
            )
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

    def groups_of(self, dimension: Dimension) -> Iterable[Group]:
        """The largest first."""
        found = sorted(self.groups[dimension].values(), key=lambda one: (-one.all.objects, str(one.value)))
        return found[:MAX_GROUPS]


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
            "the evidence does not tell which KMS key an object is under: those are counted as unknown"
        )
    if not evidence.coverage.all_versions:
        yield Sentence("the evidence lists current versions alone: noncurrent ones are not counted")
