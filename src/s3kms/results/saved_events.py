"""A saved result of a check as the events it was made from, so that every format can be made of it.

What an older s3kms did not write down is not there: as whom and when of jsonl before 0.3, the notes of any jsonl.
A document that says at its end alone as whom it was made is held whole.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.findings import Difference, DifferenceSummary, Finding, GoneFinding, Summary, SummaryBuilder
from s3kms.model.scan_context import (
    ComplianceRequirement,
    RuleText,
    ScanContext,
    ScanScope,
    ScanStarted,
    ScopeKind,
    Severity,
)
from s3kms.model.stream import ScanEvent
from s3kms.results.moments import Moment
from s3kms.results.run_records import ScanContextRecord
from s3kms.results.saved import HINT, Envelope, read_records
from s3kms.results.v1_records import FindingRecord, GoneRecord

_PAGE = re.compile(r"https://[!-~]{1,2000}")
"""The address of a page; another scheme would be a link that runs something."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Requirement(_Lenient):
    framework: str
    controls: tuple[str, ...] = ()
    by: str = ""


class _Rule(_Lenient):
    id: str
    title: str
    severity: Severity = Severity.MEDIUM
    page: str | None = None
    compliance: tuple[_Requirement, ...] = ()

    def text(self, current: RuleText | None) -> RuleText:
        """As it was written down; the rest as this version of s3kms has it."""
        base = current or RuleText(self.id, self.title, self.severity, self.title, (), (), "", "")
        said = tuple(ComplianceRequirement(one.framework, one.controls, one.by) for one in self.compliance)
        title, page = (
            self.title or base.title or self.id,
            self.page if _PAGE.fullmatch(self.page or "") else None,
        )
        return replace(base, title=title, severity=self.severity, page=page, compliance=said)


class _Scope(_Lenient):
    kind: ScopeKind | None
    targets: tuple[str, ...] = ()
    target_count: int = 0
    accounts: tuple[str, ...] = ()
    excluded_accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    phrase: str | None = None


class _Run(_Lenient):
    at: Moment | None = None
    s3kms: str | None = None
    account: str | None = None
    identity: str | None = None
    scope: _Scope | None = None
    rules: tuple[_Rule, ...] | None = None
    """None where it was written before there was such a key."""

    def context(self) -> ScanContext | None:
        if self.at is None:
            return None
        scope = ScanScope(**dict(self.scope)) if self.scope else None
        return ScanContext(self.at, self.account, self.identity, self.s3kms, scope)


class _Sum(_Lenient):
    buckets: int
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    account: str | None = None
    identity: str | None = None
    at: Moment | None = None

    def context(self) -> ScanContext | None:
        return ScanContext(self.at, self.account, self.identity) if self.at else None


Model = TypeVar("Model", bound=BaseModel)
_GONE = TypeAdapter(tuple[GoneRecord, ...])


def read_events(lines: Iterable[bytes], source: str, texts: Mapping[str, RuleText]) -> Iterator[ScanEvent]:
    """The events of a result, the summary last; `texts` are those of the rules that this version knows.

    Raises BadInput, with one line a mistake, at the end of what can be read.
    """
    return _SavedEvents(source, texts).read(lines)


