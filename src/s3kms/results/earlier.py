"""An earlier result, as little of it as a comparison needs: what it says of each bucket, once for all alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from s3kms.model.findings import Before, Finding, GoneFinding

Address = tuple[str | None, str | None, str | None, str | None]
"""Account, name, address in code, and file, where there is no ARN."""
Key = str | Address
"""By what a bucket is found again: its ARN, or its address."""


@dataclass(frozen=True, slots=True)
class UnlistedPattern:
    """Buckets that a check could not even list: those of an account whose ARN fits a pattern, or of a file."""

    account: str | None
    pattern: str
    file: str | None = None

    @classmethod
    def told_by(cls, finding: Finding) -> "UnlistedPattern | None":
        """A finding without a bucket stands for buckets that could not be listed; its place says which."""
        if finding.bucket is not None or finding.resource is not None:
            return None
        uri = _file(finding) or ""
        if finding.places and finding.places[0].line is not None:
            return cls(finding.account, "*", uri)
        is_pattern = uri.startswith("arn:") and ":s3" in uri and "*" in uri
        return cls(finding.account, uri if is_pattern else "*")

    def hides(self, account: str | None, arn: str | None, file: str | None) -> bool:
        """Whether that bucket may be one of them. One that is only known by its ARN may be of any file."""
        if self.file is not None and file not in {None, self.file}:
            return False
        return self.account in {None, account} and (arn is None or fnmatchcase(arn, self.pattern))


@dataclass(slots=True, eq=False)
class _Said:
    """One thing that the result says, of any number of buckets."""

    before: Before
    met: "_Said | None"
    """The same, of buckets that have come up again; None if this is that."""


class EarlierResult:
    """What an earlier result says, and which of it has come up again."""

    def __init__(self, source: str, findings: Iterable[Finding]) -> None:
        self.source = source
        """What a reader calls it: the file's name."""
        self.unlisted: set[UnlistedPattern] = set()
        self.accounts: set[str | None] = set()
        self.repeated = 0
        """Findings that a later one of the same bucket and rule replaces."""
        self._said: dict[str, dict[Key, _Said]] = {}
        """By rule."""
        alike: dict[Before, _Said] = {}
        for finding in findings:
            self._remember(finding, alike)

    def knows(self, rule: str) -> bool:
        """Whether it judged by this rule."""
        return rule in self._said

    def hides(self, finding: Finding) -> bool:
        """Whether that bucket may be one of those it could not list."""
        return any(unlisted.hides(finding.account, finding.arn, _file(finding)) for unlisted in self.unlisted)

    def meet(self, finding: Finding) -> Before | None:
        """What it says of this bucket, which has now come up again; None where it says nothing."""
        of_rule, key = self._said.get(finding.rule, {}), finding_key(finding)
        said = of_rule.get(key)
        if said is None or _is_anothers(said.before, finding):
            return None
        if said.met:
            of_rule[key] = said.met
        return said.before

    def not_met(self) -> Iterator[GoneFinding]:
        """What it says of buckets that have not come up again."""
        for rule, of_rule in self._said.items():
            for key, said in of_rule.items():
                if said.met:
                    yield _gone(rule, key, said.before)

    def _remember(self, finding: Finding, alike: dict[Before, _Said]) -> None:
        of_rule = self._said.setdefault(finding.rule, {})
        self.accounts.add(finding.account)
        if unlisted := UnlistedPattern.told_by(finding):
            self.unlisted.add(unlisted)
            return
        before = Before(
            finding.verdict, finding.encryption, finding.key_kind, finding.account, finding.region
        )
        said = alike.get(before)
        if said is None:
            said = alike[before] = _Said(before, met=_Said(before, met=None))
        key = finding_key(finding)
        self.repeated += key in of_rule
        of_rule[key] = said


def finding_key(finding: Finding) -> Key:
    """By what a finding is found again, besides its rule."""
    if finding.arn is not None:
        return finding.arn
    return finding.account, finding.bucket, finding.resource, _file(finding)


def _file(finding: Finding) -> str | None:
    return finding.places[0].uri if finding.places else None


def _is_anothers(before: Before, finding: Finding) -> bool:
    """The name of a deleted bucket is free again: one in another account is another bucket."""
    return None not in {before.account, finding.account} and before.account != finding.account


def _gone(rule: str, key: Key, before: Before) -> GoneFinding:
    if isinstance(key, str):
        return GoneFinding(rule, key.rpartition(":")[2].removeprefix("bucket/"), key, None, before)
    return GoneFinding(rule, key[1], None, key[2], before, key[3])
