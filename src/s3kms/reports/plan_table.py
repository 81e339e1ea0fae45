"""A plan as a page for a change meeting: the sum, why not all are ready, each bucket, what to do."""

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from s3kms.model.access import KeyAccess
from s3kms.model.advice import Command, Option
from s3kms.model.describe import count_buckets
from s3kms.model.plan import (
    PlanCause,
    PlanClass,
    PlanEvent,
    PlannedAccess,
    PlannedBucket,
    PlannedObservation,
    PlannedWave,
    PlanSummary,
)
from s3kms.reports.describe import describe_context
from s3kms.reports.interface import ReportStyle
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_COLORS = {PlanClass.READY: "32", PlanClass.PREPARE: "36", PlanClass.LOOK: "33", PlanClass.STAY: "31"}
"""SGR codes of ANSI terminals: green, cyan, yellow, red."""
MAX_ROWS = 1000
"""Buckets of each class that have a line: the file of the plan has them all."""
_MAX_WAVES = 20
_MAX_ACCESS = 40
_MAX_CAUSES = 40
_MAX_STATEMENTS = 5
"""Of one cause; there may be one for each account of a large organization."""
_SEEN = {True: "seen to use them", False: "not seen"}
_INDENT = "  "
_GAP = "   "
_TITLES = ("bucket", "account", "region", "class", "key", "$ a month", "why")
_ORDER = tuple(reversed(PlanClass))


@dataclass(slots=True)
class _Kept:
    """The buckets that are shown: memory does not grow with the estate."""

    rows: dict[PlanClass, list[PlannedBucket]] = field(default_factory=lambda: {one: [] for one in PlanClass})
    summary: PlanSummary | None = None

    def add(self, event: PlanEvent) -> None:
        if isinstance(event, PlanSummary):
            self.summary = event
        elif len(self.rows[event.plan_class]) < MAX_ROWS:
            self.rows[event.plan_class].append(event)

    def why(self, cause: PlanCause) -> str:
        """What a cause is, of its first bucket; "" where that bucket has no line."""
        first = next(iter(cause.examples), None)
        hazards = (
            hazard
            for rows in self.rows.values()
            for planned in rows
            if planned.bucket == first
            for hazard in planned.hazards
        )
        found = (one.why for one in hazards if (one.id, one.advice) == (cause.hazard, cause.advice))
        return next(found, "")


def render(events: Iterable[PlanEvent], style: ReportStyle, *, plan: str | None = None) -> Iterator[str]:
    """The page. `plan` is the name of the plan's file, where it was written. Raises ValueError without a summary."""
    kept = _Kept()
    for event in events:
        kept.add(event)
    summary = kept.summary
    if summary is None:
        raise ValueError("a plan ends with its summary")
    yield from _sum(summary, style)
    yield from _causes(summary.causes, kept.why, style)
    yield from _access(summary.access, style)
    yield from _observed(summary.observed, style)
    yield from _buckets(kept.rows, summary, style)
    yield from _questions(summary, style)
    yield from _steps(summary, style, plan)
    for one in (*summary.unlisted, *summary.notes):
        yield f"note: {printable(one.worded(style.wording))}\n"
    for name in summary.missing:
        yield f"note: s3://{printable(name)} was not found\n"
    if context := describe_context(summary.context):
        yield f"\n{printable(context)}\n"


def _sum(summary: PlanSummary, style: ReportStyle) -> Iterator[str]:
    counts = ", ".join(f"{summary.classes.get(one, 0)} {one.value}" for one in PlanClass)
    where = f" in {summary.accounts} accounts" if summary.accounts > 1 else ""
    others = (
        [f"{summary.compliant} {_verb(summary.compliant, 'need')} no change"] if summary.compliant else []
    )
    others += [f"{summary.exempt} {'is' if summary.exempt == 1 else 'are'} exempt"] if summary.exempt else []
    yield f"{count_buckets(summary.would_change)}{where}: {'; '.join((counts, *others))}\n"
    if summary.monthly_cost is not None:
        low, high = summary.monthly_cost
        noun = "key" if summary.keys == 1 else "keys"
        keys = f", with {summary.keys} new customer managed {noun}" if summary.keys else ""
        yield f"about ${low:,.2f} per month with bucket keys, ${high:,.2f} without{keys}\n"
    for note in summary.cost_notes:
        yield from _wrapped(printable(note), style, 2)
    yield "\n"


