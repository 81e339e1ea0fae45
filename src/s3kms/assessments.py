"""An assessment of the library: what a plan says of each bucket, lazily, with a sum at its end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.checks import NotFinished
from s3kms.model.plan import PlanEvent, PlannedBucket, PlanSummary

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest


class Assessment:
    """What would change, break and cost, bucket by bucket: iterating it reads the accounts. It writes nothing.

    Raises AwsError, BadInput and NothingToCheck while it is iterated. What was found is kept.
    """

    def __init__(self, request: "PlanRequest", open_: Callable[[], Iterator[PlanEvent]]) -> None:
        self.request = request
        self._open = open_
        self._kept: list[PlanEvent] = []
        self._source: Iterator[PlanEvent] | None = None

    def __iter__(self) -> Iterator[PlannedBucket]:
        for event in self.events():
            if isinstance(event, PlannedBucket):
                yield event

    def events(self) -> Iterator[PlanEvent]:
        """The buckets as they are known; the summary is the last."""
        if self._source is None:
            self._source = self._open()
        at = 0
        while True:
            if at == len(self._kept):
                event = next(self._source, None)
                if event is None:
                    return
                self._kept.append(event)
            yield self._kept[at]
            at += 1

    @property
    def summary(self) -> PlanSummary:
        """The sum. Raises NotFinished before the assessment has come to its end."""
        if self._kept and isinstance(self._kept[-1], PlanSummary):
            return self._kept[-1]
        raise NotFinished("the assessment has not come to its end", advice="iterate it first")

    def render(self, format: str = "table", *, width: int = 120) -> str:  # noqa: A002 - the word of the command line
        """As `s3kms plan` shows it: `table` or `json`. Raises ValueError for another format."""
        if format == "json":
            pieces: list[str] = []
            self._write(pieces.append)
            return "".join(pieces)
        if format != "table":
            raise ValueError(f"an assessment has no format {format!r}: it is table or json")
        from s3kms.reports.interface import ReportStyle
        from s3kms.reports.plan_table import render

        return "".join(render(self.events(), ReportStyle(width)))

    def save(self, path: str | Path) -> Path:
        """Write the file that `fix --plan` takes, whole or not at all; nobody else can read it. Raises OSError."""
        from s3kms.text.replace_file import PRIVATE_MODE, open_folder, replace_file

        file = Path(path)
        data = self.render("json").encode()
        with open_folder(file.parent) as folder:
            replace_file(folder, file.name, data, mode=PRIVATE_MODE)
        return file

    def _write(self, write: Callable[[str], object]) -> None:
        from s3kms.changes.journal import new_run_id
        from s3kms.results.plan_v1 import PlanHeader, PlanWriter

        now = datetime.now(UTC)
        writer = PlanWriter(PlanHeader(new_run_id(now), now, self.request.recorded()), write)
        for event in self.events():
            writer.add(event)
