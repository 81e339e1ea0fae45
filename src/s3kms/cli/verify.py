"""`s3kms verify`."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import click

from s3kms import api
from s3kms.changes.buckets.proofs import describe_read_command
from s3kms.changes.request import DEFAULT_INTERVAL, VerifyRequest
from s3kms.cli.completion_values import TARGET
from s3kms.cli.durations import parse_duration
from s3kms.cli.findings_options import findings_options
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import (
    AwsOptions,
    OutputOptions,
    ReportOptions,
    aws_options,
    config_option,
    directory_buckets_option,
    from_file_option,
    journal_option,
    out_options,
    region_option,
    report_options,
    role_external_id_option,
)
from s3kms.cli.reencrypt_output import is_objects_run, verify_objects_run
from s3kms.cli.report_output import write_report
from s3kms.cli.requests import find_configuration, read_lines
from s3kms.cli.watch_output import watch_callbacks
from s3kms.model.findings import Finding
from s3kms.model.stream import ScanEvent
from s3kms.reports import FORMAT_NAMES

DEFAULT_RULE = "s3_bucket_kms_encryption"
EPILOG = """\b
Examples:
  s3kms verify 's3://logs-*'
  s3kms verify s3://ledger --probe
  s3kms verify --run 20261123T114000Z-1a2b3c --probe
  s3kms verify 20261123T114000Z-1a2b3c --watch 24h
  s3kms verify 20261123T114000Z-1a2b3c --config-rules 30m

\b
Exit codes: 0 verified, 10 some bucket does not have the desired encryption or was harmed, 11 something is
unknown, 3 no bucket.
"""


@click.command("verify", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
@from_file_option
@findings_options
@option(
    "What to verify",
    "--run",
    "run",
    metavar="RUN",
    help="The buckets that this run changed, and what it wrote to them.",
)
@option(
    "What to verify",
    "--probe",
    "probe",
    is_flag=True,
    help="Write a tiny test object, check its encryption, read it, and delete it.",
)
@option(
    "What to verify",
    "--watch",
    "watch",
    metavar="TIME",
    envvar=None,
    help="Watch for harm caused by the run, for this long: 30m, 24h, 2d; 0 checks once.",
)
@option(
    "What to verify",
    "--interval",
    "interval",
    metavar="TIME",
    envvar=None,
    help="Time between two checks of --watch [default: 5m].",
)
@option(
    "What to verify",
    "--config-rules",
    "config_rules",
    metavar="TIME",
    envvar=None,
    help="Wait up to this long until AWS Config has recorded the run's changes, then start its rules: "
    "30m, 24h; 0 checks once.",
)
@journal_option
@region_option
@directory_buckets_option
@config_option
@role_external_id_option
@aws_options
@report_options
@out_options(FORMAT_NAMES)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    run: str | None,
    probe: bool,
    watch: str | None,
    interval: str | None,
    config_rules: str | None,
    journal: Path | None,
    regions: tuple[str, ...],
    directory_buckets: bool | None,
    config: Path | None,
    external_id: str | None,
    report: ReportOptions,
    aws: AwsOptions,
    out: OutputOptions,
) -> int:
    """Verify buckets: read the setting back, check the key, and optionally write a test object.

    With --probe, a tiny object is written without an encryption header, so that the default encryption
    applies; its encryption and one byte of it are read, and exactly that version is deleted.

    With --watch, it watches for what a plan can only predict: calls that KMS refused (CloudTrail), 4xx
    responses and failed replication (CloudWatch), and log deliveries that stopped (the newest objects of
    each prefix). Each is reported as soon as it is seen, with the command that restores the bucket;
    an interrupt ends the watch and reports what was seen. A run may be named without --run.

    With --config-rules, it waits until AWS Config has recorded what the run changed, and then starts the
    evaluation of the rules based on s3-default-encryption-kms: earlier, they would see the previous state.

    For a run of reencrypt, its objects are verified: all of them, or a sample if there are many.
    """
    from s3kms.changes.journal import default_journal_folder, is_run_id
    from s3kms.changes.verify import prepare_verification

    if run is None and len(targets) == 1 and is_run_id(targets[0]):
        (run,), targets = targets, ()
    is_plain = watch is None and config_rules is None and not targets
    if run is not None and is_plain and is_objects_run(run, journal):
        return verify_objects_run(api.Client(**aws.settings, journal=journal), run, out)
    chosen = api.parse_bucket_targets((*targets, *read_lines(from_file, "one target per line: s3://bucket")))
    file = find_configuration(config, chosen, verbose=out.verbose)
    request = VerifyRequest(
        targets=chosen,
        run=run,
        regions=regions,
        directory_buckets=directory_buckets,
        probe=probe,
        watch=_duration(watch, "watch"),
        interval=DEFAULT_INTERVAL if interval is None else parse_duration(interval, "interval"),
        config_rules=_duration(config_rules, "config_rules"),
        external_id=external_id,
        configuration=api.read_configuration(file) if file else api.Configuration(),
    )
    verification = prepare_verification(request, journal or default_journal_folder())
    if verification.probe_key:
        notify(f"a probe object, {verification.probe_key}, is written to each bucket and removed again")
    events = verification.events(api.Client(**aws.settings).connect, watch_callbacks(quiet=out.quiet))
    return _report(events, out, report)


def _report(events: Iterable[ScanEvent], out: OutputOptions, report: ReportOptions) -> int:
    return write_report(
        lambda: _with_commands(events, quiet=out.quiet),
        out,
        passes=True,
        title="Verification of S3 buckets",
        report=report,
    )


def _with_commands(events: Iterable[ScanEvent], *, quiet: bool) -> Iterator[ScanEvent]:
    """The events; after each bucket its command of the AWS CLI goes to stderr."""
    for event in events:
        yield event
        if isinstance(event, Finding) and event.rule == DEFAULT_RULE and event.bucket and not quiet:
            notify(f"by hand: {describe_read_command(event.bucket, event.region)}")


def _duration(text: str | None, option: str) -> timedelta | None:
    return None if text is None else parse_duration(text, option)
