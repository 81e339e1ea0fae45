"""`s3kms fix`."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.beside import iac_option
from s3kms.cli.change_output import (
    ApplyOptions,
    callbacks_for,
    confirm,
    describe_outcome,
    describe_run,
    journal_folder,
    show_changes,
)
from s3kms.cli.code_inputs import check_inputs, code_options
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.options import (
    AwsOptions,
    apply_options,
    aws_options,
    config_option,
    from_file_option,
    journal_option,
    region_option,
)
from s3kms.cli.planning import BucketPlan, BucketPlanner, KeyOptions, facts_needed_to_plan, key_options
from s3kms.cli.remedies import RemedyOptions, remedy_options, require_one_region
from s3kms.cli.selection import connect, notifying, read_fixable, select
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.desired.load import load_configuration
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput, Refused
from s3kms.model.exits import Exit
from s3kms.model.targets import CodeTarget, Target
from s3kms.rules import IDS

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

EPILOG = """\b
Examples:
  s3kms fix
  s3kms fix 's3://logs-*' --key alias/logs --apply
  s3kms fix s3://ledger --key mrk-1234abcd12ab34cd56ef1234567890ab --dsse --apply --yes
  s3kms fix 's3://logs-*' --as terraform --out ./encryption
  s3kms fix s3://new-bucket --new --region eu-central-1 --as cloudformation
  s3kms fix ./infra | git apply --check
  s3kms fix ./infra --key aws_kms_key.main --apply
  s3kms fix template.yaml --check
  s3kms fix --iac ./infra 's3://logs-*' --apply

\b
Code: --key may name what the code declares (aws_kms_key.main, the logical id DataKey). Files
are written below the folder that was named, never through a link; what is exempt is left alone.

