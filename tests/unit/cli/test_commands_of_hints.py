"""Hints name commands and options that the command line has."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import s3kms
from s3kms.cli.main import COMMANDS
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Command

SOURCES = Path(s3kms.__file__).parent


def commands_of_hints() -> Iterator[tuple[str, str]]:
    """Each place that makes a `Command`, with its name."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Command"), args=[ast.Constant(value=str(name)), *_]):
                    yield f"{path.relative_to(SOURCES)}:{node.lineno}", name


@pytest.mark.parametrize("name", sorted({name for _, name in commands_of_hints()}))
def test_a_command_of_a_hint_is_one_of_the_command_line(name: str) -> None:
    _, word, *_ = cli_wording(Command(name)).split()

    assert word in COMMANDS


def test_runs_takes_no_argument_so_that_no_hint_gives_it_one() -> None:
    for path in SOURCES.rglob("*.py"):
        assert 'Command("runs", (' not in path.read_text(), path
