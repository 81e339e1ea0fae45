"""`s3kms plan`."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.completion_values import TARGET
from s3kms.cli.findings_options import findings_options
from s3kms.cli.fix_options import key_options, unchecked_fix_request
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import GroupedCommand, given_options, option, options_of_environment
from s3kms.cli.options import (
    SELECT,
    AwsOptions,
    OutputOptions,
    aws_options,
    config_option,
    from_file_option,
    out_options,
)
from s3kms.cli.output import Write, opened
from s3kms.cli.plan_exemptions import ExemptionOptions, emit_exemptions, exemption_options
from s3kms.cli.plan_key import NewKeyOptions, new_key_options, print_new_key
from s3kms.cli.plan_prepare import PrepareOptions, prepare, prepare_options
from s3kms.cli.request_options import account_options, code_options, narrowing_options
from s3kms.cli.requests import check_connection_options, find_configuration, read_lines
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.organization_export import EXPORT_COMMANDS
from s3kms.model.plan import PlanEvent, PlanSummary

if TYPE_CHECKING:
    from s3kms.api import PlanHeader
    from s3kms.changes.planning.request import PlanRequest

PLAN_FILE, WAVES, COST, ACCESS = "The plan's file", "Waves", "Cost", "Who keeps access"
FORMATS = ("table", "json", "html")
EPILOG = """\b
Examples:
  s3kms plan
  s3kms plan 's3://logs-*' --key alias/logs --out plan.json
  s3kms plan --org --assume-role SecurityAudit --wave-by account --out plan.json
  s3kms plan ./infra
  s3kms plan --from-findings securityhub.json --key alias/data --out plan.json
  s3kms fix --plan plan.json --wave 1 --apply
  s3kms plan --key alias/data --prepare --apply
  s3kms plan --region eu-west-1 --create-key terraform
  s3kms plan --emit-exemptions --owner 'platform team' --apply

