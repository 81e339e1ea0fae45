"""Verification of what a run changed: every object, or a sample of many."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.scan_context import ScanContext
from s3kms.objects.context import context_record
from s3kms.objects.interface import Engine, JobEngine, ObjectResult, Outcome
from s3kms.objects.log.state import LoggedResult, read_results
from s3kms.objects.reasons import reason_to_count
from s3kms.objects.reencrypt.counting import MAX_LOOKS_AT_ONCE
from s3kms.objects.verified_count import SAMPLE_OBJECTS

MAX_EXAMPLES = 20
_CONFIRMED = frozenset({Outcome.CHANGED, Outcome.ALREADY})
UNREAD = "unread"
"""The reason of an object that could not be read."""


@dataclass(slots=True)
class ObjectVerification:
    """The result of verifying the objects of a run."""

    changed: int = 0
    """Number of versions that the run reported as re-encrypted."""
    looked_at: int = 0
    confirmed: int = 0
    not_confirmed: Counter[str] = field(default_factory=Counter)
    """Counts by what was found instead: `overtaken gone`, `failed`, `unread AccessDenied`."""
    examples: list[str] = field(default_factory=list)
    """The first of the versions that were not confirmed, a sentence each."""
    context: ScanContext | None = None
    """As whom and when a command verified them; None where the run itself did, whose context it has."""

    @property
    def is_sample(self) -> bool:
        """Whether only a sample was verified."""
        return self.looked_at < self.changed

    @property
    def is_clean(self) -> bool:
        """Whether every version that was read is under the key."""
        return self.confirmed == self.looked_at

    def __str__(self) -> str:
        of = f" (a sample of {self.changed:,})" if self.is_sample else ""
        noun = "version" if self.looked_at == 1 else "versions"
        return f"{self.confirmed:,} of {self.looked_at:,} {noun} verified under the key{of}"

    def to_record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "changed": self.changed,
            "looked_at": self.looked_at,
            "confirmed": self.confirmed,
            "not_confirmed": dict(self.not_confirmed),
            "examples": self.examples,
        }

    def to_document(self, run: str) -> dict[str, Any]:
        """The result of a command that verified a run again, as JSON data."""
        more = {"is_sample": self.is_sample, "context": context_record(self.context)}
        return {"run": run, **self.to_record(), **more}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "ObjectVerification":
        """What `to_record` wrote. Raises KeyError, TypeError, ValueError."""
        return cls(
            int(record["changed"]),
            int(record["looked_at"]),
            int(record["confirmed"]),
            Counter({str(name): int(count) for name, count in record["not_confirmed"].items()}),
            [str(one) for one in record["examples"]],
        )


async def verify_objects(
    path: Path,
    bucket: str,
    engines: Mapping[str, Engine | JobEngine],
    *,
    verify_all: int,
    sample: int = SAMPLE_OBJECTS,
) -> ObjectVerification:
    """Verify the versions that a log reports as changed; of more than `verify_all`, a sample.

    The name of the log seeds the sample, so the same log always has the same. Raises BadInput, Refused, and AwsError
    where nothing can be read any more.
    """
    changed = sum(1 for _ in _changed(path, bucket))
    found = ObjectVerification(changed)
    if changed <= verify_all:
        results = _each(_changed(path, bucket))
    else:
        results = _each(iter(sample_of(_changed(path, bucket), path.parent.name, size=sample)))
    look = partial(_read_back, engines)
    async for logged, seen in concurrent_map(look, results, MAX_LOOKS_AT_ONCE):
        found.looked_at += 1
        if seen.outcome in _CONFIRMED:
            found.confirmed += 1
            continue
        what = f"{seen.outcome.value} {seen.reason}".strip()
        found.not_confirmed[reason_to_count(what, found.not_confirmed)] += 1
        if len(found.examples) < MAX_EXAMPLES:
            key = f"s3://{bucket}/{logged.version.key}"
            found.examples.append(f"{key}: {seen.sentence or seen.reason or seen.outcome.value}")
    return found


def _changed(path: Path, bucket: str) -> Iterator[LoggedResult]:
    return (one for one in read_results(path, bucket) if one.outcome is Outcome.CHANGED)


def sample_of(results: Iterator[LoggedResult], seed: str, *, size: int) -> list[LoggedResult]:
    """So many of them, each as likely as any other (reservoir sampling); the same for one seed."""
    draw, kept = random.Random(seed), []  # noqa: S311 - no secret
    for number, result in enumerate(results):
        if number < size:
            kept.append(result)
        elif (place := draw.randrange(number + 1)) < size:
            kept[place] = result
    return kept


async def _each(results: Iterator[LoggedResult]) -> AsyncIterator[LoggedResult]:
    for result in results:
        yield result
        await asyncio.sleep(0)


async def _read_back(
    engines: Mapping[str, Engine | JobEngine], logged: LoggedResult
) -> tuple[LoggedResult, ObjectResult]:
    try:
        return logged, await engines[logged.engine].read_back(logged.version)
    except CredentialsProblem:
        raise
    except AwsError as error:
        reason = f"{UNREAD} {error.code}".strip()
        return logged, ObjectResult(logged.version, Outcome.FAILED, reason, str(error), error.request_id)
