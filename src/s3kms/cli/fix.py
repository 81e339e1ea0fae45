"""`s3kms fix`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.changes.request import FixRequest
from s3kms.cli.fix_options import check_modes, fix_request_options
from s3kms.cli.fix_output import apply_and_show, describe_dry_run, hand_over, show_plan
from s3kms.cli.fix_plan import build_wave_request, carry_out, wave_options
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.option_groups import GroupedCommand, given_options, option
from s3kms.cli.options import AwsOptions, apply_options, aws_options, journal_option
from s3kms.model.exits import Exit
from s3kms.model.request_fields import check_options_apply

if TYPE_CHECKING:
    from s3kms.iac.interface import Language

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
  s3kms fix --from-findings checkov.sarif
  s3kms fix --plan plan.json --wave 1 --approved-by 'Dana, CHG-1234' --apply

\b
Code: --key may name what the code declares (aws_kms_key.main, the logical id DataKey). Files
are written below the folder that was named, never through a link; what is exempt is skipped.

\b
A bucket that has SSE-KMS keeps its key, unless the bucket itself is named together with
--key. Directory buckets are changed only where they are named.
Exit codes: 0 done or nothing to do, 3 no bucket, 4 refused and nothing changed, 5 stopped
part-way (the journal says where), 10 with --check: something would change, 11 some bucket
could not be judged or not be edited, 2 usage, 1 failed.
"""


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of code that a caller of the command line brings, instead of ours."""

    languages: "tuple[Language, ...]"


@click.command("fix", cls=GroupedCommand, epilog=EPILOG)
@fix_request_options
@wave_options
@apply_options
@option(
    "Code",
    "--check",
    "is_check",
    is_flag=True,
    help="Of code: write nothing, and exit 10 when something would change.",
)
@journal_option
@option("Result", "-q", "--quiet", "quiet", is_flag=True, help="No notes on stderr.")
@aws_options
@click.pass_context
def command(  # noqa: PLR0917 - click passes them by name
    context: click.Context,
    request: FixRequest,
    command_text: str,
    plan_file: Path | None,
    wave: dict[str, Any],
    is_apply: bool,
    yes: bool,
    is_check: bool,
    journal: Path | None,
    quiet: bool,
    aws: AwsOptions,
) -> int:
    """Move buckets to SSE-KMS default encryption, or show what would change.

    With --apply each bucket is read again, the change is journalled, written, and read back;
    `s3kms undo` restores what was there. Objects that are there already stay as they are.

    Where a TARGET is a file or a folder of code, the buckets are fixed where they are declared, without calling
    AWS: a unified diff is printed, which git apply takes, and --apply writes the files. Every other byte of
    them stays.

    With --iac the targets are live buckets, and what falls short is fixed in the code that declares it, which
    is then yours to apply. A bucket that no code declares is skipped, and named.

    With --plan the buckets are those that a plan's file has as ready. Each is read and judged again, and one that
    is not as it was planned is skipped. A wave is refused until the one before it was verified
    (`s3kms verify --run`).
    """
    from s3kms.changes.engine import plan_fix, plan_new_bucket
    from s3kms.remedies.render import render_changes, render_new_bucket

    client = api.Client(**aws.settings)
    tell = discard_message if quiet else notify
    if (from_plan := build_wave_request(context, plan_file, wave, request)) is not None:
        return carry_out(from_plan, client, journal, is_apply=is_apply, yes=yes, tell=tell)
    check_options_apply(aws, request.kind, given_options(context))
    check_modes(request, is_apply=is_apply, is_check=is_check)
    if request.form and request.new:
        change = plan_new_bucket(request, client.connect)
        hand_over(render_new_bucket(request.form, change), request, tell)
        return int(Exit.OK)
    brought = context.find_object(Languages)
    plan = plan_fix(request, client.connect, languages=brought.languages if brought else None)
    show_plan(plan, tell)
    plan.check()
    ending = Exit.OK if plan.is_certain else Exit.UNKNOWNS
    if request.form:
        if plan.changes:
            hand_over(render_changes(request.form, plan.changes), request, tell)
        else:
            tell("there is no change to print")
    elif is_apply and plan.changes:
        apply_and_show(plan, journal, command_text, yes=yes, tell=tell)
    elif plan.changes:
        tell(describe_dry_run(plan))
    return int(Exit.FINDINGS if is_check and plan.changes else ending)