\b
Classes: ready (no known hazard), prepare (statements or settings must be added first), look
(a deciding fact could not be read), stay (its use does not work with SSE-KMS).
Exit codes: 0 every bucket that would change is ready, 11 some are not or could not be read,
3 no bucket, 2 usage, 1 failed.
"""


def _print_queries(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        for where, query in api.observed_queries().items():
            click.echo(f"-- {where}\n{query}")
        context.exit()


def print_export_commands(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    """For a shell of the management account."""
    if is_asked:
        click.echo(EXPORT_COMMANDS)
        context.exit(0)


@click.command("plan", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
@from_file_option
@findings_options
@option(SELECT, "--deep", "deep", is_flag=True, help="Also ask services which buckets they deliver to.")
@key_options
@narrowing_options
@account_options
@config_option
@code_options
@option(
    WAVES,
    "--wave-by",
    "wave_by",
    metavar="GROUP",
    help="Group the waves by account, region or tag:NAME [default: one wave for all].",
)
@option(
    WAVES,
    "--canary",
    "canary",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="Number of buckets in the first wave, the canary; 0 for none.",
)
@option(
    COST,
    "--requests",
    "requests",
    type=click.IntRange(min=0),
    metavar="N",
    help="GET and PUT requests per month to assume for buckets without CloudWatch request metrics.",
)
@option(
    ACCESS,
    "--org-role",
    "org_role",
    metavar="ARN",
    help="Role in the management account that can read the organization policies.",
)
@option(
    ACCESS,
    "--key-role",
    "key_role",
    metavar="ARN",
    help="Role that can read key policies in another account, and with --prepare write them.",
)
@option(
    ACCESS,
    "--org-policies",
    "org_policies",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder with exported organization policies.",
)
@option(
    ACCESS,
    "--observed",
    "observed",
    multiple=True,
    metavar="SOURCE",
    help=(
        "Logs that tell who used the buckets (repeatable): data events of CloudTrail, S3 access logs, results of "
        "the queries below; a file, a folder or s3://bucket/prefix."
    ),
)
@option(
    ACCESS,
    "--observed-queries",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_queries,
    help="Print the queries for Athena and CloudTrail Lake whose results --observed reads, and exit.",
)
@option(
    ACCESS,
    "--export-commands",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_export_commands,
    help="Print the commands that export organization policies, and exit.",
)
@option(
    ACCESS,
    "--accept",
    "accept",
    multiple=True,
    metavar="CAVEAT",
    help="Treat buckets as ready although this could not be read (repeatable): org-policies-unread, access-unread.",
)
@option(
    PLAN_FILE,
    "--out",
    "plan_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the plan to this file (mode 0600).",
)
@exemption_options
@prepare_options
@new_key_options
@aws_options
@out_options(FORMATS)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    plan_file: Path | None,
    exemptions: ExemptionOptions,
    preparation: PrepareOptions,
    new_key: NewKeyOptions,
    aws: AwsOptions,
    out: OutputOptions,
    **options: Any,
) -> int:
    """Show what would change, what would break and what it costs, before anything changes.

    Each bucket that `fix` would change is read: its policy, ACL, website, replication, and who delivers into it. Its
    class is ready, prepare, look or stay, with the evidence and the remedy of each hazard.
    Nothing is written but the plan's file, unless --apply is given with --prepare or --emit-exemptions.

    In code the same hazards are seen in what the code declares, without calling AWS.

    With --emit-exemptions the buckets that stay are printed as exemptions of s3kms.toml; --apply adds them to it.
    """
    given = given_options(click.get_current_context())
    exemptions.check(given, prepares=preparation.is_asked)
    words = (*targets, *read_lines(from_file, "one target per line: s3://bucket"))
    new_key.check(given)
    request = new_key.without_key(_build_request(words, options))
    preparation.check(given, request)
    _check_result(given, exemptions, preparation, new_key)
    form = _format_of(out)
    _check_plan_file(plan_file, out.output)
    header = api.plan_header(request, datetime.now(UTC))
    client = api.Client(**aws.settings)
    summary, fold = _Summary(), preparation.new_fold()
    with ExitStack() as stack:
        events = summary.watch(api.plan_events(request, client.connect, fold.watch if fold else None))
        write = stack.enter_context(opened(out.output))
        events = _saved(_begun(events), header, plan_file, stack)
        if exemptions.emit:
            file = find_configuration(request.fix.config, request.fix.targets, verbose=out.verbose)
            return int(emit_exemptions(events, exemptions, file, write))
        if new_key.is_asked:
            return int(print_new_key(events, new_key, write))
        if fold is not None:
            applying = {"is_apply": exemptions.is_apply, "yes": exemptions.yes}
            return int(prepare(events, fold, request, client, preparation, write=write, **applying))
        if form == "json":
            _write_json(events, header, write)
        elif form == "html":
            _write_page(events, out, header, write, plan_file)
        else:
            _write_table(events, out, write, plan_file)
    found = summary.found
    if plan_file and not out.quiet:
        notify(f"plan written to {plan_file}")
    return int(found.exit if found else Exit.ERROR)


def _build_request(targets: tuple[str, ...], options: dict[str, Any]) -> "PlanRequest":
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.changes.request import FixRequest

    context = click.get_current_context()
    accounts_file = options.pop("accounts_file", None)
    options["accounts"] = (*options["accounts"], *read_lines(accounts_file, "one account per line"))
    of_fix = {one.name: options.pop(one.name) for one in fields(FixRequest) if one.name in options}
    request = PlanRequest(fix=unchecked_fix_request(targets, of_fix), **options)
    given, environment = given_options(context), options_of_environment(context)
    check_connection_options(request.kind, given)
    if unfit := request.unfit_options() & (environment - given):
        of_fix = {name: value for name, value in of_fix.items() if name not in unfit}
        options = {name: value for name, value in options.items() if name not in unfit}
        request = PlanRequest(fix=unchecked_fix_request(targets, of_fix), **options)
    request.check(given)
    return request


def _check_result(
    given: frozenset[str], exemptions: ExemptionOptions, preparation: PrepareOptions, new_key: NewKeyOptions
) -> None:
    """Raises BadInput where two results are asked for, of which one alone can be printed."""
    results = {
        "emit_exemptions": exemptions.emit,
        "prepare": preparation.is_asked,
        "key_policy": new_key.is_policy,
        "create_key": new_key.form is not None,
    }
    asked = [name for name, is_asked in results.items() if is_asked]
    asked += ["format"] if asked and "format_" in given else []
    if len(asked) > 1:
        fields: dict[str, Any] = {"one": Option(asked[0]), "other": Option(asked[1])}
        advice = Advice("leave {other} out" if asked[1] == "format" else "run one after the other", fields)
        raise BadInput(Sentence("{one} and {other} cannot be combined", fields), advice=advice)


def _format_of(out: OutputOptions) -> str:
    from s3kms.reports import format_of_file

    name = out.format or format_of_file(out.output)
    if name not in FORMATS:
        raise BadInput(f"a plan has no format {name!r}", advice=f"the formats are {', '.join(FORMATS)}")
    return name


def _check_plan_file(plan_file: Path | None, output: Path | None) -> None:
    """Raises BadInput for a plan's file that would not be one that only its owner reads."""
    if plan_file is None:
        return
    out = Option("out", str(plan_file))
    if str(plan_file) == "-":
        raise BadInput(
            Sentence("{out} is not a file", {"out": out}),
            advice=Advice("to have the plan on stdout: {json}", {"json": Option("format", "json")}),
        )
    if output is not None and plan_file.absolute() == output.absolute():
        raise BadInput(
            Sentence(
                "{out} and {output} are the same file", {"out": out, "output": Option("output", str(output))}
            ),
            advice="name two",
        )


