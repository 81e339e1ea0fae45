"""The page of the objects of a bucket: how they stand to the wanted key, as bars, and the first offenders as rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from s3kms.model.object_summary import Dimension, Group, KeyStanding, ObjectSummary
from s3kms.model.objects import ObjectVersion
from s3kms.reports.html.context_facts import context_facts
from s3kms.reports.html.document import page_body, page_head, page_rows
from s3kms.reports.html.fields import Field, FieldKind, Status
from s3kms.reports.html.tallies import Segment, segments
from s3kms.reports.html.text_table import TextTable, shown, shown_name
from s3kms.reports.interface import ReportStyle
from s3kms.reports.objects_costs import describe_dollars, describe_estimate, describe_time
from s3kms.reports.objects_table import (
    BOOLEANS,
    TITLES,
    describe_group,
    describe_interval,
    describe_tally,
    size_text,
)

TITLE = "Objects of an S3 bucket"
_COLORS = {
    KeyStanding.OFFENDER: "bad",
    KeyStanding.UNKNOWN: "unsure",
    KeyStanding.DELIBERATE: "calm",
    KeyStanding.WANTED: "good",
}
STATUSES = tuple(Status(one.value, one.value, color) for one, color in _COLORS.items())
"""The gravest first."""
_OFFENDERS_AND_REST = (
    Status("offender", "not encrypted with a KMS key", "bad"),
    Status("rest", "the rest", "calm"),
)
MAX_GROUPS = 20
"""As many bars of one sort: JSON has more."""
_FIELDS = (
    Field("standing", "Standing", FieldKind.STATUS, "always"),
    Field("object", "Key", FieldKind.NAME, "always"),
    Field("encryption", "Encryption", column="wide", is_filter=True),
    Field("storage", "Storage class", column="wide", is_filter=True),
    Field("size", "Size", FieldKind.PLAIN, "wide"),
    Field("modified", "Last modified", FieldKind.PLAIN, "wide"),
    Field("version", "Version", FieldKind.PLAIN),
    Field("current", "Current or not"),
    Field("etag", "ETag", FieldKind.PLAIN),
)


@dataclass(frozen=True, slots=True)
class GroupBar:
    """The versions that are alike in one respect, as a line of a chart."""

    label: str
    objects: str
    size: str
    offenders: str
    in_all: str
    """How many there are in the bucket, with 95 % confidence; empty where all were read."""
    segments: tuple[Segment, ...]
    told: str
    """The bar in words."""


def render(summary: ObjectSummary, style: ReportStyle) -> Iterator[str]:
    """The whole page."""
    texts = TextTable()
    rows = [_row(one, texts) for one in summary.offenders]
    yield page_head(TITLE)
    yield from page_rows(rows)
    data = {
        "fields": [one.data() for one in _FIELDS],
        "statuses": [one.data() for one in STATUSES[:1]],
        "texts": texts.texts,
    }
    yield page_body("objects.html", data, title=TITLE, **_values(summary, style))


def _row(version: ObjectVersion, texts: TextTable) -> list[Any]:
    number = texts.number
    current = {True: "current", False: "noncurrent", None: ""}[version.is_latest]
    return [
        0,
        shown_name(version.key),
        number(version.encryption.value if version.encryption else "never encrypted by S3, or unknown"),
        number(version.storage_class),
        "" if version.size is None else size_text(version.size),
        f"{version.last_modified:%Y-%m-%d %H:%M}" if version.last_modified else "",
        shown(version.version_id or "", 200),
        number(current),
        shown(version.etag or "", 200),
    ]


def _values(summary: ObjectSummary, style: ReportStyle) -> dict[str, Any]:
    standings = [
        (
            status,
            KeyStanding(status.id).meaning,
            describe_tally(summary.standings[KeyStanding(status.id)], summary.coverage),
            _in_all(summary, KeyStanding(status.id)),
        )
        for status in STATUSES
        if summary.standings[KeyStanding(status.id)].objects
    ]
    counts = [summary.standings[KeyStanding(status.id)].objects for status in STATUSES]
    offenders = summary.standings[KeyStanding.OFFENDER].objects
    return {
        "headline": _headline(summary),
        "facts": _facts(summary),
        "standings": segments(counts, STATUSES),
        "meanings": standings,
        "charts": list(_charts(summary)),
        "costs": summary.costs,
        "engines": list(_engines(summary)),
        "offenders": offenders,
        "left": max(0, offenders - len(summary.offenders)),
        "notes": [one.worded(style.wording) for one in summary.notes],
        "missing": (),
    }


def _in_all(summary: ObjectSummary, standing: KeyStanding) -> str:
    found = summary.in_all.get(standing)
    return f"{describe_interval(found)} in total" if found else ""


def _headline(summary: ObjectSummary) -> str:
    total, offenders = summary.total.objects, summary.standings[KeyStanding.OFFENDER].objects
    noun = "versions" if summary.coverage.all_versions else "objects"
    read = " that were read" if summary.is_partial else ""
    if not total:
        return "There is no object."
    if not offenders:
        return f"None of the {total:,} {noun}{read} is without a KMS key."
    return (
        f"{offenders:,} of {total:,} {noun}{read} {'is' if offenders == 1 else 'are'} not encrypted "
        "with a KMS key."
    )


def _facts(summary: ObjectSummary) -> list[tuple[str, str]]:
    coverage, sample = summary.coverage, summary.coverage.sample
    facts = [("Bucket", f"s3://{coverage.bucket}"), ("Evidence", coverage.name)]
    if coverage.source:
        facts.append(("Source", coverage.source))
    if coverage.as_of:
        facts.append(("As of", f"{coverage.as_of:%Y-%m-%d %H:%M} UTC"))
    facts.append(("Wanted key", summary.wanted_key or "any KMS key"))
    if sample is not None:
        least = "" if sample.is_whole else "at least "
        facts.append(("In the bucket", f"{least}{describe_tally(sample.listed, coverage)}"))
        facts.append(("Read", f"{sample.looked:,}, seed {sample.seed}"))
    else:
        facts.append(("In the bucket", describe_tally(summary.total, coverage)))
    if summary.delete_markers:
        facts.append(("Delete markers", f"{summary.delete_markers:,}"))
    return [*facts, *context_facts(summary.context)]


def _charts(summary: ObjectSummary) -> Iterator[tuple[str, list[GroupBar], int]]:
    """Title, bars, and how many groups have none."""
    for dimension in Dimension:
        groups = summary.groups[dimension]
        if any(group.value is not None for group in groups):
            bars = list(_bars(groups, dict(BOOLEANS.get(dimension, {}))))
            yield f"By {TITLES[dimension]}", bars, len(groups) - len(bars)
    if any(group.value for group in summary.prefixes):
        bars = list(_bars(summary.prefixes, {"": "(top level)"}))
        yield "By prefix", bars, len(summary.prefixes) - len(bars)


def _bars(groups: Sequence[Group], words: dict[Any, str]) -> Iterator[GroupBar]:
    longest = max((group.all.objects for group in groups[:MAX_GROUPS]), default=1)
    for group in groups[:MAX_GROUPS]:
        offenders, every = group.offenders.objects, group.all.objects
        yield GroupBar(
            describe_group(group, words),
            f"{every:,}",
            "" if group.all.bytes is None else size_text(group.all.bytes),
            f"{offenders:,}" if offenders else "",
            describe_interval(group.in_all) if group.in_all else "",
            segments((offenders, max(0, every - offenders)), _OFFENDERS_AND_REST, longest),
            f"{offenders:,} of {every:,} not encrypted with a KMS key",
        )


def _engines(summary: ObjectSummary) -> Iterator[dict[str, Any]]:
    costs = summary.costs
    if costs is None:
        return
    for one, without in zip(costs.with_bucket_key, costs.without_bucket_key, strict=True):
        yield {
            "name": one.engine,
            "is_advised": one.engine == costs.advised,
            "versions": f"{one.versions:,}",
            "dollars": describe_dollars(one),
            "without": describe_dollars(without),
            "time": describe_time(without),
            "told": "; ".join(describe_estimate(one)),
        }
