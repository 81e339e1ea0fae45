"""The engine of a check: items of a source come in, events go out, the summary last."""

import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from s3kms.model.advice import Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Finding, SummaryBuilder, Verdict
from s3kms.model.place import Place
from s3kms.model.request_fields import BucketIdentity, narrowing_of
from s3kms.model.scan_context import RuleText, ScanContext, ScanStarted
from s3kms.model.stream import (
    AccountComplete,
    DeletedDuringScan,
    Note,
    Progress,
    ScanEvent,
    ScanItem,
    TargetNotFound,
    Unlisted,
)
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.iac.pairing.annotation import DeclarationAnnotator
    from s3kms.model.code_fixes import CodeFixes
    from s3kms.results.comparison import Comparison
    from s3kms.scan.checkpoint import ScanCheckpoint
    from s3kms.scan.evaluation import BucketEvaluator
    from s3kms.scan.request import ScanRequest

PROGRESS_SECONDS = 0.1
"""Between two events of progress."""
_OPEN = frozenset({Verdict.FAIL, Verdict.UNKNOWN})


class BucketProof(Protocol):
    """Something to find out about each bucket besides what the rules say: `verify` adds some."""

    def findings(self, bucket: Bucket) -> Iterable[Finding]:
        """What it finds, after the findings of the rules. May call AWS."""
        ...


