"""What a format is."""

import importlib
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from s3kms.model.advice import Wording, library_wording
from s3kms.model.code_fixes import CodeFixes
from s3kms.model.findings import Finding, GoneFinding, Summary
from s3kms.model.scan_context import RuleText, ScanStarted
from s3kms.model.stream import ScanEvent, findings_in


@dataclass(frozen=True, slots=True)
class SourceRoot:
    """Where the paths of a report begin, and what they are to be told from. Both absolute, with `/` between names."""

    folder: str
    """The folder where s3kms ran: relative paths begin there."""
    root: str
    """The root of the repository, or that folder again."""

    def relative(self, path: str) -> str | None:
        """The path from the root; None where it is not below it."""
        whole = posixpath.normpath(posixpath.join(self.folder, path))
        return posixpath.relpath(whole, self.root) if whole.startswith(self.root.rstrip("/") + "/") else None

    def absolute(self, path: str) -> str:
        """The path from `/`."""
        return posixpath.normpath(posixpath.join(self.folder, path))


@dataclass(frozen=True, slots=True)
class ReportStyle:
    """How a report may look."""

    width: int = 120
    """Columns, for people."""
    color: bool = False
    passes: bool = False
    """Whether buckets that pass, or did not change, are listed too, or only counted."""
    wording: Wording = library_wording
    """The words for options and commands in advice: the library's, or those of the command line."""
    is_compared: bool = False
    """Whether the events say what became of each finding since an earlier result."""
    source: SourceRoot | None = None
    """Where SARIF's paths begin; None leaves them as they are, from the folder where s3kms ran."""
    title: str = ""
    """What a page is called; empty for a check."""
    by_control: bool = False
    """Whether tables tell how each control of a framework stands."""


Renderer = Callable[[Iterable[ScanEvent], ReportStyle], Iterator[str]]
"""From the events of a scan, the summary last, to text. Raises ValueError for a stream without a summary."""


def loaded_from(module: str) -> Renderer:
    """The `render` of a module of this room, loaded when it makes its first report: other commands load none."""

    def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
        loaded: Renderer = importlib.import_module(f"s3kms.reports.{module}").render
        return loaded(events, style)

    return render


@dataclass(frozen=True, slots=True)
class Format:
    """A report as pieces of text, written as they come. Pure."""

    name: str
    help: str
    render: Renderer
    suffixes: tuple[str, ...] = ()
    """How the names of files in this format end: `.sarif.json`."""
    has_notes: bool = False
    """Whether notes are part of the text, so that nobody has to print them beside it."""


NOT_STARTED = ScanStarted(None)
"""Of events that do not say as whom the scan was made: those of a program of its own."""


@dataclass(slots=True)
class EventFold:
    """The rest of a stream, besides its findings: kept while those are rendered one by one."""

    gone: list[GoneFinding] = field(default_factory=list)
    code_fixes: CodeFixes | None = None
    """What fixes the findings that come after it; None where nothing does, or no finding fails."""
    started: ScanStarted = NOT_STARTED
    """As whom the scan was made, and its rules: known when the first finding comes."""
    _summary: Summary | None = None

    def findings(self, events: Iterable[ScanEvent]) -> Iterator[Finding]:
        """The findings as they come."""
        for event in events:
            if isinstance(event, GoneFinding):
                self.gone.append(event)
            elif isinstance(event, Summary):
                self._summary = event
            elif isinstance(event, CodeFixes):
                self.code_fixes = event
            elif isinstance(event, ScanStarted):
                self.started = event
            else:
                yield from findings_in(event)

    def rule_text(self, rule: str) -> RuleText | None:
        """What a report may say about a rule; None where no more than its id is known."""
        return next((text for text in self.started.rules if text.id == rule), None)

    @property
    def summary(self) -> Summary:
        """The last event. Raises ValueError where the stream ended without one."""
        if self._summary is None:
            raise ValueError("the events end without a summary: they are not those of a whole scan")
        return self._summary
