"""Conditions as AWS documents them: every row names the page of the IAM User Guide that it rests on."""

import json
from typing import Any

import pytest

from s3kms.access.conditions import Condition
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.access.operators import matches_arn
from s3kms.access.texts import matches_glob
from s3kms.model.policy import PolicyDocument

OPERATORS = "reference_policies_elements_condition_operators"
SETS = "reference_policies_condition-single-vs-multi-valued-context-keys"
LOGIC = "reference_policies_condition-logic-multiple-context-keys-or-values"
VARIABLES = "reference_policies_variables"
VERSION = "reference_policies_elements_version"
YES, NO, MAYBE = Match.YES, Match.NO, Match.MAYBE
KEY = "aws:PrincipalTag/team"
ROLE = "arn:aws:iam::111122223333:role/path/app"

CASES: list[tuple[str, str, Any, Any, Match]] = [
    (OPERATORS, "StringEquals", "red", "red", YES),
    (OPERATORS, "StringEquals", "red", "Red", NO),
    (OPERATORS, "StringEquals", "re*", "red", NO),
    (OPERATORS, "StringEqualsIgnoreCase", "red", "RED", YES),
    (OPERATORS, "StringNotEqualsIgnoreCase", "red", "RED", NO),
    (OPERATORS, "StringLike", "r?d*", "redder", YES),
    (OPERATORS, "StringLike", "R*", "red", NO),
    (OPERATORS, "StringNotLike", "r*", "red", NO),
    (OPERATORS, "NumericEquals", "10", "10.0", YES),
    (OPERATORS, "NumericNotEquals", "10", "11", YES),
    (OPERATORS, "NumericLessThan", "10", "9", YES),
    (OPERATORS, "NumericLessThan", "10", "10", NO),
    (OPERATORS, "NumericLessThanEquals", "10", "10", YES),
    (OPERATORS, "NumericGreaterThan", "10", "9", NO),
    (OPERATORS, "NumericGreaterThanEquals", "10", "10", YES),
    (OPERATORS, "NumericLessThan", "ten", "9", MAYBE),
    (OPERATORS, "DateGreaterThan", "2026-01-01T00:00:00Z", "2026-11-26T00:00:00Z", YES),
    (OPERATORS, "DateLessThan", "1767225600", "2026-11-26T00:00:00Z", NO),
    (OPERATORS, "DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", NO),
    (OPERATORS, "DateLessThan", "tomorrow", "2026-11-26T00:00:00Z", MAYBE),
    (OPERATORS, "Bool", "true", "True", YES),
    (OPERATORS, "Bool", "false", "true", NO),
    (OPERATORS, "Bool", "false", None, NO),
    (OPERATORS, "BoolIfExists", "false", None, YES),
    (OPERATORS, "BinaryEquals", "QmluYXJ5", "QmluYXJ5", YES),
    (OPERATORS, "IpAddress", "203.0.113.0/24", "203.0.113.7", YES),
    (OPERATORS, "IpAddress", "203.0.113.7", "203.0.113.8", NO),
    (OPERATORS, "IpAddress", "2001:db8::/32", "2001:db8::1", YES),
    (OPERATORS, "IpAddress", "2001:db8::/32", "203.0.113.7", NO),
    (OPERATORS, "NotIpAddress", "203.0.113.0/24", "203.0.113.7", NO),
    (OPERATORS, "IpAddress", "here", "203.0.113.7", MAYBE),
    (OPERATORS, "ArnEquals", "arn:aws:iam::*:role/*", ROLE, YES),
    (OPERATORS, "ArnLike", "arn:aws:iam::111122223333:role/app", ROLE, NO),
    (OPERATORS, "ArnLike", "arn:aws:iam:*", ROLE, MAYBE),
    (OPERATORS, "ArnLike", "arn:*:*:*:*:role/path/app", ROLE, YES),
    (OPERATORS, "ArnLike", "arn:aws:*:111122223333:role/path/app:", ROLE, NO),
    (OPERATORS, "ArnNotLike", "arn:aws:iam::*:role/*", ROLE, NO),
    (OPERATORS, "Null", "true", None, YES),
    (OPERATORS, "Null", "false", None, NO),
    (OPERATORS, "Null", "false", "red", YES),
    (OPERATORS, "StringEquals", "red", None, NO),
    (OPERATORS, "StringEqualsIfExists", "red", None, YES),
    (OPERATORS, "StringEqualsIfExists", "red", "blue", NO),
    (OPERATORS, "StringNotEquals", "red", None, YES),
    (OPERATORS, "ArnNotEquals", "arn:aws:iam::*:role/*", None, YES),
    (OPERATORS, "NotIpAddress", "203.0.113.0/24", None, YES),
    (OPERATORS, "StringResembles", "red", "red", MAYBE),
    (LOGIC, "StringEquals", ["red", "blue"], "blue", YES),
    (LOGIC, "StringNotEquals", ["red", "blue"], "blue", NO),
    (LOGIC, "StringNotEquals", ["red", "blue"], "green", YES),
    (SETS, "ForAllValues:StringEquals", ["red", "blue"], ("red", "blue"), YES),
    (SETS, "ForAllValues:StringEquals", ["red", "blue"], ("red", "green"), NO),
    (SETS, "ForAllValues:StringEquals", ["red"], None, YES),
    (SETS, "ForAnyValue:StringEquals", ["red"], ("red", "green"), YES),
    (SETS, "ForAnyValue:StringEquals", ["red"], ("blue", "green"), NO),
    (SETS, "ForAnyValue:StringEquals", ["red"], None, NO),
    (SETS, "ForAllValues:StringNotEquals", ["red"], ("blue", "green"), YES),
    (SETS, "ForAllValues:StringNotEquals", ["red"], ("red", "green"), NO),
    (SETS, "ForAnyValue:StringNotEquals", ["red"], ("red", "green"), YES),
    (SETS, "ForAnyValue:StringEqualsIfExists", ["red"], None, MAYBE),
    (SETS, "StringEquals", ["red"], ("red", "green"), MAYBE),
    (VARIABLES, "StringEquals", "${aws:username}", "red", YES),
    (VARIABLES, "StringLike", "${aws:username}-*", "red-1", YES),
    (VARIABLES, "StringEquals", "${aws:userid}", "red", MAYBE),
    (VARIABLES, "StringEquals", "x-${aws:userid}", "red", NO),
    (VARIABLES, "StringNotEquals", "${aws:PrincipalTag/gone}", "red", MAYBE),
    (VARIABLES, "StringEquals", "${aws:PrincipalTag/gone, 'red'}", "red", YES),
    (VARIABLES, "StringLike", "${*}", "red", NO),
    (VARIABLES, "StringLike", "${*}", "*", YES),
    (VARIABLES, "StringEquals", "${$}{x}", "${x}", YES),
    (VARIABLES, "StringLike", "${?}", "r", NO),
    (VARIABLES, "StringEquals", "${kms:ResourceAliases}", "alias/a", MAYBE),
    (VARIABLES, "NumericEquals", "${aws:PrincipalTag/level}", "3", MAYBE),
    (VARIABLES, "Bool", "${aws:PrincipalTag/yes}", "true", MAYBE),
    (VARIABLES, "Null", "${aws:PrincipalTag/yes}", "red", MAYBE),
    (VARIABLES, "ArnLike", "arn:aws:iam::*:role/path/${aws:PrincipalTag/app}", ROLE, YES),
    (OPERATORS, "DateLessThan", "2026", "2026-11-26T00:00:00Z", MAYBE),
    (OPERATORS, "DateLessThan", "2026-W48-4", "2026-11-26T00:00:00Z", MAYBE),
    (OPERATORS, "DateLessThan", "2027-01-01T00:00:00", "2026-11-26T00:00:00Z", MAYBE),
    (OPERATORS, "DateLessThan", "2027-01-01", "2026-11-26T00:00:00Z", YES),
    (OPERATORS, "DateGreaterThanEquals", "2026-11-26T01:00:00+01:00", "2026-11-26T00:00:00Z", YES),
    (OPERATORS, "DateLessThanEquals", "2026-11-26T00:00:00Z", "1795651200", YES),
    (OPERATORS, "DateEquals", "1767225600", "2026-01-01T00:00:00Z", YES),
    (OPERATORS, "IpAddress", "2001:db8::1", "2001:db8::1", YES),
    (OPERATORS, "IpAddress", "2001:db8::1", "2001:db8::2", MAYBE),
    (OPERATORS, "IpAddress", "2001:db8::1", "2001:db9::1", NO),
    (OPERATORS, "IpAddress", ["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.7", YES),
    (OPERATORS, "NumericLessThan", "-1", "-1.5", YES),
    (OPERATORS, "NumericEquals", "1e1", "10", MAYBE),
    (OPERATORS, "StringEquals", [], "red", MAYBE),
    (OPERATORS, "StringNotEquals", [], "red", MAYBE),
    (OPERATORS, "StringNotEqualsIfExists", "red", None, YES),
    (OPERATORS, "NumericLessThan", "10", None, NO),
    (OPERATORS, "NumericLessThanIfExists", "10", None, YES),
    (OPERATORS, "IpAddress", "203.0.113.0/24", None, NO),
    (OPERATORS, "BinaryEquals", "QmluYXJ5", "QmluYXJ6", NO),
    (OPERATORS, "NullIfExists", "true", None, MAYBE),
    (OPERATORS, "Null", ["true", "false"], None, YES),
    (OPERATORS, "Null", "false", "", MAYBE),
    (OPERATORS, "stringequals", "red", "red", YES),
    (SETS, "ForAllValues:StringEquals", "red", "", YES),
    (SETS, "ForAnyValue:StringNotEquals", "red", "", NO),
    (SETS, "ForAnyValue:StringLike", "*", "", NO),
    (SETS, "ForAllValues:StringLike", "r*", ("red", "rot"), YES),
    (SETS, "ForAllValues:StringEqualsIfExists", "red", None, YES),
    (SETS, "ForAnyValue:ArnLike", "arn:aws:iam::*:role/path/*", (ROLE, "x"), YES),
    (SETS, "StringNotEquals", ["red"], ("blue", "green"), MAYBE),
    (SETS, "ForAnyValue:Null", "true", None, MAYBE),
]


@pytest.mark.parametrize(("page", "operator", "values", "found", "expected"), CASES, ids=str)
def test_a_condition_is_what_the_page_says(
    page: str, operator: str, values: Any, found: Any, expected: Match
) -> None:
    listed = values if isinstance(values, list) else [values]
    condition = Condition(operator, KEY.upper(), tuple(listed), has_variables=True)
    context = RequestContext.of(
        {
            KEY: found,
            "aws:username": "red",
            "aws:PrincipalTag/gone": None,
            "aws:PrincipalTag/level": "3",
            "aws:PrincipalTag/yes": "true",
            "aws:PrincipalTag/app": "app",
            "kms:ResourceAliases": ("alias/a",),
        }
    )

    assert condition.holds_for(context) is expected, page


def test_a_policy_of_the_older_version_has_no_variables() -> None:
    def condition(version: str) -> Condition:
        document = {
            "Version": version,
            "Statement": {"Effect": "Allow", "Condition": {"StringEquals": {KEY: "${aws:username}"}}},
        }
        (found,) = parse_policy(PolicyDocument(json.dumps(document), "its policy")).statements[0].conditions
        return found

    context = RequestContext.of({KEY: "red", "aws:username": "red"})

    assert condition("2012-10-17").holds_for(context) is YES, VERSION
    assert condition("2008-10-17").holds_for(context) is NO, VERSION


def test_of_keys_that_are_all_told_the_others_are_absent() -> None:
    context = RequestContext.of({"aws:PrincipalTag/a": "1"}, closed=("aws:PrincipalTag/",))

    assert context.find("AWS:principaltag/A") == ("1",)
    assert context.find("aws:PrincipalTag/b") == ()
    assert context.find("aws:username") is None


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("StringLike", "arn:aws:s3:::b/*", YES),
        ("StringLike", "arn:aws:s3:::b*", YES),
        ("StringLike", "arn:aws:s3:::b/?", MAYBE),
        ("StringLike", "arn:aws:s3:::b/logs/*", MAYBE),
        ("StringEquals", "arn:aws:s3:::b/*", MAYBE),
        ("StringEquals", "arn:aws:s3:::b", NO),
        ("ArnLike", "arn:aws:s3:::other/*", NO),
        ("ArnNotLike", "arn:aws:s3:::b/*", NO),
        ("NumericEquals", "1", MAYBE),
    ],
)
def test_of_a_text_whose_end_is_open_a_pattern_matches_every_one_or_perhaps_some(
    operator: str, value: str, expected: Match
) -> None:
    context = RequestContext.of({"kms:EncryptionContext:aws:s3:arn": PrefixValue("arn:aws:s3:::b/")})

    assert Condition(operator, "kms:EncryptionContext:aws:s3:arn", (value,)).holds_for(context) is expected


