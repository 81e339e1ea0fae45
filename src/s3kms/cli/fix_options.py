"""The options of `fix`: each is a field of `FixRequest`, under a flag of the command line."""

import functools
import os
import shlex
from collections.abc import Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.changes.request import DEFAULT_MAX_CHANGES, FixRequest
from s3kms.cli.completion_values import TARGET
from s3kms.cli.findings_options import findings_options
from s3kms.cli.option_groups import given_options, option, options_of_environment
from s3kms.cli.options import (
    CHANGES,
    LIVE,
    Command,
    config_option,
    directory_buckets_option,
    from_file_option,
    region_option,
)
from s3kms.cli.request_options import code_options
from s3kms.cli.requests import find_configuration, read_lines
from s3kms.cli.wording import flag_of
from s3kms.model.code_inputs import read_terraform_environment
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import FieldRole, roles_of
from s3kms.model.targets import AggregatorTarget, CodeTarget
from s3kms.remedies import REMEDIES

_WITHOUT_FLAG = frozenset({"targets", "terraform_environment"})
ENCRYPTION, REMEDY = "Encryption", "Print instead of changing"


def fix_request_options(function: Command) -> Command:
    """All options that say what is to be fixed; the command gets `request: FixRequest` and `command_text: str`.

    The request is checked; `command_text` is what was asked, as far as it had a part in what is written.
    """

    @click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
    @from_file_option
    @findings_options
    @key_options
    @_remedy_options
    @option(
        CHANGES,
        "--max-changes",
        "max_changes",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_CHANGES,
        show_default=True,
        help="Refuse to change more buckets than this.",
    )
    @option(
        CHANGES,
        "--accept",
        "accept",
        multiple=True,
        metavar="HAZARD",
        help="Change buckets although this breaks (repeatable); `unread`: although it could not be read.",
    )
    @option(
        LIVE,
        "--iac",
        "iac",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Code that declares the live buckets (repeatable): edit it, instead of changing the account.",
    )
    @region_option
    @directory_buckets_option
    @config_option
    @code_options
    @functools.wraps(function)
    def wrapper(*args: Any, targets: tuple[str, ...], from_file: Path | None, **kwargs: Any) -> Any:
        options = {one.name: kwargs.pop(one.name) for one in fields(FixRequest) if one.name in kwargs}
        request = build_fix_request(
            (*targets, *read_lines(from_file, "one target per line: s3://bucket")), options
        )
        text = _command_text(targets, from_file, request)
        return function(*args, request=request, command_text=text, **kwargs)

    return wrapper


def build_fix_request(targets: tuple[str, ...], options: dict[str, Any]) -> FixRequest:
    """The checked request; what came from the environment and does not fit the targets is passed over."""
    context = click.get_current_context()
    request = unchecked_fix_request(targets, options)
    unfit = options_of_environment(context) & request.unfit_options()
    if unfit:
        request = unchecked_fix_request(targets, {k: v for k, v in options.items() if k not in unfit})
    request.check(given_options(context))
    return request


def unchecked_fix_request(targets: tuple[str, ...], options: dict[str, Any]) -> FixRequest:
    """The request of the targets and options, with the configuration. Raises BadInput."""
    target = api.parse_scan_target(targets)
    if isinstance(target, AggregatorTarget):
        raise BadInput(
            f"{target} is an AWS Config aggregator, which only a check reads", advice="name buckets, or code"
        )
    file = find_configuration(options.get("config"), target, verbose=False)
    configuration: dict[str, Any] = {"configuration": api.read_configuration(file)} if file else {}
    if isinstance(target, CodeTarget) or options.get("iac"):
        configuration["terraform_environment"] = read_terraform_environment(os.environ)
    return FixRequest(**options, **configuration, targets=target)


def _command_text(targets: tuple[str, ...], from_file: Path | None, request: FixRequest) -> str:
    """For the journal: the targets, and every option that had a part in what is written; of variables the names."""
    files = ("--from-file", str(from_file)) if from_file else ()
    options = (
        word
        for name, role, value in roles_of(request)
        if role.is_journalled and name not in _WITHOUT_FLAG
        for word in _words_of(name, role, value)
    )
    return shlex.join(("fix", *targets, *files, *options))


def _words_of(name: str, role: FieldRole, value: Any) -> Iterable[str]:
    """`--key alias/logs`, `--no-dsse`, `--var password=...`; nothing for a default."""
    default = next(one.default for one in fields(FixRequest) if one.name == name)
    if default is not MISSING and value == default:
        return
    flag = flag_of(name)
    if value is True:
        yield flag
    elif value is False:
        yield flag.replace("--", "--no-", 1)
    else:
        for item in value if isinstance(value, tuple) else (value,):
            yield from (flag, f"{item[0]}=..." if role.is_secret else str(item))


def key_options(function: Command) -> Command:
    """`--key`, `--dsse`, `--no-bucket-key`, `--bucket-key-only`."""
    options = (
        option(
            ENCRYPTION,
            "--key",
            "key",
            metavar="KEY",
            help="aws/s3, key id, alias or ARN [default: the key map's, else aws/s3].",
        ),
        option(
            ENCRYPTION,
            "--dsse/--no-dsse",
            "dsse",
            default=None,
            help="DSSE-KMS; or SSE-KMS even for named DSSE-KMS buckets.",
        ),
        option(
            ENCRYPTION,
            "--no-bucket-key",
            "no_bucket_key",
            is_flag=True,
            help="Without S3 Bucket Key [default: with, save for DSSE].",
        ),
        option(
            ENCRYPTION,
            "--bucket-key-only",
            "bucket_key_only",
            is_flag=True,
            help="Only turn the bucket key on; algorithm and key stay.",
        ),
    )
    return _with(options, function)


def _remedy_options(function: Command) -> Command:
    """`--as`, `--out`, `--new`."""
    options = (
        option(
            REMEDY,
            "--as",
            "form",
            type=click.Choice([remedy.name for remedy in REMEDIES]),
            help="Print the remedy in this form instead; change nothing.",
        ),
        option(
            REMEDY,
            "--out",
            "folder",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="With --as: put its files into this folder; none of that name may be there.",
        ),
        option(
            REMEDY,
            "--new",
            "new",
            is_flag=True,
            help="With --as: the named bucket is yet to be made, in --region.",
        ),
    )
    return _with(options, function)


def _with(options: Iterable[Any], function: Command) -> Command:
    for one in reversed(list(options)):
        function = one(function)
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
