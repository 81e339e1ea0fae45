"""Jobs told once, failures tried again once, many objects verified by a sample, and progress in numbers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.memory_engines import MemoryEngine, MemoryJobs, versions_of

from s3kms.model.errors import Stopped
from s3kms.model.objects import ObjectVersion
from s3kms.objects.interface import JobEngine, ObjectResult, Outcome
from s3kms.objects.log.records import Assignment, LogPlace, VersionBlock
from s3kms.objects.log.state import LogState, read_results, read_state
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt import verification
from s3kms.objects.reencrypt.canary import check_canary
from s3kms.objects.reencrypt.document import describe_progress
from s3kms.objects.reencrypt.jobs import JobRun
from s3kms.objects.reencrypt.leftovers import left_versions
from s3kms.objects.reencrypt.pacing import ProgressMeter
from s3kms.objects.reencrypt.retrying import failures_to_retry
from s3kms.objects.reencrypt.run import ReencryptCallbacks
from s3kms.objects.reencrypt.verification import verify_objects


def meter(total: int | None = None, now: float = 0.0) -> ProgressMeter:
    return ProgressMeter("b", total, 0.5, lambda: now)


class Listed:
    """What a job is for."""

    def __init__(self, versions: list[ObjectVersion]) -> None:
        self._versions = versions

    async def of(self, engine: str) -> AsyncIterator[ObjectVersion]:
        for version in self._versions:
            yield version


def follow(path: Path, engine: JobEngine, versions: list[ObjectVersion]) -> list[str]:
    """Follow the jobs in one process; the keys of the first objects, as they were checked."""
    checked: list[str] = []

    async def check_first(name: str, _: JobEngine, first: list[ObjectResult]) -> None:
        checked.extend(one.version.key for one in first)

    log, state = (
        ObjectLog.reopen(path) if path.exists() else (ObjectLog.create(path, {"bucket": "b"}), LogState())
    )
    run = JobRun(log, state, meter(), ReencryptCallbacks(), check_first)
    try:
        asyncio.run(run.follow({"jobs": engine}, Listed(versions)))  # type: ignore[arg-type]
    finally:
        log.close()
    return checked


def test_results_of_jobs_are_logged_and_the_first_are_checked_before_the_others(tmp_path: Path) -> None:
    checked = follow(tmp_path / "b.log", MemoryJobs(), versions_of(5))

    assert checked == ["0000", "0001"]
    assert read_state(tmp_path / "b.log").outcomes == {("jobs", Outcome.CHANGED, ""): 5}


def test_results_that_an_earlier_process_has_logged_are_not_logged_again(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="overwrites"):
        follow(tmp_path / "b.log", MemoryJobs(dies_at=4), versions_of(5))
    before = read_state(tmp_path / "b.log").finished
    follow(tmp_path / "b.log", MemoryJobs(), versions_of(5))

    assert before == 2
    assert read_state(tmp_path / "b.log").outcomes == {("jobs", Outcome.CHANGED, ""): 5}


def test_jobs_that_are_through_are_not_followed_again(tmp_path: Path) -> None:
    follow(tmp_path / "b.log", MemoryJobs(), versions_of(5))
    engine = MemoryJobs()
    follow(tmp_path / "b.log", engine, versions_of(5))

    assert engine.moved == []


def test_what_was_told_for_good_is_not_passed_over_in_what_comes_after(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", {"bucket": "b"})
    log.begin(VersionBlock(0, "", tuple(Assignment(one, "jobs") for one in versions_of(2))))
    for index in range(2):
        log.finish(LogPlace(0, index, "jobs"), Outcome.CHANGED)
    log.flush()
    log.put("jobs.told.1", "job-1")
    log.close()
    follow(tmp_path / "b.log", MemoryJobs(), versions_of(5)[2:])

    assert read_state(tmp_path / "b.log").outcomes == {("jobs", Outcome.CHANGED, ""): 5}


def failed_log(path: Path) -> ObjectLog:
    """Two blocks of two; the first version of each failed."""
    log = ObjectLog.create(path, {"bucket": "b"})
    for block in range(2):
        versions = versions_of(4)[block * 2 : block * 2 + 2]
        log.begin(VersionBlock(block, str(block), tuple(Assignment(one, "memory") for one in versions)))
        log.finish(LogPlace(block, 0, "memory"), Outcome.FAILED, "AccessDenied")
        log.finish(LogPlace(block, 1, "memory"), Outcome.CHANGED)
    log.flush()
    return log


def test_what_failed_is_tried_again_and_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "b.log"
    log = failed_log(path)
    (retry,) = failures_to_retry(path, "b")
    log.begin(VersionBlock(2, "1", retry.versions, retries=retry.through))
    log.finish(LogPlace(2, 0, "memory"), Outcome.CHANGED)
    log.finish(LogPlace(2, 1, "memory"), Outcome.FAILED, "SlowDown")
    log.close()

    assert [one.version.key for one in retry.versions] == ["0000", "0002"]
    state = read_state(path)
    assert state.outcomes == {
        ("memory", Outcome.CHANGED, ""): 3,
        ("memory", Outcome.FAILED, "SlowDown"): 1,
    }
    assert (state.handed, state.bookmark) == (4, "1")
    assert [(one.version.key, one.reason) for one in left_versions(path, "b")] == [("0002", "SlowDown")]
    assert [one.versions[0].version.key for one in failures_to_retry(path, "b")] == ["0002"]


def test_failures_of_one_block_are_never_parted(tmp_path: Path) -> None:
    failed_log(tmp_path / "b.log").close()

    assert [one.through for one in failures_to_retry(tmp_path / "b.log", "b", block_versions=1)] == [0, 1]


def changed_log(path: Path, count: int) -> None:
    log = ObjectLog.create(path, {"bucket": "b"})
    log.begin(VersionBlock(0, "", tuple(Assignment(one, "memory") for one in versions_of(count))))
    for index in range(count):
        log.finish(LogPlace(0, index, "memory"), Outcome.CHANGED)
    log.close()


def test_every_object_is_looked_at_again(tmp_path: Path) -> None:
    changed_log(tmp_path / "b.log", 30)
    engine = MemoryEngine(moved=[one.key for one in versions_of(29)])
    found = asyncio.run(verify_objects(tmp_path / "b.log", "b", {"memory": engine}, verify_all=30))

    assert (found.looked_at, found.confirmed, found.is_sample, found.is_clean) == (30, 29, False, False)
    assert found.not_confirmed == {"failed": 1}
    assert found.examples == ["s3://b/0029: failed"]


def test_of_many_objects_a_sample_is_looked_at_again(tmp_path: Path) -> None:
    changed_log(tmp_path / "run" / "b.log", 200)
    engine = MemoryEngine(moved=[one.key for one in versions_of(200)])
    results = list(read_results(tmp_path / "run" / "b.log", "b"))
    drawn = [verification.sample_of(iter(results), seed, size=20) for seed in ("a", "a", "b")]
    found = asyncio.run(
        verify_objects(tmp_path / "run" / "b.log", "b", {"memory": engine}, verify_all=10, sample=20)
    )

    assert (found.changed, found.looked_at, found.is_sample, found.is_clean) == (200, 20, True, True)
    assert "a sample of 200" in str(found)
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_first_object_that_is_not_under_the_key_stops_the_run() -> None:
    (version,) = versions_of(1)
    lie = ObjectResult(version, Outcome.CHANGED)

    with pytest.raises(Stopped, match="is not under the wanted key"):
        asyncio.run(check_canary({"memory": [lie]}, {"memory": MemoryEngine()}))


def test_first_objects_that_others_wrote_meanwhile_stop_nothing() -> None:
    (version,) = versions_of(1)
    result = ObjectResult(version, Outcome.OVERTAKEN, "rewritten")

    asyncio.run(check_canary({"memory": [result]}, {"memory": MemoryEngine()}))


def test_progress_tells_rate_time_left_and_cost() -> None:
    clock = [0.0]
    counting = ProgressMeter("b", 100, 0.5, lambda: clock[0])
    counting.snapshot()
    for version in versions_of(20):
        counting.add(ObjectResult(version, Outcome.CHANGED))
    clock[0] = 2.0
    progress = counting.snapshot()

    assert (progress.versions, progress.per_second, progress.seconds_left, progress.cost) == (20, 10, 8, 10.0)
    assert describe_progress(progress) == (
        "20 of 100 versions, 40 bytes, 10 per second, 8 s left, $10.00 so far"
    )


def test_what_cannot_be_moved_is_no_part_of_the_progress() -> None:
    counting = meter(2)
    for version in versions_of(2):
        counting.add(ObjectResult(version, Outcome.IMMOVABLE, "archived"))
    for version in versions_of(2):
        counting.add(ObjectResult(version, Outcome.CHANGED))

    assert describe_progress(counting.snapshot()) == "2 of 2 versions, 4 bytes, 0 per second, $1.00 so far"
    assert not counting.is_before_end


def test_the_total_grows_by_what_the_plan_could_not_read() -> None:
    counting = meter(1)
    for version in versions_of(2):
        counting.add(ObjectResult(version, Outcome.CHANGED))

    assert describe_progress(counting.snapshot()).startswith("2 of 2 versions")


def test_a_paused_run_says_so_and_promises_no_end() -> None:
    counting = meter(100)
    paused = replace(counting.snapshot(), is_paused=True, seconds_left=3.0)

    assert describe_progress(paused) == "0 of 100 versions, 0 bytes, paused, $0.00 so far"


def test_the_rate_forgets_what_is_long_past() -> None:
    clock = [0.0]
    counting = ProgressMeter("b", None, None, lambda: clock[0])
    counting.snapshot()
    for version in versions_of(1000):
        counting.add(ObjectResult(version, Outcome.CHANGED))
    for second in range(1, 121):
        clock[0] = float(second)
        progress = counting.snapshot()

    assert progress.per_second == 0
    assert progress.outcomes == Counter({Outcome.CHANGED: 1000})
