"""Policies that a run prepared lately are waited for before buckets rely on them (fact B3)."""

import time
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from s3kms.access.merging import takes_away
from s3kms.changes.policies.kind import POLICY_KINDS, PolicyChange, WrittenPolicy
from s3kms.changes.runs import Run, UnreadableRun
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.text.count import count

WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Between two looks at policies that do not show yet: a minute in all."""
MAX_LAG = timedelta(minutes=15)
"""What was written longer ago shows, or somebody changed it since: nobody waits for it."""


def _nothing(_: str) -> None:
    """Of somebody who does not listen."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long is waited for policies, and who hears of it."""

    notify: Callable[[str], object] = _nothing
    sleep: Callable[[float], object] = time.sleep
    waits_seconds: Sequence[float] = WAITS_SECONDS


IN_SILENCE = Waiting()
"""For somebody who does not listen."""


def recent_policies(
    runs: Iterable[Run | UnreadableRun], keys: Container[str], buckets: Container[str], now: datetime
) -> tuple[WrittenPolicy, ...]:
    """What runs wrote lately to the policies of these keys and buckets, the newest of each alone; nothing of what was
    restored since. `runs` are the newest first. Pure.
    """
    found: dict[str, WrittenPolicy | None] = {}
    for run in runs:
        if isinstance(run, UnreadableRun) or run.header.kind not in POLICY_KINDS:
            continue
        is_wanted = not run.undone and run.header.restores is None and now - run.header.at <= MAX_LAG
        for change in run.changes:
            is_key = isinstance(change, PolicyChange)
            name = change.key if is_key else change.bucket
            if name in (keys if is_key else buckets) and name in run.done:
                found.setdefault(change.subject, change if is_wanted else None)
    return tuple(one for one in found.values() if one is not None)


def await_policies(
    wanted: Iterable[WrittenPolicy], read: Callable[[WrittenPolicy], str], waiting: Waiting
) -> None:
    """Read each policy until it says all that was written, or the time is up: whoever comes then is judged by what is
    read. Raises CredentialsProblem.
    """
    missing = [one for one in wanted if _lacks(one, read)]
    for seconds in waiting.waits_seconds:
        if not missing:
            return
        things = count(len(missing), "prepared policy document")
        waiting.notify(f"{things} not visible in AWS yet: read again in {seconds:g} s")
        waiting.sleep(seconds)
        missing = [one for one in missing if _lacks(one, read)]
    for one in missing:
        waiting.notify(f"{one.title} lacks what was prepared: its buckets are judged by the current policy")


def _lacks(change: WrittenPolicy, read: Callable[[WrittenPolicy], str]) -> bool:
    """Whether what is there lets in less than was written; one that cannot be read is nothing to wait for."""
    try:
        return takes_away(change.after, read(change))
    except CredentialsProblem:
        raise
    except AwsError:
        return False
