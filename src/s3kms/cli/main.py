"""The command group, and the one place where an error becomes a sentence and an exit code."""

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from s3kms._version import VERSION
from s3kms.cli.messages import show_error
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.exits import Exit
from s3kms.text.nearest import did_you_mean

_MAX_SHOWN_CHARACTERS = 100
"""Of a name that the system refuses."""

COMMANDS = {
    "check": "Find the buckets whose default encryption is not SSE-KMS.",
    "plan": "Show what would change, what would break and what it costs, before anything changes.",
    "fix": "Move buckets to SSE-KMS default encryption, or show what would change.",
    "undo": "Restore what a run changed, or show what would be restored.",
    "runs": "List the runs that changed something, newest first.",
    "explain": "Explain a rule: overview, risk, remediation in four forms, verification, notes; or what a hazard "
    "breaks.",
    "verify": "Verify buckets: read the setting back, check the key, and optionally write a test object.",
    "objects": "Report how the existing objects of a bucket are encrypted; changing its default changes none "
    "of them.",
    "reencrypt": "Re-encrypt existing objects with the key of their bucket's default encryption, or show the plan "
    "for it.",
    "report": "Render a saved result in any format, or show the trend over many.",
    "permissions": "Print the minimal IAM policy that commands and rules need.",
    "schedule": "Print a template that checks on a schedule: a Lambda function that writes results to a bucket.",
    "completion": "Print what makes a shell complete commands, options and their values.",
    "demo": "Try any command on an embedded AWS with a sample estate; no account needed.",
}
"""Name and short help. The command itself, and what it imports, is loaded when it is run."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in the order of the manual."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `name` of module `s3kms.cli.name`."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"s3kms.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word. Raises BadInput for one that there is not."""
        if ctx.resilient_parsing:  # a line that is being completed may say anything
            return super().resolve_command(ctx, args)
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            guess = did_you_mean(args[0], COMMANDS)
            raise BadInput(
                f"there is no command {args[0]!r}{guess}", advice=f"the commands are {', '.join(COMMANDS)}"
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without importing them; or the options of the group."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: s3kms check 's3://logs-*' --region eu-central-1",
)
@click.version_option(VERSION, prog_name="s3kms", message="%(prog)s %(version)s")
def group() -> None:
    """Take S3 buckets from SSE-S3 to SSE-KMS default encryption.

    A target is s3://bucket (globs allowed), a bucket's ARN, or a file or folder of code that declares
    buckets; no target means the whole account of the current credentials. No bucket and no file is
    changed without --apply.
    """


def run(arguments: Sequence[str], brought: object = None) -> int:
    """Run one command line; return its exit code. Never raises for what a user can cause.

    What a caller brings is found by the commands with `find_object`: other editors of code, say.
    """
    _prepare_streams()
    try:
        result = group.main(list(arguments), prog_name="s3kms", standalone_mode=False, obj=brought)
        sys.stdout.flush()
    except S3kmsError as error:
        show_error(error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return Exit.ERROR
    except (
        OSError
    ) as error:  # most files that we open have sentences of their own; a standard stream has no name
        if error.filename is not None:
            show_error(BadInput(f"{str(error.filename)[:_MAX_SHOWN_CHARACTERS]}: {error.strerror}"))
            return Exit.USAGE
        _abandon_stdout()
        show_error(S3kmsError(f"the result could not be written: {error.strerror or error}"))
        return Exit.ERROR
    return int(result) if isinstance(result, int) else Exit.OK


def _prepare_streams() -> None:
    """A closed stream swallows; a character that the terminal's encoding lacks is spelled out."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """The reader has gone: keep the interpreter from complaining at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
