"""Policy documents come out as statements; what cannot be parsed, or is open, is an Unknown and never dropped."""

import json
from typing import Any

import pytest

from s3kms.access.conditions import Condition
from s3kms.access.documents import MAX_POLICY_CHARACTERS, MAX_POLICY_PARTS, parse_policy
from s3kms.access.match import Match, all_of, any_of
from s3kms.access.principals import PrincipalOwner, identify
from s3kms.access.statements import Policy, Principal, PrincipalKind
from s3kms.access.texts import matches, matches_glob
from s3kms.model.advice import Advice
from s3kms.model.policy import PartMeaning, PolicyDocument, PolicyNode, UnresolvedPart, UnresolvedText
from s3kms.model.unknown import Unknown, UnknownCause

OPEN = UnresolvedPart("var.x", Unknown(UnknownCause.UNRESOLVED, "var.x has no value", Advice("give it one")))


def parsed(content: PolicyNode) -> Policy:
    return parse_policy(PolicyDocument(content, "its policy"))


def of(**statement: Any) -> str:
    return json.dumps({"Statement": statement})


def test_a_statement_has_its_principals_actions_resources_and_conditions() -> None:
    text = of(
        Effect="Deny",
        Principal={"AWS": ["111122223333", "*"], "Service": "logging.s3.amazonaws.com"},
        NotAction=["s3:Get*", "s3:List?"],
        Resource="arn:aws:s3:::b/*",
        Condition={"Bool": {"aws:SecureTransport": False}},
    )

    (statement,) = parsed(text).statements

    assert not statement.is_allow
    assert [(one.kind, one.text) for one in statement.principals] == [
        (PrincipalKind.AWS, "111122223333"),
        (PrincipalKind.ANYONE, "*"),
        (PrincipalKind.SERVICE, "logging.s3.amazonaws.com"),
    ]
    assert statement.covers_action("s3:GETOBJECT") is Match.NO
    assert statement.covers_action("s3:PutObject") is Match.YES
    assert statement.conditions == (Condition("Bool", "aws:SecureTransport", ("false",)),)
    assert statement.unread == ()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"Statement": 7}',
        '{"Statement": [null]}',
        "[" * 100_000,
        "[" + "1," * MAX_POLICY_CHARACTERS + "1]",
        OPEN,
        {"Statement": OPEN},
        {"Statement": (OPEN,)},
        {"Statement": ({"Effect": "Allow"},) * (MAX_POLICY_PARTS + 1)},
    ],
    ids=lambda content: str(content)[:20],
)
def test_what_cannot_be_parsed_is_unread(content: PolicyNode) -> None:
    assert parsed(content).unread


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Perhaps"},
        {"Effect": OPEN},
        {"Effect": "Allow", "Principal": OPEN},
        {"Effect": "Allow", "Principal": "everyone"},
        {"Effect": "Allow", "Principal": {"Group": "x"}},
        {"Effect": "Allow", "Principal": {"AWS": (OPEN,)}},
        {"Effect": "Allow", "Principal": {"AWS": ({},)}},
        {"Effect": "Allow", "Condition": OPEN},
        {"Effect": "Allow", "Condition": {"Bool": "x"}},
        {"Effect": "Allow", "Unheard": "of"},
    ],
    ids=str,
)
def test_a_part_that_is_not_understood_is_unread_of_its_statement(statement: PolicyNode) -> None:
    (found,) = parsed({"Statement": (statement,)}).statements

    assert found.unread


def test_an_action_that_is_open_may_be_any() -> None:
    (found,) = parsed({"Statement": {"Effect": "Allow", "Action": ("s3:GetObject", OPEN)}}).statements

    assert found.covers_action("s3:GetObject") is Match.YES
    assert found.covers_action("s3:PutObject") is Match.MAYBE


def test_a_statement_without_an_action_may_cover_any() -> None:
    (found,) = parsed(of(Effect="Allow", Principal="*")).statements

    assert found.covers_action("s3:PutObject") is Match.MAYBE


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("*", "", True),
        ("a*c", "abbbc", True),
        ("a*c", "abbbd", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*b*c", "a-b-b-c", True),
        ("[ab]", "a", False),
        ("", "a", False),
    ],
)
def test_a_star_is_any_text_and_a_question_mark_one_character(
    pattern: str, text: str, is_match: bool
) -> None:
    assert matches_glob(pattern, text) is is_match


