"""A result against an earlier one: what is better, worse, new, gone, changed, and what cannot be known."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.findings import ACCOUNT, OTHER, PLAIN, finding, unlisted

from s3kms.model.bucket import directory_bucket_arn
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.findings import Difference, Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.request_fields import keeps_bucket
from s3kms.model.targets import parse_target
from s3kms.results.comparison import Comparison, ComparisonScope
from s3kms.results.earlier import EarlierResult
from s3kms.scan.request import ScanRequest

PASS, FAIL, UNKNOWN, EXEMPT = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT
KMS = Encryption(SSE_KMS, "alias/one", True)


def compared(
    earlier: Iterable[Finding], now: Iterable[Finding], scope: ComparisonScope | None = None
) -> tuple[Comparison, list[Finding]]:
    comparison = Comparison(EarlierResult("old.json", earlier), scope or ComparisonScope(("r",)))
    return comparison, [comparison.compare(one) for one in now]


def differences(earlier: Iterable[Finding], now: Iterable[Finding]) -> list[Difference | None]:
    return [f.difference for f in compared(earlier, now)[1]]


def gone(comparison: Comparison) -> list[str | None]:
    return [each.bucket for each in comparison.gone()]


def notes(comparison: Comparison) -> list[str]:
    return list(map(str, comparison.notes()))


def scope_of(*rules: str, **narrowed: Any) -> ComparisonScope:
    """What a check of these targets, regions and so on could have come across."""
    return ComparisonScope(rules or ("r",), partial(keeps_bucket, ScanRequest(**narrowed)))


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        *((verdict, verdict, "unchanged") for verdict in Verdict),
        (FAIL, PASS, "better"),
        (FAIL, EXEMPT, "better"),
        (UNKNOWN, PASS, "better"),
        (UNKNOWN, EXEMPT, "better"),
        (PASS, FAIL, "worse"),
        (EXEMPT, FAIL, "worse"),
        (UNKNOWN, FAIL, "worse"),
        (PASS, UNKNOWN, "worse"),
        (EXEMPT, UNKNOWN, "worse"),
        (FAIL, UNKNOWN, "changed"),
        (PASS, EXEMPT, "changed"),
        (EXEMPT, PASS, "changed"),
    ],
)
def test_every_step_of_a_verdict_has_its_name(was: Verdict, now: Verdict, found: str) -> None:
    assert differences([finding("b", was)], [finding("b", now)]) == [Difference(found)]


@pytest.mark.parametrize(
    "now",
    [
        replace(KMS, key="alias/two"),
        replace(KMS, bucket_key=False),
        replace(KMS, blocked=("SSE-C",)),
        replace(KMS, key=None),
    ],
)
def test_another_default_under_the_same_verdict_has_changed(now: Encryption) -> None:
    assert differences([finding("b", PASS, KMS)], [finding("b", PASS, now)]) == [Difference.CHANGED]


def test_what_s3_treats_alike_has_not_changed() -> None:
    was = finding("b", FAIL, replace(PLAIN, bucket_key=None, blocked=("NONE",)))

    assert differences([was], [finding("b")]) == [Difference.UNCHANGED]


def test_a_finding_carries_what_was_said_before() -> None:
    _, (now,) = compared([finding("b", PASS, KMS)], [finding("b")])

    assert now.before is not None
    assert (now.before.verdict, now.before.encryption) == (PASS, KMS)


def test_a_bucket_that_was_not_there_is_new_and_one_that_is_not_there_is_gone() -> None:
    comparison, now = compared([finding("a"), finding("b")], [finding("b"), finding("c")])

    assert [f.difference for f in now] == [Difference.UNCHANGED, Difference.NEW]
    assert gone(comparison) == ["a"]


def test_each_rule_is_compared_with_itself() -> None:
    earlier = [finding("b", PASS), finding("b", FAIL, rule="s")]
    scope = ComparisonScope(("r", "s"))

    _, now = compared(earlier, [finding("b", FAIL), finding("b", FAIL, rule="s")], scope)

    assert [f.difference for f in now] == [Difference.WORSE, Difference.UNCHANGED]


def test_a_bucket_that_comes_up_twice_is_not_new_the_second_time() -> None:
    assert differences([finding("b")], [finding("b")] * 2) == [Difference.UNCHANGED] * 2


@pytest.mark.parametrize(
    "scope",
    [
        scope_of(targets=(parse_target("s3://here*"),)),
        scope_of(targets=(parse_target("s3://here"), parse_target("arn:aws-cn:s3:::there"))),
        scope_of(regions=("eu-central-1",)),
    ],
)
def test_a_filter_makes_nothing_gone(scope: ComparisonScope) -> None:
    earlier = [finding("here"), finding("there", region="us-east-1")]

    comparison, _ = compared(earlier, [finding("here")], scope)

    assert gone(comparison) == []
    assert comparison.summary().unseen == 1


@pytest.mark.parametrize("where", [f"us-west-2:{ACCOUNT}", f"us-east-1:{OTHER}"])
def test_a_target_of_another_region_or_account_makes_nothing_gone(where: str) -> None:
    name = "d--use1-az4--x-s3"
    directory = replace(
        finding(name, region="us-east-1"), arn=directory_bucket_arn(name, "us-east-1", ACCOUNT)
    )
    here = parse_target("s3://here")
    scope = scope_of(targets=(here, parse_target(f"arn:aws:s3express:{where}:bucket/{name}")))

    comparison, _ = compared([finding("here"), directory], [finding("here")], scope)

    assert gone(comparison) == []


def test_a_bucket_that_was_named_and_is_not_there_is_gone() -> None:
    scope = scope_of(targets=(parse_target("s3://here"), parse_target("arn:aws:s3:::there")))

    comparison, _ = compared([finding("here"), finding("there"), finding("x")], [finding("here")], scope)

    assert gone(comparison) == ["there"]


def test_a_rule_that_is_not_judged_now_makes_nothing_gone() -> None:
    comparison, _ = compared([finding("b"), finding("b", rule="other")], [finding("b")])

    assert gone(comparison) == []
    assert comparison.summary().unseen == 1


def test_directory_buckets_that_are_left_out_are_not_gone() -> None:
    scope = scope_of(directory_buckets=False)

    comparison, _ = compared([finding("b"), finding("d--use1-az4--x-s3")], [finding("b")], scope)

    assert gone(comparison) == []


def test_a_bucket_whose_region_was_not_known_is_in_no_region_asked_for() -> None:
    earlier = [finding("b"), replace(finding("c"), region=None)]

    comparison, _ = compared(earlier, [finding("b")], scope_of(regions=("eu-central-1",)))

    assert gone(comparison) == []


def test_an_account_of_which_nothing_came_up_was_not_looked_at() -> None:
    comparison, _ = compared([finding("a"), finding("b", account=OTHER)], [finding("a")])

    assert gone(comparison) == []
    assert notes(comparison) == [
        f"1 finding of old.json cannot be compared: of accounts of which no bucket came up this time ({OTHER})"
    ]


def test_an_account_that_could_not_be_listed_was_not_looked_at() -> None:
    comparison, now = compared([finding("a"), finding("b")], [finding("a"), unlisted()])

    assert [f.difference for f in now] == [Difference.UNCHANGED, Difference.NEW]
    assert gone(comparison) == []
    assert notes(comparison) == [
        f"1 finding of old.json cannot be compared: of buckets that could not be listed this time ({ACCOUNT})"
    ]


def test_directory_buckets_that_could_not_be_listed_hide_no_others() -> None:
    name = "d--use1-az4--x-s3"
    directory = replace(finding(name), arn=directory_bucket_arn(name, "us-east-1", ACCOUNT))
    blind = unlisted(pattern=directory_bucket_arn("*", "*", ACCOUNT))

    comparison, _ = compared([finding("a"), finding("b"), directory], [finding("a"), blind])

    assert gone(comparison) == ["b"]


def test_what_could_not_be_listed_then_is_not_new_now() -> None:
    assert differences([unlisted()], [finding("b")]) == [Difference.UNCOMPARED]


def test_what_can_be_listed_again_is_not_gone() -> None:
    comparison, _ = compared([unlisted()], [finding("b")])

    assert gone(comparison) == []


def test_what_still_cannot_be_listed_is_unchanged() -> None:
    assert differences([unlisted()], [unlisted()]) == [Difference.UNCHANGED]


def declared(name: str, file: str) -> Finding:
    return replace(
        finding(name), account=None, region=None, arn=None, resource="B", places=(Place(file, 3, 1),)
    )


def unreadable(file: str) -> Finding:
    return replace(unlisted(), account=None, places=(Place(file, 1, 1),))


def test_a_file_that_cannot_be_read_hides_its_own_buckets_alone() -> None:
    was = [declared("a", "a.yaml"), declared("b", "b.yaml"), declared("c", "c.yaml")]

    comparison, _ = compared(was, [unreadable("a.yaml"), declared("c", "c.yaml")])

    assert gone(comparison) == ["b"]


def test_a_bucket_is_new_though_another_file_could_not_be_read_then() -> None:
    assert differences([unreadable("a.yaml")], [declared("a", "a.yaml")]) == [Difference.UNCOMPARED]
    assert differences([unreadable("a.yaml")], [declared("b", "b.yaml")]) == [Difference.NEW]


def test_another_file_that_cannot_be_read_is_new() -> None:
    assert differences([unreadable("a.yaml")], [unreadable("a.yaml")]) == [Difference.UNCHANGED]
    assert differences([unreadable("a.yaml")], [unreadable("b.yaml")]) == [Difference.NEW]


def test_a_bucket_that_a_state_names_by_its_arn_may_be_in_any_file() -> None:
    named = replace(finding("b"), account=None)

    comparison, _ = compared(
        [named, declared("c", "c.yaml")], [unreadable("a.tfstate"), declared("c", "c.yaml")]
    )

    assert gone(comparison) == []


def test_a_rule_that_is_new_to_the_result_is_not_compared() -> None:
    comparison, now = compared([finding("b")], [finding("b", rule="s")], ComparisonScope(("s",)))

    assert now[0].difference is Difference.UNCOMPARED
    assert "old.json has no finding of s, which cannot be compared" in notes(comparison)


def test_an_account_that_is_new_to_the_result_is_noted() -> None:
    comparison, _ = compared([finding("b")], [finding("b"), finding("c", account=OTHER)])

    assert notes(comparison) == [f"old.json has no finding of account {OTHER}: what is new there may be old"]


def test_the_name_in_another_account_is_another_bucket() -> None:
    comparison, now = compared([finding("a"), finding("b")], [finding("a"), finding("b", account=OTHER)])

    assert now[1].difference is Difference.NEW
    assert gone(comparison) == ["b"]


def test_the_last_of_several_findings_on_one_bucket_counts() -> None:
    comparison, now = compared([finding("b", PASS), finding("b", FAIL)], [finding("b", FAIL)])

    assert now[0].difference is Difference.UNCHANGED
    assert notes(comparison) == ["old.json says of 1 finding something else further down, which counts"]


def in_code(resource: str, file: str, line: int) -> Finding:
    place = Place(file, line)
    return replace(finding("b"), bucket=None, account=None, arn=None, resource=resource, places=(place,))


def test_in_code_the_address_and_the_file_tell_buckets_apart_and_the_line_does_not() -> None:
    earlier = [in_code("aws_s3_bucket.b", "a/main.tf", 1), in_code("aws_s3_bucket.b", "b/main.tf", 1)]

    comparison, now = compared(earlier, [in_code("aws_s3_bucket.b", "a/main.tf", 9)])

    assert now[0].difference is Difference.UNCHANGED
    assert [each.resource for each in comparison.gone()] == ["aws_s3_bucket.b"]


def test_nothing_seen_is_nothing_to_say() -> None:
    comparison, _ = compared([finding("b")], [])

    assert notes(comparison) == []
    assert comparison.summary().unseen == 1


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from("abcde"),
        st.sampled_from(Verdict),
        st.sampled_from([None, PLAIN, KMS]),
        rule=st.sampled_from("rs"),
        account=st.sampled_from([ACCOUNT, OTHER]),
        region=st.sampled_from(["eu-central-1", "us-east-1"]),
    )
    | st.builds(unlisted, st.sampled_from([ACCOUNT, OTHER])),
    max_size=12,
    unique_by=lambda f: (f.rule, f.arn or f.account),
)
SCOPES = st.builds(
    lambda rules, **narrowed: scope_of(*rules, **narrowed),
    rules=st.sampled_from([("r",), ("r", "s")]),
    targets=st.sampled_from([(), (parse_target("s3://[abc]"),)]),
    regions=st.sampled_from([(), ("us-east-1",)]),
)


@given(FINDINGS, FINDINGS, SCOPES)
def test_every_finding_of_either_result_is_accounted_for_once(
    earlier: list[Finding], now: list[Finding], scope: ComparisonScope
) -> None:
    comparison, found = compared(earlier, now, scope)
    sums = comparison.summary()
    met = sum(1 for f in found if f.before)

    assert sum(sums.differences.values()) - sums.differences[Difference.GONE] == len(now)
    assert sums.differences[Difference.GONE] == len(list(comparison.gone()))
    assert met + sums.differences[Difference.GONE] + sums.unseen == sum(1 for f in earlier if f.bucket)


@given(FINDINGS)
def test_a_result_against_itself_is_unchanged(result: list[Finding]) -> None:
    assert set(differences(result, result)) <= {Difference.UNCHANGED}


@given(FINDINGS, FINDINGS, SCOPES)
def test_an_unknown_is_never_better(
    earlier: list[Finding], now: list[Finding], scope: ComparisonScope
) -> None:
    _, found = compared(earlier, now, scope)

    assert not [f for f in found if f.verdict is UNKNOWN and f.difference is Difference.BETTER]


def test_a_rule_without_findings_then_and_now_is_no_matter() -> None:
    comparison, _ = compared([finding("b")], [finding("b")], ComparisonScope(("r", "s")))

    assert notes(comparison) == []