class _Summary:
    """The sum, seen as it goes by."""

    def __init__(self) -> None:
        self.found: PlanSummary | None = None

    def watch(self, events: Iterable[PlanEvent]) -> Iterator[PlanEvent]:
        for event in events:
            if isinstance(event, PlanSummary):
                self.found = event
            yield event


def _begun(events: Iterator[PlanEvent]) -> Iterator[PlanEvent]:
    """The events, once the first is there: what fails at once leaves no half-written file."""
    first = next(events)

    def whole() -> Iterator[PlanEvent]:
        yield first
        yield from events

    return whole()


def _saved(
    events: Iterator[PlanEvent], header: "PlanHeader", plan_file: Path | None, stack: ExitStack
) -> Iterator[PlanEvent]:
    """The events, each written into the plan's file as it goes by."""
    if plan_file is None:
        return events
    write = stack.enter_context(opened(plan_file, private=True, option="out"))
    return api.plan_writer(header, write, cli_wording).passing(events)


def _write_json(events: Iterator[PlanEvent], header: "PlanHeader", write: Write) -> None:
    writer = api.plan_writer(header, write, cli_wording)
    for event in events:
        writer.add(event)


def _write_page(
    events: Iterator[PlanEvent],
    out: OutputOptions,
    header: "PlanHeader",
    write: Write,
    plan_file: Path | None,
) -> None:
    from s3kms.reports.html.plan import render
    from s3kms.reports.interface import ReportStyle

    style = ReportStyle(out.width, wording=cli_wording)
    for text in render(events, style, plan=str(plan_file) if plan_file else None, header=header):
        write(text)


def _write_table(
    events: Iterator[PlanEvent], out: OutputOptions, write: Write, plan_file: Path | None
) -> None:
    from s3kms.reports.interface import ReportStyle
    from s3kms.reports.plan_table import render

    style = ReportStyle(out.width, out.color, wording=cli_wording)
    for text in render(events, style, plan=str(plan_file) if plan_file else None):
        write(text)
