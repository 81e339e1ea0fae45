"""One name, one home; no circles; no word of the command line outside it; docstrings that stand alone."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.support.source_files import FILES, SOURCE, read_source

OF_THE_COMMAND_LINE = {"cli", "demo"}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"\bs3kms (?:check|fix|undo|runs|verify|explain|permissions|demo)\b")
OTHERS_COMMANDS = ("aws ", "kubectl ", "terraform ", "git ", "docker ", "cdk ", "sam ", "pip ")
PARTS_OF_OTHERS = {" --region ", " --profile ", "--x-s3"}
"""Of commands of the AWS CLI, and the end of a directory bucket's name."""


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def imports_of(module: str) -> set[str]:
    """Every module of ours that it imports anywhere, for type checkers and inside functions, too."""
    found = set()
    for origin, name in read_source(MODULES[module]).imported_from:
        inner = f"{origin}.{name}"
        found.add(inner if inner in MODULES else origin)
    return found & MODULES.keys() - {module}


def circles() -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in imports_of(module):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            members = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(members) > 1:
                found.append(sorted(members))

    for module in MODULES:
        if module not in index:
            visit(module)
    return found


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 500


def test_no_imports_run_in_a_circle() -> None:
    assert circles() == []


def test_no_two_public_classes_share_a_name() -> None:
    homes = defaultdict(list)
    for module, path in MODULES.items():
        for name in read_source(path).classes:
            if not name.startswith("_"):
                homes[name].append(module)

    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def is_of_the_command_line(module: str) -> bool:
    return len(module.split(".")) > 1 and module.split(".")[1] in OF_THE_COMMAND_LINE


def names_the_command_line(text: str) -> bool:
    """Whether a flag of ours or a command of ours is in it, and not of another tool's."""
    if text in PARTS_OF_OTHERS:
        return False
    is_flag = FLAG.search(text) and not any(word in text for word in OTHERS_COMMANDS)
    return bool(is_flag or COMMAND.search(text))


def test_no_flag_and_no_command_of_ours_outside_the_command_line() -> None:
    guilty = [
        (module, text)
        for module, path in MODULES.items()
        # shell scripts of the AWS CLI are what remedies make; their own test looks at them
        if not is_of_the_command_line(module) and not module.startswith("s3kms.remedies")
        for _, text in read_source(path).strings
        if names_the_command_line(text)
    ]

    assert guilty == []


def test_every_docstring_stands_alone() -> None:
    guilty = [
        (module, name)
        for module, path in MODULES.items()
        for name, text in read_source(path).docstrings
        if text.startswith("The same")
    ]

    assert guilty == []


def test_the_product_works_without_asserts(tmp_path: Path) -> None:
    """`python -O` leaves assert statements out, and nothing may hang on the work inside one."""
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "declared"\n}\n')

    done = subprocess.run(
        [sys.executable, "-O", "-m", "s3kms", "check", "main.tf"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (10, "")
