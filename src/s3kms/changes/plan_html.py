"""What a notebook shows of a plan: each change as it was and will be, and what is left alone, with the reason."""

from collections.abc import Iterator
from typing import Any

from s3kms.changes.plan import ChangePlan
from s3kms.iac.editing.patch import Patch
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets, describe_encryption
from s3kms.text.html_table import html_table

_TITLES = ("", "what", "region", "was", "will be, or why not")


def plan_html(plan: ChangePlan[Any, Any, Any]) -> str:
    """The plan as a small table; nothing is read or written for it."""
    left = [one for one in plan.skipped if not one.skipped.is_compliant]
    compliant = len(plan.skipped) - len(left)
    counts = [f"{count_buckets(plan.bucket_count)} would change; nothing is written"]
    counts += [f"{count_buckets(len(left))} left alone"] if left else []
    counts += [f"{count_buckets(compliant)} as asked for already"] if compliant else []
    notes = [*counts, *(note.worded() for note in plan.notes)]
    return html_table(_TITLES, _rows(plan), total=len(plan.changes) + len(left), notes=notes)


def _rows(plan: ChangePlan[Any, Any, Any]) -> Iterator[tuple[str, ...]]:
    for change in plan.changes:
        yield ("change", *_change_cells(plan, change))
    for one in plan.skipped:
        if not one.skipped.is_compliant:
            name, region = one.bucket.name or one.bucket.resource or "", one.bucket.region or ""
            yield ("left alone", name, region, "", one.skipped.reason)


def _change_cells(plan: ChangePlan[Any, Any, Any], change: object) -> tuple[str, ...]:
    if isinstance(change, Change):
        before, after = describe_encryption(change.before), describe_encryption(change.after)
        return (f"s3://{change.bucket}", change.region, before, after)
    buckets = ", ".join(change.buckets) if isinstance(change, Patch) else ""
    return (plan.medium.describe(plan.medium.entry_of(change)), "", "", buckets)
