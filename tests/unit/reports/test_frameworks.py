"""`--framework`: the rules that answer controls of one framework, and how each control stands."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.support.events import REPORT_CONTEXT, compared_with, events_of
from tests.support.findings import finding

from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding, Summary, Verdict
from s3kms.model.scan_context import ComplianceRequirement, RuleText, ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.reports import find_format
from s3kms.reports.frameworks import narrowed, within_framework
from s3kms.reports.interface import ReportStyle
from s3kms.rules import RULES

FAIL, UNKNOWN, PASS = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS
TEXT = RULES[0].text
BARE = replace(TEXT, id="r", compliance=())


def scanned(*found: Finding, texts: tuple[RuleText, ...] = (TEXT, BARE)) -> list[ScanEvent]:
    return [ScanStarted(REPORT_CONTEXT, texts), *events_of(found, rules=texts, context=REPORT_CONTEXT)]


def shown(events: Iterable[ScanEvent], name: str, form: str = "table") -> str:
    style = ReportStyle(by_control=True)
    return "".join(find_format(form).render(within_framework(events, name), style))


def default(name: str, verdict: Verdict = FAIL) -> Finding:
    return finding(name, verdict, rule=TEXT.id)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (
            "pci",
            [("PCI DSS v4.0.1", ("3.5.1",)), ("AWS Config conformance packs", ("PCI-DSS",))],
        ),
        ("NIST SP 800-53", [("NIST SP 800-53 Rev. 5", TEXT.compliance[2].ids)]),
        ("NIST SP 800-53 Rev. 5 SC-28(1)", [("NIST SP 800-53 Rev. 5", ("SC-28(1)",))]),
        ("s3.17", [("AWS Security Hub", ("S3.17",))]),
        ("hipaa", [("AWS Config conformance packs", ("HIPAA-Security",))]),
        ("nothing", []),
    ],
)
def test_a_framework_is_named_in_part_or_with_a_control(
    name: str, kept: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(one.framework, one.ids) for one in narrowed(TEXT, name).compliance] == kept


def test_findings_of_rules_that_answer_no_control_are_left_out_and_counted() -> None:
    events = list(within_framework(scanned(default("a"), finding("b"), default("c", PASS)), "pci"))

    assert [one.bucket for one in events if isinstance(one, Finding)] == ["a", "c"]
    last = events[-1]
    assert isinstance(last, Summary)
    assert dict(last.verdicts) == {FAIL: 1, PASS: 1, UNKNOWN: 0, Verdict.EXEMPT: 0}
    assert [str(note) for note in last.notes] == [
        "1 finding of rules that answer no control of pci is left out"
    ]


def test_only_the_controls_of_the_framework_are_in_the_report() -> None:
    document = json.loads(shown(scanned(default("a")), "iso", "json"))

    assert [rule["compliance"] for rule in document["run"]["rules"]] == [
        [{"framework": "ISO/IEC 27001:2022", "controls": ["A.8.11", "A.8.24"], "by": "Prowler's mapping"}]
    ]


def test_the_table_tells_how_each_control_stands_and_by_whose_word() -> None:
    out = shown(scanned(default("a"), default("b", PASS), default("c", UNKNOWN)), "iso")

    assert "ISO/IEC 27001:2022   fail   unknown   exempt   pass   by\n" in out
    assert "  A.8.11                1         1        0      1   Prowler's mapping\n" in out
    assert "  A.8.24                1         1        0      1   Prowler's mapping\n" in out


def test_markdown_tells_how_each_control_stands() -> None:
    out = shown(scanned(default("a"), default("b", PASS)), "s3.17", "markdown")

    assert "| AWS Security Hub | S3.17 | 1 | 0 | 0 | 1 | AWS Security Hub controls |" in out


def test_rules_that_answer_one_control_are_counted_together() -> None:
    other = replace(TEXT, id="r", compliance=(ComplianceRequirement("AWS Security Hub", ("S3.17",), "me"),))
    events = scanned(default("a"), finding("a", PASS), texts=(TEXT, other))

    assert "| S3.17 | 1 | 0 | 0 | 1 |" in shown(events, "security hub", "markdown")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("FSBP", "S3.17 is not part of AWS Foundational Security Best Practices"),
        ("CIS AWS Foundations", "asks for no KMS key"),
        ("ISO 9001", "no rule of this check answers a control of 'ISO 9001'"),
        ("", "no rule of this check"),
        ("---", "no rule of this check"),
    ],
)
def test_a_framework_that_asks_for_none_of_it_is_refused_with_those_that_do(name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        list(within_framework(scanned(default("a")), name))
    assert "PCI DSS v4.0.1" in str(caught.value.advice)


def test_the_sums_of_a_comparison_are_those_of_the_framework() -> None:
    earlier = [default("a", PASS), finding("b", PASS), finding("gone"), default("gone")]
    since = compared_with(earlier, TEXT.id, "r")
    events = [
        ScanStarted(REPORT_CONTEXT, (TEXT, BARE)),
        *events_of([default("a"), finding("b")], since=since, context=REPORT_CONTEXT),
    ]

    last = list(within_framework(events, "pci"))[-1]

    assert isinstance(last, Summary)
    assert last.since is not None
    assert {one.value: number for one, number in last.since.differences.items() if number} == {
        "worse": 1,
        "gone": 1,
    }
