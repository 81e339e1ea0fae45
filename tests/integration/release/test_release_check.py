"""A release is what its source says: the same wheel from two places, with what belongs into it."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from scripts.release_check import (
    NotReadyError,
    build_twice,
    check_changelog,
    check_contents,
    differences,
    version_of,
    write_checksums,
    write_sbom,
)
from tests.support.doc_blocks import ROOT

from s3kms import __version__

NEEDED = ["s3kms/py.typed", "s3kms/schemas/check-v1.schema.json", "s3kms/demo/infra/main.tf"]
LICENSE = "s3kms-1.0.0.dist-info/licenses/LICENSE"


def has(package: str, least: int) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", f"from importlib.metadata import version as v; print(v({package!r}))"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and int(done.stdout.split(".")[0]) >= least


def wheel_of(path: Path, names: list[str], text: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


@pytest.mark.slow
@pytest.mark.skipif(not has("setuptools", 77), reason="this machine has no setuptools of 77 or newer")
def test_the_wheel_comes_out_the_same_from_two_places_and_has_what_it_needs(tmp_path: Path) -> None:
    wheel = build_twice(ROOT, tmp_path, isolated=False)

    check_contents(wheel)
    assert version_of(wheel) == __version__


@pytest.mark.slow
@pytest.mark.skipif(
    not has("cyclonedx-bom", 7), reason="this machine has no cyclonedx-bom: pip install '.[release]'"
)
def test_the_sbom_is_the_same_each_time_and_names_no_place(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"

    for name in ("first", "second"):
        write_sbom(python, ROOT, tmp_path / name, epoch=1_790_000_000)

    text = (tmp_path / "first").read_text()
    assert text == (tmp_path / "second").read_text()
    assert '"name": "s3kms"' in text
    assert str(tmp_path) not in text
    assert "pip" not in [line for line in text.splitlines() if '"name"' in line]


def test_two_wheels_that_differ_are_told_apart_by_member(tmp_path: Path) -> None:
    first = wheel_of(tmp_path / "a.whl", ["s3kms/api.py"], "x = 1\n")
    second = wheel_of(tmp_path / "b.whl", ["s3kms/api.py"], "x = 2\n")

    assert differences(first, second) == ["s3kms/api.py"]
    assert differences(first, wheel_of(tmp_path / "c.whl", ["s3kms/new.py"])) == [
        "s3kms/api.py",
        "s3kms/new.py",
    ]


@pytest.mark.parametrize("extra", ["tests/conftest.py", "s3kms/__pycache__/api.pyc"])
def test_what_is_none_of_its_business_is_not_in_a_wheel(extra: str, tmp_path: Path) -> None:
    check_contents(wheel_of(tmp_path / "good.whl", [*NEEDED, LICENSE]))

    with pytest.raises(NotReadyError, match=Path(extra).name):
        check_contents(wheel_of(tmp_path / "bad.whl", [*NEEDED, LICENSE, extra]))


def test_a_wheel_without_types_or_license_is_not_ready(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match=r"py\.typed.*LICENSE"):
        check_contents(wheel_of(tmp_path / "bad.whl", NEEDED[1:]))


def test_a_version_needs_a_dated_section_in_the_changelog(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [1.0.0] - 2026-11-27\n")

    check_changelog(tmp_path, "1.0.0")
    with pytest.raises(NotReadyError, match=r"1\.1\.0"):
        check_changelog(tmp_path, "1.1.0")


def test_checksums_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"x")

    write_checksums([tmp_path / "a.whl"], tmp_path / "SHA256SUMS")

    assert (tmp_path / "SHA256SUMS").read_text() == f"{hashlib.sha256(b'x').hexdigest()}  a.whl\n"
