"""The options of `fix`: each is a field of `FixRequest`, under a flag of the command line."""

import functools
import shlex
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from s3kms.changes.request import DEFAULT_MAX_CHANGES, FixRequest
from s3kms.cli.beside import iac_option
from s3kms.cli.code_inputs import code_options
from s3kms.cli.options import Command, config_option, from_file_option, region_option
from s3kms.cli.selection import read_fixable
from s3kms.cli.wording import flag_of
from s3kms.desired.load import load_configuration
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import FieldRole, roles_of
from s3kms.remedies import REMEDIES
from s3kms.rules import IDS


def fix_request_options(function: Command) -> Command:
    """All options that say what is to be fixed; the command gets `request: FixRequest` and `command: str`.

    The request is checked; `command` is what was typed, as far as it had a part in what is written.
    """

    @click.argument("targets", nargs=-1, metavar="[TARGET]...")
    @from_file_option
    @_key_options
    @_remedy_options
    @click.option(
        "--max-changes",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_CHANGES,
        show_default=True,
        help="Refuse to change more buckets than this.",
    )
    @iac_option("Code that declares the live buckets (repeatable): edit it, instead of changing the account.")
    @region_option
    @config_option
    @code_options
    @functools.wraps(function)
    def wrapper(
        *args: Any, targets: tuple[str, ...], from_file: Path | None, inputs: CodeInputs, **kwargs: Any
    ) -> Any:
        names = {one.name for one in fields(FixRequest)} & kwargs.keys()
        options = {name: kwargs.pop(name) for name in names}
        configuration = load_configuration(options["config"], IDS)
        request = FixRequest(
            **options,
            targets=read_fixable(targets, from_file),
            variables=inputs.variables,
            variable_files=inputs.variable_files,
            workspace=inputs.workspace,
            parameter_files=inputs.parameter_files,
            honor_skips=inputs.honor_skips,
            configuration=replace(configuration, honor_skips=inputs.honor_skips),
        )
        request.check(given_on_command_line(names | _CODE_INPUTS))
        return function(
            *args, request=request, command_text=_command_text(targets, from_file, request), **kwargs
        )

    return wrapper


_CODE_INPUTS = {"variables", "variable_files", "workspace", "parameter_files", "honor_skips"}


def given_on_command_line(names: Iterable[str]) -> frozenset[str]:
    """Those parameters of the current command that were typed, and not taken from the environment or a default."""
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    return frozenset(name for name in names if context.get_parameter_source(name) is typed)


def _command_text(targets: tuple[str, ...], from_file: Path | None, request: FixRequest) -> str:
    """For the journal: the targets, and every option that had a part in what is written; of variables the names."""
    files = ("--from-file", str(from_file)) if from_file else ()
    options = (
        word
        for name, role, value in roles_of(request)
        if role.is_journalled and name != "targets"
        for word in _words_of(name, role, value)
    )
    return shlex.join(("fix", *targets, *files, *options))


def _words_of(name: str, role: FieldRole, value: Any) -> Iterable[str]:
    """`--key alias/logs`, `--no-dsse`, `--var password=...`; nothing for a default."""
    default = next(one.default for one in fields(FixRequest) if one.name == name)
    if value == default:
        return
    flag = flag_of(name)
    if value is True:
        yield flag
    elif value is False:
        yield flag.replace("--", "--no-", 1)
    else:
        for item in value if isinstance(value, tuple) else (value,):
            yield from (flag, f"{item[0]}=..." if role.is_secret else str(item))


def _key_options(function: Command) -> Command:
    """`--key`, `--dsse`, `--no-bucket-key`, `--bucket-key-only`."""
    options = (
        click.option(
            "--key", metavar="KEY", help="aws/s3, key id, alias or ARN [default: the key map's, else aws/s3]."
        ),
        click.option(
            "--dsse/--no-dsse", default=None, help="DSSE-KMS; or SSE-KMS even for named DSSE-KMS buckets."
        ),
        click.option(
            "--no-bucket-key", is_flag=True, help="Without S3 Bucket Key [default: with, save for DSSE]."
        ),
        click.option(
            "--bucket-key-only", is_flag=True, help="Only turn the bucket key on; algorithm and key stay."
        ),
    )
    return _with(options, function)


def _remedy_options(function: Command) -> Command:
    """`--as`, `--out`, `--new`."""
    options = (
        click.option(
            "--as",
            "form",
            type=click.Choice([remedy.name for remedy in REMEDIES]),
            help="Print the remedy in this form instead; change nothing.",
        ),
        click.option(
            "--out",
            "folder",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="With --as: put its files into this folder; none of that name may be there.",
        ),
        click.option(
            "--new", is_flag=True, help="With --as: the named bucket is yet to be made, in --region."
        ),
    )
    return _with(options, function)


def _with(options: Iterable[Any], function: Command) -> Command:
    for option in reversed(list(options)):
        function = option(function)
    return function


def check_modes(request: FixRequest, *, is_apply: bool, is_check: bool) -> None:
    """Raises BadInput for what cannot be done together: print or carry out, ask or do."""
    if request.form and is_apply:
        raise BadInput("--as prints the remedy and --apply carries it out", advice="leave one of them out")
    if is_check and is_apply:
        raise BadInput(
            "--check asks whether something would change and --apply changes it",
            advice="leave one of them out",
        )
    if is_check and request.code is None:
        raise BadInput("--check is about code", advice="leave it out: without --apply nothing is written")
