"""What to do next: findings that one thing mends are one step, and the step that mends most comes first."""

from dataclasses import dataclass, field

from s3kms.model.advice import Command, Wording
from s3kms.model.findings import Finding, Verdict
from s3kms.model.scan_context import Severity
from s3kms.reports.html.tallies import address

_COLORS = {Verdict.FAIL: "bad", Verdict.UNKNOWN: "unsure"}
MAX_STEPS = 8
MAX_EXAMPLES, MAX_TARGETS = 3, 3
_WEIGHTS = {Severity.HIGH.value: 3, Severity.MEDIUM.value: 2, Severity.LOW.value: 1}
"""Of one finding. One that is UNKNOWN counts as much as one that fails: it may be one."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do."""

    label: str
    """The status of what it is about."""
    color: str
    title: str
    advice: str
    examples: str
    address: str
    """Of the page with a filter that leaves what it is about."""
    command: str = ""
    """Empty where none helps."""
    statements: tuple[str, ...] = ()
    """What a key policy has to say first, as JSON."""


@dataclass(slots=True)
class _Group:
    verdict: Verdict
    rule: str
    reason: str
    advice: str
    weight: int
    count: int = 0
    examples: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    @property
    def worth(self) -> tuple[int, bool]:
        """By which steps are ordered."""
        return self.count * self.weight, self.verdict is Verdict.FAIL


class NextSteps:
    """Findings that fail or are unknown, by what mends them."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Verdict, str, str], _Group] = {}

    def add(self, finding: Finding, reason: str, wording: Wording, target: str = "") -> None:
        """One more finding; `target` is what a plan calls its bucket, where a plan is about it."""
        if finding.verdict not in {Verdict.FAIL, Verdict.UNKNOWN}:
            return
        key = (finding.verdict, finding.rule, reason)
        group = self._groups.get(key)
        if group is None:
            advice = finding.advice.worded(wording)
            weight = _WEIGHTS.get(finding.severity.value, 2)
            group = self._groups[key] = _Group(finding.verdict, finding.rule, reason, advice, weight)
        group.count += 1
        if len(group.examples) < MAX_EXAMPLES and (name := finding.bucket or finding.resource):
            group.examples.append(name)
        if target and len(group.targets) <= MAX_TARGETS:
            group.targets.append(target)

    def ordered(self, wording: Wording) -> list[NextStep]:
        """The first `MAX_STEPS`, those of most worth first."""
        groups = sorted(self._groups.values(), key=lambda group: group.worth, reverse=True)
        return [_step(group, wording) for group in groups[:MAX_STEPS]]

    @property
    def left(self) -> int:
        """How many steps are not among them."""
        return max(0, len(self._groups) - MAX_STEPS)


def _step(group: _Group, wording: Wording) -> NextStep:
    more = group.count - len(group.examples)
    rest = f" and {more:,} more" if more and group.examples else ""
    command = ""
    if group.targets:
        few = tuple(group.targets) if len(group.targets) == group.count else ()
        command = wording(Command("plan", few))
    return NextStep(
        label=group.verdict.value,
        color=_COLORS[group.verdict],
        title=f"{group.count:,} {'bucket' if group.count == 1 else 'buckets'}: {group.reason}",
        advice=group.advice,
        examples=f"{', '.join(group.examples)}{rest}",
        address=address(verdict=group.verdict.value, reason=group.reason, rule=group.rule),
        command=command,
    )
