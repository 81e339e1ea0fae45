"""`s3kms reencrypt`."""

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import (
    CHANGES,
    AwsOptions,
    OutputOptions,
    apply_options,
    aws_options,
    config_option,
    journal_option,
    out_options,
    region_option,
)
from s3kms.cli.output import opened
from s3kms.cli.reencrypt_output import callbacks_for_run, show_document
from s3kms.cli.requests import find_configuration
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput, Stopped
from s3kms.model.exits import Exit
from s3kms.text.count import count

if TYPE_CHECKING:
    from pathlib import Path

    from s3kms.cli.output import Write

FORMATS = ("table", "json")
TAKEN, HOW, PROOF = "What is taken", "How", "Before and after"
EPILOG = """\b
Examples:
  s3kms reencrypt s3://logs
  s3kms reencrypt s3://logs --accept no-way-back --apply
  s3kms reencrypt s3://logs --engine copy --versions current --accept versions --apply
  s3kms reencrypt s3://logs --from-key arn:aws:kms:eu-west-1:111122223333:key/1234abcd-… --prefix 2025/
  s3kms reencrypt --resume 20261127T114000Z-1a2b3c --apply

\b
Signals: SIGUSR1 pauses the run, and again lets it go on; SIGINT and SIGTERM end it in order.
Exit codes: 0 all is under the key, or can be brought there; 11 some cannot be moved, or were not
seen to be; 4 refused and nothing changed; 5 stopped part-way, --resume goes on; 3 no bucket; 2 usage;
1 failed.
"""


@click.command("reencrypt", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@option(
    TAKEN,
    "--from-key",
    "from_keys",
    multiple=True,
    metavar="ARN",
    help="Objects under this other key, too (repeatable); the wanted key itself: those whose bucket key differs.",
)
@option(
    TAKEN,
    "--include",
    "include",
    multiple=True,
    type=click.Choice(("ssec", "dsse")),
    help="Objects under SSE-C or DSSE-KMS, too (repeatable).",
)
@option(
    TAKEN,
    "--versions",
    "versions",
    type=click.Choice(("all", "current")),
    default="all",
    show_default=True,
    help="Every version of an object, or the current one alone.",
)
@option(TAKEN, "--prefix", "prefix", default="", metavar="TEXT", help="Only keys that begin so.")
@option(
    TAKEN,
    "--from",
    "source",
    metavar="SOURCE",
    help="Where the list of objects comes from: listing, or the manifest of an inventory [default: listing].",
)
@region_option
@option(
    HOW,
    "--engine",
    "engines",
    multiple=True,
    metavar="ENGINE",
    help="update, copy or batch (repeatable, the preferred one first) [default: update].",
)
@option(HOW, "--key", "key", metavar="KEY", help="Refuse buckets whose default is not this key.")
@option(
    HOW,
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of one engine (repeatable).",
)
@option(
    HOW,
    "--max-error-share",
    "max_error_share",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Stop where more of the last thousand objects failed.",
)
@option(
    PROOF,
    "--canary",
    "canary",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="Change so many objects first, and look at each before going on.",
)
@option(
    PROOF,
    "--reader-profile",
    "reader_profile",
    metavar="NAME",
    help="A profile of somebody who reads the objects: it reads a byte of one of the first.",
)
@option(
    PROOF,
    "--verify-all",
    "verify_all",
    type=click.IntRange(min=0),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Look again at all objects, where they are no more than this; else at a sample of 10,000.",
)
@option(
    CHANGES,
    "--accept",
    "accept",
    multiple=True,
    metavar="HAZARD",
    help="Go on although this is harmed (repeatable); the plan names what is.",
)
@option(CHANGES, "--resume", "resume", metavar="RUN", envvar=None, help="Go on with this run; no TARGET.")
@apply_options
@journal_option
@config_option
@aws_options
@out_options(FORMATS)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    resume: str | None,
    is_apply: bool,
    yes: bool,
    journal: "Path | None",
    config: "Path | None",
    aws: AwsOptions,
    out: OutputOptions,
    **options: Any,
) -> int:
    """Bring the objects that are there under the key of the bucket's default, or show what that comes to.

    Changing a default changes no object that is there. Taken are objects under SSE-S3 and those that were
    never encrypted; what is under another KMS key was put there on purpose, and is counted and left.

    With --apply ten objects are changed and looked at before all others; each call stands in a log before it
    is made, and what was changed is looked at again in the end. There is no way back in place.

    A bucket whose default is not SSE-KMS yet is refused: s3kms plan comes first.
    """
    form = _format_of(out)
    client = api.Client(**aws.settings, journal=journal)
    tell = discard_message if out.quiet else notify
    with opened(out.output) as write:
        if resume is not None:
            return _resume(client, resume, targets, is_apply=is_apply, yes=yes, show=_Page(form, out, write))
        request = _request(targets, options, config, out)
        found = client.plan_reencrypt_request(request)
        page = _Page(form, out, write)
        for refused in found.refused:
            tell(f"left alone: {refused.sentence.worded(cli_wording)}")
        if not is_apply:
            for plan in found.plans:
                page.show(api.reencrypt_plan_document(plan, cli_wording))
            if any(plan.versions for plan in found.plans):
                tell("nothing was changed: --apply brings them under the key")
            exits = [plan.exit for plan in found.plans]
            return int(max(exits) if not found.refused else Exit.UNKNOWNS)
        return _apply(client, found, page, shlex.join(["reencrypt", *targets]), yes=yes, tell=tell)


