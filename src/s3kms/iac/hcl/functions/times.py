"""Functions of timestamps that are written in the code."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from s3kms.iac.hcl.functions.interface import Function, ParameterKind
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected

WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
LENGTH = re.compile(r"(\d{1,12}\.?\d{0,9}|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
SECONDS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "μs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
VERBS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
MIDDAY = 12


def _time(text: str) -> datetime:
    if not WRITTEN.fullmatch(text):
        raise Rejected("the string is not an RFC 3339 timestamp")
    try:
        whole = re.sub(r"\.(\d{1,6})\d*", r".\1", text)
        return datetime.fromisoformat(whole)
    except ValueError as error:
        raise Rejected("the time does not exist") from error


def _length(text: str) -> timedelta:
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    parts = list(LENGTH.finditer(rest))
    if rest == "0":
        return timedelta()
    if not parts or "".join(part[0] for part in parts) != rest:
        raise Rejected("the string is not a duration")
    seconds = sum((Decimal(part[1]) * SECONDS[part[2]] for part in parts), Decimal(0))
    return timedelta(microseconds=int(sign * seconds * 1_000_000))


def _zone(time: datetime, colon: str) -> str:
    minutes = int((time.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _timeadd(text: str, length: str) -> Value:
    try:
        time = _time(text) + _length(length)
    except OverflowError as error:
        raise Rejected("the time is out of range") from error
    zone = "Z" if not time.utcoffset() else _zone(time, ":")
    return f"{time.replace(tzinfo=None, microsecond=0).isoformat()}{zone}"


def _timecmp(left: str, right: str) -> Value:
    a, b = (_time(text).astimezone(UTC) for text in (left, right))
    return (a > b) - (a < b)


FORMS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04}",
    "YY": lambda t: f"{t.year % 100:02}",
    "MMMM": lambda t: MONTHS[t.month - 1],
    "MMM": lambda t: MONTHS[t.month - 1][:3],
    "MM": lambda t: f"{t.month:02}",
    "M": lambda t: f"{t.month}",
    "DD": lambda t: f"{t.day:02}",
    "D": lambda t: f"{t.day}",
    "EEEE": lambda t: DAYS[t.weekday()],
    "EEE": lambda t: DAYS[t.weekday()][:3],
    "hh": lambda t: f"{t.hour:02}",
    "h": lambda t: f"{t.hour}",
    "HH": lambda t: f"{(t.hour - 1) % MIDDAY + 1:02}",
    "H": lambda t: f"{(t.hour - 1) % MIDDAY + 1}",
    "AA": lambda t: "AM" if t.hour < MIDDAY else "PM",
    "aa": lambda t: "am" if t.hour < MIDDAY else "pm",
    "mm": lambda t: f"{t.minute:02}",
    "m": lambda t: f"{t.minute}",
    "ss": lambda t: f"{t.second:02}",
    "s": lambda t: f"{t.second}",
    "ZZZZZ": lambda t: _zone(t, ":"),
    "ZZZZ": lambda t: _zone(t, ""),
    "ZZZ": lambda t: _zone(t, "") if t.utcoffset() else "UTC",
    "Z": lambda t: _zone(t, ":") if t.utcoffset() else "Z",
}


def _formatdate(form: str, text: str) -> Value:
    time = _time(text)
    parts: list[str] = []
    for match in VERBS.finditer(form):
        if match[2]:
            if match[0] not in FORMS:
                raise Rejected("the format of the date has a letter sequence that Terraform does not have")
            parts.append(FORMS[match[0]](time))
        elif match[0] == "'":
            raise Rejected("the format of the date has a quote that is not closed")
        else:
            parts.append(match[0] if match[1] is None else match[1].replace("''", "'"))
    return "".join(parts)


TABLE = {
    "formatdate": Function(_formatdate, (ParameterKind.TEXT, ParameterKind.TEXT)),
    "timeadd": Function(_timeadd, (ParameterKind.TEXT, ParameterKind.TEXT)),
    "timecmp": Function(_timecmp, (ParameterKind.TEXT, ParameterKind.TEXT)),
}
