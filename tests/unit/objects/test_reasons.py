"""Reasons are counted by name up to a number: a server that invents a code per object fills no memory and no log."""

import asyncio
from pathlib import Path

import pytest
from tests.support.memory_engines import MemoryEngine, versions_of

from s3kms.model.objects import ObjectVersion
from s3kms.objects.interface import ObjectResult, Outcome
from s3kms.objects.log.records import Assignment, LogPlace, VersionBlock
from s3kms.objects.log.state import read_state
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reasons import MAX_REASONS, OTHER_REASONS, reason_to_count
from s3kms.objects.reencrypt.counting import VersionCounts
from s3kms.objects.reencrypt.verification import verify_objects

INVENTED = MAX_REASONS * 3


def log_of(path: Path, outcome: Outcome, *, twice: bool = False) -> None:
    log = ObjectLog.create(path, {"bucket": "b"})
    versions = versions_of(INVENTED)
    log.begin(VersionBlock(0, "", tuple(Assignment(one, "memory") for one in versions)))
    for index in range(INVENTED):
        if twice and index == INVENTED // 2:
            log.close()
            log, _ = ObjectLog.reopen(path)
        reason = f"Invented{index}" if outcome is Outcome.FAILED else ""
        log.finish(LogPlace(0, index, "memory"), outcome, reason)
    log.close()


@pytest.mark.parametrize("twice", [False, True])
def test_a_log_counts_invented_codes_together(tmp_path: Path, twice: bool) -> None:
    log_of(tmp_path / "b.log", Outcome.FAILED, twice=twice)

    outcomes = read_state(tmp_path / "b.log").outcomes
    assert len(outcomes) == MAX_REASONS + 1
    assert outcomes["memory", Outcome.FAILED, OTHER_REASONS] == INVENTED - MAX_REASONS
    assert sum(outcomes.values()) == INVENTED


def test_a_plan_counts_invented_codes_together() -> None:
    counts = VersionCounts()
    for number in range(INVENTED):
        counts.add_unread(f"Invented{number}")

    assert len(counts.unread) == MAX_REASONS + 1
    assert sum(counts.unread.values()) == INVENTED


class Inventive(MemoryEngine):
    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        return ObjectResult(version, Outcome.FAILED, f"Invented{version.key}")


def test_a_verification_counts_invented_codes_together(tmp_path: Path) -> None:
    log_of(tmp_path / "b.log", Outcome.CHANGED)

    found = asyncio.run(verify_objects(tmp_path / "b.log", "b", {"memory": Inventive()}, verify_all=INVENTED))

    assert len(found.not_confirmed) == MAX_REASONS + 1
    assert sum(found.not_confirmed.values()) == INVENTED


def test_a_reason_is_printable_and_short() -> None:
    assert "\x1b" not in reason_to_count("\x1b[31m" + "x" * 10_000, ())
    assert len(reason_to_count("\x1b[31m" + "x" * 10_000, ())) < 200
