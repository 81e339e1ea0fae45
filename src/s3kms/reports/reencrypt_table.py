"""A plan of `reencrypt`, and what a run came to, as a page for a person; made from their documents."""

import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from s3kms.model.hazard_ids import as_written
from s3kms.model.scan_context import ScanContext, ScanScope
from s3kms.reports.describe import describe_context
from s3kms.reports.interface import ReportStyle
from s3kms.reports.objects_table import size_text
from s3kms.text.amounts import dollars_text, duration_text
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_SKIPPED = {
    "already": "already under the wanted key",
    "other-key": "under another KMS key, which was chosen explicitly",
    "not-included": "re-encrypted only if explicitly included",
    "noncurrent": "noncurrent version",
    "delete-marker": "delete marker (no content)",
}
_IMMOVABLE = {
    "no-engine": "none of the chosen engines can re-encrypt from this encryption",
    "source-encryption": "cannot be re-encrypted in place from this encryption",
    "noncurrent": "noncurrent version (copying it would restore old content)",
    "archived": "archived (must be restored first)",
    "customer-key": "SSE-C (readable only with the customer's key)",
}
_OUTCOMES = {
    "changed": "re-encrypted",
    "already": "already under the key",
    "overtaken": "changed by another writer",
    "immovable": "cannot be re-encrypted",
}


def render_plan(plan: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    """What would become of the objects of one bucket."""
    key = "aws/s3, " if plan["is_aws_managed"] else ""
    bucket_key = "with" if plan["bucket_key"] else "without"
    yield f"s3://{printable(plan['bucket'])}: {count(plan['versions'], 'version')} to re-encrypt\n"
    yield f"key: {key}{printable(plan['key'])}, {bucket_key} bucket key\n"
    yield f"evidence: {_evidence(plan['evidence'])}\n\n"
    rows = [_row(one) for one in plan["objects"]]
    rows += [(_number(n), "", "", f"could not be read: {why}") for why, n in plan["unread"].items()]
    yield from _columns(rows)
    for engine in plan["engines"]:
        yield from _engine(engine, style)
    yield from _hazards(plan["hazards"], style)
    losing = [one for one in plan["access"] if one["access"] == "loses"]
    for group in losing:
        names = ", ".join(group["principals"][:3])
        yield from _wrapped(f"loses access: {names} ({count(group['count'], 'principal')})", style)
    for note in plan["notes"]:
        yield from _wrapped(f"note: {note}", style)
    yield from _context(plan.get("context"))


def _evidence(evidence: Mapping[str, Any]) -> str:
    looks = (
        f", {count(evidence['looks'], 'object')} read one by one with HeadObject" if evidence["looks"] else ""
    )
    prefix = f", keys that begin with {printable(evidence['prefix'])}" if evidence["prefix"] else ""
    return f"{printable(evidence['name'])}{prefix}{looks}"


def _row(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    what = one["encryption"] or "-"
    if one["key"] and one["choice"] in {"other-key", "taken"}:
        what += f" {one['key']}"
    if one["immovable"]:
        meaning = f"skip: {_IMMOVABLE.get(one['immovable'], one['immovable'])}"
    elif one["engine"]:
        meaning = f"re-encrypt with {one['engine']}"
    elif one["choice"] == "other-key" and not one["key"]:
        meaning = "skip: under a KMS key that the evidence does not name"
    else:
        meaning = f"skip: {_SKIPPED.get(one['choice'], one['choice'])}"
    return _number(one["versions"]), size_text(one["bytes"]), what, meaning


def _engine(engine: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    estimate = engine["estimate"]
    cost = ""
    if estimate is not None:
        least = "" if estimate["is_complete"] else "at least "
        seconds = estimate["seconds"]
        time = f", at least {duration_text(seconds)}" if seconds is not None else ""
        cost = f"; {least}{dollars_text(estimate['dollars'])}{time}"
    yield "\n"
    yield from _wrapped(
        f"{engine['engine']}: {engine['what']}; {count(engine['versions'], 'version')}, "
        f"{size_text(engine['bytes'])}{cost}",
        style,
    )
    for note in estimate["notes"] if estimate else ():
        yield from _wrapped(f"  {note}", style)


def _hazards(hazards: list[Mapping[str, Any]], style: ReportStyle) -> Iterator[str]:
    if hazards:
        yield "\n"
    for one in hazards:
        passable = "info" if one["is_told_only"] else "accepted"
        mark = "blocked by" if one["stands_in_the_way"] else passable
        yield from _wrapped(f"{mark} {as_written(one['id'])}: {one['why']}", style)
        if one["stands_in_the_way"] and one["advice"]:
            yield from _wrapped(f"  first: {one['advice']}", style)


def render_result(result: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    """What a run came to."""
    yield f"run {printable(result['run'])}: s3://{printable(result['bucket'])}\n"
    rows = [
        (
            _number(one["versions"]),
            _OUTCOMES.get(one["outcome"], one["outcome"]),
            one["reason"],
            f"with {one['engine']}",
        )
        for one in result["outcomes"]
    ]
    rows += [(_number(n), "skipped", "", _SKIPPED.get(group, group)) for group, n in result["left"].items()]
    if result["under_way"]:
        rows.append((_number(result["under_way"]), "unknown", "", "started, but its result was not seen"))
    yield from _columns(rows, align="<")
    for sentence in result["last_problems"]:
        yield from _wrapped(f"  {sentence}", style)
    verified = result["verification"]
    if verified is None:
        yield "not verified yet\n"
    else:
        of = f" (a sample of {_number(verified['changed'])})" if verified["is_sample"] else ""
        noun = "version" if verified["looked_at"] == 1 else "versions"
        looked_at = f"{_number(verified['looked_at'])} {noun}"
        yield f"{_number(verified['confirmed'])} of {looked_at} verified under the key{of}\n"
        for why, number in verified["not_confirmed"].items():
            yield f"  {_number(number)}: {printable(why)}\n"
        for example in verified["examples"]:
            yield from _wrapped(f"  {example}", style)
    if result["stopped"] is not None:
        yield from _wrapped(f"stopped: {result['stopped']}", style)
    yield from _context(result.get("context"))


def _context(record: Mapping[str, Any] | None) -> Iterator[str]:
    """As whom, when and by which s3kms; nothing where the document does not say."""
    if record is not None:
        scope = ScanScope(None, phrase=record["scope"]) if record["scope"] else None
        at = datetime.fromisoformat(record["at"])
        context = ScanContext(at, record["account"], record["identity"], record["s3kms"], scope)
        yield f"{printable(describe_context(context))}\n"


def _number(number: int) -> str:
    return f"{number:,}"


def _columns(found: list[tuple[str, str, str, str]], *, align: str = ">") -> Iterator[str]:
    """Rows of four cells, made printable; `align` is that of the second: sizes end alike, words begin alike."""
    rows = [tuple(map(printable, row)) for row in found]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(3)]
    for row in rows:
        cells = [f"{row[0]:>{widths[0]}}", f"{row[1]:{align}{widths[1]}}", f"{row[2]:<{widths[2]}}", row[3]]
        yield "  ".join(cells).rstrip() + "\n"


def _wrapped(text: str, style: ReportStyle) -> Iterator[str]:
    """A sentence on lines that fit, made printable: what it quotes comes from a server, or from a saved file."""
    text = printable(text)
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    for line in textwrap.wrap(text, style.width, subsequent_indent=indent, break_long_words=False):
        yield f"{line}\n"
