"""`s3kms plan --emit-exemptions`: the buckets that stay, as exemptions of the configuration."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.change_output import confirm
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import option
from s3kms.model.advice import Advice, Option
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.plan import PlanClass, PlanEvent, PlannedBucket, PlanSummary

if TYPE_CHECKING:
    from s3kms.changes.planning.exemptions import ExemptionEntry

EXEMPTIONS = "Exemptions"
_DAYS = 365
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ExemptionOptions:
    """What was asked about exemptions."""

    emit: bool
    owner: str | None
    days: int
    is_apply: bool
    yes: bool

    def check(self, given: frozenset[str], *, prepares: bool) -> None:
        """Raises BadInput for an option that goes with --emit-exemptions alone, or with --prepare."""
        if self.emit and prepares:
            raise BadInput(
                "--emit-exemptions and --prepare cannot be combined", advice="run one after the other"
            )
        names = {"owner": "--owner", "exempt_days": "--exempt-days"}
        if not prepares:
            names |= {"is_apply": "--apply", "yes": "--yes"}
        if not self.emit and (named := sorted(names[name] for name in given & names.keys())):
            raise BadInput(
                f"{', '.join(named)} goes with --emit-exemptions{'' if '--owner' in named else ' or --prepare'}",
                advice=Advice(
                    "leave it out; the plan is carried out by fix {plan}", {"plan": Option("plan", "PLAN")}
                ),
            )
        if self.yes and not self.is_apply:
            raise BadInput("--yes needs --apply", advice="leave it out")


def exemption_options(function: Command) -> Command:
    """`--emit-exemptions`, `--owner`, `--exempt-days`, `--apply`, `--yes`; the command gets `exemptions`."""

    @option(
        EXEMPTIONS,
        "--emit-exemptions",
        "emit_exemptions",
        is_flag=True,
        help="Print exemptions for s3kms.toml for the buckets that stay, instead of the plan.",
    )
    @option(
        EXEMPTIONS,
        "--owner",
        "owner",
        metavar="NAME",
        help="Owner of exemptions for buckets without an Owner tag [default: none].",
    )
    @option(
        EXEMPTIONS,
        "--exempt-days",
        "exempt_days",
        type=click.IntRange(min=1),
        default=_DAYS,
        show_default=True,
        metavar="N",
        help="Days until the exemptions expire.",
    )
    @option(
        EXEMPTIONS,
        "--apply",
        "is_apply",
        is_flag=True,
        help="Write the exemptions to the configuration, or the policies to AWS.",
    )
    @option(EXEMPTIONS, "--yes", "yes", is_flag=True, help="With --apply: do not ask for confirmation.")
    @functools.wraps(function)
    def decorated(
        *args: Any,
        emit_exemptions: bool,
        owner: str | None,
        exempt_days: int,
        is_apply: bool,
        yes: bool,
        **options: Any,
    ) -> Any:
        chosen = ExemptionOptions(emit_exemptions, owner, exempt_days, is_apply, yes)
        return function(*args, exemptions=chosen, **options)

    return decorated


def emit_exemptions(
    events: Iterable[PlanEvent],
    chosen: ExemptionOptions,
    configuration: Path | None,
    write: Callable[[str], object],
) -> Exit:
    """Print them, and with --apply add those that are missing to the file. Raises BadInput, Refused, S3kmsError."""
    from s3kms.changes.planning.exemptions import DEFAULT_FILE, exemption_entries, render_exemptions

    staying: list[PlannedBucket] = []
    summary: PlanSummary | None = None
    for event in events:
        if isinstance(event, PlanSummary):
            summary = event
        elif event.plan_class is PlanClass.STAY:
            staying.append(event)
    today = datetime.now(UTC).date()
    entries = exemption_entries(staying, today, chosen.owner, chosen.days)
    write(render_exemptions(entries))
    if not entries:
        notify("no bucket has to stay as it is")
    elif chosen.is_apply:
        _merge(configuration or DEFAULT_FILE, entries, yes=chosen.yes)
    else:
        notify(f"{count_buckets(len(entries))}; nothing was written. Add them to the file with --apply")
    is_whole = summary is not None and not summary.unlisted and not summary.missing
    return Exit.OK if is_whole else Exit.UNKNOWNS


def _merge(path: Path, entries: "tuple[ExemptionEntry, ...]", *, yes: bool) -> None:
    from s3kms.changes.planning.exemptions import merge_exemptions

    confirm(f"Exempt {count_buckets(len(entries))} in {path}?", yes=yes)
    merged = merge_exemptions(path, entries, datetime.now(UTC).date())
    notify(f"{path}: {count_buckets(len(merged.added))} exempt now, {len(merged.standing)} already were")
    for entry in merged.nameless:
        notify(f"not exempt: {entry.place or entry.bucket} has no name yet; exempt it beside its code")
