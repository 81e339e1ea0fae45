"""Targets from the findings of other tools: `--from-findings`, `--findings-check`."""

import functools
from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import option
from s3kms.cli.options import SELECT, Command
from s3kms.cli.request_options import with_options
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput, NothingToCheck

_FILE = Option("from_findings", "FILE")


def findings_options(function: Command) -> Command:
    """Adds what findings of other tools name to the `targets` of the command, and says what was taken."""

    @functools.wraps(function)
    def wrapper(
        *args: Any,
        targets: tuple[str, ...],
        from_findings: tuple[Path, ...],
        findings_checks: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        if findings_checks and not from_findings:
            raise BadInput(
                Sentence("{option} goes with {file}", {"option": Option("findings_check"), "file": _FILE}),
                advice=Advice("add {file}", {"file": _FILE}),
            )
        taken = _taken(from_findings, findings_checks)
        if from_findings and not taken and not targets and kwargs.get("from_file") is None:
            raise NothingToCheck(
                "the findings name no bucket to check",
                advice=Advice(
                    "to take findings of another check, name it: {option}",
                    {"option": Option("findings_check", "ID")},
                ),
            )
        return function(*args, targets=(*targets, *taken), **kwargs)

    options = (
        option(
            SELECT,
            "--from-findings",
            "from_findings",
            multiple=True,
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            metavar="FILE",
            help="Take the buckets that findings of Prowler, Security Hub, AWS Config, Cloud Custodian or Checkov "
            "name (repeatable; - is stdin).",
        ),
        option(
            SELECT,
            "--findings-check",
            "findings_checks",
            multiple=True,
            metavar="ID",
            help="Also take findings of this check (repeatable), such as a custom AWS Config rule.",
        ),
    )
    return with_options(options, wrapper)


def _taken(files: tuple[Path, ...], checks: tuple[str, ...]) -> tuple[str, ...]:
    if not files:
        return ()
    found = api.read_external_findings(files, checks)
    if not click.get_current_context().params.get("quiet"):
        for file in found.files:
            notify(file.sentence.worded(cli_wording))
    return found.targets
