"""`s3kms fix`."""

import shlex
from pathlib import Path

import click

from s3kms.cli.acting import (
    apply_options,
    carry_out,
    confirm,
    folder_of,
    journal_option,
    show_changes,
)
from s3kms.cli.messages import keep_quiet, say
from s3kms.cli.options import Aws, aws_options, config_option, from_file_option, region_option
from s3kms.cli.planning import Asked, Plan, Planner, facts_of
from s3kms.cli.remedies import NAMES, find_form, hand_over, remedy_of, remedy_of_new
from s3kms.cli.selection import connect, read_targets, select
from s3kms.estate.errors import BadInput, Refused
from s3kms.estate.exits import Exit
from s3kms.estate.targets import check_region
from s3kms.fixes.interface import Form
from s3kms.fixes.script import buckets
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
@click.option(
    "--key", metavar="KEY", help="aws/s3, key id, alias or ARN [default: the key map's, else aws/s3]."
)
@click.option("--dsse/--no-dsse", default=None, help="DSSE-KMS; or SSE-KMS even for named DSSE-KMS buckets.")
@click.option("--no-bucket-key", is_flag=True, help="Without S3 Bucket Key [default: with, save for DSSE].")
@click.option("--bucket-key-only", is_flag=True, help="Only turn the bucket key on; algorithm and key stay.")
@click.option(
    "--max-changes",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Refuse to change more buckets than this.",
)
@click.option(
    "--as",
    "form_name",
    type=click.Choice(NAMES),
    help="Print the remedy in this form instead; write nothing.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="With --as: put its files into this folder; none of that name may be there.",
)
@click.option("--new", is_flag=True, help="With --as: the named bucket is yet to be made, in --region.")
@click.option("-q", "--quiet", is_flag=True, help="No notes on stderr.")
@apply_options
@journal_option
@region_option
@config_option
@aws_options
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    key: str | None,
    dsse: bool | None,
    no_bucket_key: bool,
    bucket_key_only: bool,
    max_changes: int,
    form_name: str | None,
    out: Path | None,
    new: bool,
    quiet: bool,
    is_apply: bool,
    yes: bool,
    journal: Path | None,
    regions: tuple[str, ...],
    config: Path | None,
    aws: Aws,
) -> int:
    """Move buckets to SSE-KMS default encryption, or show what would change.

    With --apply each bucket is read again, the change is journalled, written, and read back;
    `s3kms undo` puts back what was there. Objects that are there already stay as they are.
    """
    asked = Asked(key, dsse, no_bucket_key, bucket_key_only)
    _check(asked)
    _check_form(form_name, out, is_apply=is_apply, new=new, regions=regions)
    wanted = load_wanted(config, IDS)
    chosen = read_targets(targets, from_file)
    connection = connect(aws)
    from s3kms.fixes.apply import check_number
    from s3kms.fixes.key import KeyExaminer

    planner = Planner(asked, wanted, chosen, KeyExaminer(connection))
    if form_name and new:
        change = planner.plan_new(connection.account, check_region(regions[0]))
        hand_over(remedy_of_new(find_form(form_name), change), out, quiet=quiet)
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
    if form_name:
        _tell_left(plan, quiet=quiet)
        _check_named(plan, planner)
        _render(find_form(form_name), plan, out, quiet=quiet)
    else:
        show_changes(plan.changes)
        _tell_left(plan, quiet=quiet)
        _check_named(plan, planner)
        check_number(plan.changes, max_changes)
        if plan.changes and is_apply:
            confirm(f"Change the default encryption of {buckets(plan.changes)}?", yes=yes)
            carry_out(plan.changes, connection, folder_of(journal), _command(targets), undoes=None)
        elif plan.changes and not quiet:
            say(f"{buckets(plan.changes)} would change; nothing was written. Do it with --apply")
    return int(Exit.UNKNOWNS if plan.is_unsure else Exit.OK)


def _render(form: Form, plan: Plan, out: Path | None, *, quiet: bool) -> None:
    if plan.changes:
        hand_over(remedy_of(form, plan.changes), out, quiet=quiet)
    elif not quiet:
        say("no bucket needs a change, so there is nothing to print")


def _check(asked: Asked) -> None:
    if asked.bucket_key_only and (asked.key or asked.dsse is not None or asked.no_bucket_key):
        raise BadInput(
            "--bucket-key-only keeps algorithm and key; it goes with no --key, --dsse or --no-bucket-key",
            hint="leave the others out",
        )


def _check_form(
    form_name: str | None, out: Path | None, *, is_apply: bool, new: bool, regions: tuple[str, ...]
) -> None:
    if form_name is None and (out or new):
        raise BadInput(f"{'--out' if out else '--new'} goes with --as", hint=f"add --as {'|'.join(NAMES)}")
    if form_name and is_apply:
        raise BadInput("--as prints the remedy and --apply carries it out", hint="leave one of them out")
    if new and len(regions) != 1:
        raise BadInput("--new needs the region of the bucket to be", hint="add one --region")


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


def _command(targets: tuple[str, ...]) -> str:
    return shlex.join(("fix", *targets))
