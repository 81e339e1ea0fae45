"""`s3kms check`."""

from dataclasses import replace
from pathlib import Path

import click

from s3kms.cli.beside import ABOUT as BESIDE
from s3kms.cli.beside import iac_option, read_beside
from s3kms.cli.code_inputs import code_options
from s3kms.cli.inventory import Inventory, inventory_options
from s3kms.cli.judging import report
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.options import (
    AccountScope,
    AwsOptions,
    OutputOptions,
    aws_options,
    config_option,
    from_file_option,
    out_options,
    reach_options,
    region_option,
    since_option,
    state_option,
)
from s3kms.cli.selection import read_estate, read_reach
from s3kms.cli.since import ABOUT, compare_with
from s3kms.desired.load import load_configuration
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput
from s3kms.model.targets import ScanTarget
from s3kms.reports import FORMAT_NAMES
from s3kms.results.comparison import ComparisonScope
from s3kms.rules import IDS, choose_rules
from s3kms.scan.engine import ScanRequest

EPILOG = f"""\b
Examples:
  s3kms check
  s3kms check 's3://logs-*' --region eu-central-1 --format markdown
  s3kms check --org --assume-role SecurityAudit --format jsonl -o findings.jsonl
  s3kms check --rule s3_bucket_kms_key_usable --format jsonl -o findings.jsonl
  s3kms check --since findings.jsonl
  s3kms check config://organization --confirm
  s3kms check ./infra --var-file prod.tfvars --format sarif -o s3kms.sarif
  s3kms check plan.json
  s3kms check template.yaml --parameters prod.json
  s3kms check --iac ./infra --iac state.json

\b
Exit codes: 0 nothing found, 10 findings, 11 no finding but some bucket could not be
judged, 3 no bucket to check, 2 usage, 1 the tool failed.

With --since, table and markdown list only what is different, the most urgent first (-v: the rest, too); json,
jsonl and csv keep every finding and say its change. {ABOUT}

{BESIDE}

\b
A question that AWS throttles or does not answer is asked again for up to 60 seconds (or as
often as AWS_MAX_ATTEMPTS says); then the bucket is UNKNOWN, never lost.
"""


@click.command("check", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@from_file_option
@click.option(
    "--rule",
    "rule_ids",
    multiple=True,
    metavar="ID",
    help="Judge this companion rule, too (repeatable); `s3kms explain` lists them.",
)
@click.option(
    "--directory-buckets/--no-directory-buckets",
    default=None,
    help="Look at directory buckets, too [default: yes, or as the configuration says].",
)
@region_option
@reach_options
@inventory_options
@iac_option("Code, a plan or a state that declares the live buckets (repeatable): say where they disagree.")
@code_options
@since_option
@state_option
@config_option
@aws_options
@out_options(FORMAT_NAMES)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    rule_ids: tuple[str, ...],
    directory_buckets: bool | None,
    regions: tuple[str, ...],
    reach: AccountScope,
    inventory: Inventory,
    iac: tuple[Path, ...],
    inputs: CodeInputs,
    since: Path | None,
    state: Path | None,
    config: Path | None,
    aws: AwsOptions,
    out: OutputOptions,
) -> int:
    """Find the buckets whose default encryption is not SSE-KMS.

    A TARGET is s3://bucket, s3://logs-* or a bucket's ARN; without one, every bucket of the
    account is checked. It costs the listing and one call a bucket, and changes nothing.

    config://AGGREGATOR is the inventory of an AWS Config aggregator: the general purpose buckets of
    all its accounts, a hundred a call, as AWS Config recorded them. No account is entered.

    A TARGET may be a file or a folder of code: the buckets it declares are judged there, and nobody is asked.
    Folders of Terraform and OpenTofu (.tf, .tofu, .tf.json; a folder that is called as a module is judged through
    its callers), their plans and states as terraform show -json writes them, CloudFormation templates in YAML or
    JSON, SAM and the CDK's output included. Where variables and conditions leave several outcomes open, all are
    judged; TF_VAR_ variables are not read.

    A comment at a bucket's declaration exempts it there: # s3kms: exempt RULE until 2027-03-31 REASON. In a
    template its Metadata may: s3kms: {exempt: [{rule: ID, until: 2027-03-31, reason: TEXT}]}.
    """
    wanted = replace(load_configuration(config, IDS), honor_skips=inputs.honor_skips)
    rules = choose_rules(rule_ids, wanted)
    chosen = read_estate(targets, from_file)
    inventory.check_with(chosen, reach, directory_buckets=directory_buckets)
    if state and not isinstance(chosen, tuple):
        raise BadInput(f"{chosen} is read in one go", advice="leave --state out")
    include = wanted.directory_buckets if directory_buckets is None else directory_buckets
    tied = read_beside(iac, inputs, chosen, state, directory_buckets=include)
    named = chosen if isinstance(chosen, tuple) else ()
    comparison = compare_with(
        since, ComparisonScope(tuple(rule.id for rule in rules), named, regions, include)
    )
    scan = ScanRequest(
        aws=aws,
        chosen=chosen,
        regions=regions,
        directory_buckets=include,
        reach=read_reach(reach),
        inventory=inventory,
        inputs=inputs,
        tied=tied,
        state=state,
        config=config,
        wanted=wanted,
        rules=rules,
        notify=discard_message if out.quiet else notify,
        shows_progress=_wants_progress(out),
    )
    return report(scan.findings, out, passes=out.verbose or _are_names(chosen), since=comparison, rules=rules)


def _are_names(targets: ScanTarget) -> bool:
    return isinstance(targets, tuple) and bool(targets) and not any(target.is_glob for target in targets)


def _wants_progress(out: OutputOptions) -> bool:
    """Not where the results themselves run down the same terminal."""
    return not out.quiet and (out.format_name == "table" or not out.is_terminal)
