"""`s3kms reencrypt`."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.completion_values import TARGET
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.option_groups import GroupedCommand, given_options, option
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
from s3kms.cli.wording import cli_wording, flag_of
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput, Stopped
from s3kms.model.exits import Exit
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.api import ReencryptPlan, ReencryptRequest, ReencryptResult
    from s3kms.cli.output import Write

FORMATS = ("table", "json")
_OF_A_REQUEST = frozenset(
    {
        *("from_keys", "include", "versions", "prefix", "source", "regions", "engines", "key", "settings"),
        *("max_error_share", "canary", "reader_profile", "verify_all", "accept"),
    }
)
"""What a run that is gone on with says itself."""
TAKEN, HOW, PROOF = "What is taken", "How", "Before and after"
EPILOG = """\b
Examples:
  s3kms reencrypt s3://logs
  s3kms reencrypt s3://logs --accept no-way-back --apply
  s3kms reencrypt s3://logs --engine copy --accept new-versions --apply
  s3kms reencrypt s3://logs --from-key arn:aws:kms:eu-west-1:111122223333:key/1234abcd-… --prefix 2025/
  s3kms reencrypt --resume 20261127T114000Z-1a2b3c --apply

\b
Signals: SIGUSR1 pauses the run, and again lets it go on; SIGINT and SIGTERM end it in order.
Exit codes: 0 all is under the key, or can be brought there; 11 some cannot be moved, or were not
seen to be; 4 refused and nothing changed; 5 stopped part-way, --resume goes on; 3 no bucket; 2 usage;
1 failed.
"""


@click.command("reencrypt", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
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
    help="Where the list of objects comes from: listing, inventory, or a manifest [default: listing].",
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
@option(
    CHANGES,
    "--left",
    "left",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Of a run: write what was not brought under the key, a JSON object a line, to this file.",
)
@apply_options
@journal_option
@config_option
@aws_options
@out_options(FORMATS)
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    resume: str | None,
    left: Path | None,
    is_apply: bool,
    yes: bool,
    journal: Path | None,
    config: Path | None,
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
    client = api.Client(**aws.settings, journal=journal)
    tell = discard_message if out.quiet else notify
    given = given_options(click.get_current_context())
    form = _format_of(out)
    with opened(out.output) as write:
        page = _Page(client, form, out, write, left)
        if resume is not None:
            _check_resume(targets, given)
            return _resume(page, resume, is_apply=is_apply, yes=yes)
        request = _request(targets, options, config, out)
        found = client.plan_reencrypt_request(request, on_note=tell)
        for refused in found.refused:
            tell(f"left alone: {refused.sentence.worded(cli_wording)}")
        for plan in found.plans:
            page.show(api.reencrypt_plan_document(plan, cli_wording))
        moved = [plan for plan in found.plans if plan.versions]
        exits = [Exit.UNKNOWNS] if found.refused else []
        exits += [plan.exit for plan in found.plans if not is_apply or plan not in moved]
        if is_apply and moved:
            exits += _apply(page, moved, _command_text(targets, given, options), yes=yes, tell=tell)
        elif moved:
            tell("nothing was changed: --apply brings them under the key")
        else:
            tell("there is nothing to bring under the key")
    return int(max(exits))


class _Page:
    """Where documents are shown, and how; and where the versions go that a run left."""

    def __init__(
        self, client: api.Client, form: str, out: OutputOptions, write: "Write", left: Path | None
    ) -> None:
        self.client = client
        self._form = form
        self._out = out
        self._write = write
        self._left = left
        self._is_first = True

    def show(self, document: dict[str, Any]) -> None:
        """One document, as a page or as JSON on one line."""
        if self._form == "json":
            self._write(f"{json.dumps(document)}\n")
        else:
            self._write("" if self._is_first else "\n")
            self._is_first = False
            for text in show_document(document, self._out):
                self._write(text)

    def show_run(self, result: "ReencryptResult") -> Exit:
        """What a run came to; what it left goes to its file. Raises Stopped where it stopped."""
        self.show(api.reencrypt_result_document(result, cli_wording))
        if self._left is not None:
            with opened(self._left, private=True, option="left") as write:
                for document in self.client.left_objects(result.run):
                    write(f"{json.dumps(document)}\n")
        if result.stopped is not None:
            raise Stopped(f"run {result.run} stopped: {result.stopped}", advice=result.advice)
        return result.exit


def _apply(
    page: _Page, plans: "list[ReencryptPlan]", command: str, *, yes: bool, tell: Callable[[str], None]
) -> list[Exit]:
    """Bucket by bucket, each a run of its own. Raises Refused before the first is begun, Stopped."""
    for plan in plans:
        plan.check()
    versions = count(sum(plan.versions for plan in plans), "version")
    question = (
        f"Bring {versions} of {count(len(plans), 'bucket')} under their keys? There is no way back in place."
    )
    exits = []
    for plan in plans:
        callbacks = callbacks_for_run(question, yes=yes or plan is not plans[0], tell=tell)
        exits.append(page.show_run(page.client.reencrypt(plan, callbacks=callbacks, command=command)))
    return exits


def _check_resume(targets: tuple[str, ...], given: frozenset[str]) -> None:
    """Raises BadInput for what the run itself says."""
    fields = {"resume": Option("resume")}
    if targets:
        raise BadInput(Sentence("{resume} says which bucket is meant", fields), advice="leave the target out")
    if others := sorted(given & _OF_A_REQUEST):
        fields["other"] = Option(others[0])
        raise BadInput(
            Sentence("{resume} goes on as the run was asked to, without {other}", fields),
            advice="leave it out, or begin a new run",
        )


def _resume(page: _Page, run: str, *, is_apply: bool, yes: bool) -> int:
    if not is_apply:
        result = page.client.read_reencrypt(run)
        page.show_run(replace(result, stopped=None))
        notify("nothing was changed: --apply goes on with it")
        return int(result.exit)
    callbacks = callbacks_for_run(f"Go on with run {run}?", yes=yes, tell=notify)
    return int(page.show_run(page.client.resume_reencrypt(run, callbacks=callbacks)))


def _command_text(targets: tuple[str, ...], given: frozenset[str], options: dict[str, Any]) -> str:
    """For the journal: the targets, and every option that was given and says what is changed."""
    words: list[str] = []
    for name in sorted(given & _OF_A_REQUEST):
        value = options[name]
        pairs = [f"{k}={v}" for k, v in value.items()] if isinstance(value, dict) else value
        for one in pairs if isinstance(pairs, list | tuple) else (pairs,):
            words += (flag_of(name), str(one))
    return shlex.join(["reencrypt", *targets, *words])


def _request(
    targets: tuple[str, ...], options: dict[str, Any], config: Path | None, out: OutputOptions
) -> "ReencryptRequest":
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
