"""`s3kms schedule`."""

from pathlib import Path
from typing import Any

import click

from s3kms import schedules
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import RESULT, SELECT, config_option
from s3kms.cli.output import opened
from s3kms.cli.partition_option import partition_option
from s3kms.cli.request_options import account_options, aggregator_options, narrowing_options
from s3kms.cli.requests import build_check_request
from s3kms.model.errors import BadInput

FUNCTION, ROLE = "Of function", "Of role"
PARTS = ("function", "role")
_READ_ROLE = "s3kms-read"
EPILOG = """\b
Examples:
  s3kms schedule function --results s3://acme-audit/s3kms/ -o schedule.yaml
  s3kms schedule function --results s3://acme-audit/ --org --assume-role s3kms-read --as terraform
  s3kms schedule role --assume-role s3kms-read --ou r-ab12 \\
      --trust arn:aws:iam::111122223333:role/s3kms-check -o role.yaml

\b
How the package is made and what is deployed in which order: docs/schedule.md
"""


@click.command("schedule", cls=GroupedCommand, epilog=EPILOG)
@click.argument("part", type=click.Choice(PARTS), metavar="[function|role]")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@option(
    FUNCTION,
    "--results",
    "results",
    metavar="s3://BUCKET/PREFIX/",
    help="Where the function writes results.",
)
@option(
    FUNCTION,
    "--new-bucket",
    "new_bucket",
    is_flag=True,
    help="Also create this bucket, with SSE-KMS and versioning.",
)
@option(
    FUNCTION,
    "--results-key",
    "results_key",
    metavar="ARN",
    help="The customer managed key of its default encryption, where it has one.",
)
@option(
    FUNCTION,
    "--results-owner",
    "results_owner",
    metavar="ID",
    help="The account of the bucket [default: that of the function].",
)
@option(
    FUNCTION, "--name", "name", default="s3kms-check", show_default=True, metavar="NAME",
    help="Name of the function and its role.",
)  # fmt: skip
@option(
    FUNCTION, "--schedule", "schedule", default="rate(1 day)", show_default=True, metavar="EXPRESSION",
    help="rate(12 hours), or cron(0 4 * * ? *), in UTC.",
)  # fmt: skip
@option(ROLE, "--trust", "trust", metavar="ARN", help="The role that may assume it: that of the function.")
@option(
    ROLE,
    "--ou",
    "units",
    multiple=True,
    metavar="ID",
    help="An organizational unit whose accounts get the role, or the root (repeatable).",
)
@option(
    SELECT,
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    help="Also check this companion rule (repeatable).",
)
@option(SELECT, "--deep", "deep", is_flag=True, help="Check with --deep: also read key policies.")
@narrowing_options
@account_options
@aggregator_options
@config_option
@option(
    RESULT, "--as", "form", type=click.Choice(schedules.SCHEDULE_FORMS), default="cloudformation", show_default=True,
    help="The language of the template.",
)  # fmt: skip
@partition_option
@option(
    RESULT, "-o", "--output", "output", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the template to this file, atomically [default: stdout].",
)  # fmt: skip
def command(  # noqa: PLR0917 - click passes them by name
    part: str,
    targets: tuple[str, ...],
    form: str,
    partition: str,
    output: Path | None,
    trust: str | None,
    units: tuple[str, ...],
    **options: Any,
) -> None:
    """Print a template that checks on a schedule: a Lambda function that writes results to a bucket.

    Its permissions are the minimal ones of the check that TARGET and options mean. `s3kms schedule role` prints the
    role that it assumes in the accounts of an organization, as a StackSet. AWS is not called.
    """
    of_function = {name: options.pop(name) for name in _OF_FUNCTION}
    is_function = part == "function"
    if is_function != (of_function["results"] is not None):
        raise BadInput(
            "--results belongs to schedule function"
            if not is_function
            else "no bucket for the results is named",
            advice="leave it out" if not is_function else "name a bucket: --results s3://BUCKET/PREFIX/",
        )
    if is_function and (trust or units):
        raise BadInput("--trust and --ou belong to schedule role", advice="leave them out")
    if not is_function:
        # A role of that name for other accounts: Organizations has one already under the default of `check`.
        options |= {"org": not options["accounts"], "assume_role": options["assume_role"] or _READ_ROLE}
    request, _ = build_check_request(click.get_current_context(), targets, None, options, verbose=False)
    if is_function:
        text = schedules.render_scheduled_function(request, form, _settings(of_function, partition))
    elif trust is None:
        raise BadInput("no principal that may assume the role is named", advice="name a role: --trust ARN")
    else:
        settings = {"trusted": trust, "units": units}
        text = schedules.render_read_role(request, form, partition, settings)
    with opened(output) as write:
        write(text)


_OF_FUNCTION = ("results", "new_bucket", "results_key", "results_owner", "name", "schedule")


def _settings(given: dict[str, Any], partition: str) -> dict[str, Any]:
    """The fields of `ScheduledFunction`. Raises BadInput for results that are no address."""
    address = str(given["results"])
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://"):
        raise BadInput(f"--results {address!r} is not an address", advice="write s3://BUCKET/PREFIX/")
    return {
        "bucket": bucket,
        "prefix": prefix,
        "makes_bucket": given["new_bucket"],
        "key": given["results_key"],
        "owner": given["results_owner"],
        "name": given["name"],
        "schedule": given["schedule"],
        "partition": partition,
    }
