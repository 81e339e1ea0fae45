"""The ledger of a plan's waves: what is written is read back, and only that."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3kms.changes.waves.ledger import (
    LedgerLine,
    RunBegun,
    RunVerified,
    WaveEnded,
    WaveWaived,
    ledger_path,
    open_ledger,
    read_ledger,
)
from s3kms.model.errors import BadInput, Refused

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
PLAN, OTHER = "20261126T110000Z-0a1b2c", "20261126T110000Z-ffffff"
LINES: tuple[LedgerLine, ...] = (
    WaveEnded(AT, "wave", 1, 3, 1, 0),
    RunVerified(AT, "verified", "20261126T120000Z-aaaaaa"),
    WaveWaived(AT, "waived", 2, "Dana"),
    WaveEnded(AT, "wave", None, 0, 0, 2),
    RunBegun(AT, "run", 2, "20261126T120000Z-bbbbbb"),
)


def write(folder: Path, *lines: LedgerLine) -> None:
    with open_ledger(folder, PLAN) as ledger:
        for line in lines:
            ledger.add(line)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path, *LINES[:2])
    write(tmp_path, *LINES[2:])

    assert read_ledger(tmp_path, PLAN) == LINES


def test_where_there_is_none_nothing_stands(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "nowhere", PLAN) == ()


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    write(tmp_path, LINES[0])

    assert ledger_path(tmp_path, PLAN).stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_off_is_as_if_it_had_not_been_written(tmp_path: Path) -> None:
    write(tmp_path, *LINES[:2])
    path = ledger_path(tmp_path, PLAN)
    whole = path.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[1])):
        path.write_bytes(whole[:-cut])
        assert read_ledger(tmp_path, PLAN) == LINES[:1]
    write(tmp_path, LINES[2])

    assert read_ledger(tmp_path, PLAN) == (LINES[0], LINES[2])


@pytest.mark.parametrize("old", ['"changed": 3', '"type": "verified"', '"approved_by": "Dana"'])
def test_an_edited_line_is_noticed(tmp_path: Path, old: str) -> None:
    write(tmp_path, *LINES)
    path = ledger_path(tmp_path, PLAN)
    assert old in path.read_text()
    path.write_text(
        path.read_text().replace(old, old.upper().lower().replace("3", "4").replace("ed", "eD"), 1)
    )

    with pytest.raises(Refused, match="does not fit its checksum"):
        read_ledger(tmp_path, PLAN)


def test_a_line_taken_out_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, *LINES)
    path = ledger_path(tmp_path, PLAN)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])

    with pytest.raises(Refused, match="line 2"):
        read_ledger(tmp_path, PLAN)


def test_the_ledger_of_another_plan_is_not_this_ones(tmp_path: Path) -> None:
    write(tmp_path, *LINES)
    ledger_path(tmp_path, PLAN).rename(ledger_path(tmp_path, OTHER))

    with pytest.raises(Refused, match="does not fit"):
        read_ledger(tmp_path, OTHER)


@pytest.mark.parametrize(
    "text", [b"{}\n", b"no JSON\n", b"[1]\n", b'{"version": 2}\n', b"[" * 100_000 + b"\n"]
)
def test_what_is_no_ledger_is_bad_input(tmp_path: Path, text: bytes) -> None:
    ledger_path(tmp_path, PLAN).write_bytes(text)

    with pytest.raises(BadInput, match="is not a ledger of waves"):
        read_ledger(tmp_path, PLAN)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    ledger_path(tmp_path, PLAN).symlink_to(tmp_path / "elsewhere")

    with (
        pytest.raises(Refused, match="cannot be opened, so nothing was changed"),
        open_ledger(tmp_path, PLAN),
    ):
        pass
    with pytest.raises(BadInput, match="cannot be read"):
        read_ledger(tmp_path, PLAN)


def _hold(folder: Path) -> None:
    with open_ledger(folder, PLAN):
        pass


def test_two_processes_do_not_carry_one_plan_out_at_once(tmp_path: Path) -> None:
    with open_ledger(tmp_path, PLAN):
        other = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path,))
        other.start()
        other.join(30)
    _hold(tmp_path)

    assert other.exitcode == 1
