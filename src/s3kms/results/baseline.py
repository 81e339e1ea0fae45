"""A result compared with a baseline: what was found earlier and is accepted."""

from s3kms.model.advice import Sentence
from s3kms.model.describe import count_findings
from s3kms.model.findings import Before, Difference, Finding, Verdict
from s3kms.results.comparison import Comparison, difference

BASELINE_RULES = """\
A baseline accepts the findings that it has, and nothing else: a bucket that fails or is unknown and is not in it is
new, whatever the rule, and so is one that could not be listed and now fails. Whether it has the
format `baseline`, which leaves out what passes, or is a whole result, makes no difference. Files are found again by
their path from the root of the repository, whatever the current folder is."""
"""For the manual."""


class BaselineComparison(Comparison):
    """A stream of findings against those that are accepted."""

    def judge(self, finding: Finding) -> tuple[Difference, Before | None]:
        """What became of a finding; one that needs no acceptance and has no earlier verdict is not compared."""
        if unlisted := self.look_at(finding):
            return Difference.UNCHANGED if unlisted in self.earlier.unlisted else Difference.NEW, None
        if before := self.earlier.meet(finding):
            return difference(before, finding), before
        is_open = finding.verdict in {Verdict.FAIL, Verdict.UNKNOWN}
        return Difference.NEW if is_open else Difference.UNCOMPARED, None

    def notes(self) -> list[Sentence]:
        """What a reader must know: a baseline does not say what it was made of, so little can be said."""
        again = self.earlier.repeated
        if not again:
            return []
        return [
            Sentence(
                f"{self.source} says of {count_findings(again)} something else further down, which counts"
            )
        ]
