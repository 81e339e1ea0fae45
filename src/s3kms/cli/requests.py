"""From a command line to a request of the library."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import given_options, options_of_environment
from s3kms.cli.wording import flag_of
from s3kms.model.code_inputs import read_terraform_environment
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import TargetKind
from s3kms.model.targets import CodeTarget, ScanTarget

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest

_CONNECTION = frozenset({"profile", "endpoint_url", "concurrency", "max_rps"})


def build_check_request(
    context: click.Context,
    targets: Iterable[str],
    from_file: Path | None,
    options: Mapping[str, Any],
    *,
    verbose: bool,
) -> "tuple[ScanRequest, frozenset[str]]":
    """The request, and the options that the user named. Raises BadInput."""
    target = api.parse_scan_target((*targets, *read_lines(from_file, "one target per line: s3://bucket")))
    values = dict(options)
    accounts_file = values.pop("accounts_file", None)
    values["accounts"] = (*values.get("accounts", ()), *read_lines(accounts_file, "one account per line"))
    values["configuration"] = find_configuration(values.pop("config", None), target, verbose=verbose)
    if isinstance(target, CodeTarget) or values.get("iac"):
        values["terraform_environment"] = read_terraform_environment(os.environ)
    given, environment = (
        _with_accounts(given_options(context)),
        _with_accounts(options_of_environment(context)),
    )
    request = api.build_check_request(target, values)
    check_connection_options(request.kind, given)
    if unfit := request.unfit_options & (environment - given):
        request = api.build_check_request(target, {k: v for k, v in values.items() if k not in unfit})
    return request, given


def check_connection_options(kind: TargetKind, given: frozenset[str]) -> None:
    """Raises BadInput for an option about AWS where AWS is not called."""
    if kind is TargetKind.CODE and (named := given & _CONNECTION):
        flags = ", ".join(sorted(map(flag_of, named)))
        raise BadInput(f"{flags} is about {TargetKind.LIVE}, and the targets are code", advice="leave it out")


def _with_accounts(names: frozenset[str]) -> frozenset[str]:
    """`--accounts-file` is another way to name accounts."""
    return names | {"accounts"} if "accounts_file" in names else names


def find_configuration(config: Path | None, target: ScanTarget, *, verbose: bool) -> Path | None:
    """The file of the configuration: the one named, else the nearest. Raises BadInput."""
    found = config or api.find_configuration(target.paths if isinstance(target, CodeTarget) else ())
    if found and verbose:
        notify(f"configuration: {found}")
    return found


def read_lines(path: Path | None, form: str) -> list[str]:
    """The lines of a file, or of stdin for `-`, without comments. Raises BadInput where there is none."""
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path} cannot be read: {why}", advice=form) from error
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    if not lines:
        raise BadInput(f"{path} names nothing", advice=form)
    return lines
