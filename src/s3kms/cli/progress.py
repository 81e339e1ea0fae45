"""Progress of a long scan, on stderr, only where a person looks."""

import sys
from collections.abc import Iterable, Iterator

from s3kms.model.stream import Progress, ScanEvent

_TWO_MINUTES = 120


def show_progress(events: Iterable[ScanEvent], *, shown: bool) -> Iterator[ScanEvent]:
    """The events; a terminal shows how far the scan has come."""
    if not (shown and sys.stderr.isatty()):
        yield from events
        return
    from rich.console import Console
    from rich.status import Status

    with Status("asking AWS", console=Console(stderr=True)) as status:
        for event in events:
            if isinstance(event, Progress):
                status.update(describe_progress(event))
            yield event


def describe_progress(progress: Progress) -> str:
    """`12/1,000 accounts, 3,410 buckets, 1,203 findings, 2,310 buckets/s, 3 min left`."""
    seconds = progress.seconds
    words = [
        f"{progress.buckets:,} buckets",
        f"{progress.findings:,} findings",
        f"{progress.buckets / seconds if seconds else 0:,.0f} buckets/s",
    ]
    if progress.accounts_known:
        of = f"/{progress.accounts_known:,}" if progress.all_accounts_known else ""
        words.insert(0, f"{progress.accounts:,}{of} accounts")
        if progress.all_accounts_known and progress.accounts:
            left = seconds / progress.accounts * (progress.accounts_known - progress.accounts)
            words.append(f"{left / 60:.0f} min left" if left >= _TWO_MINUTES else f"{left:.0f} s left")
    if progress.throttled:
        words.append(f"throttled {progress.throttled:,} times, {progress.retries:,} calls repeated")
    return ", ".join(words)
