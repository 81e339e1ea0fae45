"""What stands above the table of a plan: its sum, the steps, who loses access, waves, costs, questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from s3kms.model.access import KeyAccess
from s3kms.model.advice import Command, Option, Wording
from s3kms.model.plan import PlanCause, PlanClass, PlannedAccess, PlannedObservation, PlanSummary
from s3kms.reports.html.context_facts import context_facts
from s3kms.reports.html.fields import Status
from s3kms.reports.html.items import describe_statement
from s3kms.reports.html.steps import NextStep
from s3kms.reports.html.tallies import address, segments
from s3kms.reports.interface import ReportStyle
from s3kms.results.plan_v1 import PlanHeader

MAX_ACCESS, MAX_WAVES, MAX_STEPS = 40, 40, 12


def plan_values(
    summary: PlanSummary,
    style: ReportStyle,
    header: PlanHeader | None,
    plan: str | None,
    *,
    statuses: Sequence[Status],
    access_colors: Mapping[KeyAccess, str],
) -> dict[str, Any]:
    """What the template shows."""
    colors = {status.id: status.color for status in statuses}
    counts = [summary.classes.get(PlanClass(status.id), 0) for status in statuses]
    steps = sorted(_steps(summary, style.wording, plan, colors), key=_worth, reverse=True)
    return {
        "headline": _headline(summary),
        "facts": _facts(summary, header),
        "classes": segments(counts, statuses),
        "meanings": [(status, PlanClass(status.id).meaning) for status in statuses],
        "statuses": statuses,
        "steps": [step for _, step in steps[:MAX_STEPS]],
        "steps_left": max(0, len(steps) - MAX_STEPS),
        "access": [_access_row(one, access_colors) for one in summary.access[:MAX_ACCESS]],
        "access_left": max(0, len(summary.access) - MAX_ACCESS),
        "observed": list(_observed(summary.observed)),
        "waves": [(one, _fix(style.wording, plan, one.number)) for one in summary.waves[:MAX_WAVES]],
        "waves_left": max(0, len(summary.waves) - MAX_WAVES),
        "costs": _costs(summary),
        "cost_notes": summary.cost_notes,
        "questions": summary.questions,
        "notes": [one.worded(style.wording) for one in (*summary.unlisted, *summary.notes)],
        "missing": summary.missing,
    }


def _headline(summary: PlanSummary) -> str:
    total, ready = summary.would_change, summary.classes.get(PlanClass.READY, 0)
    if not total:
        return "No bucket would change."
    if ready == total:
        return f"All {total:,} buckets are ready." if total > 1 else "The bucket is ready."
    stay = summary.classes.get(PlanClass.STAY, 0)
    rest = f", and {stay:,} stay as they are" if stay > 1 else ", and 1 stays as it is" if stay else ""
    return f"{ready:,} of {total:,} buckets {'is' if ready == 1 else 'are'} ready{rest}."


def _facts(summary: PlanSummary, header: PlanHeader | None) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if header is not None:
        facts += [("Made", f"{header.at:%Y-%m-%d %H:%M} UTC"), ("Plan", header.plan)]
    facts.append(("Accounts", f"{summary.accounts:,}"))
    facts.append(("Need no change", f"{summary.compliant:,}"))
    facts.append(("Exempt", f"{summary.exempt:,}"))
    if summary.monthly_cost is not None:
        facts.append(("A month", f"about ${summary.monthly_cost[0]:,.2f} with bucket keys"))
    return [*facts, *context_facts(summary.context, is_dated=header is None)]


def _costs(summary: PlanSummary) -> str:
    if summary.monthly_cost is None:
        return ""
    low, high = summary.monthly_cost
    noun = "key" if summary.keys == 1 else "keys"
    keys = f", with {summary.keys:,} new customer managed {noun}" if summary.keys else ""
    return f"About ${low:,.2f} per month with bucket keys, ${high:,.2f} without{keys}."


def _steps(
    summary: PlanSummary, wording: Wording, plan: str | None, colors: Mapping[str, str]
) -> Iterator[tuple[int, NextStep]]:
    """Each with the buckets that it is worth."""
    if ready := summary.classes.get(PlanClass.READY, 0):
        title = f"{ready:,} {'bucket is' if ready == 1 else 'buckets are'} ready"
        it = "it" if ready == 1 else "them"
        advice, command = f"edit {it} where code declares {it}", wording(Command("fix", ("PATH",)))
        if summary.waves:  # which code has none of
            advice = f"carry {it} out wave by wave, and verify each wave"
            command = _fix(wording, plan, summary.waves[0].number)
        link = address(**{"class": PlanClass.READY.value})
        yield ready, NextStep("ready", "good", title, advice, "", link, command)
    for cause in summary.causes:
        yield cause.count, _step(cause, wording, colors)


def _worth(pair: tuple[int, NextStep]) -> tuple[int, int]:
    """Of steps for as many buckets, one that makes buckets ready is worth more than one that exempts them."""
    count, step = pair
    return count, -PlanClass(step.label).gravity


def _step(cause: PlanCause, wording: Wording, colors: Mapping[str, str]) -> NextStep:
    more = cause.count - len(cause.examples)
    name = cause.plan_class.value
    return NextStep(
        label=name,
        color=colors[name],
        title=f"{cause.count:,} {'bucket' if cause.count == 1 else 'buckets'}: {cause.what}",
        advice=cause.advice.worded(wording),
        examples=f"{', '.join(cause.examples)}{f' and {more:,} more' if more > 0 else ''}",
        address=address(
            **{"class": name, "q": cause.examples[0] if cause.count == 1 and cause.examples else ""}
        ),
        statements=tuple(describe_statement(one) for one in cause.statements),
    )


def _fix(wording: Wording, plan: str | None, wave: int) -> str:
    options = (Option("plan", plan or "PLAN"), Option("wave", wave), Option("apply"))
    return wording(Command("fix", (), options))


def _access_row(found: PlannedAccess, colors: Mapping[KeyAccess, str]) -> dict[str, Any]:
    noun = "administrator" if found.is_administrator else "principal"
    more = found.principals - len(found.examples)
    seen = {True: "seen to use them", False: "not seen to use them", None: ""}[found.observed]
    marks = [one for one in (seen, "named in may_lose" if found.may_lose else "") if one]
    return {
        "color": colors[found.access],
        "label": found.access.value,
        "who": f"{found.principals:,} {noun if found.principals == 1 else noun + 's'}",
        "through": found.through,
        "buckets": found.buckets,
        "why": found.why,
        "marks": ", ".join(marks),
        "examples": f"{', '.join(found.examples)}{f' and {more:,} more' if more > 0 else ''}",
    }


def _observed(found: PlannedObservation | None) -> Iterator[str]:
    """The window that logs tell of, and what they do not tell."""
    if found is None:
        return
    if found.first is None or found.last is None:
        yield "The logs are about none of these buckets, which does not say that nobody uses them."
        return
    window = f"between {found.first:%Y-%m-%d} and {found.last:%Y-%m-%d}"
    yield f"Logs are about {found.covered:,} of these buckets, {window}; they prove nothing outside of it."
    if found.not_covered:
        yield f"No log is about {found.not_covered:,}: {', '.join(found.not_covered_examples)}."
    if found.gone:
        yield f"Seen, and not there any more: {', '.join(found.gone)}."
    for denial in found.denials:
        yield f"AWS refused: {denial}"
