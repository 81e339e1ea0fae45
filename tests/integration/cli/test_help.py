"""The command line explains itself, quickly."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from tests.support.cli import Shell

from s3kms.cli.main import COMMANDS, group

HEAVY = {"boto3", "botocore", "rich", "pydantic", "moto", "asyncio"}


def commands() -> list[click.Command]:
    found = [group.get_command(click.Context(group), name) for name in COMMANDS]
    return [command for command in found if command]


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["explain", "--help"]])
def test_help_loads_no_sdk_no_decoder_and_no_terminal_library(arguments: list[str]) -> None:
    code = f"import sys; from s3kms.cli.main import run; run({arguments!r}); print(*sys.modules)"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert set() == HEAVY & set(out.splitlines()[-1].split())


def test_the_modules_of_help_are_counted() -> None:
    """A budget in modules, which a noisy machine cannot change."""
    code = (
        "import sys; before = set(sys.modules); import s3kms.cli.main; print(len(set(sys.modules) - before))"
    )

    counted = int(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )

    assert counted < 150


def test_a_check_of_code_loads_no_sdk_no_event_loop_and_no_editor(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "logs" { bucket = "example-logs" }')
    code = (
        f"import sys; from s3kms.cli.main import run; run(['check', {str(tmp_path)!r}]); print(*sys.modules)"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    loaded = set(out.splitlines()[-1].split())
    assert set() == (HEAVY | {"s3kms.iac.terraform.editor.proposals"}) & loaded


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_no_argument_stands_among_the_options(command: click.Command) -> None:
    _, *sections = command.get_help(click.Context(command, info_name=command.name)).split("\n\n")

    assert [line for section in sections for line in section.splitlines() if line.startswith("  [")] == []


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_every_option_has_help_and_every_command_an_example(command: click.Command) -> None:
    options = [p for p in command.params if isinstance(p, click.Option)]

    assert [o.name for o in options if not o.help and not o.hidden] == []
    assert command.epilog
    assert "Example" in command.epilog
    assert f"s3kms {command.name}" in command.epilog


def test_every_option_of_an_example_is_one_of_its_command() -> None:
    known = {
        command.name: {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        for command in commands()
    }
    shown = [
        (words[1], option.partition("=")[0])
        for command in commands()
        for line in (command.epilog or "").splitlines()
        if (words := line.replace("s3kms demo ", "s3kms ").split())[:1] == ["s3kms"] and words[1] in known
        for option in words[2:]
        if option.startswith("--")
    ]

    assert len(shown) > 20
    assert [one for one in shown if one[1] not in known[one[0]]] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_is_the_commands_own_first_sentence(name: str) -> None:
    """It stands in the group, so that the group need not import the command."""
    command = group.get_command(click.Context(group), name)

    assert command is not None
    assert (command.help or "").split("\n\n")[0].replace("\n", " ") == COMMANDS[name]


def test_version_is_the_packages(shell: Shell) -> None:
    from s3kms import __version__

    assert shell("--version").out == f"s3kms {__version__}\n"
