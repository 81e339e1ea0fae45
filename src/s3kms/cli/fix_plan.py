"""`s3kms fix --plan FILE`: its options, and what it shows."""

import functools
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.changes.waves.request import DEFAULT_MAX_AGE, DEFAULT_MAX_FAILURES, WaveRequest
from s3kms.cli.change_output import callbacks_for, confirm, describe_outcome, show_changes
from s3kms.cli.option_groups import given_options, option
from s3kms.cli.options import Command
from s3kms.cli.requests import find_configuration
from s3kms.cli.wording import cli_wording, flag_of
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.text.count import count
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.request import FixRequest
    from s3kms.changes.waves.prepare import PreparedWave

CARRY_OUT = "Carry out a plan"
_WITH_PLAN = frozenset({"wave", "waive", "approved_by", "max_failures", "max_age", "external_id"})
"""Options that mean something with --plan alone."""
_ALSO = frozenset({"is_apply", "yes", "journal", "quiet", "accept", "max_changes", "config"})
_CONNECTION = frozenset({"profile", "endpoint_url", "concurrency", "max_rps"})
Tell = Callable[[str], None]


def wave_options(function: Command) -> Command:
    """`--plan` and what goes with it; the command gets `plan_file: Path | None` and `wave: dict`."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        wave = {name: kwargs.pop(name) for name in sorted(_WITH_PLAN)}
        return function(*args, wave=wave, **kwargs)

    decorated: Command = wrapper
    for one in (*reversed(_limits()), *reversed(_what_is_carried_out())):
        decorated = one(decorated)
    return decorated


def _what_is_carried_out() -> list[Any]:
    """`--plan`, `--wave`, `--waive`, `--approved-by`."""
    number = click.IntRange(min=1)
    return [
        option(
            CARRY_OUT,
            "--plan",
            "plan_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Change the buckets that this plan has as ready, each judged again; no targets.",
        ),
        option(
            CARRY_OUT,
            "--wave",
            "wave",
            type=number,
            metavar="N",
            help="Only this wave, once the one before was verified [default: every ready bucket].",
        ),
        option(
            CARRY_OUT,
            "--waive",
            "waive",
            type=number,
            metavar="N",
            help="Go on although wave N was not verified; needs --approved-by.",
        ),
        option(
            CARRY_OUT,
            "--approved-by",
            "approved_by",
            metavar="NAME",
            help="Who signed it off; the journal of each run keeps it.",
        ),
    ]


def _limits() -> list[Any]:
    """`--max-failures`, `--max-age`, `--external-id`."""
    return [
        option(
            CARRY_OUT,
            "--max-failures",
            "max_failures",
            type=click.IntRange(min=1),
            default=DEFAULT_MAX_FAILURES,
            show_default=True,
            metavar="N",
            help="Stop the wave after so many failures.",
        ),
        option(
            CARRY_OUT,
            "--max-age",
            "max_age",
            type=click.IntRange(min=0),
            default=DEFAULT_MAX_AGE,
            show_default=True,
            metavar="HOURS",
            envvar=None,  # it lets more be written, so that it is said each time
            help="Refuse a plan that is older.",
        ),
        option(
            CARRY_OUT,
            "--external-id",
            "external_id",
            metavar="ID",
            help="External id of the role, where the plan was made with one.",
        ),
    ]


def build_wave_request(
    context: click.Context, plan_file: Path | None, wave: dict[str, Any], request: "FixRequest"
) -> WaveRequest | None:
    """What --plan asks for; None without it. Raises BadInput for options that do not go with it, or without it."""
    given = given_options(context)
    if plan_file is None:
        if alone := sorted(given & _WITH_PLAN):
            fields: dict[str, Any] = {"option": Option(alone[0]), "plan": Option("plan", "FILE")}
            raise BadInput(Sentence("{option} goes with {plan}", fields), advice=Advice("add {plan}", fields))
        return None
    others = given - _WITH_PLAN - _ALSO - _CONNECTION - {"plan_file"}
    if "targets" in others or "from_file" in others or context.params.get("targets"):
        raise BadInput("a plan says which buckets are meant", advice="leave the targets out, or --plan")
    if others:
        raise BadInput(
            f"{flag_of(min(others))} says what is to be changed, and the plan says that already",
            advice="leave it out, or make another plan",
        )
    configuration = find_configuration(request.config, (), verbose=False)
    values: dict[str, Any] = {"configuration": api.read_configuration(configuration)} if configuration else {}
    return WaveRequest(
        file=plan_file, accept=request.accept, max_changes=request.max_changes, **values, **wave
    )


def carry_out(
    request: WaveRequest,
    client: "api.Client",
    folder: Path | None,
    *,
    is_apply: bool,
    yes: bool,
    tell: Tell,
) -> int:
    """Show what a plan's file comes to today, or carry it out. Raises BadInput, Refused, Stopped."""
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.waves.apply import apply_wave, question_of_wave
    from s3kms.changes.waves.consistency import Waiting
    from s3kms.changes.waves.prepare import prepare_wave

    journals = folder or default_journal_folder()
    prepared = prepare_wave(request, client.connect, journals, Waiting(notify=tell))
    _show(prepared, tell)
    if not is_apply:
        tell(_describe_dry_run(prepared))
        return int(prepared.exit)
    callbacks = callbacks_for(
        lambda: confirm(question_of_wave(prepared), yes=yes),
        lambda outcome: click.echo(describe_outcome(outcome)),
    )
    result = apply_wave(prepared, journals, command=_command_text(request), callbacks=callbacks)
    kept = f", {count(result.kept, 'bucket')} so already" if result.kept else ""
    left = f", {len(result.skipped)} skipped" if result.skipped else ""
    click.echo(f"{_name(prepared)}: {count(result.changed, 'bucket')} changed and read back{kept}{left}")
    if prepared.unread:
        tell(
            f"{count(prepared.unread, 'bucket')} could not be read: the same command again goes on with what is left"
        )
    has_next = request.wave is not None and request.wave + 1 in prepared.saved.waves
    for run in result.runs:
        tell(f"verify it{' before the next wave' if has_next else ''}: s3kms verify --run {run.run}")
    return int(prepared.exit)


