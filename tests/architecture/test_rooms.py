"""The house keeps its shape: who may import whom, and how large a room's furniture is."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "s3kms"
MAY = {
    "text": set(),
    "model": set(),
    "desired": {"model"},
    "aws": {"model"},
    "sources": {"model", "aws"},
    "iac": {"model"},
    "rules": {"model", "desired", "access"},
    "access": {"model"},
    "hazards": {"model", "desired", "access"},
    "results": {"model"},
    "scan": {"model", "desired", "aws", "sources", "iac", "rules", "hazards", "results"},
    "changes": {"model", "desired", "aws", "sources", "iac", "access", "hazards", "scan", "results", "rules"},
    "remedies": {"model"},
    "objects": {"model", "desired", "aws", "access", "hazards", "scan", "changes", "remedies"},
    "reports": {"model", "results", "remedies"},
    "cli": {"model", "reports", "changes", "remedies", "iac", "scan", "demo"},
    "demo": {"model", "aws", "text", "cli"},
}
"""Design, section 1. Every room may import `text`; of `iac` and `scan`, `cli` needs types and the diff of a patch."""
SDK_ROOMS = {"aws", "demo"}
TAKES_A_SESSION = SOURCE / "client_base.py"
"""Imports boto3 for a type alone: a client can be given a session."""
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str | None:
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else None


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_room_is_on_the_plan() -> None:
    assert {room_of(path) for path in FILES} - {None} == set(MAY)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_arrows_point_one_way(path: Path) -> None:
    room = room_of(path)
    if room is None:
        return
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("s3kms.")}

    assert rooms & set(MAY) <= MAY[room] | {room, "text"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_sdk_is_known_in_one_room(path: Path) -> None:
    sdk = {name for name in imported(path) if name.split(".")[0] in {"boto3", "botocore", "moto"}}

    assert not sdk or room_of(path) in SDK_ROOMS or path == TAKES_A_SESSION


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 60
    ]

    assert text.count("\n") <= 400
    assert long == []


OUTERMOST = SOURCE / "demo" / "corrections" / "__init__.py"
"""The embedded server's own last resort: what goes wrong inside is answered with a 500."""


@pytest.mark.parametrize(
    "path", [f for f in FILES if f != OUTERMOST], ids=lambda p: str(p.relative_to(SOURCE))
)
def test_nothing_is_caught_blindly(path: Path) -> None:
    blind = [
        handler.lineno
        for handler in ast.walk(ast.parse(path.read_text()))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or getattr(handler.type, "id", "") in {"Exception", "BaseException"})
        and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    ]

    assert blind == []


def test_no_test_patches_our_own_modules() -> None:
    this = Path(__file__)
    guilty = [
        path.name
        for path in this.parents[1].rglob("*.py")
        if path != this and ("mock.patch" in path.read_text() or 'setattr("s3kms' in path.read_text())
    ]

    assert guilty == []
