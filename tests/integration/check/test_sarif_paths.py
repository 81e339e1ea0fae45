"""`check --format sarif`: the paths that code scanning reads, wherever the command ran."""

import json

from tests.support.cli import Shell

CODE = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_s3_bucket.b",
                    "mode": "managed",
                    "type": "aws_s3_bucket",
                    "name": "b",
                    "values": {"bucket": "acme-b"},
                }
            ]
        }
    },
}


def _paths(out: str) -> list[str]:
    return [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in json.loads(out)["runs"][0]["results"]
    ]


def _write(shell: Shell, path: str, text: str) -> None:
    (shell.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (shell.folder / path).write_text(text)


def test_paths_begin_at_the_root_of_the_repository_of_the_code(shell: Shell) -> None:
    _write(shell, "shop/.git/HEAD", "ref: refs/heads/main\n")
    _write(shell, "shop/infra/main.tf", CODE)

    assert _paths(shell("check", "shop/infra", "--format", "sarif").out) == ["infra/main.tf"]


def test_without_a_repository_paths_begin_where_the_command_ran(shell: Shell) -> None:
    _write(shell, "shop/infra/main.tf", CODE)

    assert _paths(shell("check", "shop/infra", "--format", "sarif").out) == ["shop/infra/main.tf"]


def test_a_finding_of_a_plan_is_at_the_line_of_the_code_beside_it(shell: Shell) -> None:
    _write(shell, "main.tf", CODE)
    _write(shell, "plan.json", json.dumps(PLAN))

    done = shell("check", "plan.json", "--format", "sarif")

    assert _paths(done.out) == ["main.tf"]
    assert shell("check", "plan.json", "--format", "json").findings[0]["places"][0]["uri"] == "plan.json"


def test_a_plan_without_its_code_is_named_itself(shell: Shell) -> None:
    _write(shell, "plan.json", json.dumps(PLAN))

    assert _paths(shell("check", "plan.json", "--format", "sarif").out) == ["plan.json"]