def _show(prepared: "PreparedWave", tell: Tell) -> None:
    """The changes on stdout; on stderr the buckets that are skipped, and why."""
    accounts = [one for one in prepared.accounts if one.changes]
    for account in accounts:
        if len(prepared.accounts) > 1:
            click.echo(f"account {account.account}:")
        show_changes(account.changes)
    for one in prepared.skipped:
        advice = f" ({one.advice.worded(cli_wording)})" if one.advice else ""
        where = f" in account {one.account}" if len(prepared.accounts) > 1 else ""
        tell(printable(f"skipped: s3://{one.bucket}{where}: {one.why}") + advice)
    if prepared.done:
        has = "has" if len(prepared.done) == 1 else "have"
        tell(f"skipped: {count(len(prepared.done), 'bucket')} that {has} what the plan says already")
    for note in prepared.notes:
        tell(f"note: {note.worded(cli_wording)}")


def _describe_dry_run(prepared: "PreparedWave") -> str:
    buckets = len(prepared.changes)
    if not buckets:
        return f"{_name(prepared)}: nothing would change"
    limit = prepared.request.max_changes
    more = f" {cli_wording(Option('max_changes', buckets))}" if buckets > limit else ""
    return (
        f"{_name(prepared)}: {count(buckets, 'bucket')} would change; nothing was written. "
        f"Apply it with --apply{more}"
    )


def _name(prepared: "PreparedWave") -> str:
    from s3kms.changes.waves.order import describe_wave

    return describe_wave(prepared.saved.plan, prepared.request.wave)


def _command_text(request: WaveRequest) -> str:
    """For the journal: what was asked, as far as it had a part in what is written."""
    words = ["fix", "--plan", str(request.file)]
    for name in ("wave", "waive", "approved_by"):
        value = getattr(request, name)
        words += [flag_of(name), str(value)] if value is not None else []
    for hazard in request.accept:
        words += ["--accept", hazard]
    return shlex.join(words)
