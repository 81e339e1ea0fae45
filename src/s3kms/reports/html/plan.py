"""The page of a plan: what is ready, what breaks, who loses access, what it costs, and the fix of what is ready."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from s3kms.model.access import AccessGroup, KeyAccess
from s3kms.model.advice import Command, Option
from s3kms.model.change import Change
from s3kms.model.describe import describe_encryption
from s3kms.model.plan import (
    DEFAULT_MAX_AGE_HOURS,
    PlanClass,
    PlanEvent,
    PlannedBucket,
    PlannedHazard,
    PlanSummary,
)
from s3kms.model.targets import is_bucket_name
from s3kms.remedies.form_texts import FormField, FormText, form_shape, form_texts, form_values
from s3kms.reports.html.document import page_body, page_head, page_rows
from s3kms.reports.html.fields import Field, FieldKind, Status
from s3kms.reports.html.items import ItemTable
from s3kms.reports.html.plan_sections import plan_values
from s3kms.reports.html.tallies import StatusTally
from s3kms.reports.html.text_table import TextTable, shown_name
from s3kms.reports.interface import ReportStyle
from s3kms.results.plan_v1 import PlanHeader

TITLE = "Plan for SSE-KMS"
COLORS = {PlanClass.STAY: "bad", PlanClass.LOOK: "unsure", PlanClass.PREPARE: "todo", PlanClass.READY: "good"}
STATUSES = tuple(Status(one.value, one.value, COLORS[one]) for one in reversed(PlanClass))
"""The gravest first."""
_PLACE = {PlanClass(status.id): place for place, status in enumerate(STATUSES)}
ACCESS_COLORS = {
    KeyAccess.LOSES: "bad",
    KeyAccess.CANNOT_TELL: "unsure",
    KeyAccess.KEEPS_UNLESS_DENIED: "todo",
    KeyAccess.KEEPS: "good",
}
_PLACE_IN_CODE = re.compile(r"(?:[^()]* \()?(?P<file>[A-Za-z0-9._/-]+):\d+(?::\d+)?\)?")
"""`aws_s3_bucket.logs (infra/main.tf:12)`; a place that is not so plain names no file for a command."""
MAX_PRINCIPALS = 20
"""As many of a group have their names: the plan's file has all."""
MAX_SHAPES = 64
"""As many sorts of changes have forms: of plans that one request made there are a few."""


@dataclass(slots=True)
class _Fold:
    """What is kept of the buckets while they become rows."""

    style: ReportStyle
    plan: str | None
    texts: TextTable = field(default_factory=TextTable)
    items: ItemTable = field(init=False)
    tallies: dict[str, StatusTally] = field(init=False)
    shapes: dict[Change, int] = field(default_factory=dict)
    summary: PlanSummary | None = None

    def __post_init__(self) -> None:
        self.items = ItemTable(self.texts)
        self.tallies = {name: StatusTally(name, STATUSES) for name in ("account", "region", "reason", "key")}

    def rows(self, events: Iterable[PlanEvent]) -> Iterator[list[Any]]:
        """A row a bucket; keeps the summary."""
        for event in events:
            if isinstance(event, PlanSummary):
                self.summary = event
            else:
                yield self._row(event)

    def _row(self, planned: PlannedBucket) -> list[Any]:
        status, reason = _PLACE[planned.plan_class], _reason(planned)
        facets = {"account": planned.account, "region": planned.region, "reason": reason, "key": planned.key}
        for name, value in facets.items():
            self.tallies[name].add(value, status)
        name, number = planned.bucket, self.texts.number
        why = next((one.why for one in planned.hazards if one.plan_class is planned.plan_class), "")
        return [
            status,
            shown_name(name),
            number(planned.account),
            number(planned.region),
            number(planned.key),
            number(f"wave {planned.wave}" if planned.wave else ""),
            round(planned.cost.with_bucket_key, 2) if planned.cost else "",
            number(reason),
            number(why if planned.plan_class is not PlanClass.READY else "", name),
            number(_change(planned), name),
            number(planned.key_reason, name),
            number(planned.owner),
            number(planned.place),
            number(self._command(planned), name),
            [self._hazard(one, name) for one in planned.hazards] or 0,
            [self._access(one, name) for one in planned.access] or 0,
            self._forms(planned),
        ]

    def _command(self, planned: PlannedBucket) -> str:
        """What carries a ready bucket out, where the plan is a file; of any other, the plan of it alone."""
        if planned.plan_class is PlanClass.READY and self.plan and planned.wave:
            options = (Option("plan", self.plan), Option("wave", planned.wave), Option("apply"))
            return self.style.wording(Command("fix", (), options))
        if planned.account and is_bucket_name(planned.bucket):
            return self.style.wording(Command("plan", (f"s3://{planned.bucket}",)))
        found = _PLACE_IN_CODE.fullmatch(planned.place)
        return self.style.wording(Command("plan", (found["file"],))) if found else ""

    def _hazard(self, hazard: PlannedHazard, name: str) -> int:
        mark = (COLORS[hazard.plan_class], hazard.plan_class.value)
        said = (hazard.why, hazard.advice.worded(self.style.wording))
        return self.items.number(mark, hazard.title or hazard.id, said, name, hazard.statements)

    def _access(self, group: AccessGroup, name: str) -> int:
        mark = (ACCESS_COLORS[group.access], group.access.value)
        noun = "administrator" if group.is_administrator else "principal"
        title = f"{group.count:,} {noun if group.count == 1 else noun + 's'} through {group.through}"
        names = ", ".join(group.principals[:MAX_PRINCIPALS])
        more = f" and {group.count - MAX_PRINCIPALS:,} more" if group.count > MAX_PRINCIPALS else ""
        said = (f"{' and '.join(use.value for use in group.uses)}: {group.why}", f"{names}{more}")
        return self.items.number(mark, title, said, name, group.statements)

    def _forms(self, planned: PlannedBucket) -> list[Any] | int:
        """What fills the forms; 0 for all but a live bucket that is ready and known in every part."""
        change = _change_of(planned)
        shape = form_shape(change) if change else None
        if change is None or shape is None or (shape not in self.shapes and len(self.shapes) >= MAX_SHAPES):
            return 0
        values = form_values(change)
        number = self.texts.number
        shared = [number(values[place], planned.bucket) for place in range(FormField.LABEL)]
        return [self.shapes.setdefault(shape, len(self.shapes)), *shared, *values[FormField.LABEL :]]

    def fields(self) -> list[Field]:
        """What the places of a row are."""
        accounts = "wide" if len(self.tallies["account"]) > 1 else ""
        return [
            Field("class", "Class", FieldKind.STATUS, "always"),
            Field("bucket", "Bucket", FieldKind.NAME, "always"),
            Field("account", "Account", column=accounts, is_filter=True),
            Field("region", "Region", column="wide", is_filter=True),
            Field("key", "Key", column="wide", is_filter=True),
            Field("wave", "Wave", column="wide", is_filter=True),
            Field("cost", "$ per month", FieldKind.PLAIN, "wide"),
            Field("reason", "Reason", is_filter=True, is_detail=False),
            Field("why", "Why", column="wide", is_detail=False),
            Field("change", "Change"),
            Field("key_reason", "Why this key"),
            Field("owner", "Owner", is_filter=True),
            Field("place", "In code"),
            Field("command", "To do it", FieldKind.COMMAND),
            Field("hazards", "What breaks", FieldKind.ITEMS),
            Field("access", "Who keeps and who loses access", FieldKind.ITEMS),
            Field("forms", "The fix", FieldKind.FORMS),
        ]


