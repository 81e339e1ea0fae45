"""The options that say something beside code: variables of Terraform, parameters of CloudFormation."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from s3kms.cli.options import Command
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.errors import BadInput

_FILE = click.Path(path_type=Path)

LIVE = {
    "regions": "--region",
    "profile": "--profile",
    "endpoint_url": "--endpoint-url",
    "concurrency": "--concurrency",
    "max_rps": "--max-rps",
}
"""The options of a command that mean nothing where nobody is asked, by their parameters."""
REACH = {
    "org": "--org",
    "accounts": "--account",
    "accounts_file": "--accounts-file",
    "excluded": "--exclude-account",
    "assume_role": "--assume-role",
    "external_id": "--external-id",
}
"""The same, of the commands that enter other accounts."""


def code_options(function: Command) -> Command:
    """`--var`, `--var-file`, `--workspace`, `--parameters`, `--honor-skips`; the command gets `inputs: Inputs`."""

    @click.option(
        "--var", "variables", multiple=True, metavar="NAME=VALUE", help="Terraform: a variable (repeatable)."
    )
    @click.option(
        "--var-file",
        "variable_files",
        type=_FILE,
        multiple=True,
        metavar="FILE",
        help="Terraform: a file of variables, .tfvars or .tfvars.json (repeatable).",
    )
    @click.option(
        "--workspace",
        default="default",
        show_default=True,
        metavar="NAME",
        help="Terraform: what terraform.workspace is.",
    )
    @click.option(
        "--parameters",
        "parameter_files",
        type=_FILE,
        multiple=True,
        metavar="FILE",
        help="CloudFormation: a file of parameter values, as the AWS CLI, CodePipeline or SAM take it "
        "(samconfig.toml: its default environment); repeatable.",
    )
    @click.option(
        "--honor-skips",
        is_flag=True,
        help="Exempt what checkov, trivy, tfsec, cfn_nag or KICS is told to skip beside the code, too.",
    )
    @click.option("--honour-skips", is_flag=True, hidden=True)  # its name before 0.2.0
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        variables: tuple[str, ...],
        variable_files: tuple[Path, ...],
        workspace: str,
        parameter_files: tuple[Path, ...],
        honor_skips: bool,
        honour_skips: bool,
        **kwargs: Any,
    ) -> Any:
        for file in (*variable_files, *parameter_files):
            if not file.is_file():
                raise BadInput(f"{file} is no file", advice="name one that is there")
        split = tuple(_variable(text) for text in variables)
        inputs = CodeInputs(split, variable_files, workspace, parameter_files, honor_skips or honour_skips)
        return function(*args, inputs=inputs, **kwargs)

    return wrapper


def check_inputs(inputs: CodeInputs, *, is_code: bool) -> None:
    """Raises BadInput for options that mean nothing where no code is looked at."""
    if not is_code and inputs != DEFAULT_CODE_INPUTS:
        raise BadInput(
            "--var, --var-file, --workspace, --parameters and --honor-skips are about code",
            advice="name a file or a folder of code as the target",
        )


def refuse_live(context: click.Context, options: Mapping[str, str]) -> None:
    """Raises BadInput for one of these options, given where the targets are code."""
    given = click.core.ParameterSource.COMMANDLINE
    for name, option in options.items():
        if context.get_parameter_source(name) is given:
            raise BadInput(
                f"{option} is about buckets in an account, and the targets are code", advice="leave it out"
            )


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInput(f"--var {text!r} is not NAME=VALUE", advice="write --var algorithm=aws:kms")
    return name.strip(), value
