"""What a command loads, counted in modules: a budget that a noisy machine cannot change."""

import subprocess
import sys
from pathlib import Path

import pytest

RUNS = Path(__file__).parents[2] / "unit/changes/runs_of_first_edition"
SDK = {"boto3", "botocore", "urllib3"}
NETWORK = {"asyncio", "http.client", "ssl"}
EVALUATORS = {"s3kms.iac.hcl.evaluation", "s3kms.iac.terraform", "s3kms.iac.cloudformation", "yaml"}


def modules_after(*arguments: str) -> set[str]:
    """The modules of a process that ran one command line."""
    code = "import sys; from s3kms.cli.main import run; code = run(sys.argv[1:]); print(); print(code, *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(modules)


def test_help_loads_at_most_160() -> None:
    assert len(modules_after("--help")) <= 160


@pytest.mark.parametrize(
    "arguments",
    [
        ("permissions", "check"),
        ("permissions", "check", "--org", "--rule", "s3_bucket_kms_key_usable"),
        ("permissions", "check", "config://organization", "--confirm", "--assume-role", "reader"),
        ("permissions", "fix", "undo"),
        ("permissions", "verify", "--probe", "s3://logs-*"),
        ("explain",),
        ("explain", "s3_bucket_kms_encryption"),
        ("explain", "s3_bucket_kms_encryption", "s3://logs"),
        ("explain", "website"),
        ("explain", "inventory_reports"),
        ("check", "--help"),
        ("fix", "--help"),
    ],
    ids=" ".join,
)
def test_what_calls_no_aws_and_reads_no_code_loads_at_most_260_and_no_network(
    arguments: tuple[str, ...],
) -> None:
    loaded = modules_after(*arguments)

    assert len(loaded) <= 260
    assert loaded & (SDK | NETWORK | EVALUATORS | {"pydantic", "rich"}) == set()


@pytest.mark.parametrize("medium", ["buckets", "files"])
def test_runs_loads_far_less_than_260_and_neither_network_nor_code(tmp_path: Path, medium: str) -> None:
    """With a journal, pydantic's core alone checks it: pydantic would be a hundred modules more."""
    nothing = modules_after("runs", "--journal", str(tmp_path))
    some = modules_after("runs", "--journal", str(RUNS / medium))

    assert len(nothing) <= 175
    assert len(some) <= 205
    assert "pydantic_core" in some
    unwanted = SDK | NETWORK | EVALUATORS | {"rich", "pydantic", "s3kms.changes.buckets.medium"}
    assert (nothing | some) & unwanted == set()
    assert medium == "files" or "s3kms.iac" not in some


def test_a_start_seldom_looks_for_garbage() -> None:
    """Each look goes through everything that was just imported; Python's own threshold makes it hundreds."""
    code = (
        "import gc, sys; before = gc.get_stats()[0]['collections']; from s3kms.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: print(gc.get_stats()[0]['collections'] - before)"
    )
    command = [sys.executable, "-c", code, "check", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert int(done.stdout.splitlines()[-1]) <= 5
