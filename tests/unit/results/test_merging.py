"""Several saved results as one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.support.events import REPORT_CONTEXT, compared_with, events_of
from tests.support.findings import ACCOUNT, OTHER, finding, unlisted

from s3kms.model.findings import Finding, Summary, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanContext, ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.results.merging import merge_results
from s3kms.rules import RULES

PASS = Verdict.PASS
LATER = replace(REPORT_CONTEXT, at=REPORT_CONTEXT.at + timedelta(days=1))
ELSEWHERE = replace(LATER, account=OTHER, identity="arn:aws:iam::444455556666:user/auditor")


def result(
    *found: Finding, context: ScanContext | None = REPORT_CONTEXT, notes: Sequence[str] = ()
) -> list[ScanEvent]:
    texts = (RULES[0].text,)
    return [ScanStarted(context, texts), *events_of(found, context=context, rules=texts, notes=notes)]


def merged(*results: list[ScanEvent]) -> tuple[ScanStarted, list[Finding], Summary]:
    first, *found, last = merge_results(results)
    assert isinstance(first, ScanStarted)
    assert isinstance(last, Summary)
    return first, [one for one in found if isinstance(one, Finding)], last


def test_results_of_two_accounts_are_one_with_both() -> None:
    first, found, last = merged(
        result(finding("a")), result(finding("b", PASS, account=OTHER), context=ELSEWHERE)
    )

    assert [one.bucket for one in found] == ["a", "b"]
    assert (last.buckets, last.verdicts[Verdict.FAIL], last.verdicts[PASS]) == (2, 1, 1)
    assert first.context == last.context
    assert first.context is not None
    assert (first.context.at, first.context.account, first.context.identity) == (LATER.at, None, None)
    assert first.context.scope is not None
    assert first.context.scope.describe() == (
        f"every bucket of account {ACCOUNT} in eu-central-1; every bucket of account {OTHER} in eu-central-1"
    )


def test_of_one_bucket_and_rule_the_later_result_counts_in_whatever_order_they_come() -> None:
    old, new = result(finding("a")), result(finding("a", PASS), context=LATER)

    for _, found, last in (merged(old, new), merged(new, old)):
        assert [one.verdict for one in found] == [PASS]
        assert last.buckets == 1


def test_a_result_that_does_not_say_when_is_older_than_all_others() -> None:
    _, found, _ = merged(result(finding("a", PASS)), result(finding("a"), context=None))

    assert [one.verdict for one in found] == [PASS]


def test_the_context_of_results_that_agree_is_theirs() -> None:
    first, _, _ = merged(result(finding("a")), result(finding("b")))

    assert first.context is not None
    assert (first.context.account, first.context.identity) == (ACCOUNT, REPORT_CONTEXT.identity)


def test_what_could_not_be_listed_is_told_once_a_scope() -> None:
    here, there = unlisted(), unlisted(pattern="arn:aws:s3express:*")

    _, found, _ = merged(result(here, there), result(here, context=LATER))

    assert sorted(len(one.places) for one in found) == [0, 1]


def test_notes_are_told_once() -> None:
    _, _, last = merged(result(notes=["n", "m"]), result(notes=["n"], context=LATER))

    assert [str(note) for note in last.notes] == ["n", "m"]


def test_buckets_of_code_are_told_apart_by_their_files() -> None:
    code = replace(finding("b"), arn=None, resource="aws_s3_bucket.b", places=(Place("a.tf", 1),))

    assert len(merged(result(code), result(replace(code, places=(Place("b.tf", 1),))))[1]) == 2


def test_comparisons_with_different_results_are_left_out() -> None:
    compared = [
        ScanStarted(REPORT_CONTEXT),
        *events_of([finding("a")], since=compared_with([finding("a", PASS)], "r"), context=REPORT_CONTEXT),
    ]

    _, found, last = merged(compared, result(finding("b")))

    assert [one.difference for one in found] == [None, None]
    assert last.since is None
