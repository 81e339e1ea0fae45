"""Progress of a long scan, on stderr, only where a person looks."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from s3kms.model.counters import ScanCounters
from s3kms.model.findings import Tally, Verdict

T = TypeVar("T")
EVERY = 0.1
"""Seconds between two looks."""


def with_progress(items: Iterable[T], meter: ScanCounters, tally: Tally, *, shown: bool) -> Iterator[T]:
    """The same items; a terminal is told how far it has come."""
    if not (shown and sys.stderr.isatty()):
        yield from items
        return
    from rich.console import Console
    from rich.status import Status

    began = looked = time.monotonic()
    with Status("asking AWS", console=Console(stderr=True)) as status:
        for item in items:
            now = time.monotonic()
            if now - looked >= EVERY:
                looked = now
                status.update(progress_words(meter, tally, now - began))
            yield item


def progress_words(meter: ScanCounters, tally: Tally, seconds: float) -> str:
    """`12/1,000 accounts, 3,410 buckets, 1,203 findings, 2,310 buckets/s, 3 min left`."""
    findings = tally.verdicts[Verdict.FAIL] + tally.verdicts[Verdict.UNKNOWN]
    words = [
        f"{tally.buckets:,} buckets",
        f"{findings:,} findings",
        f"{tally.buckets / seconds if seconds else 0:,.0f} buckets/s",
    ]
    if meter.accounts_known:
        of = f"/{meter.accounts_known:,}" if meter.all_accounts_known else ""
        words.insert(0, f"{meter.accounts:,}{of} accounts")
        if meter.all_accounts_known and meter.accounts:
            left = seconds / meter.accounts * (meter.accounts_known - meter.accounts)
            words.append(f"{left / 60:.0f} min left" if left >= 120 else f"{left:.0f} s left")  # noqa: PLR2004
    if meter.throttled:
        words.append(f"AWS asked {meter.throttled:,} times for less, {meter.retries:,} calls were repeated")
    return ", ".join(words)
