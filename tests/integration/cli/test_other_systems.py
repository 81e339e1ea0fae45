"""What a system without POSIX's locks and descriptors of folders gets: a check, and a sentence for the rest."""

import ast
from pathlib import Path

import pytest
from tests.support.cli import Shell

SOURCES = Path(__file__).parents[3] / "src" / "s3kms"
CODE = 'resource "aws_s3_bucket" "b" {\n}\n'
WITHOUT = {"PYTHONPATH": str(Path(__file__).parents[2] / "support" / "no_posix")}


def test_a_check_of_code_needs_none_of_it(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(CODE)

    done = shell.having(**WITHOUT)("check", ".")

    assert done.exit == 10
    assert "aws_s3_bucket.b" in done.out


def test_a_check_of_an_account_needs_none_of_it(production: Shell) -> None:
    assert production.having(**WITHOUT)("check").exit == 10


@pytest.mark.parametrize("words", [("fix", "."), ("fix", "s3://b1b"), ("undo", "x"), ("runs",)])
def test_what_keeps_a_journal_is_refused_with_a_sentence(shell: Shell, words: tuple[str, ...]) -> None:
    (shell.folder / "main.tf").write_text(CODE)

    done = shell.having(**WITHOUT)(*words)

    assert done.exit == 4
    assert "file locks that this system does not have" in done.err


@pytest.mark.parametrize(
    ("option", "says"), [(("-o", "x.json"), "is not writable: this system"), (("--state", "x"), "file locks")]
)
def test_what_is_written_is_refused_with_a_sentence(
    production: Shell, option: tuple[str, str], says: str
) -> None:
    done = production.having(**WITHOUT)("check", *option)

    assert done.exit == 2
    assert says in done.err


def test_nothing_hangs_on_an_assertion() -> None:
    """Python leaves them out with -O."""
    files = sorted(SOURCES.rglob("*.py"))
    found = [
        f"{file.relative_to(SOURCES)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Assert)
    ]

    assert len(files) > 100
    assert found == []


def test_a_check_is_the_same_without_assertions(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(CODE)

    assert shell.having(PYTHONOPTIMIZE="1")("check", ".").exit == 10
