"""Several saved results as one, of one account each, say. Of one bucket and rule in two of them the later counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from s3kms.model.findings import Finding, Summary, SummaryBuilder
from s3kms.model.place import Place
from s3kms.model.scan_context import RuleText, ScanContext, ScanScope, ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.results.earlier import Key, finding_key

T = TypeVar("T")
_MAX_PHRASES = 5
"""As many scopes are named in a merged one."""
_UNDATED = datetime.min.replace(tzinfo=UTC)
_FindingKey = tuple[str, Key, tuple[Place, ...]]


def merge_results(results: Iterable[Iterable[ScanEvent]]) -> Iterator[ScanEvent]:
    """The events of all results as those of one, the summary last. Holds every finding.

    What became of findings since earlier results is left out: they were compared with different ones.
    """
    parts = sorted((_Part(events) for events in results), key=lambda part: part.at)
    found: dict[_FindingKey, Finding] = {}
    for part in parts:
        for finding in part.findings:
            key = _key(finding)
            found.pop(key, None)  # the later one stands where it comes
            found[key] = replace(finding, difference=None, before=None)
    started = _started(parts)
    yield started
    yield from found.values()
    yield _summary(parts, list(found.values()), started)


def _key(finding: Finding) -> _FindingKey:
    """Of what could not be listed, its places tell one from another."""
    is_listed = finding.bucket is not None or finding.resource is not None
    return finding.rule, finding_key(finding), () if is_listed else finding.places


class _Part:
    """One result."""

    def __init__(self, events: Iterable[ScanEvent]) -> None:
        self.findings: list[Finding] = []
        self.started = ScanStarted(None)
        self.summary: Summary | None = None
        for event in events:
            if isinstance(event, Finding):
                self.findings.append(event)
            elif isinstance(event, ScanStarted):
                self.started = event
            elif isinstance(event, Summary):
                self.summary = event

    @property
    def at(self) -> datetime:
        """When it was made; before all others where it does not say."""
        return self.started.context.at if self.started.context else _UNDATED


def _started(parts: Sequence[_Part]) -> ScanStarted:
    contexts = [part.started.context for part in parts if part.started.context]
    rules: dict[str, RuleText] = {}
    for part in parts:
        rules |= {text.id: text for text in part.started.rules}
    if not contexts:
        return ScanStarted(None, tuple(rules.values()))
    context = ScanContext(
        contexts[-1].at,
        _common(one.account for one in contexts),
        _common(one.identity for one in contexts),
        _common(one.version for one in contexts),
        _scope(contexts),
    )
    return ScanStarted(context, tuple(rules.values()))


def _common(values: Iterable[T | None]) -> T | None:
    """The value, where all have the same."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else None


def _scope(contexts: Sequence[ScanContext]) -> ScanScope | None:
    phrases = list(dict.fromkeys(one.scope.describe(one.account) for one in contexts if one.scope))
    if not phrases:
        return None
    more = f" and {len(phrases) - _MAX_PHRASES} more" if len(phrases) > _MAX_PHRASES else ""
    return ScanScope(None, phrase="; ".join(phrases[:_MAX_PHRASES]) + more)


def _summary(parts: Sequence[_Part], found: Sequence[Finding], started: ScanStarted) -> Summary:
    total = SummaryBuilder()
    buckets: set[Key] = set()
    for finding in found:
        total.add_finding(finding)
        if finding.bucket is not None or finding.resource is not None:
            buckets.add(finding_key(finding))
    total.buckets = len(buckets)
    summaries = [part.summary for part in parts if part.summary]
    for name in dict.fromkeys(name for one in summaries for name in one.gone):
        total.add_gone(name)
    for name in dict.fromkeys(name for one in summaries for name in one.missing):
        total.add_missing(name)
    notes = {str(note): note for one in summaries for note in one.notes}
    for note in notes.values():
        total.add_note(note)
    evaluated = {finding.rule for finding in found}
    rules = tuple(text for text in started.rules if text.id in evaluated)
    return total.build(rules=rules, context=started.context)
