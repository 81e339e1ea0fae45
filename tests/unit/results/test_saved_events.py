"""A saved result as events again: every format can be made of it, and nothing is said that was not written down."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.events import compared_with, events_of
from tests.support.findings import ACCOUNT, finding, findings

from s3kms.model.advice import Advice
from s3kms.model.errors import BadInput
from s3kms.model.findings import Acceptance, Difference, Finding, Summary, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanContext, ScanScope, ScanStarted, ScopeKind
from s3kms.model.stream import Note, ScanEvent
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.reports import find_format
from s3kms.reports.interface import ReportStyle
from s3kms.results.saved_events import read_events
from s3kms.rules import RULES

TEXTS = {rule.id: rule.text for rule in RULES}
SCOPE = ScanScope(ScopeKind.ACCOUNT, ("s3://logs-*",), 1, regions=("eu-central-1",))
IDENTITY = "arn:aws:iam::111122223333:user/auditor"
CONTEXT = ScanContext(datetime(2026, 11, 23, 12, tzinfo=UTC), ACCOUNT, IDENTITY, "0.3.0", SCOPE)
DENIED = Unknown(UnknownCause.DENIED, "m", Advice("allow it"), "AccessDenied", "GetBucketEncryption")
OLD_JSON = (
    b'{"version": 1, "findings": [\n], "summary": {"buckets": 0, "pass": 0, "fail": 0, "unknown": 0, "exempt": 0, '
    b'"gone": ["g"], "missing": [], "notes": ["n"], "exit": 3, "account": "111122223333", "identity": null, '
    b'"at": "2026-11-23T12:00:00+00:00"}}\n'
)
"""As s3kms 0.2 wrote it."""


def written(form: str, events: Iterator[ScanEvent], *, is_compared: bool = False) -> bytes:
    return "".join(find_format(form).render(events, ReportStyle(is_compared=is_compared))).encode()


def scanned(*found: Finding) -> Iterator[ScanEvent]:
    yield ScanStarted(CONTEXT, (RULES[0].text,))
    yield from events_of(found, context=CONTEXT, rules=(RULES[0].text,), notes=["look {here}"])


def read(data: bytes) -> list[ScanEvent]:
    return list(read_events(data.splitlines(keepends=True), "old", TEXTS))


def started(data: bytes) -> ScanStarted:
    first = read(data)[0]
    assert isinstance(first, ScanStarted)
    return first


def total(data: bytes) -> Summary:
    last = read(data)[-1]
    assert isinstance(last, Summary)
    return last


@given(st.lists(findings(), min_size=1, max_size=3))
def test_json_that_is_read_and_written_again_is_the_same_to_the_byte(found: list[Finding]) -> None:
    data = written("json", scanned(*found))

    assert written("json", iter(read(data))) == data


@given(st.lists(findings(), min_size=1, max_size=3))
def test_jsonl_that_is_read_and_written_again_is_the_same_to_the_byte(found: list[Finding]) -> None:
    data = written("jsonl", scanned(*found))

    assert written("jsonl", iter(read(data))) == data


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_why_something_is_unknown_or_exempt_is_kept(form: str) -> None:
    unknown = replace(finding("u", Verdict.UNKNOWN), unknown=DENIED, advice=DENIED.advice)
    exempt = replace(finding("e", Verdict.EXEMPT), acceptance=Acceptance("logs", Place("m.tf", 3, 1)))

    found = [event for event in read(written(form, scanned(unknown, exempt))) if isinstance(event, Finding)]

    assert found == [unknown, exempt]


def test_what_became_of_findings_since_an_earlier_result_is_kept() -> None:
    earlier = [finding("a", Verdict.PASS), finding("b"), finding("g")]
    now = [finding("a"), finding("b"), finding("n")]
    events = [ScanStarted(CONTEXT), *events_of(now, since=compared_with(earlier, "r"), context=CONTEXT)]
    data = written("json", iter(events), is_compared=True)

    assert written("json", iter(read(data)), is_compared=True) == data
    assert [event for event in read(data) if not isinstance(event, ScanStarted)] == [
        event for event in events if not isinstance(event, ScanStarted | Note)
    ]


def test_a_document_tells_as_whom_and_when_before_its_first_finding() -> None:
    assert started(written("json", scanned(finding("b")))).context == CONTEXT


def test_lines_tell_as_whom_and_when_and_the_scope_in_a_phrase() -> None:
    context = started(written("jsonl", scanned(finding("b")))).context

    assert context == replace(CONTEXT, scope=ScanScope(None, phrase=SCOPE.describe(ACCOUNT)))


def test_a_document_of_an_older_version_tells_as_whom_and_when() -> None:
    assert started(OLD_JSON).context == ScanContext(CONTEXT.at, ACCOUNT)
    assert (total(OLD_JSON).gone, [str(note) for note in total(OLD_JSON).notes]) == (("g",), ["n"])


def test_lines_of_an_older_version_tell_no_time() -> None:
    data = "".join(find_format("jsonl").render(events_of([finding("b")]), ReportStyle())).encode()

    assert started(data).context is None
    assert (total(data).buckets, total(data).verdicts[Verdict.FAIL]) == (1, 1)


def test_rules_that_this_version_does_not_know_keep_title_and_controls() -> None:
    data = written("json", scanned(finding("b"))).replace(b'"id": "s3_bucket_kms_encryption"', b'"id": "r"')

    text = next(one for one in started(data).rules if one.id == "r")
    assert (text.title, text.compliance) == (RULES[0].title, RULES[0].compliance)


@pytest.mark.parametrize(
    ("right", "wrong", "where"),
    [
        (b'"at": "2026-11-23T12:00:00+00:00", "s3kms"', b'"at": "soon", "s3kms"', "run.at"),
        (b'"buckets": 1', b'"buckets": "many"', "summary.buckets"),
        (b'"kind": "account"', b'"kind": "moon"', "run.scope.kind"),
        (
            b'"at": "2026-11-23T12:00:00+00:00", "s3kms"',
            b'"at": 1764241648, "s3kms"',
            "run.at: it is not a date",
        ),
        (b'"at": "2026-11-23T12:00:00+00:00", "s3kms"', b'"at": "0001-01-01T00:00+23:59", "s3kms"', "run.at"),
        (b'"at": "2026-11-23T12:00:00+00:00", "s3kms"', b'"at": "9999-12-31T23:00-23:59", "s3kms"', "run.at"),
        (b'"buckets": 1', b'"baseline": true', "is a baseline"),
    ],
)
def test_a_mistake_outside_the_findings_is_named(right: bytes, wrong: bytes, where: str) -> None:
    data = written("json", scanned(finding("b")))
    assert right in data

    with pytest.raises(BadInput, match=where):
        read(data.replace(right, wrong))


def scopes() -> list[tuple[ScanScope, str]]:
    account = ScopeKind.ACCOUNT
    return [
        (ScanScope(account), "every bucket of account 1"),
        (ScanScope(account, regions=("r",)), "every bucket of account 1 in r"),
        (ScanScope(account, ("s3://a", "s3://b"), 30), "s3://a, s3://b and 28 more of account 1"),
        (ScanScope(account, accounts=("2", "3")), "every bucket of accounts 2, 3"),
        (
            ScanScope(ScopeKind.ORGANIZATION, excluded_accounts=("9",)),
            "every bucket of the organization but 9",
        ),
        (ScanScope(ScopeKind.AGGREGATOR, ("config://a",), 1), "config://a"),
        (ScanScope(ScopeKind.CODE, ("infra",), 1), "the code infra"),
    ]


@pytest.mark.parametrize(("scope", "phrase"), scopes())
def test_a_scope_is_a_phrase(scope: ScanScope, phrase: Any) -> None:
    assert scope.describe("1") == phrase


def test_lines_of_a_compared_and_of_another_result_all_say_what_became_of_them_or_none_does() -> None:
    plain = written("jsonl", scanned(finding("a")))
    changed = written(
        "jsonl", events_of([finding("b")], since=compared_with([finding("b")], "r")), is_compared=True
    )

    def differences(data: bytes) -> list[Difference | None]:
        return [event.difference for event in read(data) if isinstance(event, Finding)]

    assert differences(plain + changed) == [None, None]
    assert differences(changed + plain) == [Difference.UNCHANGED, Difference.UNCOMPARED]


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "http://x", "https://a b", "https://\n", "file:///etc/passwd"]
)
def test_only_the_https_address_of_a_page_is_kept(page: str) -> None:
    data = written("json", scanned(finding("b")))
    right = json.dumps(RULES[0].text.page).encode()
    assert right in data

    assert started(data).rules[0].page == RULES[0].text.page
    assert started(data.replace(right, json.dumps(page).encode())).rules[0].page is None
