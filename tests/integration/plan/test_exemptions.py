"""`s3kms plan --emit-exemptions`: the buckets that stay become exemptions, which every command heeds."""

import json
import tomllib
from pathlib import Path

import pytest
from tests.support.cli import Shell

LOGS, WEBSITE, READY = "s3://acme-alb-logs", "s3://acme-www", "s3://acme-invoices"


def test_the_buckets_that_stay_are_printed_with_their_evidence(production: Shell) -> None:
    done = production("plan", LOGS, READY, "--emit-exemptions", "--owner", "platform team")

    (entry,) = tomllib.loads(done.out)["exemptions"]
    assert (done.exit, entry["buckets"], entry["hazard"]) == (0, "acme-alb-logs", "load_balancer_logs")
    assert entry["evidence"].startswith("it takes ")
    assert entry["owner"]
    assert not (production.folder / "s3kms.toml").exists()


def test_applied_they_stand_in_the_file_and_the_buckets_are_exempt(production: Shell) -> None:
    file = production.folder / "s3kms.toml"
    file.write_text("# ours\n[wanted]\nalgorithm = 'aws:kms'  # all\n")

    done = production("plan", LOGS, WEBSITE, "--emit-exemptions", "--apply", "--yes")

    assert done.exit == 0
    assert "s3kms.toml: 2 buckets exempt now, 0 already were" in done.err
    assert file.read_text().startswith("# ours\n[wanted]\nalgorithm = 'aws:kms'  # all\n")
    after = file.read_text()
    checked = production("check", LOGS, WEBSITE, "--format", "json")
    assert {finding["verdict"] for finding in checked.findings} == {"exempt"}
    again = production("plan", LOGS, WEBSITE, "--emit-exemptions", "--apply", "--yes")
    assert (again.exit, file.read_text()) == (0, after)
    assert "no bucket has to stay as it is" in again.err


def test_where_nobody_can_be_asked_nothing_is_written(production: Shell) -> None:
    done = production("plan", LOGS, "--emit-exemptions", "--apply")

    assert done.exit == 4
    assert not (production.folder / "s3kms.toml").exists()


@pytest.mark.parametrize("words", [("--owner", "me"), ("--apply",), ("--exempt-days", "3")])
def test_what_is_about_exemptions_goes_with_them_alone(production: Shell, words: tuple[str, ...]) -> None:
    done = production("plan", LOGS, *words)

    assert done.exit == 2
    assert f"{words[0]} goes with --emit-exemptions" in done.err


def test_code_that_names_its_buckets_is_exempt_by_name_and_the_others_beside_it(shell: Shell) -> None:
    bucket = 'resource "aws_s3_bucket" "{0}" {{\n  bucket{1} = "web-{0}"\n}}\n'
    website = (
        'resource "aws_s3_bucket_website_configuration" "{0}" {{\n  bucket = aws_s3_bucket.{0}.id\n'
        '  index_document {{\n    suffix = "index.html"\n  }}\n}}\n'
    )
    code = "".join(
        text.format(*which) for which in (("a", ""), ("b", "_prefix")) for text in (bucket, website)
    )
    Path(shell.folder / "main.tf").write_text(code)

    done = shell("plan", ".", "--emit-exemptions")

    (entry,) = tomllib.loads(done.out)["exemptions"]
    assert (entry["buckets"], "account" in entry) == ("web-a", False)
    assert "main.tf:10" in done.out
    assert "s3kms: exempt s3_bucket_kms_encryption until" in done.out


def test_the_plans_file_is_written_beside_them(production: Shell) -> None:
    done = production("plan", LOGS, "--emit-exemptions", "--out", "plan.json")

    assert done.exit == 0
    written = json.loads((production.folder / "plan.json").read_text())
    assert [one["class"] for one in written["buckets"]] == ["stay"]
