"""`s3kms reencrypt`."""

import json
import shlex
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
"""The options that a resumed run takes from its journal."""
TAKEN, HOW, PROOF = "Selection", "Engine", "Verification"
EPILOG = """\b
Examples:
  s3kms reencrypt s3://logs
  s3kms reencrypt s3://logs --accept no-way-back --apply
  s3kms reencrypt s3://logs --engine copy --accept new-versions --apply
  s3kms reencrypt s3://logs --from-key arn:aws:kms:eu-west-1:111122223333:key/1234abcd-… --prefix 2025/
  s3kms reencrypt --resume 20261127T114000Z-1a2b3c --apply

\b
Signals: SIGUSR1 pauses the run, and a second one resumes it; SIGINT and SIGTERM stop it cleanly.
Exit codes: 0 all objects are under the key, or can be re-encrypted; 11 some cannot be re-encrypted, or
were not verified; 4 refused, nothing was changed; 5 stopped part-way, --resume continues; 3 no bucket;
2 usage; 1 failed.
"""


@click.command("reencrypt", cls=GroupedCommand, epilog=EPILOG)
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
@option(
    TAKEN,
    "--from-key",
    "from_keys",
    multiple=True,
    metavar="ARN",
    help="Also re-encrypt objects under this other key (repeatable); with the wanted key itself, those "
    "whose bucket key setting differs.",
)
@option(
    TAKEN,
    "--include",
    "include",
    multiple=True,
    type=click.Choice(("ssec", "dsse")),
    help="Also re-encrypt objects under SSE-C or DSSE-KMS (repeatable).",
)
@option(
    TAKEN,
    "--versions",
    "versions",
    type=click.Choice(("all", "current")),
    default="all",
    show_default=True,
    help="All versions of each object, or only the current one.",
)
@option(
    TAKEN, "--prefix", "prefix", default="", metavar="TEXT", help="Only keys that begin with this prefix."
)
@option(
    TAKEN,
    "--from",
    "source",
    metavar="SOURCE",
    help="Source of the list of objects: listing, inventory, or a manifest (a path or s3://bucket/key) "
    "[default: listing].",
)
@region_option
@option(
    HOW,
    "--engine",
    "engines",
    multiple=True,
    metavar="ENGINE",
    help="update, copy or batch (repeatable, in order of preference) [default: update].",
)
@option(
    HOW, "--key", "key", metavar="KEY", help="Refuse buckets whose default encryption does not use this key."
)
@option(
    HOW,
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="An engine-specific setting (repeatable).",
)
@option(
    HOW,
    "--max-error-share",
    "max_error_share",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Stop if more than this share of the last 1,000 objects failed.",
)
@option(
    PROOF,
    "--canary",
    "canary",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="Re-encrypt this many objects first, and verify each before continuing.",
)
@option(
    PROOF,
    "--reader-profile",
    "reader_profile",
    metavar="NAME",
    help="An AWS profile of a reader of the objects; it reads one byte of a canary object.",
)
@option(
    PROOF,
    "--verify-all",
    "verify_all",
    type=click.IntRange(min=0),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Verify all objects if there are at most this many, else a sample of 10,000.",
)
@option(
    CHANGES,
    "--accept",
    "accept",
    multiple=True,
    metavar="HAZARD",
    help="Proceed despite this hazard (repeatable); the plan names them.",
)
@option(CHANGES, "--resume", "resume", metavar="RUN", envvar=None, help="Resume this run; takes no TARGET.")
@option(
    CHANGES,
    "--left",
    "left",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the versions that the run did not re-encrypt to this file, as one JSON object per line.",
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
    """Re-encrypt existing objects with the key of their bucket's default encryption, or show the plan for it.

    Changing the default encryption does not change existing objects. This command re-encrypts objects under
    SSE-S3 and objects that were never encrypted; objects under another KMS key were encrypted that way on
    purpose, and are counted and skipped.

    With --apply, a canary of ten objects is re-encrypted and verified first; every call is logged before it is
    made, and the changed objects are verified at the end. This cannot be undone in place.

    A bucket whose default encryption is not SSE-KMS yet is refused: run s3kms plan first.
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
            tell(f"skipped: {refused.sentence.worded(cli_wording)}")
        for plan in found.plans:
            page.show(api.reencrypt_plan_document(plan, cli_wording))
        moved = [plan for plan in found.plans if plan.versions]
        exits = [Exit.UNKNOWNS] if found.refused else []
        exits += [plan.exit for plan in found.plans if not is_apply or plan not in moved]
        if is_apply and moved:
            exits += _apply(page, moved, _command_text(targets, given, options), yes=yes)
        elif moved:
            tell("nothing was changed; --apply re-encrypts them")
        else:
            tell("there is nothing to re-encrypt")
    return int(max(exits))


class _Page:
    """Shows documents in the chosen format, and writes the versions that a run skipped to a file."""

    def __init__(
        self, client: api.Client, form: str, out: OutputOptions, write: "Write", left: Path | None
    ) -> None:
        self.client = client
        self.is_quiet = out.quiet
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
        """Show the result of a run, and write what it did not re-encrypt to the file. Raises Stopped."""
        self.show(api.reencrypt_result_document(result, cli_wording))
        if self._left is not None:
            with opened(self._left, private=True, option="left") as write:
                for document in self.client.left_objects(result.run):
                    write(f"{json.dumps(document)}\n")
        if result.stopped is not None:
            raise Stopped(f"run {result.run} stopped: {result.stopped}", advice=result.advice)
        return result.exit


def _apply(page: _Page, plans: "list[ReencryptPlan]", command: str, *, yes: bool) -> list[Exit]:
    """Re-encrypt bucket by bucket, one run each. Raises Refused before the first run starts, Stopped."""
    for plan in plans:
        plan.check()
    versions = count(sum(plan.versions for plan in plans), "version")
    question = f"Re-encrypt {versions} in {count(len(plans), 'bucket')}? This cannot be undone in place."
    exits = []
    for plan in plans:
        callbacks = callbacks_for_run(question, yes=yes or plan is not plans[0], is_quiet=page.is_quiet)
        exits.append(page.show_run(page.client.reencrypt(plan, callbacks=callbacks, command=command)))
    return exits


def _check_resume(targets: tuple[str, ...], given: frozenset[str]) -> None:
    """Raises BadInput for options that the run itself determines."""
    fields = {"resume": Option("resume")}
    if targets:
        raise BadInput(Sentence("{resume} takes the bucket from the run", fields), advice="omit the target")
    if others := sorted(given & _OF_A_REQUEST):
        fields["other"] = Option(others[0])
        raise BadInput(
            Sentence("{resume} uses the options that the run was started with, and takes no {other}", fields),
            advice="omit it, or start a new run",
        )


def _resume(page: _Page, run: str, *, is_apply: bool, yes: bool) -> int:
    if not is_apply:
        result = page.client.read_reencrypt(run)
        page.show_run(replace(result, stopped=None))
        if not page.is_quiet:
            notify("nothing was changed; --apply resumes the run")
        return int(result.exit)
    callbacks = callbacks_for_run(f"Resume run {run}?", yes=yes, is_quiet=page.is_quiet)
    return int(page.show_run(page.client.resume_reencrypt(run, callbacks=callbacks)))


def _command_text(targets: tuple[str, ...], given: frozenset[str], options: dict[str, Any]) -> str:
    """The command line for the journal: the targets, and every given option that decides what is changed."""
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
            Sentence("{setting} is not a setting", {"setting": Option("set", text)}),
            advice=Advice("use {setting}", {"setting": Option("set", "NAME=VALUE")}),
        )
    return name, value


def _format_of(out: OutputOptions) -> str:
    from s3kms.reports import format_of_file

    name = out.format or format_of_file(out.output)
    if name not in FORMATS:
        raise BadInput(
            f"reencrypt does not support the format {name!r}",
            advice=f"supported formats: {', '.join(FORMATS)}",
        )
    return name
