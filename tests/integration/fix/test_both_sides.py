"""The sample estate in code and live: the same verdicts, the same kind of key, and the same hazards."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Shell

from s3kms.demo.environment import open_demo_environment

CODE = Path(__file__).parents[2] / "support" / "sample_estate.tf"
NAMES = frozenset(re.findall(r'resource "aws_s3_bucket" "([\w-]+)"', CODE.read_text()))
SKIPPED = re.compile(r"skipped: (?:s3://|aws_s3_bucket\.)([\w.-]+) .*")


@pytest.fixture(scope="module")
def live() -> Iterator[Shell]:
    with open_demo_environment() as environment:
        yield Shell(environment.folder, environment.exports)


@pytest.fixture
def code(shell: Shell) -> Shell:
    (shell.folder / "main.tf").write_text(CODE.read_text())
    return shell


def hazards(err: str) -> dict[str, list[str]]:
    """The hazards of each bucket that is skipped for some."""
    lines = [found for line in err.splitlines() if (found := SKIPPED.match(line))]
    named = {found[1]: sorted(re.findall(r"--accept (\w+)", found[0])) for found in lines}
    return {name: found for name, found in named.items() if name in NAMES and found}


def test_both_sides_have_the_same_hazards(live: Shell, code: Shell) -> None:
    in_account = hazards(live("fix", *(f"s3://{name}" for name in sorted(NAMES))).err)

    assert hazards(code("fix", ".").err) == in_account
    assert in_account == {
        "acme-access-logs": ["s3_access_logs"],
        "acme-alb-logs": ["load_balancer_logs"],
        "acme-flow-logs": ["vended_logs"],
        "acme-master-data": ["replication_source"],
        "acme-partner-share": ["other_accounts"],
        "acme-www": ["anonymous_requests", "website"],
    }


def test_both_sides_have_the_same_verdict_and_kind_of_key(live: Shell, code: Shell) -> None:
    sides = [
        {
            finding["bucket"]: (finding["verdict"], (finding["encryption"] or {}).get("key_kind"))
            for finding in shell("check", *targets, "--format", "json").findings
        }
        for shell, targets in ((live, [f"s3://{name}" for name in sorted(NAMES)]), (code, ["."]))
    ]

    assert sides[0].keys() == NAMES
    assert {name: verdict for name, (verdict, _) in sides[0].items()} == {
        name: verdict for name, (verdict, _) in sides[1].items()
    }
    assert sides[1]["acme-orders"][1] == "customer-managed"
    assert sides[0]["acme-app-config"] == sides[1]["acme-app-config"] == ("pass", "aws-managed")
