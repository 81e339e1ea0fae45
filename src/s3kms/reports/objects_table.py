"""The objects of a bucket in sum, as a page for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from s3kms.model.object_summary import (
    CountInterval,
    Dimension,
    EvidenceCoverage,
    Group,
    KeyStanding,
    ObjectSummary,
    Tally,
)
from s3kms.model.objects import ObjectVersion
from s3kms.reports.describe import describe_context
from s3kms.reports.interface import ReportStyle
from s3kms.reports.objects_costs import render_costs
from s3kms.reports.wrapping import wrapped
from s3kms.text.count import count
from s3kms.text.sanitize import printable

TITLES = {
    Dimension.ENCRYPTION: "encryption",
    Dimension.KEY: "key",
    Dimension.BUCKET_KEY: "bucket key",
    Dimension.STORAGE_CLASS: "storage class",
    Dimension.AGE: "age",
    Dimension.VERSION: "version",
}
BOOLEANS = {
    Dimension.BUCKET_KEY: {True: "with bucket key", False: "without"},
    Dimension.VERSION: {True: "current", False: "noncurrent"},
}
_MAX_ROWS = 12
"""Of one table: JSON has more."""
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_COLORS = {
    KeyStanding.WANTED: "32",
    KeyStanding.OFFENDER: "31",
    KeyStanding.DELIBERATE: "36",
    KeyStanding.UNKNOWN: "33",
}
_GAP = "   "


def render_objects(summary: ObjectSummary, style: ReportStyle) -> Iterator[str]:
    """The counts of a bucket's objects as a table."""
    yield from _head(summary)
    for standing in KeyStanding:
        yield from _standing(summary, standing, style)
    noun = "versions" if summary.coverage.all_versions else "objects"
    for dimension in Dimension:
        groups = summary.groups[dimension]
        if any(group.value is not None for group in groups):
            yield from _groups(TITLES[dimension], groups, BOOLEANS.get(dimension, {}), noun)
    if any(group.value for group in summary.prefixes):
        yield from _groups("prefix", summary.prefixes, {"": "(top level)"}, noun)
    yield from _offenders(summary.offenders, style)
    if summary.costs is not None:
        yield from render_costs(summary.costs, style)
    for note in summary.notes:
        yield from wrapped(f"note: {printable(note.worded(style.wording))}", style)
    if context := describe_context(summary.context):
        yield f"{printable(context)}\n"


def _head(summary: ObjectSummary) -> Iterator[str]:
    coverage = summary.coverage
    sample = coverage.sample
    there = sample.listed if sample else summary.total
    more = "" if sample is None or sample.is_whole else " at least"
    markers = _markers(summary.delete_markers)
    yield f"s3://{printable(coverage.bucket)}:{more} {describe_tally(there, coverage)}{markers}\n"
    yield f"evidence: {printable(coverage.name)}{_source(coverage)}{_seed(summary)}\n"
    wanted = printable(summary.wanted_key) if summary.wanted_key else "any KMS key"
    yield f"wanted key: {wanted}\n\n"


def _markers(number: int) -> str:
    return f", and {count(number, 'delete marker')}" if number else ""


def _source(coverage: EvidenceCoverage) -> str:
    files = f", {count(coverage.files, 'file')} of {size_text(coverage.bytes)}" if coverage.files else ""
    return f" ({printable(coverage.source)}{files})" if coverage.source else ""


def _seed(summary: ObjectSummary) -> str:
    sample = summary.coverage.sample
    return f" (seed {sample.seed})" if sample and summary.is_partial else ""


def _standing(summary: ObjectSummary, standing: KeyStanding, style: ReportStyle) -> Iterator[str]:
    tally = summary.standings[standing]
    if tally.objects:
        share = f"{tally.objects / summary.total.objects:.1%}"
        name = f"{standing.value:<10}"
        painted = f"\x1b[{_COLORS[standing]}m{name}\x1b[0m" if style.color else name
        estimate = summary.in_all.get(standing)
        in_all = f" of those read, {describe_interval(estimate)} in total" if estimate else ""
        text = f"{painted} {share:>6}  {describe_tally(tally, summary.coverage)}{in_all}: {standing.meaning}"
        yield from wrapped(text, style)


def _groups(title: str, groups: Sequence[Group], words: Mapping[Any, str], noun: str) -> Iterator[str]:
    is_sample = any(group.in_all for group in groups)
    rows = [(title, noun, "bytes", "offenders", *(["in total (95%)"] if is_sample else []))]
    for group in groups[:_MAX_ROWS]:
        offenders = f"{group.offenders.objects:,}" if group.offenders.objects else "-"
        in_all = [describe_interval(group.in_all) if group.in_all else "-"] if is_sample else []
        rows.append(
            (describe_group(group, words), f"{group.all.objects:,}", _bytes(group.all), offenders, *in_all)
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    yield "\n"
    for row in rows:
        numbers = _GAP.join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        yield f"{row[0]:<{widths[0]}}{_GAP}{numbers}\n"
    if len(groups) > _MAX_ROWS:
        yield f"… {len(groups) - _MAX_ROWS} more (all of them: JSON)\n"


def describe_interval(interval: CountInterval) -> str:
    """`10 to 20`."""
    if interval.low == interval.high:
        return f"{interval.low:,}"
    return f"{interval.low:,} to {interval.high:,}"


def describe_group(group: Group, words: Mapping[Any, str]) -> str:
    """The value that the versions of a group share, as text."""
    if group.value is None:
        return "(unknown)"
    return words.get(group.value) or printable(str(group.value))


def _offenders(offenders: Sequence[ObjectVersion], style: ReportStyle) -> Iterator[str]:
    if not offenders:
        return
    yield "\nfirst offenders:\n"
    for one in offenders:
        version = f" version {printable(one.version_id)}" if one.version_id else ""
        told = ", ".join(printable(str(part)) for part in (one.encryption, one.storage_class) if part)
        size = f", {size_text(one.size)}" if one.size is not None else ""
        yield from wrapped(f"  {printable(one.key)}{version} ({told}{size})", style)


def describe_tally(tally: Tally, coverage: EvidenceCoverage) -> str:
    """How many, and how large together: `12 objects, 1.5 GiB`."""
    size = "" if tally.bytes is None else f", {size_text(tally.bytes)}"
    noun = "version" if coverage.all_versions else "object"
    return f"{tally.objects:,} {noun if tally.objects == 1 else noun + 's'}{size}"


def _bytes(tally: Tally) -> str:
    return "-" if tally.bytes is None else size_text(tally.bytes)


def size_text(size: int) -> str:
    """Bytes as a person reads them: `1.5 GiB`."""
    amount, unit = float(size), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{size} B"
