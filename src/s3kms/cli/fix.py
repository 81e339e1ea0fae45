"""`s3kms fix`."""

import shlex
from pathlib import Path

import click

from s3kms.cli.acting import carry_out, confirm, folder_of, show_changes
from s3kms.cli.messages import keep_quiet, say
from s3kms.cli.options import (
    Aws,
    apply_options,
    aws_options,
    config_option,
    from_file_option,
    journal_option,
    region_option,
)
from s3kms.cli.planning import Asked, Plan, Planner, asked_options, facts_of
from s3kms.cli.remedies import Printed, one_region, remedy_options
from s3kms.cli.selection import connect, read_targets, select
from s3kms.estate.errors import BadInput, Refused
from s3kms.estate.exits import Exit
from s3kms.estate.words import bucket_words
from s3kms.rules import IDS
from s3kms.wanted.load import load_wanted

EPILOG = """\b
Examples:
  s3kms fix
  s3kms fix 's3://logs-*' --key alias/logs --apply
  s3kms fix s3://ledger --key mrk-1234abcd12ab34cd56ef1234567890ab --dsse --apply --yes
  s3kms fix 's3://logs-*' --as terraform --out ./encryption
  s3kms fix s3://new-bucket --new --region eu-central-1 --as cloudformation

\b
A bucket that has SSE-KMS keeps its key, unless the bucket itself is named together with
--key. Directory buckets are changed only where they are named.
Exit codes: 0 done or nothing to do, 3 no bucket, 4 refused and nothing changed, 5 stopped
part-way (the journal says where), 11 some bucket could not be judged, 2 usage, 1 failed.
"""


@click.command("fix", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@from_file_option
@asked_options
@remedy_options
@apply_options
@click.option(
    "--max-changes",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Refuse to change more buckets than this.",
)
@journal_option
@region_option
@config_option
@click.option("-q", "--quiet", is_flag=True, help="No notes on stderr.")
@aws_options
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    asked: Asked,
    printed: Printed | None,
    is_apply: bool,
    yes: bool,
    max_changes: int,
    journal: Path | None,
    regions: tuple[str, ...],
    config: Path | None,
    quiet: bool,
    aws: Aws,
) -> int:
    """Move buckets to SSE-KMS default encryption, or show what would change.

    With --apply each bucket is read again, the change is journalled, written, and read back;
    `s3kms undo` puts back what was there. Objects that are there already stay as they are.
    """
    if printed and is_apply:
        raise BadInput("--as prints the remedy and --apply carries it out", hint="leave one of them out")
    wanted = load_wanted(config, IDS)
    chosen = read_targets(targets, from_file)
    connection = connect(aws)
    from s3kms.fixes.apply import check_number
    from s3kms.fixes.key import KeyExaminer

    planner = Planner(asked, wanted, chosen, KeyExaminer(connection))
    if printed and printed.is_new:
        printed.show_new(planner.plan_new(connection.account, one_region(regions)), quiet=quiet)
        return int(Exit.OK)
    source = select(
        aws,
        chosen,
        regions,
        directory_buckets=wanted.directory_buckets,
        say=keep_quiet if quiet else say,
        connection=connection,
    )
    plan = planner.plan(source.buckets(facts_of(wanted)))
    if not printed:
        show_changes(plan.changes)
    _tell_left(plan, quiet=quiet)
    _check_named(plan, planner)
    if printed:
        printed.show(plan.changes, quiet=quiet)
        return int(plan.exit)
    check_number(plan.changes, max_changes)
    if plan.changes and is_apply:
        confirm(f"Change the default encryption of {bucket_words(len(plan.changes))}?", yes=yes)
        command = _command(targets, from_file, asked, regions, config)
        carry_out(plan.changes, connection, folder_of(journal), command, undoes=None)
    elif plan.changes and not quiet:
        say(f"{bucket_words(len(plan.changes))} would change; nothing was written. Do it with --apply")
    return int(plan.exit)


def _check_named(plan: Plan, planner: Planner) -> None:
    """Raises Refused where a bucket was named and what is asked cannot be done to it."""
    refused = [leave for leave in plan.left if leave.is_refusal and planner.is_named(leave.bucket)]
    if refused:
        raise Refused(
            "; ".join(f"s3://{leave.bucket} {leave.why}" for leave in refused),
            hint="nothing was changed; leave these targets out, or ask for something they can have",
        )


def _tell_left(plan: Plan, *, quiet: bool) -> None:
    if quiet:
        return
    quietly = 0
    for leave in plan.left:
        if leave.why.endswith(" already") and not leave.is_unknown:
            quietly += 1
            continue
        say(f"left alone: s3://{leave.bucket} {leave.why}" + (f" ({leave.remedy})" if leave.remedy else ""))
    if quietly:
        say(
            f"left alone: {'1 bucket that needs' if quietly == 1 else f'{quietly} buckets that need'} no change"
        )
    for missing in plan.missing:
        say(f"note: s3://{missing.name} was not looked at: {missing.remedy}")


def _command(
    targets: tuple[str, ...],
    from_file: Path | None,
    asked: Asked,
    regions: tuple[str, ...],
    config: Path | None,
) -> str:
    """For the journal: the targets, and every option that had a part in what was chosen to be written."""
    files = {"--from-file": from_file, "--config": config}
    return shlex.join(
        (
            "fix",
            *targets,
            *asked.options,
            *(word for region in regions for word in ("--region", region)),
            *(word for option, file in files.items() if file for word in (option, str(file))),
        )
    )
