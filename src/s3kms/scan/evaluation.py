"""From an item of a source to events: the rules of a scan, and what they come to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Option, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.describe import count_findings
from s3kms.model.findings import Finding, Verdict
from s3kms.model.stream import Note, Unlisted
from s3kms.model.usage import UNREAD_USAGE
from s3kms.rules import RULES, encryption_rule_of
from s3kms.rules.evaluate import evaluate_bucket, unlisted_finding
from s3kms.rules.interface import Rule
from s3kms.scan.hazards import with_hazards


@dataclass(slots=True)
class BucketEvaluator:
    """Evaluates the rules of one scan, and remembers whose suppressions were not honored."""

    rules: tuple[Rule, ...]
    configuration: Configuration
    today: date
    _ignored: Counter[frozenset[str]] = field(default_factory=Counter)
    """Failures that other tools are told to skip, by those tools."""
    _added: list[Rule] = field(default_factory=list)

    def findings(self, bucket: Bucket) -> list[Finding]:
        """One finding a rule."""
        rules = self._rules_for(bucket)
        found = [evaluate_bucket(bucket, rule, self.configuration, self.today) for rule in rules]
        for finding in found:
            if finding.verdict is Verdict.FAIL and bucket.suppressions:
                self._ignored[self.configuration.passed_over(bucket, finding.rule, self.today)] += 1
        if bucket.usage is UNREAD_USAGE:
            return found
        return [
            with_hazards(finding, bucket) if rule.is_default else finding
            for finding, rule in zip(found, rules, strict=True)
        ]

    @property
    def evaluated_rules(self) -> tuple[Rule, ...]:
        """Those of the scan, and those that were asked because a bucket of their kind came by."""
        return (*self.rules, *(rule for rule in self._added if rule not in self.rules))

    @property
    def possible_rules(self) -> tuple[Rule, ...]:
        """Those of the scan, and those that would be asked of a bucket of another kind that comes by."""
        return (*self.rules, *(rule for rule in RULES if rule.asks_for_kms and rule not in self.rules))

    def _rules_for(self, bucket: Bucket) -> list[Rule]:
        """The rules of this kind of bucket. The one that asks for SSE-KMS is among them, named or not: no bucket that
        comes by is passed over.
        """
        asked = [rule for rule in self.rules if bucket.kind in rule.kinds]
        if any(rule.asks_for_kms for rule in asked):
            return asked
        own = encryption_rule_of(bucket.kind)
        if own not in self._added:
            self._added.append(own)
        return [own, *asked]

    def unlisted(self, unlisted: Unlisted) -> Unlisted:
        """What could not be listed, with UNKNOWN under every rule."""
        kind = unlisted.scope.kind
        asked = [rule for rule in self.rules if kind is None or kind in rule.kinds]
        found = tuple(unlisted_finding(unlisted, rule) for rule in asked)
        return Unlisted(unlisted.scope, unlisted.unknown, found)

    def notes(self) -> Iterator[Note]:
        """What is known when every bucket came by."""
        ignored = {tools: count for tools, count in self._ignored.items() if tools}
        if ignored:
            sentence = "{count} of these {verb} skipped by comments for {tools}; {option} exempts {them}"
            total = sum(ignored.values())
            fields = {
                "count": count_findings(total),
                "verb": "is" if total == 1 else "are",
                "tools": ", ".join(sorted(frozenset[str]().union(*ignored))),
                "option": Option("honor_skips"),
                "them": "it" if total == 1 else "them",
            }
            yield Note(Sentence(sentence, fields))
