"""`s3kms runs`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import journal_option
from s3kms.model.errors import BadInput
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.runs import Run, UnreadableRun

EPILOG = """\b
Examples:
  s3kms runs
  s3kms runs --format json

\b
Changes are those that were made and read back; of how many, where that is not all.
States: complete, stopped (not everything was done), crashed (it never said that it ended),
running, undone, unreadable (changed, cut, newer, or no journal). Of a run that carried out a
plan the plan and its wave are listed.
"""


@click.command("runs", cls=GroupedCommand, epilog=EPILOG)
@option(
    "Result",
    "--format",
    "format_",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the list.",
)
@journal_option
def command(format_: str, journal: Path | None) -> None:
    """List the runs that changed something, newest first.

    They are read from the journals, without calling AWS.
    """
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.runs import list_runs

    if journal and not journal.is_dir():
        raise BadInput(f"{journal} is no folder", advice="name the folder that fix was given with --journal")
    rows = [_row(run) for run in list_runs(journal or default_journal_folder())]
    if format_ == "json":
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo(_table(rows))


def _row(run: "Run | UnreadableRun") -> dict[str, Any]:
    from s3kms.changes.runs import UnreadableRun

    if isinstance(run, UnreadableRun):
        return {
            "run": run.run,
            "at": None,
            "command": None,
            "account": None,
            "changes": None,
            "state": "unreadable",
            "note": run.why,
        }
    cut = "the last line is not whole: the process died while it wrote the journal"
    return {
        "run": run.header.run,
        "at": run.header.at.isoformat(timespec="seconds"),
        "command": run.header.command,
        "account": run.header.account,
        "changes": run.made,
        "state": run.state.value,
        "note": run.stopped or (cut if run.cut and not run.running else None),
        "kind": run.header.kind,
        "planned": run.header.planned,
        "announced": len(run.changes),
        "roots": list(run.header.roots),
        "request": run.header.request,
        "plan": run.header.plan,
        "wave": run.header.wave,
    }


def _cell(row: dict[str, Any], name: str) -> str:
    """A value as text; of the changes how many were made, and of how many where that is not all."""
    value = row.get(name)
    if name == "changes" and value is not None:
        planned = row.get("planned") or row.get("announced") or 0
        return f"{value} of {planned}" if planned > value else str(value)
    return str(value or "-")


def _table(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "there are no runs"
    is_of_plan = any(row.get("plan") for row in rows)
    names = ("run", "at", *(("plan", "wave") if is_of_plan else ()), "command", "changes", "state")
    cells = [names, *(tuple(printable(_cell(row, name)) for name in names) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
