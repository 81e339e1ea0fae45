"""How the operators of conditions compare one value of a policy with one of a request.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt

from s3kms.access.context import ContextValue, PrefixValue, SinceValue
from s3kms.access.match import Match
from s3kms.access.texts import LITERAL_MARK, LITERAL_STAR, matches_glob
from s3kms.access.variables import ResolvedText

SOME_END = "\ue002"
"""A character that no policy has: only a wildcard matches it."""
MAX_KEY_CHARACTERS = 1024
_ARN_PARTS = 6
_IPV6 = 6
_EPOCH = re.compile(r"[0-9]{5,12}")
"""Seconds since 1970; four digits may be a year."""
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)
"""The W3C profile of ISO 8601: a day, or a moment with its zone."""
_END_OF_TIME = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True)
class ConditionOperator:
    """How an operator compares, without its `ForAnyValue:` and `IfExists`."""

    test: Callable[[str, str], Match]
    """Of a value of the policy and one of the request."""
    is_negated: bool = False
    is_text: bool = False
    """Whether it compares characters, so that a text of which a part is known can be told not to match."""
    is_order: bool = False
    """Whether it tells what is before from what is after: what holds now and at the end of time, holds for good."""


def compare(operator: ConditionOperator, value: ResolvedText, found: ContextValue) -> Match:
    """Whether one value matches, the negation of the operator not considered."""
    if isinstance(found, PrefixValue):
        return _compare_prefix(operator, value, found)
    if isinstance(found, SinceValue):
        return _compare_since(operator, value, found.seconds)
    if value.is_certain:
        return operator.test(value.pattern, found)
    if operator.is_text and not matches_glob(value.pattern.lower(), found.lower()):
        return Match.NO
    return Match.MAYBE


def _compare_prefix(operator: ConditionOperator, value: ResolvedText, found: PrefixValue) -> Match:
    """Whether every text, some or none with this beginning matches."""
    if not operator.is_text:
        return Match.MAYBE
    prefix = found.prefix
    if value.is_certain and operator.test is matches_arn and value.pattern == found.pattern:
        return Match.YES
    if value.is_certain:
        # What matches one character that no policy has, and a thousand of them, matches whatever comes there.
        ends = (SOME_END, SOME_END * MAX_KEY_CHARACTERS)
        if all(operator.test(value.pattern, prefix + end) is Match.YES for end in ends):
            return Match.YES
    head = re.split(r"[*?]", value.pattern, maxsplit=1)[0].lower()
    lowered = prefix.lower()
    is_open = len(head) < len(value.pattern)
    may_match = head.startswith(lowered) or (is_open and lowered.startswith(head))
    return Match.MAYBE if may_match else Match.NO


def _compare_since(operator: ConditionOperator, value: ResolvedText, seconds: int) -> Match:
    """Whether every moment from one on, some or none matches."""
    if not (operator.is_order and value.is_certain):
        return Match.MAYBE
    first, last = (operator.test(value.pattern, str(moment)) for moment in (seconds, _END_OF_TIME))
    return first if first is last else Match.MAYBE


def matches_arn(pattern: str, arn: str) -> Match:
    """Whether the six parts of an ARN match one by one: a wildcard does not reach over a colon.

    A pattern with fewer parts is no ARN; what AWS makes of one that would match as a text is not documented.
    """
    if pattern and not pattern.strip("*"):
        return Match.YES
    parts = pattern.split(":", _ARN_PARTS - 1)
    of_arn = arn.split(":", _ARN_PARTS - 1)
    if len(parts) == len(of_arn) == _ARN_PARTS:
        return _yes_if(all(map(matches_glob, parts, of_arn)))
    return Match.MAYBE if matches_glob(pattern, arn) else Match.NO


def _yes_if(is_match: bool) -> Match:
    return Match.YES if is_match else Match.NO


def _unescaped(value: str) -> str:
    return value.replace(LITERAL_STAR, "*").replace(LITERAL_MARK, "?")


def _equal(value: str, found: str) -> Match:
    return _yes_if(_unescaped(value) == found)


def _equal_ignoring_case(value: str, found: str) -> Match:
    return _yes_if(_unescaped(value).lower() == found.lower())


def _like(value: str, found: str) -> Match:
    return _yes_if(matches_glob(value, found))


def _compare_numbers(holds: Callable[[Decimal, Decimal], bool], value: str, found: str) -> Match:
    if not (_NUMBER.fullmatch(value) and _NUMBER.fullmatch(found)):
        return Match.MAYBE
    try:
        return _yes_if(holds(Decimal(found), Decimal(value)))
    except InvalidOperation:
        return Match.MAYBE


def _compare_dates(holds: Callable[[datetime, datetime], bool], value: str, found: str) -> Match:
    try:
        return _yes_if(holds(_moment(found), _moment(value)))
    except (ValueError, OverflowError):
        return Match.MAYBE


def _moment(text: str) -> datetime:
    """A date as the W3C profile of ISO 8601, or seconds since 1970. Raises ValueError for any other text."""
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_in_network(value: str, found: str) -> Match:
    try:
        address, network = ip_address(found), ip_network(value, strict=False)
    except ValueError:
        return Match.MAYBE
    if network.version == _IPV6 and "/" not in value and address not in network:
        # An address without a prefix gets "/32", says the page, and not what that is for IPv6.
        return Match.MAYBE if address in ip_network(f"{value}/32", strict=False) else Match.NO
    return _yes_if(address in network)


_NUMERIC = {"equals": eq, "lessthan": lt, "lessthanequals": le, "greaterthan": gt, "greaterthanequals": ge}
_TEXT = {
    "string{}equals": _equal,
    "string{}equalsignorecase": _equal_ignoring_case,
    "string{}like": _like,
    "arn{}equals": matches_arn,
    "arn{}like": matches_arn,
}
OPERATORS: Mapping[str, ConditionOperator] = {
    **{name.format(""): ConditionOperator(test, is_text=True) for name, test in _TEXT.items()},
    **{
        name.format("not"): ConditionOperator(test, is_negated=True, is_text=True)
        for name, test in _TEXT.items()
    },
    **{
        f"numeric{name}": ConditionOperator(partial(_compare_numbers, holds), is_order=holds is not eq)
        for name, holds in _NUMERIC.items()
    },
    "numericnotequals": ConditionOperator(partial(_compare_numbers, eq), is_negated=True),
    **{
        f"date{name}": ConditionOperator(partial(_compare_dates, holds), is_order=holds is not eq)
        for name, holds in _NUMERIC.items()
    },
    "datenotequals": ConditionOperator(partial(_compare_dates, eq), is_negated=True),
    "bool": ConditionOperator(_equal_ignoring_case),
    "binaryequals": ConditionOperator(_equal),
    "ipaddress": ConditionOperator(_is_in_network),
    "notipaddress": ConditionOperator(_is_in_network, is_negated=True),
}
"""By name, in lower case, without `Null`, which looks at the key alone. One that is not here is not modelled."""
