"""What a notebook shows of a plan: each change as it was and will be, and what is skipped, with the reason."""

from collections.abc import Iterable, Sequence
from itertools import chain

from s3kms.iac.editing.patch import Patch
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets, describe_encryption
from s3kms.model.skipped import SkippedBucket
from s3kms.text.html_table import html_table

_TITLES = ("", "what", "region", "was", "will be, or why not")


def plan_html(
    changes: Sequence[tuple[str, object]],
    bucket_count: int,
    skipped: Sequence[SkippedBucket],
    notes: Iterable[str],
) -> str:
    """A plan as a small table; nothing is read or written for it. Each change comes with its name in a sentence."""
    left = [one for one in skipped if not one.skipped.is_compliant]
    compliant = len(skipped) - len(left)
    counts = [f"{count_buckets(bucket_count)} would change; nothing is written"]
    counts += [f"{count_buckets(len(left))} skipped"] if left else []
    counts += [f"{count_buckets(compliant)} as asked for already"] if compliant else []
    rows = chain((_change_row(*change) for change in changes), map(_left_row, left))
    return html_table(_TITLES, rows, total=len(changes) + len(left), notes=[*counts, *notes])


def _change_row(name: str, change: object) -> tuple[str, ...]:
    if isinstance(change, Change):
        return (
            "change",
            name,
            change.region,
            describe_encryption(change.before),
            describe_encryption(change.after),
        )
    return ("change", name, "", "", ", ".join(change.buckets) if isinstance(change, Patch) else "")


def _left_row(one: SkippedBucket) -> tuple[str, ...]:
    name, region = one.bucket.name or one.bucket.resource or "", one.bucket.region or ""
    return ("skipped", name, region, "", one.skipped.reason)