class _SavedEvents:
    def __init__(self, source: str, texts: Mapping[str, RuleText]) -> None:
        self._source, self._texts = source, texts
        self._envelope = Envelope()
        self._sum = SummaryBuilder()
        self._rules: set[str] = set()
        """Those that were evaluated: a run names those that it might have."""
        self._seen: set[tuple[str | None, ...]] = set()
        self._differences = dict.fromkeys(Difference, 0)
        self._is_compared: bool | None = None
        """Whether findings say what became of them; the first tells."""

    def read(self, lines: Iterable[bytes]) -> Iterator[ScanEvent]:
        records = read_records(lines, self._source, self._envelope)
        first = next(records, None)
        started = self._started(first[1] if first else None)
        found: Iterable[tuple[FindingRecord, Any]] = chain([first] if first else [], records)
        if started.context is None:  # of a document of old: its end may say it
            found = [*found]
            started = ScanStarted(self._sum_record.context(), started.rules)
        yield started
        for record, _ in found:
            finding = self._alike(record.compared_finding())
            self._add(finding)
            yield finding
        gone = tuple(self._gone())
        yield from gone
        yield self._summary(started, gone)

    def _started(self, first: dict[str, Any] | None) -> ScanStarted:
        run = self._checked(_Run, self._envelope.run or {})
        saved = None if run.rules is None else [one.text(self._texts.get(one.id)) for one in run.rules]
        context = run.context()
        if context is None and first is not None and "run" in first:
            context = self._checked(ScanContextRecord, first["run"]).context()
        return ScanStarted(context, tuple(self._texts.values() if saved is None else saved))

    def _alike(self, finding: Finding) -> Finding:
        """Lines of several results may stand in one file: then all say what became of them, or none does."""
        if self._is_compared is None:
            self._is_compared = finding.difference is not None
        if self._is_compared == (finding.difference is not None):
            return finding
        return replace(finding, difference=Difference.UNCOMPARED if self._is_compared else None, before=None)

    def _add(self, finding: Finding) -> None:
        self._sum.add_finding(finding)
        self._rules.add(finding.rule)
        if finding.difference:
            self._differences[finding.difference] += 1
        self._seen.add((finding.account, finding.arn, finding.bucket, finding.resource))

    def _gone(self) -> Iterator[GoneFinding]:
        since = self._envelope.since
        if isinstance(since, dict):
            try:
                found = _GONE.validate_python(since.get("gone", ()))
            except ValidationError as error:
                raise self._mistaken("since.gone", error) from error
            yield from (record.gone() for record in found)

    @property
    def _sum_record(self) -> _Sum:
        told = self._envelope.summary or {"buckets": 0}
        if isinstance(told, dict) and told.get("baseline") is True:
            raise BadInput(
                f"{self._source} is a baseline, which keeps no passes, dates and reasons",
                advice=Advice(
                    "name the json or jsonl of a check; {option} compares with a baseline",
                    {"option": Option("baseline")},
                ),
            )
        return self._checked(_Sum, told)

    def _summary(self, started: ScanStarted, gone: tuple[GoneFinding, ...]) -> Summary:
        if self._envelope.summary is None:
            self._sum.buckets = sum(1 for _, *names in self._seen if any(names))
        else:
            told = self._sum_record
            self._sum.buckets = told.buckets
            for name in told.gone:
                self._sum.add_gone(name)
            for name in told.missing:
                self._sum.add_missing(name)
            for note in told.notes:
                self._sum.add_note(Sentence("{note}", {"note": note}))
        rules = tuple(text for text in started.rules if text.id in self._rules)
        return self._sum.build(since=self._since(gone), rules=rules, context=started.context)

    def _since(self, gone: tuple[GoneFinding, ...]) -> DifferenceSummary | None:
        since = self._envelope.since if isinstance(self._envelope.since, dict) else {}
        if not since and not self._is_compared:
            return None
        counts = {**self._differences, Difference.GONE: len(gone)}
        name, unseen = since.get("result"), since.get("unseen")
        return DifferenceSummary(
            name if isinstance(name, str) else "an earlier result",
            counts,
            unseen if isinstance(unseen, int) else 0,
        )

    def _checked(self, model: type[Model], data: Any) -> Model:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise self._mistaken("run" if model is not _Sum else "summary", error) from error

    def _mistaken(self, where: str, error: ValidationError) -> BadInput:
        detail = error.errors()[0]
        path = ".".join((where, *map(str, detail["loc"])))
        said = detail["msg"].removeprefix("Value error, ")
        return BadInput(f"{self._source} has a mistake: {path}: {said}", advice=HINT)
