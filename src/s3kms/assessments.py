"""What the library says before anything changes: a plan bucket by bucket, and what has to be there first."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from s3kms.checks import NotFinished
from s3kms.client_base import ClientBase
from s3kms.model.errors import S3kmsError
from s3kms.model.plan import PlanEvent, PlannedBucket, PlanSummary
from s3kms.options import AssessOptions, build_plan_request, parse_fix_targets

if TYPE_CHECKING:
    from s3kms.changes.apply import Callbacks, RunResult
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.changes.policies.preparation import Preparation


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
        """As `s3kms plan` shows it: `table`, `json` or `html`. Raises ValueError for another format."""
        from s3kms.reports.interface import ReportStyle

        if format == "json":
            pieces: list[str] = []
            self._write(pieces.append)
            return "".join(pieces)
        if format == "html":
            from s3kms.reports.html.plan import render as render_page

            return "".join(render_page(self.events(), ReportStyle(width)))
        if format != "table":
            raise ValueError(f"an assessment has no format {format!r}: it is table, json or html")
        from s3kms.reports.plan_table import render

        return "".join(render(self.events(), ReportStyle(width)))

    def _repr_html_(self) -> str:
        """A small table for a notebook, which reads the accounts to the end; an error is shown in its place."""
        from s3kms.reports.notebook import assessment_html, error_html

        try:
            return assessment_html(self.events())
        except S3kmsError as error:
            return error_html(error)

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


class PrepareMethods(ClientBase):
    """What a client does before buckets change."""

    def prepare(self, *targets: str, **options: Unpack[AssessOptions]) -> "Preparation":
        """What policies of keys and buckets have to say before these buckets change: `s3kms plan --prepare`.

        Targets and options are those of `assess`. `.changes` is what `apply_prepared` writes, `.left` what somebody
        else has to, `.ready` and `.remaining` what becomes of the buckets then. Writes nothing. Raises BadInput,
        NothingToCheck where there is no bucket, AwsError.

            >>> client.prepare("s3://acme-web-*").changes
            ()
        """
        from s3kms.changes.planning.estate import plan_estate
        from s3kms.changes.policies.outlook import PreparationFold
        from s3kms.changes.policies.preparation import prepare_plan

        request = build_plan_request(parse_fix_targets(targets), options)
        request.check()
        fold = PreparationFold()
        return prepare_plan(plan_estate(request, self.connect, fold.watch), fold, request, self.connect())

    def apply_prepared(
        self,
        preparation: "Preparation",
        *,
        max_policies: int | None = None,
        callbacks: "Callbacks | None" = None,
    ) -> "tuple[RunResult, ...]":
        """Write the policies that `prepare` found: each is read again, journalled, written, and read back.

        A run for each account and sort of policy, which `undo` restores as long as no bucket needs it. To write
        more than `max_policies` (10) is refused. Raises Refused before anything is written, and Stopped where
        something was not done.
        """
        from s3kms.changes.apply import Callbacks
        from s3kms.changes.policies.preparation import apply_preparation

        return apply_preparation(
            preparation, self.journal, max_policies=max_policies, callbacks=callbacks or Callbacks()
        )
