"""Build what a release consists of, and check that it is what the source says: `python scripts/release_check.py OUT`.

The wheel is built twice, from two copies of the last commit in two folders, two time zones and two orders of hashes,
and has to be the same to the last bit. It is installed into an empty environment, which then runs s3kms, and whose
packages become the SBOM. It needs the extra `release`, writes to OUT alone, and publishes nothing.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST_ZIP_SECOND = 315532800
"""1980-01-01: a zip archive knows no earlier time."""
SURROUNDINGS = (
    {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"},
)
"""What two builds differ in, beside the folder and the moment."""
UMASK = 0o022
"""A wheel keeps the modes of its files: they are the same wherever it is built."""
MOST_DIFFERENCES = 5


class NotReadyError(Exception):
    """Why it is no release yet."""


def commit_time(root: Path = ROOT) -> int:
    """When the last commit was made, in seconds: the only time that is in a wheel."""
    return max(int(_git(root, "log", "-1", "--format=%ct")), FIRST_ZIP_SECOND)


def export_commit(root: Path, folder: Path) -> Path:
    """The files of the last commit, and nothing that lies about beside them."""
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", root, "-c", "tar.umask=0022", "archive", "HEAD"], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    return folder


def build_wheel(
    source: Path, out: Path, surroundings: Mapping[str, str], *, epoch: int, isolated: bool = True
) -> Path:
    """The wheel of a folder of source. Not isolated, the setuptools of this environment builds it, without a network.

    Raises NotReadyError.
    """
    constraints = str(source / "constraints.txt")
    environment = {
        **os.environ,
        **surroundings,
        "SOURCE_DATE_EPOCH": str(epoch),
        "PIP_CONSTRAINT": constraints,
    }
    code = f"import setuptools.build_meta as it; it.build_wheel({str(out)!r})"
    command = ["-m", "build", "--wheel", "--outdir", str(out)] if isolated else ["-c", code]
    out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=source,
        env=environment,
        umask=UMASK,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotReadyError(f"the wheel cannot be built: {done.stderr.strip()[-2000:]}")
    (wheel,) = out.glob("*.whl")
    return wheel


def build_twice(root: Path, folder: Path, *, isolated: bool = True) -> Path:
    """A wheel that comes out the same from two places. Raises NotReadyError."""
    epoch = commit_time(root)
    wheels = [
        build_wheel(
            export_commit(root, folder / f"copy{number}" / ("deeper" * number)),
            folder / f"wheel{number}",
            surroundings,
            epoch=epoch,
            isolated=isolated,
        )
        for number, surroundings in enumerate(SURROUNDINGS)
    ]
    first, second = wheels
    if first.read_bytes() != second.read_bytes():
        raise NotReadyError(f"two builds differ: {', '.join(differences(first, second)[:MOST_DIFFERENCES])}")
    return first


def differences(first: Path, second: Path) -> list[str]:
    """The members of two wheels that are not the same, or `the archive itself`."""
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        members = [
            {item.filename: (item.CRC, item.date_time, item.external_attr) for item in it.infolist()}
            for it in (one, other)
        ]
    names = [name for name in {**members[0], **members[1]} if members[0].get(name) != members[1].get(name)]
    return sorted(names) or ["the archive itself"]


def check_contents(wheel: Path) -> None:
    """Raises NotReadyError for a wheel that lacks something, or has what is none of its business."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    wanted = ("s3kms/py.typed", "s3kms/schemas/check-v1.schema.json", "s3kms/demo/infra/main.tf")
    missing = [name for name in wanted if name not in names]
    missing += [] if any(name.endswith("/licenses/LICENSE") for name in names) else ["LICENSE"]
    foreign = [name for name in names if not name.startswith(("s3kms/", "s3kms-"))]
    caches = [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    if missing or foreign or caches:
        raise NotReadyError(f"missing: {missing}; not the package's: {[*foreign, *caches]}")


def check_changelog(root: Path, version: str) -> None:
    """Raises NotReadyError where CHANGELOG.md has no section with a date for the version."""
    text = (root / "CHANGELOG.md").read_text()
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE):
        raise NotReadyError(f"CHANGELOG.md has no section [{version}] with a date")