def _causes(
    causes: Sequence[PlanCause], why_of: Callable[[PlanCause], str], style: ReportStyle
) -> Iterator[str]:
    if not causes:
        return
    yield "why some are not ready:\n"
    for cause in causes[:_MAX_CAUSES]:
        mark = _paint(cause.plan_class, style)
        yield f"{_INDENT}{mark} ({cause.count}): {printable(cause.what)}\n"
        yield from _wrapped(printable(_whose(cause, why_of(cause))), style, 4)
        yield from _wrapped(printable(cause.advice.worded(style.wording)), style, 4)
        for statement in cause.statements[:_MAX_STATEMENTS]:
            yield f"{_INDENT * 2}{printable(json.dumps(statement))}\n"
        if (left := len(cause.statements) - _MAX_STATEMENTS) > 0:
            yield f"{_INDENT * 2}… {left} more statements: see the plan file or its JSON\n"
    if len(causes) > _MAX_CAUSES:
        yield f"{_INDENT}… {len(causes) - _MAX_CAUSES} more: see the plan file or its JSON\n"
    yield "\n"


def _whose(cause: PlanCause, why: str) -> str:
    """The buckets of a cause, the first with the whole reason: its line below is cut."""
    first, *others = cause.examples
    if not why:
        left = cause.count - len(cause.examples)
        return f"{', '.join(cause.examples)}{f' and {left} more' if left else ''}"
    if cause.count == 1:
        return f"{first}: {why}"
    cut = ", …" if cause.count > len(cause.examples) else ""
    return f"{first}: {why}; and {cause.count - 1} more: {', '.join(others)}{cut}"


def _access(found: Sequence[PlannedAccess], style: ReportStyle) -> Iterator[str]:
    """Who loses access and who keeps it, by the policy through which they use buckets."""
    if not found:
        return
    yield "who keeps access:\n"
    for one in found[:_MAX_ACCESS]:
        who = f"{count(one.principals, 'administrator' if one.is_administrator else 'principal')}"
        marks = [_SEEN[one.observed]] if one.observed is not None else []
        marks += ["named in may_lose"] if one.may_lose else []
        told = f" ({', '.join(marks)})" if marks else ""
        text = f"{one.access.value}: {who} through {one.through}{told}, in {count_buckets(one.buckets)}: {one.why}"
        yield from _wrapped(printable(text), style, 2)
        if one.access is not KeyAccess.KEEPS:
            more = (
                f" and {one.principals - len(one.examples)} more"
                if one.principals > len(one.examples)
                else ""
            )
            yield from _wrapped(f"{printable(', '.join(one.examples))}{more}", style, 4)
    if len(found) > _MAX_ACCESS:
        yield f"{_INDENT}… {len(found) - _MAX_ACCESS} more: see the plan file or its JSON\n"
    yield "\n"


def _observed(found: PlannedObservation | None, style: ReportStyle) -> Iterator[str]:
    """The window that logs tell of, and what they do not tell."""
    if found is None:
        return
    if found.first is None or found.last is None:
        yield "observed: the logs cover none of these buckets, which may still be in use\n\n"
        return
    window = f"seen between {found.first:%Y-%m-%d} and {found.last:%Y-%m-%d}"
    text = f"observed: {count_buckets(found.covered)}, {window}; who was not seen may still use them at other times"
    yield from _wrapped(text, style, 0)
    if found.not_covered:
        names = ", ".join(found.not_covered_examples)
        left = found.not_covered - len(found.not_covered_examples)
        more = f" and {left} more" if left else ""
        yield from _wrapped(printable(f"no log covers {names}{more}"), style, 2)
    if found.gone:
        text = f"seen, but no longer there: {', '.join(found.gone)}"
        yield from _wrapped(printable(text), style, 2)
    for denial in found.denials:
        yield from _wrapped(printable(f"AWS refused: {denial}"), style, 2)
    yield "\n"


def _buckets(
    rows: dict[PlanClass, list[PlannedBucket]], summary: PlanSummary, style: ReportStyle
) -> Iterator[str]:
    shown = [one for plan_class in _ORDER for one in rows[plan_class]]
    if not shown:
        return
    cells = [_cells(one) for one in shown]
    has_accounts = len({one.account for one in shown}) > 1
    has_costs = any(one.cost for one in shown)
    hidden = {1: not has_accounts, 5: not has_costs}
    chosen = [place for place in range(len(_TITLES)) if not hidden.get(place, False)]
    widths = [max(len(row[place]) for row in (_TITLES, *cells)) for place in chosen[:-1]]
    yield _line(_TITLES, chosen, widths, style)
    for row in cells:
        yield _line(row, chosen, widths, style)
    for plan_class in _ORDER:
        if left := summary.classes.get(plan_class, 0) - len(rows[plan_class]):
            yield f"{_INDENT}… {left} more {plan_class.value}: see the plan file or its JSON\n"
    yield "\n"


