"""A result compared with an earlier one.

Pass and exempt stand above unknown, and unknown above fail. One way up is none: a failure that became unknown
has only changed, for an unknown is never better than what is known.

Nothing is called gone that this check could not have come across. It is unseen: outside the rules, targets and
regions, in an account of which no bucket came up, or among buckets that could not be listed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from s3kms.model.advice import Sentence
from s3kms.model.describe import count_findings
from s3kms.model.encryption import Encryption
from s3kms.model.findings import Before, Difference, DifferenceSummary, Finding, GoneFinding, Verdict
from s3kms.model.request_fields import BucketIdentity
from s3kms.results.earlier import EarlierResult, UnlistedPattern

COMPARISON_RULES = """\
Pass and exempt are better than unknown, and unknown is better than fail; but an unknown is never a pass, so a
failure that became unknown is not better, only changed. What a check could not have come across is unseen, never
gone: what is outside its rules, targets and regions, in an account of which no bucket came up, or among buckets that
could not be listed. The earlier result does not say what it was asked: what it left out is new. The exit code is
that of the buckets as they are now."""
"""For the manual."""

_ORDER = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1, Verdict.EXEMPT: 2, Verdict.PASS: 2}
_SEVERAL = 10
"""As many accounts stand in a note by name."""


def difference(before: Before, now: Finding) -> Difference:
    """What became of a finding."""
    if _ORDER[now.verdict] < _ORDER[before.verdict]:
        return Difference.WORSE
    if _ORDER[now.verdict] > _ORDER[before.verdict]:
        return Difference.CHANGED if now.verdict is Verdict.UNKNOWN else Difference.BETTER
    is_same = now.verdict is before.verdict and _meaning(now.encryption) == _meaning(before.encryption)
    return Difference.UNCHANGED if is_same else Difference.CHANGED


def _meaning(encryption: Encryption | None) -> tuple[object, ...] | None:
    return encryption.meaning if encryption else None


def keep_all(_: BucketIdentity) -> bool:
    """Of a check that narrows nothing: every bucket is in it."""
    return True


@dataclass(frozen=True, slots=True)
class ComparisonScope:
    """What a check was asked to look at."""

    rules: tuple[str, ...]
    keeps: Callable[[BucketIdentity], bool] = keep_all
    """Whether its targets and narrowing options leave a bucket in."""

    def holds(self, gone: GoneFinding) -> bool:
        """Whether such a finding would have come up."""
        before = gone.before
        files = None if gone.file is None else (gone.file,)
        identity = BucketIdentity(gone.bucket, before.account, before.region, gone.arn, files)
        return gone.rule in self.rules and self.keeps(identity)


class Unseen(StrEnum):
    """Why it is not known whether a bucket of the earlier result is still there."""

    OUTSIDE = "outside the rules, targets and regions of this check"
    UNLISTED = "of buckets that could not be listed this time"
    ACCOUNT = "of accounts of which no bucket came up this time"


class Comparison:
    """A stream of findings against an earlier result. What is gone is known when the stream has ended."""

    def __init__(
        self,
        earlier: EarlierResult,
        scope: ComparisonScope,
        rename: Callable[[Finding], Finding] = lambda finding: finding,
    ) -> None:
        """`rename` gives the files of a finding the names that the earlier result has for them."""
        self.source = earlier.source
        self._rename = rename
        self.earlier = earlier
        self._scope = scope
        self._counts = Counter[Difference]()
        self._accounts: set[str | None] = set()
        """Of the buckets that came up."""
        self._unlisted: set[UnlistedPattern] = set()
        self._lacking: set[str] = set()
        """Rules with findings now, and none in the earlier result."""

    def compare(self, finding: Finding) -> Finding:
        """The finding with what became of it."""
        found, before = self.judge(self._rename(finding))
        self._counts[found] += 1
        return replace(finding, difference=found, before=before)

    def gone(self) -> Iterator[GoneFinding]:
        """What the earlier result has, and this check would have come across and did not."""
        return (gone for gone in self.earlier.not_met() if self._why_unseen(gone) is None)

    def summary(self) -> DifferenceSummary:
        """The sum so far."""
        rest = Counter(self._why_unseen(gone) for gone in self.earlier.not_met())
        counts = {found: self._counts[found] for found in Difference}
        found = {**counts, Difference.GONE: rest[None]}
        return DifferenceSummary(self.source, found, rest.total() - rest[None])

    def notes(self) -> list[Sentence]:
        """What a reader must know to read the differences right."""
        if not self._counts:
            return []
        source, notes = self.source, list[str]()
        if lacking := [rule for rule in self._scope.rules if rule in self._lacking]:
            notes.append(f"{source} has no finding of {_several(lacking)}, which cannot be compared")
        if new := self._accounts - self.earlier.accounts:
            notes.append(f"{source} has no finding of account {_several(new)}: what is new there may be old")
        if again := self.earlier.repeated:
            notes.append(
                f"{source} says of {count_findings(again)} something else further down, which counts"
            )
        return [Sentence(text) for text in (*notes, *self._unseen_notes())]

    def judge(self, finding: Finding) -> tuple[Difference, Before | None]:
        """What became of a finding whose files are named as in the earlier result, and what that said."""
        if not self.earlier.knows(finding.rule):
            self._lacking.add(finding.rule)
            self.look_at(finding)
            return Difference.UNCOMPARED, None
        if unlisted := self.look_at(finding):
            return Difference.UNCHANGED if unlisted in self.earlier.unlisted else Difference.NEW, None
        if before := self.earlier.meet(finding):
            return difference(before, finding), before
        return Difference.UNCOMPARED if self.earlier.hides(finding) else Difference.NEW, None

    def look_at(self, finding: Finding) -> UnlistedPattern | None:
        """The buckets that it stands for where it is of no bucket; such as came up are remembered."""
        if unlisted := UnlistedPattern.told_by(finding):
            self._unlisted.add(unlisted)
            return unlisted
        self._accounts.add(finding.account)
        return None

    def _why_unseen(self, gone: GoneFinding) -> Unseen | None:
        if not self._scope.holds(gone):
            return Unseen.OUTSIDE
        if any(unlisted.hides(gone.before.account, gone.arn, gone.file) for unlisted in self._unlisted):
            return Unseen.UNLISTED
        return None if gone.before.account in self._accounts else Unseen.ACCOUNT

    def _unseen_notes(self) -> Iterator[str]:
        rest = Counter((self._why_unseen(gone), gone.before.account) for gone in self.earlier.not_met())
        for why in Unseen:
            accounts = {account: count for (reason, account), count in rest.items() if reason is why}
            if accounts:
                count = count_findings(sum(accounts.values()))
                which = f" ({_several(accounts)})" if why is not Unseen.OUTSIDE else ""
                yield f"{count} of {self.source} cannot be compared: {why.value}{which}"


def _several(words: Iterable[str | None]) -> str:
    """The first of them, in order."""
    ordered = sorted(word or "unknown" for word in words)
    more = f" and {len(ordered) - _SEVERAL} more" if len(ordered) > _SEVERAL else ""
    return ", ".join(ordered[:_SEVERAL]) + more
