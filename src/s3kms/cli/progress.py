"""Progress of a long scan, on stderr, only where a person looks."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from s3kms.model.findings import Tally, Verdict
from s3kms.model.stream import Progress

T = TypeVar("T")
EVERY = 0.1
"""Seconds between two looks."""


def with_progress(items: Iterable[T], tally: Tally, *, shown: bool) -> Iterator[T]:
    """The same items; a terminal is told how far it has come."""
    if not (shown and sys.stderr.isatty()):
        yield from items
        return
    from rich.console import Console
    from rich.status import Status

    began = looked = time.monotonic()
    progress = Progress()
    with Status("asking AWS", console=Console(stderr=True)) as status:
        for item in items:
            if isinstance(item, Progress):
                progress = item
            now = time.monotonic()
            if now - looked >= EVERY:
                looked = now
                status.update(progress_words(progress, tally, now - began))
            yield item


def progress_words(progress: Progress, tally: Tally, seconds: float) -> str:
    """`12/1,000 accounts, 3,410 buckets, 1,203 findings, 2,310 buckets/s, 3 min left`."""
    findings = tally.verdicts[Verdict.FAIL] + tally.verdicts[Verdict.UNKNOWN]
    words = [
        f"{tally.buckets:,} buckets",
        f"{findings:,} findings",
        f"{tally.buckets / seconds if seconds else 0:,.0f} buckets/s",
    ]
    if progress.accounts_known:
        of = f"/{progress.accounts_known:,}" if progress.all_accounts_known else ""
        words.insert(0, f"{progress.accounts:,}{of} accounts")
        if progress.all_accounts_known and progress.accounts:
            left = seconds / progress.accounts * (progress.accounts_known - progress.accounts)
            words.append(f"{left / 60:.0f} min left" if left >= 120 else f"{left:.0f} s left")  # noqa: PLR2004
    if progress.throttled:
        words.append(f"throttled {progress.throttled:,} times, {progress.retries:,} calls repeated")
    return ", ".join(words)
