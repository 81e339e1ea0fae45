"""Saved results for the library and the command line: read as events, and compared over time."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from s3kms.model.access import ACCESS_TITLES
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding
from s3kms.model.scan_context import ScanContext, ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.results.kinds import HEAD_LINES as HEAD_LINES
from s3kms.results.kinds import PEEKED_BYTES
from s3kms.results.kinds import ResultKind as ResultKind
from s3kms.results.kinds import kind_of as kind_of

if TYPE_CHECKING:
    from s3kms.model.object_summary import ObjectSummary
    from s3kms.model.plan import PlanEvent
    from s3kms.results.plan_v1 import PlanHeader
    from s3kms.results.trend import SeriesResult, Trend

RESULT_SUFFIXES = (".json", ".jsonl", ".ndjson")
"""Files of a folder that are taken for saved results."""
_OTHER_SUFFIXES = (
    *(".sarif.json", ".ocsf.json", ".asff.json", ".gitlab.json", ".codequality.json"),
    ".baseline.json",
)
"""Reports in other formats, which are no results."""


def read_result(path: str | Path) -> Iterator[ScanEvent]:
    """The events of a check that was saved as JSON or JSON lines, the summary last: what `render` takes.

    Results of older versions are read, too; what they did not write down is None. Raises BadInput while it is
    iterated, with a line for each mistake.
    """
    with opened_result(Path(path)) as file:
        yield from read_result_lines(file, str(path))


def opened_result(path: Path) -> BinaryIO:
    """A saved result, to be read. Raises BadInput."""
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"{path} cannot be read: {why}", advice="name a result that s3kms wrote") from error


def read_result_lines(lines: Iterable[bytes], source: str) -> Iterator[ScanEvent]:
    """The events of a saved result that is at hand line by line. Raises BadInput."""
    from s3kms.results.saved_events import read_events
    from s3kms.rules import RULES

    return read_events(lines, source, {rule.id: rule.text for rule in RULES})


def read_plan_result(file: IO[bytes], path: Path) -> "tuple[PlanHeader, Iterator[PlanEvent]]":
    """What a saved plan says of itself, and its buckets, the sum last. The file is read twice.

    Raises BadInput for what is no plan, and Refused for one that was changed after it was written.
    """
    from s3kms.hazards import UNREAD, all_hazards
    from s3kms.results.plan_events import read_plan_events

    titles = {UNREAD: "what could not be read", **ACCESS_TITLES}
    return read_plan_events(file, path, titles | {hazard.id: hazard.title for hazard in all_hazards()})


def read_objects(text: bytes, source: str) -> "ObjectSummary":
    """The objects of a bucket in sum, as `objects` wrote them as JSON. Raises BadInput."""
    from s3kms.results.saved_objects import read_objects as read

    return read(text, source)


def read_reencrypt(text: bytes, source: str) -> tuple[dict[str, Any], ...]:
    """The plans and results of re-encryptions, as `reencrypt` wrote them as JSON. Raises BadInput."""
    from s3kms.results.saved_reencrypt import read_reencrypt as read

    return read(text, source)


def merge_results(results: Iterable[Iterable[ScanEvent]]) -> Iterator[ScanEvent]:
    """Several results of checks as one: of one bucket and rule in two of them the later counts."""
    from s3kms.results.merging import merge_results as merge

    return merge(results)


def read_trend(*paths: str | Path) -> "Trend":
    """What became of findings over saved results; of a folder, its results are taken.

    Raises BadInput for what is no result, and where there is none.
    """
    from s3kms.results.trend import TrendBuilder

    named = {file.absolute(): file for file in _files(Path(path) for path in paths)}
    files = list(named.values())
    if not files:
        raise BadInput(
            "there is no saved result",
            advice="name results that s3kms wrote as json or jsonl, or their folder",
        )
    builder = TrendBuilder()
    dated = sorted((*_date_of(file), number, file) for number, file in enumerate(files))
    for at, is_dated, _, file in dated:
        with ExitStack() as stack:
            events = read_result_lines(stack.enter_context(opened_result(file)), str(file))
            builder.add(_series_result(file, at, events, is_dated=is_dated))
    return builder.build()


def _series_result(
    file: Path, at: datetime, events: Iterator[ScanEvent], *, is_dated: bool
) -> "SeriesResult":
    from s3kms.results.trend import SeriesResult

    started = next(events)
    context = started.context if isinstance(started, ScanStarted) else None
    findings = (event for event in events if isinstance(event, Finding))
    return SeriesResult(str(file), at, is_dated, context, findings)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(one for one in path.iterdir() if _is_result_name(one.name) and one.is_file())
            yield from (one for one in found if _kind_of_file(one) is ResultKind.CHECK)
        else:
            yield path


def _kind_of_file(path: Path) -> ResultKind:
    with opened_result(path) as file:
        return kind_of(file.read(PEEKED_BYTES))


def _is_result_name(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(RESULT_SUFFIXES) and not lower.endswith(_OTHER_SUFFIXES)


def _date_of(file: Path) -> tuple[datetime, bool]:
    """When a result was made, and whether it says so itself; else the date of its file."""
    context: ScanContext | None = None
    with ExitStack() as stack:
        lines = stack.enter_context(opened_result(file))
        for event in read_result_lines(lines, str(file)):
            if isinstance(event, ScanStarted):
                context = event.context
                break
    if context is not None:
        return context.at, True
    return datetime.fromtimestamp(file.stat().st_mtime, UTC), False
