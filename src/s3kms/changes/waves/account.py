"""The buckets of a plan's file in one account, read and judged again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from s3kms.aws.connection import Connection
from s3kms.changes.hazards import AcceptedHazard
from s3kms.changes.planning.account import AccountPlanner
from s3kms.changes.planning.principals import Principals
from s3kms.changes.planning.request import PlanRequest
from s3kms.changes.waves.reassess import SkippedEntry, reassess
from s3kms.model.advice import Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.plan import PlannedBucket
from s3kms.model.stream import ScanItem


@dataclass(slots=True)
class AccountWave:
    """What is to be changed in one account."""

    account: str
    connection: Connection | None = None
    """None where the account could not be entered, and nothing is changed."""
    changes: list[Change] = field(default_factory=list)
    skipped: list[SkippedEntry] = field(default_factory=list)
    role: str | None = None
    """That was assumed in it; None where the credentials are of the account itself."""
    accepted: list[AcceptedHazard] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)


def reassess_account(
    request: PlanRequest,
    connection: Connection,
    entries: Sequence[PlannedBucket],
    accept: frozenset[str],
    today: date,
    *,
    principals: Principals,
) -> AccountWave:
    """Each entry as a change, or skipped with its reason. Writes nothing. Raises AwsError."""
    planner = AccountPlanner(request, connection, today, principals)
    seen: dict[str, Bucket] = {}

    def passing(items: Iterator[ScanItem]) -> Iterator[ScanItem]:
        for item in items:
            if isinstance(item, Bucket) and item.name is not None:
                seen[item.name] = item
            yield item

    names = tuple(entry.bucket for entry in entries)
    now = {planned.bucket: planned for planned in planner.named(names, passing)}
    wave = AccountWave(connection.account, connection, notes=planner.found.notes)
    for entry in entries:
        bucket, found = seen.get(entry.bucket), now.get(entry.bucket)
        if bucket is None and planner.found.unlisted:
            why = planner.found.unlisted[0]
            skipped = SkippedEntry(entry.bucket, wave.account, f"it could not be read: {why}", is_unread=True)
            wave.skipped.append(skipped)
            continue
        become = reassess(entry, bucket, found, accept)
        if isinstance(become, SkippedEntry):
            wave.skipped.append(become)
            continue
        wave.changes.append(become)
        wave.accepted += [
            AcceptedHazard(entry.bucket, one.id, one.why)
            for one in (found.hazards if found else ())
            if one.id in accept | request.fix.accepted
        ]
    return wave
