"""The engine of a check: items of a source go in, events come out, the summary last."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from tests.support.events import compared_with, default_evaluator
from tests.support.findings import ACCOUNT, finding

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket, bucket_arn
from s3kms.model.code_fixes import CodeFixes
from s3kms.model.encryption import NO_CONFIGURATION, SSE_KMS, Encryption
from s3kms.model.exits import Exit
from s3kms.model.findings import Difference, Finding, GoneFinding, Summary, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanStarted
from s3kms.model.stream import (
    AccountComplete,
    DeletedDuringScan,
    Note,
    Progress,
    ScanEvent,
    ScanItem,
    TargetNotFound,
    Unlisted,
    UnlistedScope,
)
from s3kms.model.suppressions import Suppression
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import RULES
from s3kms.rules.interface import Rule
from s3kms.scan.checkpoint import ScanCheckpoint
from s3kms.scan.engine import Scan
from s3kms.scan.request import ScanRequest

DENIED = Unknown(UnknownCause.DENIED, "AccessDenied from ListBuckets", Advice("allow s3:ListAllMyBuckets"))
UNLISTED = Unlisted(UnlistedScope(ACCOUNT), DENIED)
BEGAN = datetime(2026, 11, 23, 12, tzinfo=UTC)
MISSING = TargetNotFound("typo", Advice("there is no such bucket"))


def bucket(name: str = "b") -> Bucket:
    return Bucket(
        name,
        account=ACCOUNT,
        region="eu-central-1",
        arn=bucket_arn(name),
        encryption=NO_CONFIGURATION,
    )


ITEMS: tuple[ScanItem, ...] = (
    bucket("a"),
    UNLISTED,
    DeletedDuringScan("late"),
    MISSING,
    Note(Sentence("look here")),
    bucket("b"),
    AccountComplete(ACCOUNT),
)


def new_scan(**stages: object) -> Scan:
    return Scan(**{"request": ScanRequest(), "evaluator": default_evaluator(), **stages})  # type: ignore[arg-type]


def events(items: Iterable[ScanItem] = ITEMS, **stages: object) -> list[ScanEvent]:
    return list(new_scan(**stages).run(iter(items)))


def summary(items: Iterable[ScanItem] = ITEMS, **stages: object) -> Summary:
    last = events(items, **stages)[-1]
    assert isinstance(last, Summary)
    return last


@pytest.mark.parametrize("items", [(), ITEMS, (UNLISTED,), (MISSING,)])
def test_the_summary_is_the_last_event_and_comes_once(items: tuple[ScanItem, ...]) -> None:
    found = events(items)

    assert isinstance(found[-1], Summary)
    assert sum(isinstance(event, Summary) for event in found) == 1


def test_the_events_come_in_the_order_of_the_items() -> None:
    kinds = [type(event) for event in events() if not isinstance(event, Progress)]

    assert kinds == [ScanStarted, Finding, Unlisted, Note, Note, Finding, AccountComplete, Summary]


def test_what_fixes_code_comes_once_before_the_first_finding_that_fails() -> None:
    passing = replace(bucket("p"), encryption=Encryption(SSE_KMS))
    fixes = CodeFixes(dict)

    found = events((passing, UNLISTED, bucket("a"), bucket("b")), code_fixes=fixes)

    kinds = [type(event) for event in found if not isinstance(event, Progress)]
    assert kinds == [ScanStarted, Finding, Unlisted, CodeFixes, Finding, Finding, Summary]
    assert fixes not in events((passing, UNLISTED), code_fixes=fixes)


def test_events_come_one_item_at_a_time() -> None:
    asked = 0

    def source() -> Iterator[ScanItem]:
        nonlocal asked
        for number in count():
            asked += 1
            yield bucket(f"b{number}")

    stream = new_scan(clock=lambda: 0.0).run(source())
    for _ in range(4):  # ScanStarted, and three findings
        next(stream)
    stream.close()

    assert asked == 3


def test_the_summary_adds_up_what_came() -> None:
    found = summary()

    assert found.buckets == 2
    assert found.verdicts == {Verdict.PASS: 0, Verdict.FAIL: 2, Verdict.UNKNOWN: 1, Verdict.EXEMPT: 0}
    assert (found.gone, found.missing) == (("late",), ("typo",))
    assert found.exit is Exit.FINDINGS


def test_the_summary_brings_the_texts_of_the_rules() -> None:
    evaluator = default_evaluator(*RULES[:3])

    assert [text.id for text in summary(evaluator=evaluator).rules] == [rule.id for rule in RULES[:3]]


@pytest.mark.parametrize("rules", [RULES[:1], RULES[:3]])
def test_what_could_not_be_listed_is_unknown_under_every_rule(rules: tuple[Rule, ...]) -> None:
    (event,) = (one for one in events(evaluator=default_evaluator(*rules)) if isinstance(one, Unlisted))

    assert [found.verdict for found in event.findings] == [Verdict.UNKNOWN] * len(rules)
    assert len({found.rule for found in event.findings}) == len(rules)
    for found in event.findings:
        assert (found.bucket, found.account, found.unknown) == (None, ACCOUNT, DENIED)


def test_what_could_not_be_listed_is_counted_and_is_no_bucket() -> None:
    found = summary([UNLISTED])

    assert (found.buckets, found.verdicts[Verdict.UNKNOWN]) == (0, 1)
    assert found.exit is Exit.UNKNOWNS


def test_a_bucket_that_was_named_and_is_not_there_leaves_the_result_open() -> None:
    assert summary([MISSING]).exit is Exit.NOTHING
    assert "s3://typo was not checked: there is no such bucket" in map(str, summary([MISSING]).notes)


def test_every_note_is_an_event_and_stands_in_the_summary() -> None:
    items: list[ScanItem] = [Note(Sentence("of the source")), MISSING, bucket()]
    found = events(items, final_notes=lambda: [Sentence("of the end")])

    notes = [event.sentence for event in found if isinstance(event, Note)]
    assert [str(note) for note in notes] == [
        "of the source",
        "s3://typo was not checked: there is no such bucket",
        "of the end",
    ]
    assert isinstance(found[-1], Summary)
    assert list(found[-1].notes) == notes


def test_what_other_tools_skip_is_noted_once_at_the_end() -> None:
    skip = Suppression(RULES[0].id, "logs", None, Place("main.tf", 2, 1), "checkov", "CKV_AWS_145")
    skipped = [Bucket(name, encryption=NO_CONFIGURATION, suppressions=(skip,)) for name in "ab"]

    assert [str(note) for note in summary(skipped).notes] == [
        "2 findings of these are skipped by comments for checkov; honor_skips exempts them"
    ]
    honored = default_evaluator(configuration=Configuration(honor_skips=True))
    assert summary(skipped, evaluator=honored).notes == ()


def test_progress_is_a_snapshot_of_what_the_source_and_the_scan_know() -> None:
    clock = count()
    items: list[ScanItem] = [bucket("a"), Progress(accounts_known=3, throttled=1), bucket("b")]
    progress = [one for one in events(items, clock=lambda: float(next(clock))) if isinstance(one, Progress)]

    told = [(one.buckets, one.findings, one.accounts_known, one.throttled) for one in progress]
    assert told == [(1, 1, 0, 0), (1, 1, 3, 1), (2, 2, 3, 1)]
    assert progress[0].seconds < progress[1].seconds < progress[2].seconds


def test_progress_comes_no_more_often_than_ten_times_a_second() -> None:
    clock = count()
    found = events([bucket()] * 100, clock=lambda: next(clock) / 100)

    assert sum(isinstance(event, Progress) for event in found) <= 11


def test_a_scan_that_is_closed_early_closes_its_source() -> None:
    closed = []

    def source() -> Iterator[ScanItem]:
        try:
            yield from ITEMS
        finally:
            closed.append(True)

    stream = new_scan().run(source())
    next(stream)
    assert not closed
    stream.close()

    assert closed


def test_a_scan_that_is_closed_early_lets_go_of_its_checkpoint(tmp_path: Path) -> None:
    request = ScanRequest(state=tmp_path / "state")

    def opened() -> ScanCheckpoint:
        return ScanCheckpoint.open(tmp_path / "state", request, ["r"], ACCOUNT, "")

    stream = new_scan(request=request, checkpoint=opened()).run(iter(ITEMS))
    next(stream)
    stream.close()

    with opened().state as state:
        assert [found.bucket for found in state.replay()] == ["a"]


def test_a_source_that_fails_ends_the_scan_without_a_summary() -> None:
    def source() -> Iterator[ScanItem]:
        yield bucket()
        raise OSError("away")

    found: list[ScanEvent] = []
    with pytest.raises(OSError, match="away"):
        found.extend(new_scan().run(source()))

    assert not any(isinstance(event, Summary) for event in found)


def test_a_scan_goes_on_where_another_was_interrupted(tmp_path: Path) -> None:
    request, rules = ScanRequest(state=tmp_path / "state"), [RULES[0].id]

    def opened() -> ScanCheckpoint:
        return ScanCheckpoint.open(tmp_path / "state", request, rules, ACCOUNT, "")

    first = new_scan(request=request, checkpoint=opened()).run(iter([bucket("a"), bucket("b")]))
    next(first)
    first.close()

    second = new_scan(request=request, checkpoint=opened())
    assert second.checkpoint
    found = list(second.run(iter([bucket("b"), AccountComplete(ACCOUNT)])))
    assert second.checkpoint.known.is_read(ACCOUNT, "a")
    assert [event.bucket for event in found if isinstance(event, Finding)] == ["a", "b"]
    assert isinstance(found[-1], Summary)
    assert found[-1].buckets == 2


def test_what_is_gone_comes_before_the_summary_which_counts_it() -> None:
    earlier = [finding("lost", rule=RULES[0].id), finding("b", rule=RULES[0].id)]
    found = events([bucket("b")], comparison=compared_with(earlier, RULES[0].id))

    *_, gone, last = found
    assert isinstance(gone, GoneFinding)
    assert gone.bucket == "lost"
    assert isinstance(last, Summary)
    assert last.since
    assert last.since.differences[Difference.GONE] == 1
    assert [event.difference for event in found if isinstance(event, Finding)] == [Difference.UNCHANGED]


def test_a_checkpoint_keeps_what_was_found_and_not_what_became_of_it(tmp_path: Path) -> None:
    """The next run may compare with another result."""
    request = ScanRequest(state=tmp_path / "state")
    checkpoint = ScanCheckpoint.open(tmp_path / "state", request, ["r"], ACCOUNT, "")
    events([bucket("a")], request=request, checkpoint=checkpoint, comparison=compared_with([], RULES[0].id))

    assert "change" not in (tmp_path / "state/findings.jsonl").read_text()


async def arriving(items: Iterable[ScanItem], closed: list[bool]) -> AsyncGenerator[ScanItem]:
    try:
        for item in items:
            await asyncio.sleep(0)
            yield item
    finally:
        closed.append(True)


def test_an_asynchronous_scan_says_what_a_synchronous_one_says() -> None:
    async def run() -> list[ScanEvent]:
        scan = new_scan(clock=lambda: 0.0, began=BEGAN)
        return [event async for event in scan.run_async(arriving(ITEMS, []))]

    asynchronous, synchronous = asyncio.run(run()), events(clock=lambda: 0.0, began=BEGAN)
    assert asynchronous[:-1] == synchronous[:-1]
    assert isinstance(asynchronous[-1], Summary)
    assert asynchronous[-1].verdicts == summary().verdicts


def test_an_asynchronous_scan_that_is_closed_early_closes_its_source() -> None:
    closed: list[bool] = []

    async def run() -> None:
        async with aclosing(new_scan().run_async(arriving(ITEMS, closed))) as stream:
            await anext(stream)
            assert not closed
        assert closed

    asyncio.run(run())