class _Page:
    """Where documents are shown, and how."""

    def __init__(self, form: str, out: OutputOptions, write: "Write") -> None:
        self._form = form
        self._out = out
        self._write = write

    def show(self, document: dict[str, Any]) -> None:
        """One document, as a page or as JSON on one line."""
        if self._form == "json":
            self._write(f"{json.dumps(document)}\n")
        else:
            for text in show_document(document, self._out):
                self._write(text)


def _apply(client: api.Client, found: Any, page: _Page, command: str, *, yes: bool, tell: Any) -> int:
    """Bucket by bucket, each a run of its own. Raises Refused before the first is begun, Stopped."""
    moved = [plan for plan in found.plans if plan.versions]
    for plan in found.plans:
        page.show(api.reencrypt_plan_document(plan, cli_wording))
        plan.check()
    if not moved:
        tell("there is nothing to bring under the key")
        return int(max(plan.exit for plan in found.plans))
    question = f"Bring {count(sum(plan.versions for plan in moved), 'version')} of "
    question += f"{count(len(moved), 'bucket')} under their keys? There is no way back in place."
    exits = [Exit.UNKNOWNS] if found.refused else []
    for plan in moved:
        callbacks = callbacks_for_run(question, yes=yes or plan is not moved[0], tell=tell)
        result = client.reencrypt(plan, callbacks=callbacks, command=command)
        page.show(api.reencrypt_result_document(result, cli_wording))
        if result.stopped is not None:
            raise Stopped(f"run {result.run} stopped: {result.stopped}", advice=result.advice)
        exits.append(result.exit)
    return int(max(exits))


def _resume(
    client: api.Client, run: str, targets: tuple[str, ...], *, is_apply: bool, yes: bool, show: _Page
) -> int:
    if targets:
        raise BadInput(
            Sentence("{resume} says which bucket is meant", {"resume": Option("resume")}),
            advice="leave the target out",
        )
    if not is_apply:
        result = client.read_reencrypt(run)
        show.show(api.reencrypt_result_document(result, cli_wording))
        notify("nothing was changed: --apply goes on with it")
        return int(result.exit)
    callbacks = callbacks_for_run(f"Go on with run {run}?", yes=yes, tell=notify)
    result = client.resume_reencrypt(run, callbacks=callbacks)
    show.show(api.reencrypt_result_document(result, cli_wording))
    if result.stopped is not None:
        raise Stopped(f"run {run} stopped: {result.stopped}", advice=result.advice)
    return int(result.exit)


def _request(
    targets: tuple[str, ...], options: dict[str, Any], config: "Path | None", out: OutputOptions
) -> Any:
    buckets = api.parse_bucket_targets(targets)
    file = find_configuration(config, buckets, verbose=out.verbose)
    options["settings"] = dict(map(_setting, options["settings"]))
    return api.build_reencrypt_request(targets, {**options, "configuration": file})


def _setting(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there or not name:
        raise BadInput(
            Sentence("{setting} is no setting", {"setting": Option("set", text)}),
            advice=Advice("write {setting}", {"setting": Option("set", "NAME=VALUE")}),
        )
    return name, value


def _format_of(out: OutputOptions) -> str:
    from s3kms.reports import format_of_file

    name = out.format or format_of_file(out.output)
    if name not in FORMATS:
        raise BadInput(
            f"a re-encryption has no format {name!r}", advice=f"the formats are {', '.join(FORMATS)}"
        )
    return name
