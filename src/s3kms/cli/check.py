"""`s3kms check`."""

from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.cli.completion_values import TARGET
from s3kms.cli.findings_options import findings_options
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import (
    AwsOptions,
    OutputOptions,
    ReportOptions,
    aws_options,
    config_option,
    from_file_option,
    out_options,
    report_options,
)
from s3kms.cli.pipeline_options import FileChanges, pipeline_options
from s3kms.cli.report_output import FailOn, write_report
from s3kms.cli.request_options import (
    account_options,
    aggregator_options,
    code_options,
    narrowing_options,
)
from s3kms.cli.requests import build_check_request
from s3kms.cli.send_options import SendOptions, send_options
from s3kms.model.errors import BadInput
from s3kms.reports import FORMAT_NAMES, find_format, format_of_file

SELECT, COMPARE = "What to check", "Comparing and resuming"
EPILOG = """\b
Examples:
  s3kms check
  s3kms check 's3://logs-*' --region eu-central-1 -o findings.csv
  s3kms check --org --assume-role SecurityAudit -o findings.jsonl
  s3kms check --rule s3_bucket_kms_key_usable --since findings.jsonl
  s3kms check config://organization --confirm
  s3kms check --from-findings prowler-output.ocsf.json
  s3kms check --send securityhub --apply
  s3kms check ./infra --var-file prod.tfvars -o s3kms.sarif.json
  s3kms check --iac ./infra --iac state.json
  s3kms check . --format baseline -o s3kms.baseline.json
  s3kms check . --baseline s3kms.baseline.json --allow-empty
  s3kms check . --changed-since origin/main

\b
Exit codes: 0 nothing found, 10 findings, 11 no finding but some bucket could not be
checked, 3 no bucket to check (0 with --allow-empty), 2 usage, 1 the tool failed. More: docs/checking.md
"""


@click.command("check", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
@from_file_option
@findings_options
@option(
    SELECT,
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    help="Evaluate this companion rule, too (repeatable); `s3kms explain` lists them.",
)
@option(
    SELECT,
    "--deep",
    "deep",
    is_flag=True,
    help="Read the policy of each key, too: can the account use it? One call per key, two where it lets nobody in.",
)
@config_option
@narrowing_options
@option(
    "Live buckets",
    "--unordered",
    "unordered",
    is_flag=True,
    help="Write each bucket as soon as it is read, not in the order of the listing (jsonl).",
)
@account_options
@aggregator_options
@option(
    "Live buckets",
    "--iac",
    "iac",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Code, a plan or a state that declares the live buckets (repeatable): say where they disagree.",
)
@code_options
@option(
    COMPARE,
    "--since",
    "since",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="RESULT",
    help="Compare with an earlier result (json, jsonl): what became worse or better, is new, gone or changed.",
)
@option(
    COMPARE,
    "--fail-on",
    "fail_on",
    type=click.Choice([one.value for one in FailOn]),
    default=None,
    help="What gives exit codes 10 and 11: a finding, or one that is new or worse since --since RESULT or not in "
    "--baseline FILE; or none [default: finding; with --baseline new].",
)
@pipeline_options
@option(
    COMPARE,
    "--state",
    "state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep in this folder what was read; an interrupted check of the same goes on there.",
)
@send_options
@aws_options
@report_options
@out_options(FORMAT_NAMES)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    fail_on: str | None,
    report: ReportOptions,
    changes: FileChanges,
    send: SendOptions,
    aws: AwsOptions,
    out: OutputOptions,
    **options: Any,
) -> int:
    """Find the buckets whose default encryption is not SSE-KMS.

    A TARGET is s3://bucket, s3://logs-*, a bucket's name or ARN; without one, every bucket of the account is checked.
    It costs the listing and one call per bucket, and changes nothing.

    config://AGGREGATOR reads the inventory of an AWS Config aggregator, a hundred buckets a call.

    A file or folder of code is checked without calling AWS: Terraform and OpenTofu (.tf, plans and states as
    terraform show -json writes them), CloudFormation templates, SAM and the CDK's output included. A comment at a
    bucket's declaration exempts it: # s3kms: exempt RULE until 2027-03-31 REASON.
    """
    is_baseline = options["baseline"] is not None
    if fail_on == FailOn.NEW and options["since"] is None and not is_baseline:
        raise BadInput(
            "--fail-on new compares with an earlier result",
            advice="name it with --since RESULT, or --baseline FILE",
        )
    if (
        options["unordered"]
        and (name := find_format(out.format or format_of_file(out.output)).name) != "jsonl"
    ):
        raise BadInput(f"--unordered is about jsonl, and the format is {name}", advice="add --format jsonl")
    if changes.is_asked:
        targets, from_file = changes.targets(targets, from_file, options["root"]), None
        options |= {"only_files": changes.files, "allow_empty": True}
    request, given = build_check_request(
        click.get_current_context(), targets, from_file, options, verbose=out.verbose
    )
    send.check(request)
    client = api.Client(**aws.settings)
    code = write_report(
        lambda: send.watch(api.open_check(request, client.connect, given).events()),
        out,
        passes=out.verbose or request.names_buckets,
        is_compared=request.since is not None or is_baseline,
        fail_on=FailOn(fail_on or ("new" if is_baseline else "finding")),
        allow_empty=request.allow_empty,
        code=request.code_paths,
        report=report,
    )
    return send.deliver(client, request, code, quiet=out.quiet)
