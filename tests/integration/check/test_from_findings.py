"""`--from-findings`: what other tools found is what is checked, planned and fixed."""

from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.external_findings import (
    as_json,
    asff,
    csv_rows,
    custodian,
    evaluation,
    prowler_ocsf,
    prowler_row,
    result,
    sarif,
)

import s3kms

CODE = 'resource "aws_s3_bucket" "one" {\n  bucket = "acme-one"\n}\n'


def write(folder: Path, name: str, content: bytes | str) -> str:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def test_a_check_is_of_the_buckets_that_the_findings_name_and_says_what_was_taken(production: Shell) -> None:
    ocsf = [prowler_ocsf("acme-orders"), prowler_ocsf("acme-trail", status="PASS")]
    name = write(production.folder, "out.ocsf.json", as_json(ocsf))

    done = production("check", "--from-findings", name, "--format", "json")

    assert list(done.verdicts()) == ["acme-orders"]
    assert "out.ocsf.json is OCSF of Prowler, 2 findings: 1 bucket taken; passed over: 1 passed" in done.err


def test_findings_of_several_tools_and_targets_are_checked_together(production: Shell) -> None:
    first = write(production.folder, "hub.json", as_json({"Findings": [asff("acme-orders")]}))
    second = write(production.folder, "out.csv", csv_rows([prowler_row("acme-backups")], ";"))
    done = production(
        *("check", "s3://acme-invoices", "--from-findings", first, "--from-findings", second, "-q"),
        *("--format", "json"),
    )

    assert set(done.verdicts()) == {"acme-invoices", "acme-orders", "acme-backups"}
    assert "findings" not in done.err


def test_a_bucket_that_is_not_in_the_account_is_said_and_never_success(production: Shell) -> None:
    content = as_json([custodian("acme-of-somebody-else"), custodian("acme-orders")])
    name = write(production.folder, "r.json", content)

    done = production("check", "--from-findings", name, "--format", "json")

    assert done.verdicts() == {"acme-orders": "pass"}
    assert "s3://acme-of-somebody-else was not checked" in done.err
    assert done.exit == 11


@pytest.mark.parametrize("command", ["check", "plan", "fix", "verify"])
def test_findings_that_name_no_bucket_never_mean_the_whole_account(production: Shell, command: str) -> None:
    name = write(production.folder, "c.json", as_json({"EvaluationResults": [evaluation(rule="acme-kms")]}))

    done = production(command, "--from-findings", name)

    assert done.exit == 3
    assert "error: the findings name no bucket to check" in done.err
    assert "1 of other checks" in done.err
    assert "--findings-check ID" in done.err


def test_a_rule_of_ones_own_name_counts_where_it_is_named(production: Shell) -> None:
    content = as_json({"EvaluationResults": [evaluation("acme-orders", "acme-kms")]})
    name = write(production.folder, "c.json", content)

    done = production("check", "--from-findings", name, "--findings-check", "acme-kms", "--format", "json")

    assert list(done.verdicts()) == ["acme-orders"]


def test_a_file_of_findings_may_come_from_stdin(production: Shell) -> None:
    done = production(
        "check",
        "--from-findings",
        "-",
        "--format",
        "json",
        stdin=as_json([custodian("acme-orders")]).decode(),
    )

    assert list(done.verdicts()) == ["acme-orders"]
    assert "stdin is resources.json of Cloud Custodian" in done.err


def test_a_broken_file_is_a_mistake_of_use_and_nothing_is_checked(production: Shell) -> None:
    name = write(production.folder, "out.json", as_json([prowler_ocsf(), prowler_ocsf()])[:-9])

    done = production("check", "--from-findings", name)

    assert done.exit == 2
    assert "out.json is cut, or is not JSON" in done.err
    assert "of half a file nothing is taken" in done.err


def test_a_file_that_is_not_there_is_a_mistake_of_use(production: Shell) -> None:
    done = production("check", "--from-findings", "gone.json")

    assert done.exit == 2
    assert "gone.json cannot be read: No such file or directory" in done.err


def test_files_of_code_that_checkov_names_are_fixed_in_place(shell: Shell) -> None:
    write(shell.folder, "main.tf", CODE)
    write(shell.folder, "other.tf", CODE.replace("one", "two"))
    name = write(shell.folder, "results.sarif", as_json(sarif(result("main.tf"))))

    done = shell("fix", "--from-findings", name)

    assert "results.sarif is SARIF of Checkov, 1 finding: 1 file taken" in done.err
    assert "+++ b/main.tf" in done.out
    assert "two" not in done.out


def test_code_and_live_buckets_are_looked_at_in_two_commands(shell: Shell) -> None:
    write(shell.folder, "main.tf", CODE)
    code = write(shell.folder, "results.sarif", as_json(sarif(result("main.tf"))))
    live = write(shell.folder, "r.json", as_json([custodian()]))

    done = shell("check", "--from-findings", code, "--from-findings", live)

    assert done.exit == 2
    assert "name them in two commands" in done.err


def test_the_library_takes_the_targets_of_findings(tmp_path: Path) -> None:
    path = tmp_path / "hub.json"
    path.write_bytes(as_json({"Findings": [asff("acme-orders"), asff("acme-logs", status="PASSED")]}))

    found = s3kms.read_external_findings([path])

    assert found.targets == ("s3://acme-orders",)
    assert found.files[0].form == "ASFF of Security Hub"
