"""One name, one home; no circles; no word of the command line outside it; docstrings that stand alone."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "s3kms"
FILES = sorted(SOURCE.rglob("*.py"))
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
TREES = {module: ast.parse(path.read_text()) for module, path in MODULES.items()}


def imports_of(module: str) -> set[str]:
    """Every module of ours that it imports anywhere, for type checkers and inside functions, too."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("s3kms"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
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
    assert len(TREES) > 300


def test_no_imports_run_in_a_circle() -> None:
    assert circles() == []


def test_no_two_public_classes_share_a_name() -> None:
    homes = defaultdict(list)
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)

    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def strings_of(module: str) -> Iterator[str]:
    """The texts of a module that may reach a user: no docstrings, and no flags of other tools' commands."""
    tree = TREES[module]
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def is_of_the_command_line(module: str) -> bool:
    return len(module.split(".")) > 1 and module.split(".")[1] in OF_THE_COMMAND_LINE


@pytest.mark.parametrize("module", [m for m in MODULES if not is_of_the_command_line(m)])
def test_no_flag_and_no_command_of_ours_outside_the_command_line(module: str) -> None:
    if module.startswith("s3kms.remedies"):
        return  # shell scripts of the AWS CLI are what it makes; its own test looks at them
    guilty = [
        text
        for text in strings_of(module)
        if text not in PARTS_OF_OTHERS
        and (
            (FLAG.search(text) and not any(word in text for word in OTHERS_COMMANDS)) or COMMAND.search(text)
        )
    ]

    assert guilty == []


@pytest.mark.parametrize("module", MODULES)
def test_every_docstring_stands_alone(module: str) -> None:
    guilty = [
        getattr(node, "name", module)
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module)
        and (ast.get_docstring(node) or "").startswith("The same")
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
