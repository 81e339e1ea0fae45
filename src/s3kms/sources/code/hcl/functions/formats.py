"""`format` and `formatlist`: Go's verbs."""

import re
from decimal import Decimal

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.functions.documents import json_text
from s3kms.sources.code.hcl.scalars import (
    exact,
    first_open,
    made_of,
    number_text,
    to_bool,
    to_number,
    to_text,
    too_large,
)
from s3kms.sources.code.hcl.values import Invalid, Open, Value

VERB = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?(?:\[(?P<index>\d{1,6})\])?(?P<verb>.)?",
    re.DOTALL | re.ASCII,
)
WIDEST = 10_000
"""Characters of one formatted value."""
LARGEST = 1_000_000
"""Characters of all."""
NULL = Open(
    "format(…, null)",
    Unknown(UnknownCause.UNRESOLVED, "format of null is not evaluated here", Advice("check a plan instead")),
)
BASES = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}


def format_text(template: str, args: tuple[Value, ...]) -> Value:
    """The template with its verbs filled. Raises Invalid as Terraform refuses."""
    parts: list[str] = []
    at = used = most = 0
    for match in VERB.finditer(template):
        parts.append(template[at : match.start()])
        at = match.end()
        if match["verb"] == "%":
            parts.append("%")
            continue
        used = int(match["index"]) if match["index"] else used + 1
        most = max(most, used)
        if not 1 <= used <= len(args):
            raise Invalid("format has fewer arguments than verbs")
        done = _one(match, args[used - 1])
        if isinstance(done, Open):
            return done
        parts.append(done)
        if sum(map(len, parts)) > LARGEST:
            return too_large("a formatted text")
    if most < len(args):
        raise Invalid("format has more arguments than verbs")
    return "".join([*parts, template[at:]])


def _one(match: re.Match[str], value: Value) -> str | Open:
    if value is None:
        return NULL
    flags, verb = match["flags"], match["verb"] or ""
    if any(len(part or "") > 5 for part in (match["width"], match["precision"])):  # noqa: PLR2004
        return too_large("a formatted text")
    width = int(match["width"] or 0)
    precision = None if match["precision"] is None else int(match["precision"] or 0)
    if max(width, precision or 0) > WIDEST:
        return too_large("a formatted text")
    text = _written(verb, flags, precision, value)
    if isinstance(text, Open) or len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and verb not in {"s", "q", "v", "t"}:
        sign = text[:1] if text[:1] in {"+", "-", " "} else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _written(verb: str, flags: str, precision: int | None, value: Value) -> str | Open:
    if verb == "v":
        return _any(flags, precision, value)
    if verb == "t":
        return "true" if to_bool(value) else "false"
    if verb in {"s", "q"}:
        text = str(to_text(value))
        text = text if precision is None else text[:precision]
        return text if verb == "s" else json_text(text, escapes_html=False)
    if verb in BASES:
        return _whole(verb, flags, value)
    if verb in {"e", "E", "f", "F", "g", "G"}:
        return _fraction(verb, flags, precision, value)
    raise Invalid("format has a verb that Terraform does not know")


def _any(flags: str, precision: int | None, value: Value) -> str | Open:
    if isinstance(value, bool) and "#" not in flags:
        return "true" if value else "false"
    if isinstance(value, str) and "#" not in flags:
        return value if precision is None else value[:precision]
    if isinstance(value, int | float) and not isinstance(value, bool) and "#" not in flags:
        text = number_text(value)
        return "+" + text if "+" in flags and not text.startswith("-") else text
    return json_text(value)


def _whole(verb: str, flags: str, value: Value) -> str:
    found = to_number(value)
    if not isinstance(found, int):
        raise Invalid("format requires a whole number")
    text = format(abs(found), BASES[verb])
    if "#" in flags and verb in {"x", "X", "o"}:
        text = {"x": "0x", "X": "0X", "o": "0"}[verb] + text
    return _sign(flags, negative=found < 0) + text


def _fraction(verb: str, flags: str, precision: int | None, value: Value) -> str:
    found = exact(_float(value))
    if verb in {"f", "F"}:
        text = f"{abs(found):.{6 if precision is None else precision}f}"
    elif verb in {"e", "E"}:
        text = _exponent(f"{abs(found):.{6 if precision is None else precision}e}")
    else:
        text = _general(abs(found), precision)
    return _sign(flags, negative=found < 0) + (text.upper() if verb.isupper() else text)


def _float(value: Value) -> int | float:
    found = to_number(value)
    if not isinstance(found, int | float):
        raise Invalid("format requires a number")
    return found


def _general(value: Decimal, precision: int | None) -> str:
    if value == 0:
        return "0"
    digits = len(value.normalize().as_tuple().digits) if precision is None else max(precision, 1)
    text = f"{value:.{digits - 1}e}"
    exponent = int(text.partition("e")[2])
    if exponent < -4 or exponent >= max(digits if precision is not None else 21, 1):  # noqa: PLR2004
        mantissa, _, power = text.partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return _exponent(f"{mantissa}e{power}")
    plain = f"{Decimal(text):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _exponent(text: str) -> str:
    mantissa, _, power = text.partition("e")
    return f"{mantissa}e{'-' if power.startswith('-') else '+'}{power.lstrip('+-').rjust(2, '0')}"


def _sign(flags: str, *, negative: bool) -> str:
    if negative:
        return "-"
    return "+" if "+" in flags else " " if " " in flags else ""


def format_list(template: str, args: list[Value]) -> Value:
    """One text an element of the lists, which have to be of one length; what is no list stands in each."""
    lengths = {len(arg) for arg in args if isinstance(arg, list)}
    if len(lengths) > 1:
        raise Invalid("the lists of formatlist differ in length")
    rows = lengths.pop() if lengths else 1
    found: list[Value] = []
    for row in range(rows):
        these = tuple(arg[row] if isinstance(arg, list) else arg for arg in args)
        waiting = first_open(these)
        found.append(format_text(template, these) if waiting is None else made_of(waiting))
    return found
