"""What a format is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from s3kms.model.advice import Wording, library_wording
from s3kms.model.findings import Finding, Severity, Summary
from s3kms.results.comparison import Comparison


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a report tells of a rule. It comes with the report, for a format knows no rules."""

    id: str
    title: str
    severity: Severity
    overview: str
    risk: tuple[str, ...]
    exceptions: tuple[str, ...]
    remedy: str
    verification: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A check on its way to a reader. The findings are a stream; the summary is whole after its end."""

    findings: Iterable[Finding]
    summary: Callable[[], Summary]
    since: Comparison | None = None
    """With an earlier result: the findings then say what became of them, and this knows what is gone."""
    rules: tuple[RuleText, ...] = ()
    """Those that judge, for the formats that tell of them."""


@dataclass(frozen=True, slots=True)
class ReportStyle:
    """How a report for people may look."""

    width: int = 120
    """Columns."""
    color: bool = False
    passes: bool = False
    """Whether buckets that pass, or did not change, are listed too, or only counted."""
    wording: Wording = library_wording
    """The words for options and commands in advice: the library's, or those of the command line."""


@dataclass(frozen=True, slots=True)
class Format:
    """A report as pieces of text, written as they come. Pure."""

    name: str
    help: str
    render: Callable[[Report, ReportStyle], Iterator[str]]
