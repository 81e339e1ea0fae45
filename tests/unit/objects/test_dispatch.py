"""Engines get each version once, whatever stops a run between; what is in no block is in no engine's hands."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.support.memory_engines import ListedRows, MemoryEngine, kind_of, versions_of

from s3kms.model.errors import BadAnswer, S3kmsError
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import EngineKind, ObjectResult, Outcome
from s3kms.objects.log.records import Assignment, LogPlace, VersionBlock
from s3kms.objects.log.state import read_results, read_state
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt.assignment import VersionSorter
from s3kms.objects.reencrypt.dispatch import Dispatcher
from s3kms.objects.reencrypt.feeding import BlockSize, Feeder
from s3kms.objects.reencrypt.job_members import JobMembers
from s3kms.objects.reencrypt.pacing import ErrorRate, RunControl
from s3kms.objects.selection import ObjectSelection

KEY = "arn:aws:kms:eu-west-1:111122223333:key/wanted"
SELECTION = ObjectSelection(key_arn=KEY, bucket_key=True)


@dataclass
class Run:
    """One process of a run over rows in memory."""

    log: ObjectLog
    engine: MemoryEngine
    dispatcher: Dispatcher
    feeder: Feeder
    results: list[ObjectResult]


async def look(version: ObjectVersion) -> ObjectVersion | ObjectResult:
    if version.key == "0003":
        return ObjectResult(version, Outcome.IMMOVABLE, "gone")
    found = ObjectEncryption.SSE_S3 if int(version.key) % 2 else ObjectEncryption.SSE_C
    return replace(version, encryption=found)


def opened(
    path: Path,
    versions: Sequence[ObjectVersion],
    *,
    engine: MemoryEngine | None = None,
    control: RunControl | None = None,
    kinds: tuple[EngineKind, ...] = (kind_of(),),
    max_errors: float = 1.0,
) -> Run:
    if path.exists():
        log, state = ObjectLog.reopen(path)
        after, block = state.bookmark, state.blocks
    else:
        log, after, block = ObjectLog.create(path, {"bucket": "b"}), "", 0
    results: list[ObjectResult] = []
    engine = engine or MemoryEngine()
    dispatcher = Dispatcher(
        log,
        {"memory": engine},
        control or RunControl(),
        ErrorRate(max_errors),
        lambda _, result: results.append(result),
        next_block=block,
    )
    rows = ListedRows(versions, after)
    feeder = Feeder(
        rows, VersionSorter(SELECTION, kinds), look, bookmark=after, block=BlockSize(versions=10, rows=40)
    )
    return Run(log, engine, dispatcher, feeder, results)


async def through(run: Run) -> None:
    run.dispatcher.start()
    try:
        await run.feeder.feed(run.dispatcher)
        await run.dispatcher.drain()
        await run.dispatcher.close()
    except BaseException:
        await run.dispatcher.abort()
        raise
    finally:
        run.log.close()


def test_every_version_is_moved_once_and_logged(tmp_path: Path) -> None:
    run = opened(tmp_path / "b.log", versions_of(95))
    asyncio.run(through(run))

    assert Counter(run.engine.moved) == Counter(f"{number:04}" for number in range(95))
    state = read_state(tmp_path / "b.log")
    assert state.outcomes == {("memory", Outcome.CHANGED, ""): 95}
    assert (state.open, state.bookmark, state.blocks) == ({}, "95", 10)


def test_a_run_that_is_stopped_goes_on_where_it_ended(tmp_path: Path) -> None:
    versions, path = versions_of(95), tmp_path / "b.log"
    first = MemoryEngine()
    run = opened(path, versions, engine=first, control=RunControl(should_stop=lambda: len(first.moved) > 41))
    asyncio.run(through(run))
    state = read_state(path)
    left = [one for block in state.open.values() for one in block.under_way("b")]
    second = opened(path, versions)
    second.dispatcher.go_on(left)
    asyncio.run(through(second))

    assert 41 < len(first.moved) < 95
    assert Counter(first.moved + second.engine.moved) == Counter(one.key for one in versions)
    assert read_state(path).outcomes == {("memory", Outcome.CHANGED, ""): 95}


def test_what_is_left_alone_is_counted_and_does_not_reach_the_engine(tmp_path: Path) -> None:
    tenants = [
        ObjectVersion("b", str(n), size=5, encryption=ObjectEncryption.SSE_KMS, key_arn="k")
        for n in range(100)
    ]
    run = opened(tmp_path / "b.log", tenants + versions_of(3))
    asyncio.run(through(run))
    run.feeder.left()

    assert len(run.engine.moved) == 3
    assert read_state(tmp_path / "b.log").passed == {"other-key SSE-KMS k": 100}
    assert read_state(tmp_path / "b.log").passed_bytes == {"other-key SSE-KMS k": 500}


def test_what_an_engine_cannot_move_is_listed_and_does_not_reach_it(tmp_path: Path) -> None:
    archived = replace(versions_of(1)[0], storage_class="GLACIER")
    run = opened(tmp_path / "b.log", [archived, *versions_of(3)[1:]])
    asyncio.run(through(run))

    assert run.engine.moved == ["0002", "0001"]
    found = [(one.version.key, one.outcome, one.reason) for one in read_results(tmp_path / "b.log", "b")]
    assert found == [
        ("0000", Outcome.IMMOVABLE, "archived"),
        ("0001", Outcome.CHANGED, ""),
        ("0002", Outcome.CHANGED, ""),
    ]


def test_what_no_chosen_engine_moves_is_listed(tmp_path: Path) -> None:
    run = opened(tmp_path / "b.log", versions_of(2, ObjectEncryption.NOT_SSE))
    asyncio.run(through(run))

    assert read_state(tmp_path / "b.log").outcomes == {("no-engine", Outcome.IMMOVABLE, "no-engine"): 2}


def test_what_evidence_does_not_tell_is_looked_at_before_anything_is_done(tmp_path: Path) -> None:
    run = opened(tmp_path / "b.log", versions_of(6, None))
    asyncio.run(through(run))

    assert sorted(run.engine.moved) == ["0001", "0005"]
    assert read_state(tmp_path / "b.log").outcomes == {
        ("memory", Outcome.CHANGED, ""): 2,
        ("no-engine", Outcome.IMMOVABLE, "gone"): 1,
    }


def test_too_many_errors_end_the_run(tmp_path: Path) -> None:
    versions = versions_of(400)
    engine = MemoryEngine(failing=frozenset(one.key for one in versions[100:]))
    run = opened(tmp_path / "b.log", versions, engine=engine, max_errors=0.1)
    asyncio.run(through(run))

    failed = sum(one.outcome is Outcome.FAILED for one in run.results)
    assert run.dispatcher.stopped is not None
    assert run.dispatcher.stopped.startswith(f"{failed} of the last ")
    assert 110 < len(engine.moved) < 140


def test_few_errors_are_no_reason_to_stop() -> None:
    rate = ErrorRate(0.01)
    for _ in range(9):
        rate.add(ObjectResult(versions_of(1)[0], Outcome.FAILED))

    assert not rate.is_exceeded


def test_denials_count_as_errors_whatever_the_outcome() -> None:
    rate = ErrorRate(0.5)
    for _ in range(10):
        rate.add(ObjectResult(versions_of(1)[0], Outcome.IMMOVABLE, "AccessDenied"))

    assert rate.is_exceeded


def test_errors_that_are_long_past_do_not_count() -> None:
    rate = ErrorRate(0.5, window=10, min_errors=2)
    for outcome in [Outcome.FAILED] * 10 + [Outcome.CHANGED] * 9:
        rate.add(ObjectResult(versions_of(1)[0], outcome))

    assert not rate.is_exceeded
    assert str(rate) == "1 of the last 10 objects failed"


def test_an_engine_that_says_stop_ends_the_run_and_what_was_done_is_logged(tmp_path: Path) -> None:
    run = opened(tmp_path / "b.log", versions_of(95), engine=MemoryEngine(dies_at=33))

    with pytest.raises(S3kmsError, match="overwrites"):
        asyncio.run(through(run))
    assert read_state(tmp_path / "b.log").finished == 33


def test_a_paused_run_hands_nothing_over_until_it_goes_on(tmp_path: Path) -> None:
    polls: list[int] = []

    def is_paused() -> bool:
        polls.append(len(run.engine.moved))
        return len(polls) < 3

    run = opened(tmp_path / "b.log", versions_of(1), control=RunControl(is_paused=is_paused))
    asyncio.run(through(run))

    assert polls[:3] == [0, 0, 0]
    assert run.engine.moved == ["0000"]


def test_a_result_of_a_version_that_was_not_handed_over_is_an_error(tmp_path: Path) -> None:
    class Inventing(MemoryEngine):
        def _move(self, version: ObjectVersion) -> ObjectResult:
            return ObjectResult(replace(version, key="other"), Outcome.CHANGED)

    run = opened(tmp_path / "b.log", versions_of(1), engine=Inventing())

    with pytest.raises(BadAnswer, match="was not handed to it"):
        asyncio.run(through(run))


def test_a_version_that_evidence_names_twice_gets_two_results(tmp_path: Path) -> None:
    run = opened(tmp_path / "b.log", versions_of(1) * 2)
    asyncio.run(through(run))

    assert read_state(tmp_path / "b.log").outcomes == {("memory", Outcome.CHANGED, ""): 2}


def job_log(path: Path, versions: Sequence[ObjectVersion]) -> None:
    log = ObjectLog.create(path, {"bucket": "b"})
    log.begin(VersionBlock(0, "", tuple(Assignment(one, "jobs") for one in versions)))
    for index in range(len(versions)):
        log.finish(LogPlace(0, index, "jobs"), Outcome.CHANGED)
    log.close()


def after_jobs(path: Path, evidence: Sequence[ObjectVersion], kind: EvidenceKind) -> Run:
    coverage = EvidenceCoverage("rows", all_versions=True, tells_encryption=True, tells_key=True, kind=kind)
    run = opened(path, evidence, kinds=(kind_of("jobs"),))
    jobs = JobMembers(path, "b", frozenset({"jobs"}), coverage)
    run.feeder = Feeder(ListedRows(evidence), VersionSorter(SELECTION, (kind_of("jobs"),)), look, jobs=jobs)
    asyncio.run(through(run))
    return run


@pytest.mark.parametrize("kind", [EvidenceKind.LISTING, EvidenceKind.INVENTORY])
def test_a_version_that_jobs_were_not_given_is_counted_when_it_is_readable_later(
    tmp_path: Path, kind: EvidenceKind
) -> None:
    path, evidence = tmp_path / "b.log", versions_of(10, encryption=None)
    job_log(path, evidence[4:])

    run = after_jobs(path, evidence, kind)

    told = {one.version.key: one.reason for one in run.results}
    assert told == {"0001": "not-in-job", "0003": "gone"}
    state = read_state(path)
    assert state.finished == 6 + 2
    assert state.passed == {"not-included SSE-C": 2}


def test_a_version_that_the_engine_of_jobs_cannot_move_is_counted(tmp_path: Path) -> None:
    path, evidence = tmp_path / "b.log", versions_of(3)
    job_log(path, evidence[1:])
    evidence[0] = replace(evidence[0], storage_class="GLACIER")

    run = after_jobs(path, evidence, EvidenceKind.INVENTORY)

    assert [(one.outcome, one.reason) for one in run.results] == [(Outcome.IMMOVABLE, "archived")]
