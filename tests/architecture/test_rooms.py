"""The house keeps its shape: who may import whom, and how large a room's furniture is."""

from pathlib import Path

from tests.support.source_files import FILES, SOURCE, sources

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
    "deployment": {"model"},
    "objects": {"model", "desired", "aws", "access", "hazards", "scan", "changes", "remedies"},
    "reports": {"model", "results", "remedies"},
    "cli": {"model", "reports", "changes", "remedies", "iac", "scan", "demo"},
    "demo": {"model", "aws", "text", "cli"},
}
"""Design, section 1. Every room may import `text`; of `iac` and `scan`, `cli` needs types and the diff of a patch."""
SDK_ROOMS = {"aws", "demo"}
TAKES_A_SESSION = "client_base.py"
"""Imports boto3 for a type alone: a client can be given a session."""


def room_of(name: str) -> str | None:
    parts = Path(name).parts
    return parts[0] if len(parts) > 1 else None


def test_the_files_are_found() -> None:
    assert len(FILES) > 500


def test_every_room_is_on_the_plan() -> None:
    assert {room_of(str(path.relative_to(SOURCE))) for path in FILES} - {None} == set(MAY)


def test_the_arrows_point_one_way() -> None:
    wrong = {}
    for name, source in sources():
        if room := room_of(name):
            rooms = {one.split(".")[1] for one in source.imports if one.startswith("s3kms.")}
            wrong[name] = rooms & set(MAY) - MAY[room] - {room, "text"}

    assert {name: rooms for name, rooms in wrong.items() if rooms} == {}


def test_the_sdk_is_known_in_one_room() -> None:
    guilty = [
        name
        for name, source in sources()
        if {one.split(".")[0] for one in source.imports} & {"boto3", "botocore", "moto"}
        and room_of(name) not in SDK_ROOMS
    ]

    assert guilty == [TAKES_A_SESSION]


def test_files_and_functions_stay_small() -> None:
    assert {name: source.line_count for name, source in sources() if source.line_count > 400} == {}
    assert {name: source.long_functions for name, source in sources() if source.long_functions} == {}


OUTERMOST = "demo/corrections/__init__.py"
"""The embedded server's own last resort: what goes wrong inside is answered with a 500."""


def test_nothing_is_caught_blindly() -> None:
    blind = {name: source.blind_handlers for name, source in sources() if source.blind_handlers}

    assert blind.keys() == {OUTERMOST}


def test_no_test_patches_our_own_modules() -> None:
    this = Path(__file__)
    guilty = [
        path.name
        for path in this.parents[1].rglob("*.py")
        if path != this and ("mock.patch" in path.read_text() or 'setattr("s3kms' in path.read_text())
    ]

    assert guilty == []
