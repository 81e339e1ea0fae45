"""A report for one framework: the findings of rules that answer its controls, and how each control stands.

The mapping is that of the rules, and says who says so. A control is not met because one rule passes: a rule answers a
part of it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.describe import count_findings
from s3kms.model.errors import BadInput
from s3kms.model.findings import Difference, Finding, GoneFinding, Summary, Verdict
from s3kms.model.scan_context import RuleText, ScanStarted
from s3kms.model.stream import ScanEvent, Unlisted, findings_in

ABOUT_FRAMEWORKS = """\
Each rule says which controls of a framework it answers, and by whose word: AWS's own (the AWS Config rule and
Security Hub's S3.17, with the requirements that AWS relates to it; the conformance packs that have the Config
rule), or Prowler's mapping, which is an opinion of another tool. That a rule passes does not mean that a
control is met: a rule answers a part of it. Two frameworks that are often named do not ask for it: S3.17 is
not part of AWS Foundational Security Best Practices, and the CIS AWS Foundations Benchmark asks for no KMS
key (1.4 and 1.5 asked for any encryption at rest, 2.0 and later do not). Prowler maps HIPAA, FedRAMP and NIST
SP 800-171 3.13.16 to default encryption alone, which SSE-S3 meets; the conformance packs of AWS for them have
the rule all the same."""
"""For the manual: facts E8 to E13."""
_NOT_ASKED = {
    "fsbp": "S3.17 is not part of AWS Foundational Security Best Practices",  # fact E10
    "foundationalsecuritybestpractices": "S3.17 is not part of AWS Foundational Security Best Practices",
    "cis": "the CIS AWS Foundations Benchmark asks for no KMS key",  # fact E11
}
_PLAIN = re.compile(r"[^a-z0-9]+")


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.casefold())


def narrowed(text: RuleText, name: str) -> RuleText:
    """The rule with what it answers of a framework alone: named in part, or with a control."""
    wanted = _plain(name)
    found = []
    for one in text.compliance:
        if wanted in _plain(one.framework):
            found.append(one)
        elif ids := tuple(each for each in one.ids if wanted in _plain(f"{one.framework}{each}")):
            found.append(replace(one, ids=ids))
    return replace(text, compliance=tuple(found))


def within_framework(events: Iterable[ScanEvent], name: str) -> Iterator[ScanEvent]:
    """The events of the rules that answer controls of a framework; the others are counted in a note.

    Raises BadInput where no rule that was evaluated answers one.
    """
    narrowing: _Narrowing | None = None
    for event in events:
        if isinstance(event, ScanStarted):
            narrowing = _Narrowing(name, event)
            yield narrowing.started
        elif narrowing is None:  # notes and progress come before
            yield event
        else:
            yield from narrowing.kept(event)


@dataclass(slots=True)
class _Narrowing:
    """What is left of a scan."""

    name: str
    whole: ScanStarted
    started: ScanStarted = field(init=False)
    _rules: frozenset[str] = field(init=False)
    _verdicts: Counter[Verdict] = field(default_factory=Counter)
    _differences: Counter[Difference] = field(default_factory=Counter)
    _left_out: int = 0

    def __post_init__(self) -> None:
        texts = [text for one in self.whole.rules if (text := narrowed(one, self.name)).compliance]
        if not texts or not _plain(self.name):
            raise _unknown(self.name, self.whole.rules)
        self.started = replace(self.whole, rules=tuple(texts))
        self._rules = frozenset(text.id for text in texts)

    def kept(self, event: ScanEvent) -> Iterator[ScanEvent]:
        """The event, as far as it is about the framework."""
        if isinstance(event, Summary):
            yield self._summary(event)
        elif isinstance(event, GoneFinding):
            if event.rule in self._rules:
                self._differences[Difference.GONE] += 1
                yield event
        elif isinstance(event, Finding | Unlisted):
            found = tuple(one for one in findings_in(event) if one.rule in self._rules)
            self._left_out += len(findings_in(event)) - len(found)
            self._verdicts.update(one.verdict for one in found)
            self._differences.update(one.difference for one in found if one.difference)
            yield from found if isinstance(event, Finding) else [replace(event, findings=found)]
        else:
            yield event

    def _summary(self, summary: Summary) -> Summary:
        notes = summary.notes
        if self._left_out:
            sentence = "{count} of rules that answer no control of {name} {verb} left out"
            fields = {
                "count": count_findings(self._left_out),
                "name": self.name,
                "verb": "is" if self._left_out == 1 else "are",
            }
            notes = (*notes, Sentence(sentence, fields))
        since = summary.since
        if since:
            since = replace(since, differences={one: self._differences[one] for one in Difference})
        return replace(
            summary,
            verdicts={one: self._verdicts[one] for one in Verdict},
            notes=notes,
            since=since,
            rules=self.started.rules,
        )


def _unknown(name: str, texts: Iterable[RuleText]) -> BadInput:
    frameworks = dict.fromkeys(one.framework for text in texts for one in text.compliance)
    why = next((why for word, why in _NOT_ASKED.items() if word in _plain(name)), None)
    known = Advice("the frameworks are {names}", {"names": ", ".join(frameworks)})
    others = Advice("name other rules with {rules}", {"rules": Option("rules")})
    return BadInput(
        f"no rule of this check answers a control of {name!r}{f': {why}' if why else ''}",
        advice=known if frameworks else others,
    )


@dataclass(slots=True)
class ControlTally:
    """How often each verdict was found under each rule, counted as the events flow by."""

    _started: ScanStarted | None = None
    _verdicts: dict[str, Counter[Verdict]] = field(default_factory=dict)

    def watch(self, events: Iterable[ScanEvent]) -> Iterator[ScanEvent]:
        """The events."""
        for event in events:
            if isinstance(event, ScanStarted):
                self._started = event
            for finding in findings_in(event):
                self._verdicts.setdefault(finding.rule, Counter())[finding.verdict] += 1
            yield event

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Framework, control, the counts of its verdicts, and who says so; in the order of the rules."""
        counts: dict[tuple[str, str], Counter[Verdict]] = {}
        said_by: dict[tuple[str, str], dict[str, None]] = {}
        for text in self._started.rules if self._started else ():
            found = self._verdicts.get(text.id)
            for one in text.compliance if found else ():
                for control in one.ids:
                    counts.setdefault((one.framework, control), Counter()).update(found or {})
                    said_by.setdefault((one.framework, control), {})[one.by] = None
        for key, found in counts.items():
            yield (*key, *(str(found[verdict]) for verdict in VERDICTS), "; ".join(said_by[key]))


VERDICTS = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT, Verdict.PASS)
CONTROL_TITLES = ("framework", "control", *(verdict.value for verdict in VERDICTS), "by")
"""Of the columns of a tally."""
