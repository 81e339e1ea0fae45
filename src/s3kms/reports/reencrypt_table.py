"""A plan of `reencrypt`, and what a run came to, as a page for a person; made from their documents."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from s3kms.reports.interface import ReportStyle
from s3kms.reports.objects_table import size_text
from s3kms.text.amounts import dollars_text, duration_text
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_LEFT = {
    "already": "under the wanted key already",
    "other-key": "under another KMS key, which somebody chose: left",
    "not-included": "taken only where it is named: left",
    "noncurrent": "not current: left",
    "delete-marker": "delete markers, which have no content",
}
_IMMOVABLE = {
    "no-engine": "none of the chosen engines moves objects so encrypted",
    "source-encryption": "cannot be updated in place from this encryption",
    "noncurrent": "a copy would bring old content back",
    "archived": "archived: must be restored first",
    "customer-key": "only who has the client's key can read it",
}


def render_plan(plan: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    """What would become of the objects of one bucket."""
    key = "aws/s3, " if plan["is_aws_managed"] else ""
    bucket_key = "with" if plan["bucket_key"] else "without"
    yield f"s3://{printable(plan['bucket'])}: {count(plan['versions'], 'version')} to bring under the key\n"
    yield f"key: {key}{printable(plan['key'])}, {bucket_key} bucket key\n"
    yield f"evidence: {_evidence(plan['evidence'])}\n\n"
    rows = [_row(one) for one in plan["objects"]]
    rows += [(_number(n), "", "", f"could not be looked at: {why}") for why, n in plan["unread"].items()]
    yield from _columns(rows)
    for engine in plan["engines"]:
        yield from _engine(engine, style)
    yield from _hazards(plan["hazards"], style)
    losing = [one for one in plan["access"] if one["access"] == "loses"]
    for group in losing:
        names = ", ".join(map(printable, group["principals"][:3]))
        yield from _wrapped(f"loses access: {names} ({count(group['count'], 'principal')})", style)
    for note in plan["notes"]:
        yield from _wrapped(f"note: {printable(note)}", style)


def _evidence(evidence: Mapping[str, Any]) -> str:
    looks = f", {count(evidence['looks'], 'object')} asked for one by one" if evidence["looks"] else ""
    prefix = f", keys that begin with {printable(evidence['prefix'])}" if evidence["prefix"] else ""
    return f"{printable(evidence['name'])}{prefix}{looks}"


def _row(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    what = one["encryption"] or "-"
    if one["key"] and one["choice"] in {"other-key", "taken"}:
        what += f" {printable(one['key'])}"
    if one["immovable"]:
        meaning = f"stays: {_IMMOVABLE.get(one['immovable'], printable(one['immovable']))}"
    elif one["engine"]:
        meaning = f"goes under the key by {one['engine']}"
    elif one["choice"] == "other-key" and not one["key"]:
        meaning = "under a KMS key that the evidence does not name: left"
    else:
        meaning = _LEFT.get(one["choice"], one["choice"])
    return _number(one["versions"]), size_text(one["bytes"]), what, meaning


def _engine(engine: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    estimate = engine["estimate"]
    cost = ""
    if estimate is not None:
        least = "" if estimate["is_complete"] else "at least "
        seconds = estimate["seconds"]
        time = f", {duration_text(seconds)} at least" if seconds is not None else ""
        cost = f"; {least}{dollars_text(estimate['dollars'])}{time}"
    yield "\n"
    yield from _wrapped(
        f"{engine['engine']}: {engine['what']}; {count(engine['versions'], 'version')}, "
        f"{size_text(engine['bytes'])}{cost}",
        style,
    )
    for note in estimate["notes"] if estimate else ():
        yield from _wrapped(f"  {printable(note)}", style)


def _hazards(hazards: list[Mapping[str, Any]], style: ReportStyle) -> Iterator[str]:
    if hazards:
        yield "\n"
    for one in hazards:
        if one["stands_in_the_way"]:
            mark = "stands in the way"
        else:
            mark = "good to know" if one["is_told_only"] else "accepted"
        yield from _wrapped(
            f"{mark}: {printable(one['id'].replace('_', '-'))}: it {printable(one['why'])}", style
        )
        if one["stands_in_the_way"] and one["advice"]:
            yield from _wrapped(f"  first: {printable(one['advice'])}", style)


def render_result(result: Mapping[str, Any], style: ReportStyle) -> Iterator[str]:
    """What a run came to."""
    yield f"run {result['run']}: s3://{printable(result['bucket'])}\n"
    rows = [
        (_number(one["versions"]), one["outcome"], printable(one["reason"]), f"by {one['engine']}")
        for one in result["outcomes"]
    ]
    rows += [(_number(n), "left", "", printable(group)) for group, n in result["left"].items()]
    if result["under_way"]:
        rows.append((_number(result["under_way"]), "not known", "", "begun, and not seen to end"))
    yield from _columns(rows)
    for sentence in result["last_problems"]:
        yield from _wrapped(f"  {printable(sentence)}", style)
    verified = result["verification"]
    if verified is None:
        yield "verified: not yet\n"
    else:
        of = f" of {_number(verified['changed'])}, a sample" if verified["is_sample"] else ""
        yield (
            f"verified: {_number(verified['confirmed'])} of {_number(verified['looked_at'])} looked at again{of} "
            "are under the key\n"
        )
        for why, number in verified["not_confirmed"].items():
            yield f"  {_number(number)}: {printable(why)}\n"
        for example in verified["examples"]:
            yield from _wrapped(f"  {printable(example)}", style)
    if result["stopped"] is not None:
        yield from _wrapped(f"stopped: {printable(result['stopped'])}", style)


def _number(number: int) -> str:
    return f"{number:,}"


def _columns(rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(3)]
    for row in rows:
        cells = [f"{row[0]:>{widths[0]}}", f"{row[1]:>{widths[1]}}", f"{row[2]:<{widths[2]}}", row[3]]
        yield "  ".join(cells).rstrip() + "\n"


def _wrapped(text: str, style: ReportStyle) -> Iterator[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    for line in textwrap.wrap(text, style.width, subsequent_indent=indent, break_long_words=False):
        yield f"{line}\n"
