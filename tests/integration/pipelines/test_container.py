"""The image, built and run by buildah, whose check asks the embedded AWS.

A base is made once, with `debootstrap --variant=minbase --include=python3 bookworm FOLDER`, and S3KMS_CONTAINER_BASE
names the folder. With S3KMS_CONTAINER_TEST=1 the test makes one. Without either it skips.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.package import ROOT, copy_package

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES

BASE, IMAGE = "localhost/s3kms-base", "localhost/s3kms"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Buildah:
    """buildah with a store of its own, without a kernel's overlays and without namespaces."""

    folder: Path

    def __call__(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["buildah", "--storage-driver", "vfs", "--root", str(self.folder / "store")]
        command += ["--runroot", str(self.folder / "run"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


@dataclass(frozen=True)
class Container:
    """A container of the image; a folder of it is mounted as its working folder."""

    buildah: Buildah
    name: str
    work: Path

    def __call__(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command line of the image's, after its entry point."""
        return self.run(*self.config["Entrypoint"], *words, **environment)

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        settings = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        mount = ("--isolation", "chroot", "--volume", f"{self.work}:/code:ro")
        return self.buildah.run("run", *mount, *settings, self.name, "--", *command)

    @property
    def config(self) -> dict[str, list[str]]:
        inspected = json.loads(self.buildah("inspect", "--type", "container", self.name))
        config: dict[str, list[str]] = inspected["OCIv1"]["config"]
        return config


def base_folder(folder: Path) -> Path:
    if shutil.which("buildah") is None:
        pytest.skip("needs buildah")
    if named := os.environ.get("S3KMS_CONTAINER_BASE"):
        return Path(named)
    if os.environ.get("S3KMS_CONTAINER_TEST") != "1":
        pytest.skip("needs a base: S3KMS_CONTAINER_BASE names its folder, S3KMS_CONTAINER_TEST=1 makes one")
    if shutil.which("debootstrap") is None:
        pytest.skip("needs debootstrap to make a base")
    made = folder / "base"
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=python3", "bookworm", str(made)],
        check=True,
        capture_output=True,
    )
    return made


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    folder = tmp_path_factory.mktemp("container")
    base = base_folder(folder)
    buildah = Buildah(folder)
    scratch = buildah("from", "scratch")
    buildah("add", "-q", scratch, f"{base}/", "/")
    buildah("commit", "-q", "--rm", scratch, BASE)
    context = folder / "context"
    copy_package(context)
    for name in ("Containerfile", ".dockerignore"):
        shutil.copy(ROOT / name, context)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", "package", "--no-compile", "."]
    subprocess.run(pip, cwd=context, check=True, capture_output=True)
    buildah("bud", "--isolation", "chroot", "--build-arg", f"BASE={BASE}", "-t", IMAGE, str(context))
    (folder / "work").mkdir()
    folder.joinpath("work").chmod(0o755)
    yield Container(buildah, buildah("from", IMAGE), folder / "work")
    subprocess.run(["rm", "-rf", str(folder / "store")], check=False)  # a third of a gigabyte a layer


def test_it_checks_the_embedded_aws(container: Container, estate: EmbeddedAws) -> None:
    keys = estate.credentials(PROFILES["production"])
    where = {"AWS_ENDPOINT_URL": estate.url, "AWS_REGION": FRANKFURT}
    done = container("check", "s3://acme-w*", "--format", "json", **where, **keys)

    assert done.returncode == 10, done.stderr
    found = json.loads(done.stdout)["findings"]
    assert {one["bucket"]: one["verdict"] for one in found}["acme-www"] == "fail"


def test_it_checks_a_mounted_folder_and_imports_nothing_of_it(container: Container) -> None:
    (container.work / "main.tf").write_text('resource "aws_s3_bucket" "b" { bucket = "b-one" }\n')
    for name in ("click.py", "s3kms.py"):
        (container.work / name).write_text('raise SystemExit("imported")\n')
    done = container("check", ".")

    assert done.returncode == 10, done.stderr
    assert "b-one" in done.stdout
    assert "imported" not in done.stdout + done.stderr


def test_it_is_nobody_and_can_write_nothing_of_its_own(container: Container) -> None:
    command = "id -u; touch /opt/s3kms/x /x /code/x; touch /tmp/x && echo wrote"
    done = container.run("sh", "-c", command)

    assert done.stdout.split() == ["65532", "wrote"]
    assert done.stderr.count("cannot touch") == 3


def test_what_it_adds_to_its_base_is_small_and_has_no_secret(container: Container) -> None:
    done = container.run("du", "-sm", "/opt/s3kms")

    assert int(done.stdout.split()[0]) <= 90
    assert "BASE=" not in json.dumps(container.config)


def test_without_a_base_it_is_not_built(container: Container) -> None:
    context = container.work.parent / "context"
    done = container.buildah.run("bud", "--isolation", "chroot", "-t", "localhost/none", str(context))

    assert done.returncode != 0