def version_of(wheel: Path) -> str:
    """`0.2.0` of `s3kms-0.2.0-py3-none-any.whl`."""
    return wheel.name.split("-")[1]


def install(wheel: Path, folder: Path, root: Path) -> Path:
    """The interpreter of a new environment that has the wheel and what it depends on, and nothing else."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    _run([python, "-m", "pip", "install", "--quiet", "-c", root / "constraints.txt", wheel])
    return python


def try_out(python: Path, folder: Path) -> list[str]:
    """Run the installed command as a user does; what was run. Raises NotReadyError."""
    folder.mkdir()
    (folder / "main.tf").write_text('resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n')
    expected = {
        ("--version",): 0,
        ("check", "--help"): 0,
        ("explain", "s3_bucket_kms_encryption"): 0,
        ("permissions", "check"): 0,
        ("check", "."): 10,
        ("check", ".", "-o", "result.json"): 10,
        ("check", ".", "-o", "result.sarif.json"): 10,
        ("check", ".", "-o", "page.html"): 10,
        ("report", "result.json", "--format", "markdown"): 0,
        ("completion", "bash"): 0,
        ("fix", ".", "--check"): 10,
    }
    for arguments, code in expected.items():
        done = subprocess.run(
            [python.parent / "s3kms", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode != code:
            raise NotReadyError(
                f"s3kms {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-500:]}"
            )
    return [" ".join(arguments) for arguments in expected]


def remove_installer(python: Path) -> None:
    """Take pip out of an environment, whose packages are then those of s3kms alone."""
    _run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools", "pip"])


def write_sbom(python: Path, root: Path, out: Path, epoch: int) -> None:
    """What the environment of the wheel consists of, as CycloneDX, the same each time."""
    command: list[str | Path] = [sys.executable, "-m", "cyclonedx_py", "environment"]
    command += ["--pyproject", root / "pyproject.toml", "--mc-type", "application", "--output-reproducible"]
    _run([*command, "--output-file", out, python], {"SOURCE_DATE_EPOCH": str(epoch)})


def write_checksums(files: Iterable[Path], out: Path) -> None:
    """SHA256SUMS, as `sha256sum --check` reads it."""
    out.write_text(
        "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    )


def _run(command: list[str | Path], environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotReadyError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-2000:]}")


def _git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", root, *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def check_release(root: Path, out: Path) -> None:
    """Everything; says what it does. Raises NotReadyError."""
    if changed := _git(root, "status", "--porcelain"):
        print(f"not in the release, for they are not committed:\n{changed}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheel = build_twice(root, folder)
        print(f"built twice, the same to the last bit: {wheel.name}")
        check_contents(wheel)
        python = install(wheel, folder / "venv", root)
        for command in try_out(python, folder / "tried"):
            print(f"runs from the wheel: s3kms {command}")
        out.mkdir(parents=True, exist_ok=True)
        kept, sbom = out / wheel.name, out / f"s3kms-{version_of(wheel)}.cdx.json"
        kept.write_bytes(wheel.read_bytes())
        remove_installer(python)
        write_sbom(python, root, sbom, commit_time(root))
        write_checksums((kept, sbom), out / "SHA256SUMS")
        print(f"written to {out}: {kept.name}, {sbom.name}, SHA256SUMS")
    check_changelog(root, version_of(kept))
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["name"]
    print(f"{declared} {version_of(kept)} is ready")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "out", type=Path, nargs="?", default=ROOT / "dist", help="folder to write to [default: dist]"
    )
    try:
        check_release(ROOT, parser.parse_args().out)
    except NotReadyError as error:
        print(f"not ready: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
