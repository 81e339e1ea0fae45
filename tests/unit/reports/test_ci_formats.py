"""`--format junit`, `github` and `gitlab`: what CI systems show of a check."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ocsf
from tests.support.ci_reports import github_commands, gitlab_mistakes, junit_cases
from tests.support.events import REPORT_IDENTITY, report
from tests.support.findings import ACCOUNT, finding, findings, unlisted
from tests.support.hostile import ATTACKS, hostile_finding

from s3kms.model.advice import Advice
from s3kms.model.errors import BadInput
from s3kms.model.findings import Acceptance, Difference, Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.reports.interface import ReportStyle, SourceRoot
from s3kms.reports.places import fingerprint
from s3kms.rules import RULES

FAIL, UNKNOWN, PASS, EXEMPT = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.EXEMPT
RULE = RULES[0].id
LIVE = replace(finding("logs", rule=RULE), severity=Severity.MEDIUM, advice=Advice("set it"))
CODE = replace(
    LIVE,
    bucket=None,
    arn=None,
    account=None,
    region=None,
    resource="aws_s3_bucket.b",
    places=(Place("infra/a,b:c 100%.tf", 12, 5),),
)
DENIED = Unknown(UnknownCause.DENIED, "denied", Advice("allow it"), "AccessDenied", "GetBucketEncryption")
UNREAD = replace(
    LIVE, bucket="secret", arn="arn:aws:s3:::secret", verdict=UNKNOWN, unknown=DENIED, encryption=None
)
ACCEPTED = replace(
    LIVE, bucket="alb", arn="arn:aws:s3:::alb", verdict=EXEMPT, acceptance=Acceptance("ALB logs")
)
PASSING = replace(LIVE, bucket="good", arn="arn:aws:s3:::good", verdict=PASS)
ALL = (LIVE, CODE, UNREAD, ACCEPTED, PASSING)
FROM_ROOT = ReportStyle(source=SourceRoot("/repo/stacks", "/repo"))


def gitlab(*found: Finding, style: ReportStyle | None = None) -> Any:
    entries = json.loads(report("gitlab", found, style))
    assert gitlab_mistakes(entries) == []
    return entries


def test_junit_has_a_test_a_finding_in_the_class_of_its_file_or_of_account_and_region() -> None:
    cases = junit_cases(report("junit", ALL))

    assert [(case.classname, case.name) for case in cases] == [
        (f"{ACCOUNT}.eu-central-1", f"logs {RULE}"),
        ("infra/a,b:c 100%.tf", f"aws_s3_bucket.b {RULE}"),
        (f"{ACCOUNT}.eu-central-1", f"secret {RULE}"),
        (f"{ACCOUNT}.eu-central-1", f"alb {RULE}"),
        (f"{ACCOUNT}.eu-central-1", f"good {RULE}"),
    ]


def test_junit_tells_failure_error_skipped_and_pass_apart() -> None:
    cases = junit_cases(report("junit", ALL))

    kinds = [type(case.result[0]).__name__ if case.result else "pass" for case in cases]
    assert kinds == ["Failure", "Failure", "Error", "Skipped", "pass"]
    assert cases[0].result[0].type == RULE
    assert "what to do: set it" in cases[0].result[0].text
    assert cases[2].result[0].type == "denied"


def test_junit_skips_what_failed_before_too_and_fails_what_is_new() -> None:
    known = [replace(one, difference=Difference.UNCHANGED) for one in ALL]
    text = report("junit", [*known, replace(LIVE, bucket="fresh", difference=Difference.NEW)])
    cases = junit_cases(text)

    kinds = [type(case.result[0]).__name__ if case.result else "pass" for case in cases]
    assert kinds == ["Skipped", "Skipped", "Skipped", "Skipped", "pass", "Failure"]
    assert 'failures="1" errors="0" skipped="4"' in text


def test_junit_names_the_file_from_the_root_and_the_line() -> None:
    (case,) = junit_cases(report("junit", [CODE], FROM_ROOT))

    assert (case._elem.get("file"), case._elem.get("line")) == ("stacks/infra/a,b:c 100%.tf", "12")


def test_junit_tells_time_version_identity_scope_controls_and_notes() -> None:
    text = report("junit", [LIVE], notes=["an exemption <ends> & soon"])

    assert 'timestamp="2026-11-23T12:00:00"' in text
    for name, value in {
        "s3kms": "0.3.0",
        "identity": REPORT_IDENTITY,
        "scope": f"every bucket of account {ACCOUNT} in eu-central-1",
    }.items():
        assert f'<property name="{name}" value="{value}"/>' in text
    assert f'name="controls.{RULE}" value="AWS Config s3-default-encryption-kms; ' in text
    assert "an exemption &lt;ends&gt; &amp; soon" in text


@given(st.lists(findings(), max_size=4))
def test_nothing_that_a_finding_can_say_breaks_junit(found: list[Finding]) -> None:
    assert len(junit_cases(report("junit", found))) == len(found)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_does_not_have_is_spelled_out(character: str) -> None:
    (case,) = junit_cases(report("junit", [replace(LIVE, message=f"a{character}b")]))

    assert case.result[0].message == f"a{ascii(character)[1:-1]}b"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("<failure ", "<failure <"), ('tests="5"', 'tests="6"'), (f"secret {RULE}", f"logs {RULE}")],
)
def test_the_reader_is_red_on_a_broken_junit_document(right: str, wrong: str) -> None:
    text = report("junit", ALL)
    assert right in text

    with pytest.raises((SyntaxError, AssertionError)):
        junit_cases(text.replace(right, wrong))


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.HIGH, "error"), (Severity.MEDIUM, "warning"), (Severity.LOW, "notice")]
)
def test_an_annotation_is_as_grave_as_its_rule(severity: Severity, level: str) -> None:
    assert github_commands(report("github", [replace(LIVE, severity=severity)]))[0]["level"] == level


def test_annotations_are_of_what_fails_or_is_unknown_and_the_last_tells_the_sum_and_the_run() -> None:
    *shown, last = github_commands(report("github", ALL))

    assert [one["message"].partition(":")[0] for one in shown] == ["logs", "aws_s3_bucket.b", "secret"]
    assert (last["level"], last["title"]) == ("notice", "s3kms")
    assert "1 pass, 2 fail, 1 unknown, 1 exempt" in last["message"]
    assert f"as {REPORT_IDENTITY}, 2026-11-23 12:00 UTC, s3kms 0.3.0" in last["message"]


def test_an_annotation_of_code_stands_in_its_line_and_one_of_a_live_bucket_in_no_file() -> None:
    code, live, _ = github_commands(report("github", [CODE, LIVE], FROM_ROOT))

    assert (code["file"], code["line"], code["col"]) == ("stacks/infra/a,b:c 100%.tf", "12", "5")
    assert "file" not in live
    assert "Controls: AWS Config" in live["message"]


@given(findings())
def test_nothing_that_a_finding_can_say_becomes_a_command_or_a_property(found: Finding) -> None:
    shown = github_commands(report("github", [found]))

    assert len(shown) == 1 + (found.verdict in {FAIL, UNKNOWN})


@pytest.mark.parametrize(
    "line",
    [
        "::error file=a.tf,title=x::one%\n",
        "::error file=a:b.tf,title=x::one\n",
        "::error file=a,b.tf,title=x::one\n",
        "::set-output name=x::one\n",
        "::error title=x::one\ntwo\n",
    ],
)
def test_the_reader_is_red_on_a_broken_annotation(line: str) -> None:
    with pytest.raises(AssertionError):
        github_commands(line)


def test_gitlab_has_what_fails_or_is_unknown_with_its_severity() -> None:
    entries = gitlab(*ALL, replace(finding("grave"), severity=Severity.HIGH))

    assert [(one["severity"], one["check_name"]) for one in entries] == [
        ("major", RULE),
        ("major", RULE),
        ("info", RULE),
        ("critical", "r"),
    ]


def test_gitlab_has_the_path_from_the_root_and_the_arn_of_a_live_bucket() -> None:
    code, live = gitlab(CODE, LIVE, style=FROM_ROOT)

    assert code["location"] == {"path": "stacks/infra/a,b:c 100%.tf", "lines": {"begin": 12}}
    assert live["location"] == {"path": "arn:aws:s3:::logs", "lines": {"begin": 1}}


def test_gitlab_has_the_fingerprint_of_sarif_which_does_not_hang_on_lines() -> None:
    (one,), (moved,) = gitlab(CODE), gitlab(replace(CODE, places=(replace(CODE.places[0], line=90),)))

    assert one["fingerprint"] == moved["fingerprint"] == fingerprint(CODE)


def test_gitlab_tells_buckets_of_one_module_apart_that_several_roots_call() -> None:
    called = [replace(CODE, places=(CODE.places[0], Place(root, 1))) for root in ("a/main.tf", "b/main.tf")]

    assert len(gitlab(*called)) == 2


def test_gitlab_tells_what_to_do_the_controls_and_the_run_as_plain_text() -> None:
    body = gitlab(replace(LIVE, advice=Advice("<b>run</b> `it`")))[0]["content"]["body"]

    assert "What to do: &lt;b&gt;run&lt;/b&gt; \\`it\\`" in body
    assert "S3.17" in body
    assert "s3kms 0.3.0" in body


def test_buckets_that_could_not_be_listed_have_a_place_in_every_report() -> None:
    assert gitlab(unlisted())[0]["location"]["path"] == ACCOUNT
    assert len(junit_cases(report("junit", [unlisted()]))) == 1
    assert len(github_commands(report("github", [unlisted()]))) == 2


@given(findings())
def test_nothing_that_a_finding_can_say_breaks_gitlab(found: Finding) -> None:
    gitlab(found)


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_attacks_stay_text_in_every_report(text: str) -> None:
    found = [hostile_finding(text, verdict) for verdict in Verdict]

    assert len(junit_cases(report("junit", found))) == 4
    assert len(github_commands(report("github", found))) == 3
    entries = json.loads(report("gitlab", [found[1]]))
    assert gitlab_mistakes(entries) == []
    records = json.loads(report("ocsf", found))
    assert [ocsf.mistakes(record) for record in records] == [[], [], [], []]
    with pytest.raises(BadInput):  # an account has twelve digits
        report("asff", found)


def change(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda entry: entry.__setitem__(key, value)


@pytest.mark.parametrize(
    "breaking",
    [
        change("severity", "high"),
        change("fingerprint", ""),
        change("location", {"path": "./a.tf", "lines": {"begin": 1}}),
        change("location", {"path": "a.tf", "lines": {"begin": 0}}),
        change("description", ""),
    ],
)
def test_the_validator_is_red_on_a_broken_gitlab_entry(breaking: Callable[[dict[str, Any]], None]) -> None:
    entries = gitlab(LIVE)
    breaking(entries[0])

    assert gitlab_mistakes(entries) != []


def test_the_validator_is_red_on_two_gitlab_entries_with_one_fingerprint() -> None:
    assert gitlab_mistakes(gitlab(LIVE) * 2) != []
