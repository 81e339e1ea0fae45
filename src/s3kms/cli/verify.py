"""`s3kms verify`."""

from collections.abc import Iterator
from pathlib import Path

import click

from s3kms.changes.buckets.proofs import describe_read_command
from s3kms.changes.request import VerifyRequest
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
from s3kms.cli.selection import connect, read_targets
from s3kms.desired.load import load_configuration
from s3kms.model.findings import Finding, Tally
from s3kms.reports import FORMAT_NAMES
from s3kms.rules import IDS

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
    """Verify buckets: read the setting back, check the key, and optionally write a test object.

    With --probe a tiny object is written without any encryption header, so that the default decides;
    its encryption is read, one byte of it is read, and that very version is removed.
    """
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.verify import prepare_verification

    request = VerifyRequest(
        targets=read_targets(targets, from_file) if targets or from_file else (),
        run=run,
        regions=regions,
        probe=probe,
        configuration=load_configuration(config, IDS),
    )
    verification = prepare_verification(request, journal or default_journal_folder())
    tell = discard_message if out.quiet else notify

    def findings(tally: Tally) -> Iterator[Finding]:
        return verification.findings(
            lambda: connect(aws),
            tally,
            lambda bucket: tell(f"by hand: {describe_read_command(bucket)}"),
        )

    return report(findings, out, passes=True, rules=verification.rules)
