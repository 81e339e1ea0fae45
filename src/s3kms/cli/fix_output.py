"""What `fix` shows: the plan, the files of a remedy, and how it ends."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.change_output import (
    FILES,
    callbacks_for,
    confirm,
    describe_outcome,
    describe_run,
    show_changes,
    show_diff,
)
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Command, Option, Sentence, as_sentence
from s3kms.model.skipped import SkippedBucket
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.plan import ChangePlan
    from s3kms.changes.request import FixRequest
    from s3kms.remedies.interface import RemedyFiles

_ACCESS = Sentence(
    "who loses access is judged only through a plan: {plan}, then {fix}",
    {
        "plan": Command("plan", (), (Option("out", "FILE"),)),
        "fix": Command("fix", (), (Option("plan", "FILE"),)),
    },
)
Tell = Callable[[str], None]
_PREDICATES = ("is ", "has ", "takes ", "may ")
"""How a reason begins whose subject is the bucket."""


def show_plan(plan: "ChangePlan[Any, Any, Any]", tell: Tell) -> None:
    """The changes on stdout, and why the other buckets are not changed on stderr."""
    is_code = plan.medium.kind.name == FILES
    if is_code:
        show_diff(plan.changes, tell)
    elif plan.request.form is None:
        show_changes(plan.changes)
    for reason in plan.reasons:
        tell(f"edit: {', '.join(reason.subjects)}: {reason.why}")
    for one in plan.skipped:
        if not one.skipped.is_compliant:
            for line in _describe_skipped(one):
                tell(line)
    compliant = sum(one.skipped.is_compliant for one in plan.skipped)
    if compliant:
        needs = "needs" if compliant == 1 else "need"
        tell(f"skipped: {count(compliant, 'bucket')} that {needs} no change")
    _show_notes(plan, tell, is_code=is_code)


def _show_notes(plan: "ChangePlan[Any, Any, Any]", tell: Tell, *, is_code: bool) -> None:
    for missing in plan.missing:
        tell(f"note: s3://{missing.name} was not looked at: {missing.advice.worded(cli_wording)}")
    for note in plan.notes:
        tell(f"note: {note.worded(cli_wording)}")
    if plan.changes and not is_code and plan.request.form is None:
        tell(f"note: {_ACCESS.worded(cli_wording)}")


def _describe_skipped(one: SkippedBucket) -> Iterator[str]:
    remedy = f" ({one.skipped.remedy.worded(cli_wording)})" if one.skipped.remedy else ""
    if one.bucket.account is not None:  # a live bucket
        yield f"skipped: s3://{one.bucket.label} {one.skipped.reason}{remedy}"
        return
    from s3kms.changes.files.planner import describe_declared

    reason = one.skipped.reason
    why = f"it {reason}" if reason.startswith(_PREDICATES) else reason
    yield f"skipped: {describe_declared(one.bucket)}: {why}{remedy}"
    yield from (f"    {line}" for line in one.snippet.splitlines())


def describe_dry_run(plan: "ChangePlan[Any, Any, Any]") -> str:
    """What would change, and how to do it."""
    buckets = count(plan.bucket_count, "bucket")
    where = f" in {count(len(plan.changes), 'file')}" if plan.medium.kind.name == FILES else ""
    limit = plan.request.max_changes
    more = f" {cli_wording(Option('max_changes', plan.bucket_count))}" if plan.bucket_count > limit else ""
    return f"{buckets}{where} would change; nothing was written. Apply it with --apply{more}"


def question_of(plan: "ChangePlan[Any, Any, Any]") -> str:
    """What a person is asked before anything is written."""
    buckets = count(plan.bucket_count, "bucket")
    if plan.medium.kind.name == FILES:
        return f"Edit {count(len(plan.changes), 'file')}, for {buckets}?"
    return f"Change the default encryption of {buckets}?"


def hand_over(files: "RemedyFiles", request: "FixRequest", tell: Tell) -> None:
    """Print the files of a remedy, or write them into the folder; say what to do with them."""
    if request.folder is None:
        printed = [file for file in files.files if not file.is_spare]
        for file in printed:
            if len(printed) > 1:
                click.echo(f"# ==> {file.name} <==")
            click.echo(file.text, nl=False)
    else:
        from s3kms.remedies.folder import write_files

        write_files(request.folder, files.files)
        for file in files.files:
            click.echo(str(request.folder / file.name))
    for step in files.steps:
        tell(as_sentence(step).worded(cli_wording))


def apply_and_show(
    plan: "ChangePlan[Any, Any, Any]", journal: Path | None, command_text: str, *, yes: bool, tell: Tell
) -> None:
    """Ask, carry the plan out, and show each result and the sum. Raises Refused, Stopped."""
    from s3kms.changes.engine import apply_plan
    from s3kms.changes.journal import default_journal_folder

    show: Tell = tell if plan.medium.kind.name == FILES else click.echo  # the diff alone is on stdout
    callbacks = callbacks_for(
        lambda: confirm(question_of(plan), yes=yes), lambda outcome: show(describe_outcome(outcome))
    )
    folder = journal or default_journal_folder()
    result = apply_plan(plan, folder, command=command_text, callbacks=callbacks)
    if result is not None:
        kind = plan.medium.kind
        click.echo(describe_run(result, kind.name, kind.noun), err=kind.name == FILES)