@dataclass(slots=True)
class Scan:
    """One scan under way. `feed` takes what a source yields; `run` and `run_async` drive it.

    The stages are those of one direction: narrow, pair with code, evaluate, checkpoint, compare, add up.
    """

    request: "ScanRequest"
    evaluator: "BucketEvaluator"
    annotator: "DeclarationAnnotator | None" = None
    comparison: "Comparison | None" = None
    checkpoint: "ScanCheckpoint | None" = None
    proofs: tuple[BucketProof, ...] = ()
    code_fixes: "CodeFixes | None" = None
    """What would fix the findings, passed on before the first that fails."""
    rule_texts: Callable[[], tuple[RuleText, ...]] = tuple
    """What a report may say about the rules; asked once, before the first finding."""
    final_notes: Callable[[], Iterable[Sentence]] = tuple
    """Sentences that are known when the source has ended."""
    context_of: Callable[[datetime], ScanContext] = ScanContext
    """As whom the scan was made, asked at its end."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: Callable[[], float] = time.monotonic
    _sum: SummaryBuilder = field(init=False)
    _narrowing: Callable[[BucketIdentity], bool] | None = field(init=False)
    _began_at: float = field(init=False)
    _source_progress: Progress = field(default_factory=Progress, init=False)
    _last_progress: float = field(init=False)
    _elsewhere: int = field(default=0, init=False)
    """Buckets that fail or are unknown in files that were not asked about, and such files that were not read."""
    _has_started: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._sum = SummaryBuilder()
        self._narrowing = narrowing_of(self.request)
        self._began_at = self._last_progress = self.clock()

    @property
    def is_empty(self) -> bool:
        """Whether neither a bucket came by so far, nor anything that could not be listed."""
        return not self._sum.buckets and not self._sum.failing

    @property
    def has_missing(self) -> bool:
        """Whether a bucket that was named is not there, which a note says."""
        return self._sum.has_missing

    def run(self, items: Iterator[ScanItem]) -> Generator[ScanEvent]:
        """Every event; the summary is the last. Raises what the source raises."""
        with closing(self):
            yield from self.begin()
            with closing(_closable(items)) as stream:
                for item in stream:
                    yield from self.feed(item)
            yield from self.end()

    async def run_async(self, items: AsyncGenerator[ScanItem]) -> AsyncGenerator[ScanEvent]:
        """Every event of an asynchronous source; the summary is the last. Raises what the source raises."""
        with closing(self):
            for event in self.begin():
                yield event
            async with aclosing(items) as stream:
                async for item in stream:
                    for event in self.feed(item):
                        yield event
            for event in self.end():
                yield event

    def close(self) -> None:
        """Let go of the checkpoint's folder."""
        if self.checkpoint:
            self.checkpoint.close()

    def begin(self) -> Iterator[ScanEvent]:
        """What an interrupted scan has found already."""
        return self._headed(self._begin())

    def feed(self, item: ScanItem) -> Iterator[ScanEvent]:
        """The events of one item."""
        found = self._feed(item)
        return found if self._has_started else self._headed(found)

    def end(self) -> Iterator[ScanEvent]:
        """What is known when the source has ended, and the summary."""
        return self._headed(self._end())

    def _headed(self, events: Iterator[ScanEvent]) -> Iterator[ScanEvent]:
        """The events, and before the first that is more than a note, once, as whom the scan is made: it is known by
        then, for a finding names its account.
        """
        for event in events:
            if not self._has_started and not isinstance(event, Note | Progress | AccountComplete):
                self._has_started = True
                yield ScanStarted(self.context_of(self.began), self.rule_texts())
            yield event

    def _begin(self) -> Iterator[ScanEvent]:
        if self.checkpoint is None:
            return
        for finding, is_new_bucket in self.checkpoint.replay():
            self._sum.buckets += is_new_bucket
            yield from self._passed_on([finding])
        if self._sum.buckets:
            yield self._noted(self.checkpoint.describe_replay(self._sum.buckets))

    def _feed(self, item: ScanItem) -> Iterator[ScanEvent]:
        match item:
            case Bucket():
                if self._is_wanted(item):
                    yield from self._bucket(item)
                elif self.request.only_files is not None:
                    self._elsewhere += any(one.verdict in _OPEN for one in self.evaluator.findings(item))
            case Unlisted():
                if self._is_unlisted_wanted(item):
                    yield self._unlisted(item)
                else:
                    self._elsewhere += 1
            case Note():
                yield self._noted(item.sentence)
            case Progress():
                self._source_progress = item
            case _:
                yield from self._ended(item)
        yield from self._due_progress()

    def _ended(self, item: AccountComplete | DeletedDuringScan | TargetNotFound) -> Iterator[ScanEvent]:
        """What is not a bucket to look at, or the last of an account."""
        if isinstance(item, AccountComplete):
            if self.checkpoint:
                self.checkpoint.complete(item.account)
            yield item
        elif isinstance(item, DeletedDuringScan):
            self._sum.add_gone(item.name)
        else:
            self._sum.add_missing(item.name)
            fields = {"name": item.name, "advice": item.advice}
            yield self._noted(Sentence("s3://{name} was not checked: {advice}", fields))

    def _end(self) -> Iterator[ScanEvent]:
        notes = [note.sentence for note in self.evaluator.notes()]
        if self.annotator:
            notes += self.annotator.notes(is_whole=self.request.is_whole_account)
        notes += (*self._elsewhere_notes(), *self.final_notes())
        for sentence in notes:
            yield self._noted(sentence)
        difference = None
        if self.comparison:
            for sentence in self.comparison.notes():
                yield self._noted(sentence)
            yield from self.comparison.gone()
            difference = self.comparison.summary()
        rules = tuple(rule.text for rule in self.evaluator.evaluated_rules)
        yield self._sum.build(since=difference, rules=rules, context=self.context_of(self.began))

    def _is_wanted(self, bucket: Bucket) -> bool:
        """A bucket whose region is not known is looked at, never dropped; so is one that code does not name."""
        if self._narrowing is None:
            return True
        region = bucket.region or next(iter(self.request.regions), None)
        identity = BucketIdentity(bucket.name, bucket.account, region, bucket.arn)
        if self.request.only_files is not None:
            identity = replace(identity, files=_files_of((*bucket.places, *bucket.code_places)))
        return self._narrowing(identity)

    def _is_unlisted_wanted(self, item: Unlisted) -> bool:
        if self._narrowing is None or self.request.only_files is None:
            return True
        return self._narrowing(BucketIdentity(None, files=_files_of(item.scope.places)))

    def _elsewhere_notes(self) -> Iterator[Sentence]:
        if found := self._elsewhere:
            fail, are = ("fails or is unknown", "is") if found == 1 else ("fail or are unknown", "are")
            yield Sentence(
                f"{count(found, 'bucket')} of files that did not change {fail}, and {are} not reported: what changed "
                "may be why, for a value may come from another file"
            )

    def _bucket(self, bucket: Bucket) -> Iterator[ScanEvent]:
        self._sum.buckets += 1
        paired = self.annotator.annotate(bucket) if self.annotator else bucket
        found = self.evaluator.findings(paired)
        if self.checkpoint:
            self.checkpoint.remember(bucket, found)
        for proof in self.proofs:
            found += proof.findings(paired)
        return self._with_fixes(self._passed_on(found))

    def _unlisted(self, item: Unlisted) -> Unlisted:
        found = self.evaluator.unlisted(item)
        return Unlisted(item.scope, item.unknown, tuple(self._passed_on(found.findings)))

    def _with_fixes(self, findings: Iterable[Finding]) -> "Iterator[Finding | CodeFixes]":
        """The findings, and before the first that fails, once, what fixes them."""
        for finding in findings:
            if self.code_fixes and finding.verdict is Verdict.FAIL:
                yield self.code_fixes
                self.code_fixes = None
            yield finding

    def _passed_on(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            compared = self.comparison.compare(finding) if self.comparison else finding
            self._sum.add_finding(compared)
            yield compared

    def _noted(self, sentence: Sentence) -> Note:
        self._sum.add_note(sentence)
        return Note(sentence)

    def _due_progress(self) -> Iterator[Progress]:
        now = self.clock()
        if now - self._last_progress >= PROGRESS_SECONDS:
            self._last_progress = now
            yield self._progress(now)

    def _progress(self, now: float) -> Progress:
        return replace(
            self._source_progress,
            buckets=self._sum.buckets,
            findings=self._sum.failing,
            seconds=now - self._began_at,
        )


def _files_of(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(place.uri for place in places)


class _Closable(Protocol):
    def __iter__(self) -> Iterator[ScanItem]: ...
    def close(self) -> None: ...


class _ClosableIterator:
    """An iterator that is no generator has nothing to close."""

    def __init__(self, items: Iterator[ScanItem]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[ScanItem]:
        return self._items

    def close(self) -> None:
        if close := getattr(self._items, "close", None):
            close()


def _closable(items: Iterator[ScanItem]) -> _Closable:
    return _ClosableIterator(items)