def test_a_wildcard_in_an_arn_stays_between_its_colons() -> None:
    assert matches_arn("arn:aws:sns:*:111122223333:t", "arn:aws:sns:eu-west-1:111122223333:t") is YES
    assert matches_arn("arn:aws:*:t:x:y", "arn:aws:sns:eu-west-1:111122223333:t") is NO


@pytest.mark.parametrize("piece", ["?a", "a?", "?", "a"])
def test_a_pattern_of_many_wildcards_takes_no_longer_than_the_text_is_long(piece: str) -> None:
    size = 200_000

    assert not matches_glob(("*" + piece) * 100 + "*" + "?" * 9 + "b", "a" * size)
    assert not matches_glob("*" + piece * 5_000 + "b*", "a" * size)


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("*a?c*", "xxabcxx", True),
        ("*a?c*", "xxabxx", False),
        ("*?b?*", "abc", True),
        ("*ab?ab*", "ab-ab", True),
        ("*aa?b", "aaaab", True),
        ("a*a", "a", False),
        ("??", "ab", True),
        ("?*?", "a", False),
        ("**", "", True),
    ],
)
def test_a_question_mark_between_stars_is_one_character(pattern: str, text: str, is_match: bool) -> None:
    assert matches_glob(pattern, text) is is_match
