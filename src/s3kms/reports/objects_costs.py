"""What re-encrypting costs by each engine, as a part of the page for a person."""

from collections.abc import Iterator

from s3kms.model.object_costs import CostKind, EngineEstimate, ReencryptionCosts
from s3kms.reports.interface import ReportStyle
from s3kms.reports.wrapping import wrapped
from s3kms.text.amounts import dollars_text, duration_text
from s3kms.text.sanitize import printable

_GAP = "   "


def render_costs(costs: ReencryptionCosts, style: ReportStyle) -> Iterator[str]:
    """A table of the engines, and under it what the numbers rest on."""
    rows = [("engine", "can re-encrypt", "cost", "without bucket key", "minimum time")]
    for one, without in zip(costs.with_bucket_key, costs.without_bucket_key, strict=True):
        name = printable(f"{one.engine} *" if one.engine == costs.advised else one.engine)
        rows.append(
            (
                name,
                f"{one.versions:,}",
                describe_dollars(one),
                describe_dollars(without),
                describe_time(without),
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    yield "\ncost of re-encrypting the offenders, with a bucket key:\n"
    for row in rows:
        cells = _GAP.join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        yield f"  {row[0]:<{widths[0]}}{_GAP}{cells}\n"
    yield f"  * recommended; prices of {printable(costs.prices_region)}, {printable(costs.prices_as_of)}\n"
    for one in costs.with_bucket_key:
        if told := "; ".join(describe_estimate(one)):
            yield from wrapped(printable(f"  {one.engine}: {told}"), style)
    for note in costs.notes[1:]:
        yield from wrapped(printable(f"  {note}"), style)


def describe_estimate(one: EngineEstimate) -> Iterator[str]:
    """What its numbers do not say: what it leaves, what comes on top, and what the time hangs on."""
    for left in one.immovable:
        yield f"{left.versions:,} skipped: {left.meaning}"
    for line in one.lines:
        if line.kind is CostKind.RESTORE:
            yield f"{line.what} would cost {_or_unknown(line.dollars)} more"
    if one.dollars_per_month:
        yield f"the old versions that are kept cost {dollars_text(one.dollars_per_month)} per month"
    if at_most := sum(line.dollars or 0 for line in one.lines if line.is_upper):
        yield f"the cost includes {dollars_text(at_most)} at most for early deletion"
    if one.versions:
        yield f"estimated at {one.limit}" if one.seconds is not None else one.limit
        yield from one.notes


def _or_unknown(dollars: float | None) -> str:
    return "an unknown amount" if dollars is None else dollars_text(dollars)


def describe_dollars(one: EngineEstimate) -> str:
    """What it charges once: `$12.50`; `-` where it can move nothing."""
    if not one.versions:
        return "-"
    return dollars_text(one.dollars) + ("" if one.is_complete else " and more")


def describe_time(one: EngineEstimate) -> str:
    """How long it takes at least: `4.8 min`."""
    if not one.versions:
        return "-"
    return "unknown" if one.seconds is None else duration_text(one.seconds)