def render(
    events: Iterable[PlanEvent],
    style: ReportStyle,
    *,
    plan: str | None = None,
    header: PlanHeader | None = None,
) -> Iterator[str]:
    """The whole page, the rows as the buckets come. `plan` is the name of the plan's file, where it was written.

    Raises ValueError for a stream without a summary.
    """
    fold = _Fold(style, plan)
    yield page_head(TITLE)
    yield from page_rows(fold.rows(events))
    if fold.summary is None:
        raise ValueError("a plan ends with its summary")
    data = {
        "fields": [one.data() for one in fold.fields()],
        "statuses": [one.data() for one in STATUSES],
        "texts": fold.texts.texts,
        "items": fold.items.items,
        "shapes": [[_form_data(text) for text in form_texts(shape, style.wording)] for shape in fold.shapes],
        "expired": _expiry(header),
    }
    values = plan_values(fold.summary, style, header, plan, statuses=STATUSES, access_colors=ACCESS_COLORS)
    charts = [
        ("By account", fold.tallies["account"]),
        ("By region", fold.tallies["region"]),
        ("By reason", fold.tallies["reason"]),
        ("By key", fold.tallies["key"]),
    ]
    yield page_body("plan.html", data, title=TITLE, charts=charts, **values)


def _reason(planned: PlannedBucket) -> str:
    """What decides its class, in a few words; empty for one that is ready."""
    if planned.plan_class is PlanClass.READY:
        return ""
    one = next((one for one in planned.hazards if one.plan_class is planned.plan_class), None)
    return (one.title or one.id) if one else ""


def _change(planned: PlannedBucket) -> str:
    if planned.after is None:
        return f"{describe_encryption(planned.before)} stays" if planned.before else ""
    before = describe_encryption(planned.before) if planned.before else "not known"
    return f"{before} → {describe_encryption(planned.after)}"


def _change_of(planned: PlannedBucket) -> Change | None:
    """The change of a live bucket that is ready: what `fix` would do, too."""
    is_ready = planned.plan_class is PlanClass.READY and planned.account and planned.region
    if not is_ready or planned.before is None or planned.after is None:
        return None
    return Change(planned.bucket, planned.account or "", planned.region or "", planned.before, planned.after)


def _form_data(text: FormText) -> dict[str, Any]:
    return {"title": text.title, "steps": text.steps, "files": text.files}


def _expiry(header: PlanHeader | None) -> dict[str, str] | None:
    """When the forms are no longer handed out: a fix refuses a plan that is older."""
    if header is None:
        return None
    end = header.at + timedelta(hours=DEFAULT_MAX_AGE_HOURS)
    days = DEFAULT_MAX_AGE_HOURS // 24
    why = f"The plan is older than {days} days, and a fix refuses it: plan again."
    return {"at": end.isoformat(timespec="seconds"), "why": why}
