"""`s3kms report`: any format of a saved result, and the trend of many."""

import gzip
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.support import asff, ocsf
from tests.support.ci_reports import github_commands, gitlab_mistakes, junit_cases
from tests.support.cli import Shell

import s3kms
from s3kms.reports import FORMAT_NAMES

CODE = """
resource "aws_s3_bucket" "logs" {
  bucket = "example-logs"
}
"""
FINDING = (
    '{"rule": "s3_bucket_kms_encryption", "severity": "medium", "verdict": "%s", "bucket": "%s", '
    '"account": "111122223333", "region": "eu-central-1", "arn": "arn:aws:s3:::%s", "resource": null, '
    '"places": [], "encryption": null, "message": "%s", "remedy": "look", "evidence": null}'
)
OLD = (
    '{"version": 1, "findings": [\n'
    f"  {FINDING % ('fail', 'logs', 'logs', 'new objects are encrypted with SSE-S3')},\n"
    f"  {FINDING % ('pass', 'data', 'data', 'fine')}\n"
    '], "summary": {"buckets": 2, "pass": 1, "fail": 1, "unknown": 0, "exempt": 0, "gone": [], "missing": [], '
    '"notes": ["an exemption has ended"], "exit": 10, "account": "111122223333", "identity": null, '
    '"at": "2026-11-01T12:00:00+00:00"}}\n'
)
"""As s3kms 0.2 wrote it."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "main.tf").write_text(CODE)
    (tmp_path / "old.json").write_text(OLD)
    return Shell(tmp_path)


def run_on(day: int, *, of: str = OLD) -> str:
    return of.replace("2026-11-01", f"2026-11-{day:02}")


@pytest.mark.parametrize("form", [name for name in FORMAT_NAMES if name != "asff"])
def test_a_report_of_a_saved_check_is_the_one_that_the_check_would_have_made(shell: Shell, form: str) -> None:
    shell("check", "main.tf", "-o", "result.json")
    direct = shell("check", "main.tf", "--format", form).out
    made = shell("report", "result.json", "--format", form)

    assert made.exit == 0
    if form not in {
        "sarif",
        "json",
        "jsonl",
        "html",
        "ocsf",
        "junit",
    }:  # edits, and the second it was made in
        assert made.out.replace(_minute(made.out), "") == direct.replace(_minute(direct), "")
    assert made.out.strip()


def _minute(text: str) -> str:
    return next((word for word in text.split() if word.count(":") == 1 and word[:2].isdigit()), "-")


def test_json_of_a_saved_check_is_the_same_to_the_byte_also_through_a_pipe(shell: Shell) -> None:
    document = shell("check", "main.tf", "--format", "json").out

    assert shell("report", "-", "--format", "json", stdin=document).out == document


def test_a_result_of_an_older_version_is_read_and_its_notes_are_told(shell: Shell) -> None:
    done = shell("report", "old.json")

    assert done.exit == 0
    assert "note: an exemption has ended" in done.out
    assert "account 111122223333, 2026-11-01 12:00 UTC" in done.out
    assert "note: an exemption has ended" in shell("report", "old.json", "--format", "csv").err


def test_what_the_validators_of_others_say_of_a_real_result(shell: Shell) -> None:
    for name in ("s3kms.asff.json", "s3kms.ocsf.json", "s3kms.junit.xml", "s3kms.gitlab.json"):
        assert shell("report", "old.json", "-o", name).exit == 0

    def loaded(name: str) -> Any:
        return json.loads((shell.folder / name).read_text())

    assert [asff.mistakes(record) for record in loaded("s3kms.asff.json")] == [[], []]
    assert [ocsf.mistakes(record) for record in loaded("s3kms.ocsf.json")] == [[], []]
    assert len(junit_cases((shell.folder / "s3kms.junit.xml").read_text())) == 2
    assert gitlab_mistakes(loaded("s3kms.gitlab.json")) == []
    assert len(github_commands(shell("report", "old.json", "--format", "github").out)) == 2


def test_the_trend_orders_results_by_their_dates_and_tells_what_is_open(shell: Shell) -> None:
    results = shell.folder / "results"
    results.mkdir()
    (results / "z.json").write_text(run_on(1))
    (results / "m.json").write_text(run_on(8).replace('"verdict": "pass"', '"verdict": "fail"'))
    (results / "a.json").write_text(run_on(15).replace('"verdict": "fail"', '"verdict": "pass"'))
    (results / "page.ocsf.json").write_text("[]")

    done = shell("report", "--since", "results", "--format", "json")

    document = json.loads(done.out)
    schema = json.loads(files("s3kms").joinpath("schemas/trend-v1.schema.json").read_text())
    Draft202012Validator(schema).validate(document)
    told = [(Path(run["result"]).name, run["new"], run["fixed"], run["open"]) for run in document["runs"]]
    assert told == [("z.json", 1, 0, 1), ("m.json", 1, 0, 2), ("a.json", 0, 2, 0)]
    assert document["open"] == []


@pytest.mark.parametrize("form", ["table", "markdown", "csv"])
def test_a_trend_is_told_to_people_too(shell: Shell, form: str) -> None:
    (shell.folder / "new.json").write_text(run_on(9))

    out = shell("report", "--since", "new.json", "--since", "old.json", "--format", form).out

    assert "2026-11-01 12:00" in out
    assert out.index("2026-11-01 12:00") < out.index("2026-11-09 12:00")
    assert form == "csv" or "logs" in out


def test_a_result_without_a_date_has_that_of_its_file_and_it_is_said(shell: Shell) -> None:
    undated = shell.folder / "undated.jsonl"
    undated.write_text(FINDING % ("fail", "logs", "logs", "m") + "\n")
    os.utime(undated, (0, 0))

    out = shell("report", "--since", "undated.jsonl").out

    assert "1970-01-01 00:00*" in out
    assert "1 result without a date" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("report",), "no result is named"),
        (("report", "none.json"), "none.json cannot be read"),
        (("report", "main.tf"), "is not a saved result"),
        (("report", "old.json", "--format", "pdf"), "there is no format 'pdf'"),
        (("report", "--since", "old.json", "--format", "sarif"), "a trend has no format 'sarif'"),
        (("report", "--since", "."), "broken.json was cut short"),
        (("report", "--since", "empty"), "there is no saved result"),
    ],
)
def test_what_is_no_result_is_refused_with_what_to_do(
    shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    (shell.folder / "empty").mkdir()
    (shell.folder / "broken.json").write_text('{"version": 1, "findings": [')

    done = shell(*arguments)

    assert (done.exit, done.out) == (2, "")
    assert told in done.err
    assert "hint:" in done.err


def test_a_result_that_was_cut_short_leaves_no_report(shell: Shell) -> None:
    (shell.folder / "cut.json").write_text(OLD.partition('], "summary"')[0])

    done = shell("report", "cut.json", "-o", "report.md")

    assert done.exit == 2
    assert "cut short" in done.err
    assert not (shell.folder / "report.md").exists()


def test_several_results_become_one_report_in_which_the_later_counts(shell: Shell) -> None:
    (shell.folder / "new.json").write_text(run_on(9).replace('"verdict": "fail"', '"verdict": "pass"'))
    (shell.folder / "other.json").write_text(run_on(5).replace("logs", "more"))

    done = shell("report", "new.json", "old.json", "other.json", "--format", "json")

    assert done.exit == 0
    assert done.verdicts() == {"more": "fail", "logs": "pass", "data": "pass"}
    assert json.loads(done.out)["run"]["at"] == "2026-11-09T12:00:00+00:00"


def test_the_library_reads_results_and_trends(shell: Shell) -> None:
    path = shell.folder / "old.json"

    assert "logs" in s3kms.render(s3kms.read_result(path), format="markdown")
    assert [run.open for run in s3kms.read_trend(path).runs] == [1]


def test_one_check_writes_several_reports(shell: Shell) -> None:
    done = shell(
        "check", "main.tf", "--format", "github", "--also", "s3kms.sarif.json", "--also", "s3kms.junit.xml"
    )

    assert done.exit == 10
    assert len(github_commands(done.out)) == 2
    (result,) = json.loads((shell.folder / "s3kms.sarif.json").read_text())["runs"][0]["results"]
    assert result["fixes"], "edits of the code are in the report of a check alone"
    assert len(junit_cases((shell.folder / "s3kms.junit.xml").read_text())) == 1


@pytest.mark.parametrize(
    ("also", "told"), [("report", "says no format"), (".", "says no format"), ("no/x.md", "is not writable")]
)
def test_a_further_report_that_cannot_be_written_is_refused_before_the_check(
    shell: Shell, also: str, told: str
) -> None:
    done = shell("check", "main.tf", "--also", also, "-o", "result.json")

    assert (done.exit, done.out) == (2, "")
    assert told in done.err
    assert not (shell.folder / "result.json").exists()


def test_a_further_report_that_cannot_be_made_leaves_none(shell: Shell) -> None:
    done = shell("check", "main.tf", "--also", "x.asff.json", "-o", "result.json")

    assert done.exit == 2
    assert "is in no account" in done.err
    assert sorted(path.name for path in shell.folder.glob("*.json")) == ["old.json"]


def test_each_file_that_was_written_is_told_with_its_format_and_counts(shell: Shell) -> None:
    done = shell("check", "main.tf", "-o", "r.json", "--also", "r.md")

    counts = "(1 bucket: 0 pass, 1 fail, 0 unknown, 0 exempt)"
    assert done.err.splitlines() == [
        f"json report written to r.json {counts}",
        f"markdown report written to r.md {counts}",
    ]
    assert shell("report", "r.json", "-o", "r.csv").err == f"csv report written to r.csv {counts}\n"
    assert (
        shell("report", "--since", "r.json", "-o", "t.md").err == "markdown report written to t.md (1 run)\n"
    )


def test_quiet_does_not_tell_what_was_written(shell: Shell) -> None:
    assert shell("check", "main.tf", "-q", "-o", "r.json", "--also", "r.md").err == ""
    assert shell("report", "r.json", "-q", "-o", "r.sarif.json").err == ""


def test_that_sarif_of_a_saved_result_has_no_fixes_is_told_where_code_fails(shell: Shell) -> None:
    shell("check", "main.tf", "-o", "r.json")

    assert (
        "a saved result keeps no code, so that this SARIF has no fixes"
        in shell("report", "r.json", "--format", "sarif").err
    )
    assert "fixes" not in shell("report", "old.json", "--format", "sarif").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("report", "-", "-"), "stdin is named twice"),
        (("report", "--since", "old.json", "--framework", "pci"), "--framework is about one result"),
        (("report", "old.json.gz"), "old.json.gz is compressed"),
        (("check", "main.tf", "-o", "r.md", "--also", "./r.md"), "two reports would be written to"),
        (("check", "main.tf", "--also", "r.md", "--also", "r.md"), "two reports would be written to"),
    ],
)
def test_what_would_lose_something_is_refused(shell: Shell, arguments: tuple[str, ...], told: str) -> None:
    (shell.folder / "old.json.gz").write_bytes(gzip.compress(OLD.encode()))

    done = shell(*arguments, stdin=OLD)

    assert (done.exit, done.out) == (2, "")
    assert told in done.err


def test_sarif_of_a_saved_result_lists_the_rules_that_were_evaluated(shell: Shell) -> None:
    made = json.loads(shell("report", "old.json", "--format", "sarif").out)

    assert [rule["id"] for rule in made["runs"][0]["tool"]["driver"]["rules"]] == ["s3_bucket_kms_encryption"]


def test_a_result_that_is_named_twice_is_one_run_of_the_trend(shell: Shell) -> None:
    (shell.folder / "results").mkdir()
    (shell.folder / "results" / "a.json").write_text(OLD)

    trend = s3kms.read_trend(shell.folder / "results", shell.folder / "results" / "a.json")

    assert len(trend.runs) == 1
