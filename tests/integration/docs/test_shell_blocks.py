"""Every shell block of every page runs, and what it calls is there."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from tests.support.aws_command import problems_of
from tests.support.doc_blocks import ROOT, DocShell, blocks, name_of, pages_with
from tests.support.observed_logs import event, role, write_events

from s3kms.demo.aws import PRODUCTION
from s3kms.demo.environment import DemoEnvironment, open_demo_environment
from s3kms.demo.sample_estate import FRANKFURT

pytestmark = pytest.mark.slow
SHELL = ("sh", "bash", "shell")
FINE = {0, 10, 11}
"""Exit codes of s3kms that a reader of a page may see."""


@pytest.fixture(scope="module")
def environment() -> Iterator[DemoEnvironment]:
    with open_demo_environment() as demo:
        yield demo


def prepare_logs(shell: DocShell, demo: DemoEnvironment) -> None:
    """The logs that docs/observed.md names."""
    got = event("GetObject", role("reader", PRODUCTION, "/"), "acme-invoices")
    write_events(shell.folder / "AWSLogs" / "a.json.gz", [got])
    (shell.folder / "athena-result.csv").write_text('"bucket","principal","operation"\n')
    create_bucket(demo, "acme-trail")


def prepare_server(_: DocShell, demo: DemoEnvironment) -> None:
    """The bucket that docs/other-servers.md names."""
    create_bucket(demo, "logs")


def prepare_repository(shell: DocShell, demo: DemoEnvironment) -> None:
    """A repository with code, which docs/pipelines.md is about."""
    for name in ("infra", "repositories/web"):
        shutil.copytree(demo.folder / "infra", shell.folder / name)
    shutil.copy(ROOT / "Containerfile", shell.folder)
    git = ["git", "-C", str(shell.folder), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (
        *(("init", "--quiet"), ("add", "infra"), ("commit", "--quiet", "--message", "buckets")),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
    ):
        subprocess.run([*git, *words], check=True)


def prepare_findings(shell: DocShell, demo: DemoEnvironment) -> None:
    """The file of Security Hub that docs/findings-of-others.md names."""
    shutil.copy(demo.folder / "securityhub-findings.json", shell.folder)


def create_bucket(demo: DemoEnvironment, name: str) -> None:
    keys = demo.aws.credentials(PRODUCTION)
    s3 = boto3.client(
        "s3",
        region_name=FRANKFURT,
        endpoint_url=demo.aws.url,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def prepare_package(shell: DocShell, _: DemoEnvironment) -> None:
    """What docs/schedule.md packs: pip installs nothing here."""
    (shell.folder / "s3kms.toml").touch()
    (shell.folder / "package").mkdir()


PREPARATIONS: dict[str, Callable[[DocShell, DemoEnvironment], None]] = {
    "docs/findings-of-others.md": prepare_findings,
    "docs/observed.md": prepare_logs,
    "docs/other-servers.md": prepare_server,
    "docs/pipelines.md": prepare_repository,
    "docs/schedule.md": prepare_package,
}
"""What a page takes for granted."""
WITHOUT = {"docs/other-servers.md": {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_PROFILE"}}
"""Variables that the reader of a page has not set: there the keys are in variables."""


def as_here(block: str, demo: DemoEnvironment) -> str:
    """A block with the server of the demo in the place of the one that it names."""
    names = {
        "https://s3.example.internal": demo.aws.url,
        "000000000000": PRODUCTION,
        "us-east-1 AWS_A": f"{FRANKFURT} AWS_A",
    }
    for name, here in names.items():
        block = block.replace(name, here)
    return block


@pytest.mark.parametrize("page", pages_with(*SHELL), ids=name_of)
def test_every_shell_block_of_a_page_runs(page: Path, environment: DemoEnvironment, tmp_path: Path) -> None:
    if "jq " in "".join(blocks(page, *SHELL)) and shutil.which("jq") is None:
        pytest.skip("this machine has no jq, which a block of the page calls")
    unset = WITHOUT.get(name_of(page), set())
    exports = {name: value for name, value in environment.exports.items() if name not in unset}
    keys = environment.aws.credentials(PRODUCTION) if unset else {}
    shell = DocShell(tmp_path, {**exports, **keys})
    if prepare := PREPARATIONS.get(name_of(page)):
        prepare(shell, environment)
    for template in blocks(page, "yaml"):
        (tmp_path / "template.yaml").write_text(template)

    for block in blocks(page, *SHELL):
        done = shell.run(as_here(block, environment))
        assert done.returncode in FINE, (block, done.stderr)
        assert "command not found" not in done.stderr

    assert [line for code, line in shell.exits if code not in FINE] == []
    assert [found for call in shell.aws_calls for found in problems_of(call, tmp_path)] == []
    assert extras_of(shell.pip_calls) <= set(project()["optional-dependencies"])
    assert variables_of(shell.terraform_calls) <= declared_variables(page)


def project() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def extras_of(calls: list[str]) -> set[str]:
    for call in calls:
        assert re.fullmatch(
            r"install( --[\w-]+([ =][\w.:]+)?)* (\.|s3kms|\./s3kms\.whl)(\[[\w,]+\])?", call
        ), call
    return {
        extra for call in calls for listed in re.findall(r"\[([\w,]+)\]", call) for extra in listed.split(",")
    }


def variables_of(calls: list[str]) -> set[str]:
    return set(re.findall(r"-var=(\w+)=", "\n".join(calls)))


def declared_variables(page: Path) -> set[str]:
    return set(re.findall(r'variable "(\w+)"', "\n".join(blocks(page, "hcl"))))
