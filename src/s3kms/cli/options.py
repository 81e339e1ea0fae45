"""The options that several commands have alike."""

import functools
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from s3kms.cli.option_groups import option
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import LIVE_OR_AGGREGATOR, request_field

Command = Callable[..., Any]
SELECT, LIVE, CHANGES = "What to check", "Live buckets", "Changes"
RESULT, CONFIGURATION, CONNECTION = "Result", "Configuration", "Connection to AWS"
"""The groups of options in the help."""


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """How to reach AWS."""

    profile: str | None = request_field(None, applies_to=LIVE_OR_AGGREGATOR)
    endpoint_url: str | None = request_field(None, applies_to=LIVE_OR_AGGREGATOR)
    concurrency: int = request_field(64, applies_to=LIVE_OR_AGGREGATOR)
    max_rps: float | None = request_field(None, applies_to=LIVE_OR_AGGREGATOR)

    @property
    def settings(self) -> dict[str, Any]:
        """As the library's client takes them."""
        return {
            "profile": self.profile,
            "endpoint_url": self.endpoint_url,
            "concurrency": self.concurrency,
            "max_rps": self.max_rps,
        }


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Where results go, and how they look."""

    format: str | None
    output: Path | None
    quiet: bool
    verbose: bool
    no_color: bool

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at the results as they come."""
        return self.output is None and sys.stdout.isatty()

    @property
    def color(self) -> bool:
        """Colors only for a terminal that wants them (NO_COLOR is honored)."""
        import os

        return self.is_terminal and not self.no_color and not os.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """Columns: the terminal's, COLUMNS, or 120."""
        return shutil.get_terminal_size((120, 24)).columns


def aws_options(function: Command) -> Command:
    """`--profile`, `--endpoint-url`, `--concurrency`; the command gets `aws: Aws`."""

    @option(
        CONNECTION,
        "--profile",
        "profile",
        metavar="NAME",
        help="Profile of the AWS configuration [default: AWS_PROFILE].",
    )
    @option(
        CONNECTION, "--endpoint-url", "endpoint_url", metavar="URL", help="Call this server instead of AWS."
    )
    @option(
        CONNECTION,
        "--concurrency",
        "concurrency",
        type=click.IntRange(1, 1024),
        default=64,
        show_default=True,
        help="Maximum concurrent calls; adapts below this limit.",
    )
    @option(
        CONNECTION,
        "--max-rps",
        "max_rps",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Maximum calls a second to S3, in all [default: as many as AWS takes].",
    )
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        profile: str | None,
        endpoint_url: str | None,
        concurrency: int,
        max_rps: float | None,
        **kwargs: Any,
    ) -> Any:
        return function(*args, aws=AwsOptions(profile, _url(endpoint_url), concurrency, max_rps), **kwargs)

    return wrapper


def config_option(function: Command) -> Command:
    """`--config`."""
    decorated: Command = option(
        CONFIGURATION,
        "--config",
        "config",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Desired state and exemptions [default: the nearest s3kms.toml, or pyproject.toml with tool.s3kms].",
    )(function)
    return decorated


def from_file_option(function: Command) -> Command:
    """`--from-file`."""
    decorated: Command = option(
        SELECT,
        "--from-file",
        "from_file",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="More targets, one a line; - is stdin; lines that begin with # are comments.",
    )(function)
    return decorated


def region_option(function: Command) -> Command:
    """`--region`, repeatable; the command gets `regions`."""
    decorated: Command = option(
        LIVE,
        "--region",
        "regions",
        multiple=True,
        metavar="REGION",
        help="Only buckets of this region (repeatable).",
    )(function)
    return decorated


def directory_buckets_option(function: Command) -> Command:
    """`--directory-buckets`, `--no-directory-buckets`; None is what the configuration says."""
    decorated: Command = option(
        LIVE,
        "--directory-buckets/--no-directory-buckets",
        "directory_buckets",
        default=None,
        help="Look for directory buckets, too [default: yes, or as the configuration says].",
    )(function)
    return decorated


def role_external_id_option(function: Command) -> Command:
    """`--external-id`, of a run that assumed a role in another account."""
    decorated: Command = option(
        CONNECTION,
        "--external-id",
        "external_id",
        metavar="ID",
        help="External id of the role that the run assumed in another account.",
    )(function)
    return decorated


def journal_option(function: Command) -> Command:
    """`--journal`."""
    decorated: Command = option(
        CHANGES,
        "--journal",
        "journal",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of the journals [default: $XDG_STATE_HOME/s3kms/runs].",
    )(function)
    return decorated


def apply_options(function: Command) -> Command:
    """`--apply`, `--yes`; the command gets `is_apply` and `yes`."""
    function = option(
        CHANGES, "--yes", "yes", is_flag=True, help="With --apply: do not ask for confirmation."
    )(function)
    decorated: Command = option(
        CHANGES, "--apply", "is_apply", is_flag=True, help="Apply the changes; without it, only show them."
    )(function)
    return decorated


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report of findings is about, and in which further files it stands."""

    framework: str | None = None
    also: tuple[Path, ...] = ()


PLAIN_REPORT = ReportOptions()


def framework_option(function: Command) -> Command:
    """`--framework`."""
    decorated: Command = option(
        RESULT,
        "--framework",
        "framework",
        metavar="NAME",
        help="Only rules that map to controls of this framework; part of its name is enough (pci, nist sp 800-53, "
        "iso). Tables add the status of each control.",
    )(function)
    return decorated


def report_options(function: Command) -> Command:
    """`--framework`, `--also`; the command gets `report: ReportOptions`."""

    @framework_option
    @option(
        RESULT,
        "--also",
        "also",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write this report, too, in the format that its name ends with (repeatable): x.sarif.json, x.junit.xml.",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, framework: str | None, also: tuple[Path, ...], **kwargs: Any) -> Any:
        return function(*args, report=ReportOptions(framework, also), **kwargs)

    return wrapper


def out_options(formats: tuple[str, ...]) -> Callable[[Command], Command]:
    """`--format`, `--output`, `--quiet`, `--verbose`, `--no-color`; the command gets `out: Out`."""

    def decorate(function: Command) -> Command:
        @option(
            RESULT,
            "--format",
            "format_",
            metavar="[" + "|".join(formats) + "]",
            help="Format of the result [default: as the name of --output ends, else table].",
        )
        @option(
            RESULT,
            "-o",
            "--output",
            "output",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Write the result to this file, whole or not at all [default: stdout].",
        )
        @option(RESULT, "-q", "--quiet", "quiet", is_flag=True, help="No progress and no notes on stderr.")
        @option(
            RESULT,
            "-v",
            "--verbose",
            "verbose",
            is_flag=True,
            help="List the buckets that pass, too; say which configuration counts.",
        )
        @option(RESULT, "--no-color", "no_color", is_flag=True, help="No colors.")
        @functools.wraps(function)
        def wrapper(
            *args: Any,
            format_: str | None,
            output: Path | None,
            quiet: bool,
            verbose: bool,
            no_color: bool,
            **kwargs: Any,
        ) -> Any:
            return function(*args, out=OutputOptions(format_, output, quiet, verbose, no_color), **kwargs)

        return wrapper

    return decorate


def _url(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in text):
        raise BadInput(
            f"{text!r} is not the URL of an endpoint", advice="write http://HOST:PORT or https://HOST"
        )
    return text