def test_a_pattern_of_many_stars_takes_no_time_without_end() -> None:
    assert not matches_glob("*a" * 200 + "b", "a" * 2000)


def test_a_text_with_an_open_part_matches_perhaps_or_not_at_all() -> None:
    text = UnresolvedText(("arn:aws:s3:::", OPEN, "/*"))

    assert matches(text, "arn:aws:s3:::b/key") is Match.MAYBE
    assert matches(text, "arn:aws:s3:::b") is Match.NO


HEADER = "s3:x-amz-server-side-encryption"


@pytest.mark.parametrize(
    ("operator", "values", "found", "expected"),
    [
        ("StringEquals", ("AES256",), "AES256", Match.YES),
        ("StringEquals", ("AES256",), "aes256", Match.NO),
        ("StringEqualsIgnoreCase", ("AES256",), "aes256", Match.YES),
        ("StringEquals", ("AES256", "aws:kms"), "aws:kms", Match.YES),
        ("StringEquals", ("AES256",), None, Match.NO),
        ("StringEqualsIfExists", ("AES256",), None, Match.YES),
        ("StringNotEquals", ("AES256",), None, Match.YES),
        ("StringNotEquals", ("AES256", "aws:kms"), "aws:kms", Match.NO),
        ("StringNotLike", ("aws:kms*",), "aws:kms:dsse", Match.NO),
        ("ForAllValues:StringEquals", ("AES256",), None, Match.YES),
        ("ForAnyValue:StringNotEquals", ("AES256",), None, Match.NO),
        ("Null", ("true",), None, Match.YES),
        ("Null", ("true",), "AES256", Match.NO),
        ("Null", ("false",), "AES256", Match.YES),
        ("StringSoundsLike", ("5",), "3", Match.MAYBE),
        ("StringEquals", (UnresolvedText((OPEN,)),), "AES256", Match.MAYBE),
        ("StringNotEquals", (UnresolvedText((OPEN,)),), "AES256", Match.MAYBE),
    ],
)
def test_a_condition_is_evaluated(
    operator: str, values: tuple[Any, ...], found: str | None, expected: Match
) -> None:
    condition = Condition(operator, HEADER.upper(), values)

    assert condition.holds_for({HEADER: found}) is expected


def test_a_condition_on_a_key_of_which_nothing_is_known_may_hold() -> None:
    assert Condition("StringEquals", "aws:SourceVpc", ("vpc-1",)).holds_for({HEADER: "x"}) is Match.MAYBE


def test_one_that_matches_is_enough_and_all_have_to() -> None:
    assert any_of([Match.NO, Match.MAYBE, Match.YES]) is Match.YES
    assert any_of([Match.NO, Match.MAYBE]) is Match.MAYBE
    assert any_of([]) is Match.NO
    assert all_of([Match.YES, Match.MAYBE]) is Match.MAYBE
    assert all_of([Match.YES, Match.MAYBE, Match.NO]) is Match.NO
    assert all_of([]) is Match.YES


def part(meaning: PartMeaning) -> UnresolvedPart:
    return UnresolvedPart("x", OPEN.unknown, meaning)


@pytest.mark.parametrize(
    ("text", "owner", "account"),
    [
        ("arn:aws:iam::111122223333:root", PrincipalOwner.ACCOUNT, "111122223333"),
        ("arn:aws-cn:sts::111122223333:assumed-role/r/s", PrincipalOwner.ACCOUNT, "111122223333"),
        ("111122223333", PrincipalOwner.ACCOUNT, "111122223333"),
        (
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
            PrincipalOwner.ORIGIN_ACCESS_IDENTITY,
            None,
        ),
        ("AROAEXAMPLEEXAMPLE12", PrincipalOwner.GONE, None),
        ("something", PrincipalOwner.OTHER, None),
        (UnresolvedText((OPEN,)), PrincipalOwner.OTHER, None),
        (
            UnresolvedText(("arn:aws:iam::", part(PartMeaning.OWN_ACCOUNT), ":root")),
            PrincipalOwner.OWN,
            None,
        ),
        (
            UnresolvedText(("arn:", part(PartMeaning.PARTITION), ":iam::111122223333:root")),
            PrincipalOwner.ACCOUNT,
            "111122223333",
        ),
    ],
    ids=str,
)
def test_who_a_principal_is(text: Any, owner: PrincipalOwner, account: str | None) -> None:
    found = identify(Principal(PrincipalKind.AWS, text))

    assert (found.owner, found.account) == (owner, account)
