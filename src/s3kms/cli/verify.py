"""`s3kms verify`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.changes.buckets.proofs import RunProofs, describe_read_command
from s3kms.cli.change_output import journal_folder
from s3kms.cli.judging import report
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.options import (
    AwsOptions,
    OutputOptions,
    aws_options,
    config_option,
    from_file_option,
    journal_option,
    out_options,
    region_option,
)
from s3kms.cli.selection import connect, read_targets, select
from s3kms.desired.load import load_configuration
from s3kms.model.bucket import Bucket
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding, Tally
from s3kms.model.targets import Target
from s3kms.reports import FORMAT_NAMES
from s3kms.rules import IDS, choose_rules
from s3kms.rules.evaluate import evaluate_all, facts_needed

if TYPE_CHECKING:
    from s3kms.changes.runs import Run

KEY_USABLE_RULE_ID = "s3_bucket_kms_key_usable"
"""The rule that S3's own silence about unusable keys makes part of every proof (fact A4)."""

EPILOG = """\b
Examples:
  s3kms verify 's3://logs-*'
  s3kms verify s3://ledger --probe
  s3kms verify --run 20261123T114000Z-1a2b3c --probe

\b
Exit codes: 0 proved, 10 some bucket is not as wanted, 11 something is not known, 3 no bucket.
"""


@click.command("verify", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@from_file_option
@click.option("--run", metavar="RUN", help="The buckets that this run changed, and what it wrote to them.")
@click.option(
    "--probe", is_flag=True, help="Write a tiny object, look at its encryption, read it, remove it."
)
@journal_option
@region_option
@config_option
@aws_options
@out_options(FORMAT_NAMES)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    run: str | None,
    probe: bool,
    journal: Path | None,
    regions: tuple[str, ...],
    config: Path | None,
    aws: AwsOptions,
    out: OutputOptions,
) -> int:
    """Prove it: read each bucket back, judge it, examine its key, and probe it.

    With --probe a tiny object is written without any encryption header, so that the default decides;
    its encryption is read, one byte of it is read, and that very version is removed.
    """
    wanted = load_configuration(config, IDS)
    ran = _run(run, journal, are_named=bool(targets or from_file))
    written = {change.bucket: change.after for change in ran.changes} if ran else {}
    chosen = tuple(Target(name) for name in written) or read_targets(targets, from_file)
    if probe and not chosen:
        raise BadInput(
            "--probe writes objects, so it wants to be told where", advice="name targets, or --run RUN"
        )
    rules = choose_rules((KEY_USABLE_RULE_ID,), wanted)
    tell = discard_message if out.quiet else notify

    def findings(tally: Tally) -> Iterator[Finding]:
        connection = connect(aws)
        if ran:
            _check_account(ran, connection.account)
        directories = wanted.directory_buckets
        source = select(aws, chosen, regions, directory_buckets=directories, connection=connection)
        proofs = RunProofs(connection, run, written, is_probing=probe)
        today = datetime.now(UTC).date()
        for sighting in source.buckets(facts_needed(rules, wanted)):
            yield from evaluate_all([sighting], rules, wanted, today, tally)
            yield from tally.watch(proofs.of(sighting))
            if isinstance(sighting, Bucket):
                tell(f"by hand: {describe_read_command(sighting)}")

    return report(findings, out, passes=True, rules=rules)


def _run(run: str | None, journal: Path | None, *, are_named: bool) -> "Run | None":
    """The run whose buckets are meant. Raises BadInput."""
    if run is None:
        return None
    if are_named:
        raise BadInput("--run says which buckets are meant", advice="leave the targets out")
    from s3kms.changes.runs import read_run

    found = read_run(journal_folder(journal), run)
    if found.header.kind == "files":
        raise BadInput(f"run {run} edited files", advice="judge them with s3kms check")
    if not found.changes:
        raise BadInput(f"run {run} changed no bucket")
    return found


def _check_account(run: "Run", account: str) -> None:
    if run.header.account != account:
        raise BadInput(
            f"run {run.header.run} was made in account {run.header.account}, these credentials are of {account}",
            advice="use the credentials of that account (--profile)",
        )