\b
A bucket that has SSE-KMS keeps its key, unless the bucket itself is named together with
--key. Directory buckets are changed only where they are named.
Exit codes: 0 done or nothing to do, 3 no bucket, 4 refused and nothing changed, 5 stopped
part-way (the journal says where), 10 with --check: something would change, 11 some bucket
could not be judged or not be edited, 2 usage, 1 failed.
"""


@click.command("fix", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@from_file_option
@key_options
@remedy_options
@apply_options
@click.option(
    "--max-changes",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Refuse to change more buckets than this.",
)
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Of code: write nothing, and exit 10 when something would change.",
)
@iac_option("Code that declares the live buckets (repeatable): edit it, instead of changing the account.")
@journal_option
@region_option
@config_option
@code_options
@click.option("-q", "--quiet", is_flag=True, help="No notes on stderr.")
@aws_options
@click.pass_context
def command(  # noqa: PLR0917 - click passes them by name
    context: click.Context,
    targets: tuple[str, ...],
    from_file: Path | None,
    asked: KeyOptions,
    printed: RemedyOptions | None,
    is_apply: bool,
    yes: bool,
    max_changes: int,
    is_check: bool,
    iac: tuple[Path, ...],
    journal: Path | None,
    regions: tuple[str, ...],
    config: Path | None,
    inputs: CodeInputs,
    quiet: bool,
    aws: AwsOptions,
) -> int:
    """Move buckets to SSE-KMS default encryption, or show what would change.

    With --apply each bucket is read again, the change is journalled, written, and read back;
    `s3kms undo` puts back what was there. Objects that are there already stay as they are.

    Where a TARGET is a file or a folder of code, the buckets are put right where they are declared, and nobody
    is asked: a unified diff is printed, which git apply takes, and --apply writes the files. Every other byte of
    them stays.

    With --iac the targets are live buckets, and what falls short is put right in the code that declares it, which
    is then yours to apply. A bucket that no code declares is left alone, and named.
    """
    if printed and is_apply:
        raise BadInput("--as prints the remedy and --apply carries it out", advice="leave one of them out")
    wanted = replace(load_configuration(config, IDS), honor_skips=inputs.honor_skips)
    chosen = read_fixable(targets, from_file)
    check_inputs(inputs, is_code=isinstance(chosen, CodeTarget) or bool(iac))
    doing = ApplyOptions(is_apply, yes, max_changes, journal, quiet, is_check)
    if iac:
        from s3kms.cli.fix_iac import PairedFix, fix_paired

        beside = PairedFix(chosen, targets, from_file, regions, printed, aws)
        return fix_paired(beside, iac, asked, inputs, wanted, config, doing, context)
    if isinstance(chosen, CodeTarget):
        from s3kms.cli.fix_code import CodeFix, fix_code

        return fix_code(CodeFix(chosen, asked, inputs, wanted, config, doing), context)
    if is_check:
        raise BadInput("--check is about code", advice="leave it out: without --apply nothing is written")
    return BucketFix(targets, from_file, chosen, asked, printed, wanted, regions, config, aws).fix(doing)


@dataclass(frozen=True, slots=True)
class BucketFix:
    """What was asked for, of buckets in an account."""

    targets: tuple[str, ...]
    from_file: Path | None
    chosen: tuple[Target, ...]
    asked: KeyOptions
    printed: RemedyOptions | None
    wanted: Configuration
    regions: tuple[str, ...]
    config: Path | None
    aws: AwsOptions

    def fix(self, doing: ApplyOptions) -> int:
        """Show the changes, print them in another form, or carry them out. Raises Refused, Stopped."""
        connection = connect(self.aws)
        from s3kms.changes.apply import check_max_changes
        from s3kms.changes.buckets.keys import KeyExaminer

        planner = BucketPlanner(self.asked, self.wanted, self.chosen, KeyExaminer(connection))
        if self.printed and self.printed.is_new:
            change = planner.plan_new(connection.account, require_one_region(self.regions))
            self.printed.show_new(change, quiet=doing.quiet)
            return int(Exit.OK)
        source = select(
            self.aws,
            self.chosen,
            self.regions,
            directory_buckets=self.wanted.directory_buckets,
            connection=connection,
        )
        items = source.buckets(facts_needed_to_plan(self.wanted))
        plan = planner.plan(notifying(items, discard_message if doing.quiet else notify))
        if not self.printed:
            show_changes(plan.changes)
        _tell_left(plan, quiet=doing.quiet)
        _check_named(plan, planner)
        if self.printed:
            self.printed.show(plan.changes, quiet=doing.quiet)
            return int(plan.exit)
        check_max_changes(len(plan.changes), doing.max_changes)
        if plan.changes and doing.is_apply:
            self._apply(plan, connection, doing)
        elif plan.changes and not doing.quiet:
            notify(
                f"{count_buckets(len(plan.changes))} would change; nothing was written. Do it with --apply"
            )
        return int(plan.exit)

    def _apply(self, plan: BucketPlan, connection: "Connection", doing: ApplyOptions) -> None:
        from s3kms.changes.apply import RunPlan, run_changes
        from s3kms.changes.buckets.medium import BucketMedium

        question = f"Change the default encryption of {count_buckets(len(plan.changes))}?"
        result = run_changes(
            RunPlan(changes=plan.changes, folder=journal_folder(doing.journal), command=self._command),
            BucketMedium.of(connection),
            callbacks_for(
                lambda: confirm(question, yes=doing.yes),
                lambda outcome: click.echo(describe_outcome(outcome)),
            ),
        )
        click.echo(describe_run(result, "buckets", "bucket"))

    @property
    def _command(self) -> str:
        """For the journal: the targets, and every option that had a part in what was chosen to be written."""
        files = {"--from-file": self.from_file, "--config": self.config}
        return shlex.join(
            (
                "fix",
                *self.targets,
                *self.asked.options,
                *(word for region in self.regions for word in ("--region", region)),
                *(word for option, file in files.items() if file for word in (option, str(file))),
            )
        )


def _check_named(plan: BucketPlan, planner: BucketPlanner) -> None:
    """Raises Refused where a bucket was named and what is asked cannot be done to it."""
    refused = [leave for leave in plan.left if leave.is_refusal and planner.is_named(leave.bucket)]
    if refused:
        raise Refused(
            "; ".join(f"s3://{leave.bucket} {leave.why}" for leave in refused),
            advice="nothing was changed; leave these targets out, or ask for something they can have",
        )


def _tell_left(plan: BucketPlan, *, quiet: bool) -> None:
    if quiet:
        return
    quietly = 0
    for leave in plan.left:
        if leave.why.endswith(" already") and not leave.is_unknown:
            quietly += 1
            continue
        notify(
            f"left alone: s3://{leave.bucket} {leave.why}" + (f" ({leave.remedy})" if leave.remedy else "")
        )
    if quietly:
        notify(
            f"left alone: {'1 bucket that needs' if quietly == 1 else f'{quietly} buckets that need'} no change"
        )
    for missing in plan.missing:
        notify(f"note: s3://{missing.name} was not looked at: {missing.advice.worded(cli_wording)}")
