"""The options of a check: each is a field of `ScanRequest`, under a flag of the command line."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from s3kms.cli.option_groups import option
from s3kms.cli.options import Command, directory_buckets_option
from s3kms.model.accounts import DEFAULT_ROLE
from s3kms.model.errors import BadInput

LIVE, ACCOUNTS, AGGREGATOR, CODE = "Live buckets", "Other accounts", "AWS Config aggregator", "Code"
_FILE = click.Path(path_type=Path)


def narrowing_options(function: Command) -> Command:
    """What narrows the live buckets: `--region`, `--directory-buckets`."""
    function = option(
        LIVE, "--region", "regions", multiple=True, metavar="REGION",
        help="Only buckets of this region (repeatable).",
    )(function)  # fmt: skip
    return directory_buckets_option(function)


def account_options(function: Command) -> Command:
    """`--org`, `--account`, `--accounts-file`, `--exclude-account`, `--assume-role`, `--external-id`."""
    options = (
        option(ACCOUNTS, "--org", "org", is_flag=True, help="Every account of the organization."),
        option(
            ACCOUNTS, "--account", "accounts", multiple=True, metavar="ID", help="This account (repeatable)."
        ),
        option(
            ACCOUNTS,
            "--accounts-file",
            "accounts_file",
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            metavar="FILE",
            help="These accounts, one a line; - is stdin; lines that begin with # are comments.",
        ),
        option(
            ACCOUNTS, "--exclude-account", "exclude_accounts", multiple=True, metavar="ID",
            help="Not this account (repeatable).",
        ),
        option(
            ACCOUNTS, "--assume-role", "assume_role", metavar="NAME",
            help=f"The role to assume in each account [default: {DEFAULT_ROLE}].",
        ),
        option(
            ACCOUNTS, "--external-id", "external_id", metavar="ID",
            help="External ID that the trust policy of the role requires."
        ),
    )  # fmt: skip
    return with_options(options, function)


def aggregator_options(function: Command) -> Command:
    """`--confirm`, `--max-age`."""
    options = (
        option(
            AGGREGATOR,
            "--confirm",
            "confirm",
            is_flag=True,
            help="Read what does not pass again, live; --assume-role enters other accounts.",
        ),
        option(
            AGGREGATOR,
            "--max-age",
            "max_age",
            type=click.IntRange(1, 1_000_000),
            metavar="HOURS",
            help="Warn where AWS Config recorded a bucket longer ago than this [default: 24].",
        ),
    )
    return with_options(options, function)


def code_options(function: Command) -> Command:
    """`--var`, `--var-file`, `--workspace`, `--parameters`, `--honor-skips`, `--root`."""
    options = (
        option(
            CODE, "--var", "variables", multiple=True, metavar="NAME=VALUE", callback=_split_variables,
            help="Terraform: a variable (repeatable).",
        ),
        option(
            CODE, "--var-file", "variable_files", type=_FILE, multiple=True, metavar="FILE",
            callback=_existing_files, help="Terraform: a file of variables, .tfvars or .tfvars.json (repeatable).",
        ),
        option(
            CODE, "--workspace", "workspace", default="default", show_default=True, metavar="NAME",
            help="Terraform: what terraform.workspace is.",
        ),
        option(
            CODE, "--parameters", "parameter_files", type=_FILE, multiple=True, metavar="FILE",
            callback=_existing_files,
            help="CloudFormation: a file of parameter values, as the AWS CLI, CodePipeline or SAM take it "
            "(samconfig.toml: its default environment); repeatable.",
        ),
        option(
            CODE, "--honor-skips", "honor_skips", is_flag=True,
            help="Also exempt what a skip comment for checkov, trivy, tfsec, cfn_nag or KICS exempts.",
        ),
        option(
            CODE, "--root", "root", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
            help="Read no file outside of this folder [default: the repository; without one, the current folder].",
        ),
        click.option("--honour-skips", "honour_skips", is_flag=True, hidden=True),  # its name before 0.2.0
    )  # fmt: skip
    decorated = with_options(options, function)

    @functools.wraps(decorated)
    def wrapper(*args: Any, honour_skips: bool, honor_skips: bool, **kwargs: Any) -> Any:
        return function(*args, honor_skips=honor_skips or honour_skips, **kwargs)

    return wrapper


def with_options(options: tuple[Callable[[Command], Command], ...], function: Command) -> Command:
    """The function with these options, in their order."""
    for one in reversed(options):
        function = one(function)
    return function


def _existing_files(_: click.Context, __: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:
    for file in files:
        if not file.is_file():
            raise BadInput(f"{file} is not a file", advice="name one that is there")
    return files


def _split_variables(
    _: click.Context, __: click.Parameter, texts: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(_variable(text) for text in texts)


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInput(f"--var {text!r} is not NAME=VALUE", advice="write --var algorithm=aws:kms")
    return name.strip(), value