def _cells(planned: PlannedBucket) -> tuple[str, ...]:
    first = planned.hazards[0].why if planned.hazards else ""
    others = f" (and {len(planned.hazards) - 1} more)" if len(planned.hazards) > 1 else ""
    name = f"{planned.bucket} ({planned.place})" if planned.place else planned.bucket
    wave = f"wave {planned.wave}" if planned.wave else ""
    cost = f"{planned.cost.with_bucket_key:.2f}" if planned.cost else ""
    found = (
        name,
        planned.account or "-",
        planned.region or "-",
        planned.plan_class.value,
        _short_key(planned),
        cost,
        f"{first}{others}" or wave,
    )
    return tuple(map(printable, found))


def _short_key(planned: PlannedBucket) -> str:
    """A key of the bucket's own account and region by its id alone: an ARN leaves no room for the reason."""
    key = planned.key or "-"
    own = f":kms:{planned.region}:{planned.account}:key/"
    return key.partition(own)[2] or key


def _line(row: Sequence[str], chosen: Sequence[int], widths: Sequence[int], style: ReportStyle) -> str:
    """The last cell is cut at the terminal's edge: what is wrong stands above in full."""
    fixed = _GAP.join(f"{row[place]:<{width}}" for place, width in zip(chosen[:-1], widths, strict=True))
    line = f"{_INDENT}{fixed}{_GAP}{row[chosen[-1]]}".rstrip()
    longest = max(style.width, len(_INDENT + fixed))
    return f"{line if len(line) <= longest else line[: longest - 1] + '…'}\n"


def _questions(summary: PlanSummary, style: ReportStyle) -> Iterator[str]:
    if not summary.questions:
        return
    yield "ask first (no S3 setting shows this):\n"
    for question in summary.questions:
        yield from _wrapped(printable(question), style, 2)
    yield "\n"


def _steps(summary: PlanSummary, style: ReportStyle, plan: str | None) -> Iterator[str]:
    """What to do, in order."""
    wording = style.wording
    steps: list[str] = []
    if summary.classes.get(PlanClass.STAY):
        emit = wording(Command("plan", (), (Option("emit_exemptions"),)))
        stay = summary.classes[PlanClass.STAY]
        steps.append(f"{count_buckets(stay)} that {_verb(stay, 'stay')}: exempt {_them(stay)} ({emit})")
    if summary.classes.get(PlanClass.LOOK):
        steps.append(f"{count_buckets(summary.classes[PlanClass.LOOK])} to look at: see why above")
    if summary.classes.get(PlanClass.PREPARE):
        count = count_buckets(summary.classes[PlanClass.PREPARE])
        preparing = wording(Command("plan", (), (Option("key", "ARN"), Option("prepare"))))
        steps.append(
            f"{count} to prepare: make the changes listed above, then plan again; {preparing} shows key and bucket "
            "policies with what they lack"
        )
    if summary.waves and plan is None:
        steps.append(f"save the plan: the same command with {wording(Option('out', 'PLAN'))}")
    steps += _wave_steps(summary.waves, style, plan)
    if steps:
        yield "next steps:\n"
    for number, step in enumerate(steps, 1):
        yield from _wrapped(f"{number}. {printable(step)}", style, 2)  # the name of the file may be hostile


def _wave_steps(waves: Sequence[PlannedWave], style: ReportStyle, plan: str | None) -> Iterator[str]:
    for wave in waves[:_MAX_WAVES]:
        options = (Option("plan", plan or "PLAN"), Option("wave", wave.number), Option("apply"))
        fix = style.wording(Command("fix", (), options))
        name = printable(wave.name)
        yield f"wave {wave.number}, {name} ({count_buckets(wave.count)}): {fix}, then verify it"
    if len(waves) > _MAX_WAVES:
        yield f"the {len(waves) - _MAX_WAVES} next waves in the same way"


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _paint(plan_class: PlanClass, style: ReportStyle) -> str:
    return f"\x1b[{_COLORS[plan_class]}m{plan_class.value}\x1b[0m" if style.color else plan_class.value


def _wrapped(text: str, style: ReportStyle, indent: int) -> Iterator[str]:
    lines = textwrap.wrap(
        text,
        style.width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (f"{line}\n" for line in lines)
