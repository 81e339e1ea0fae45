"""`format` and `formatlist`, with the verbs of Go's fmt."""

import re
from decimal import Decimal

from s3kms.iac.hcl.functions.documents import write_json
from s3kms.iac.hcl.scalars import (
    forget_origin,
    format_number,
    make_too_large,
    make_unsupported,
    to_bool,
    to_decimal,
    to_number,
    to_text,
)
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue

VERB = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?(?:\[(?P<index>\d{1,6})\])?(?P<verb>.)?",
    re.DOTALL | re.ASCII,
)
MAX_WIDTH_CHARACTERS = 10_000
"""Characters of one formatted value."""
MAX_FORMATTED_CHARACTERS = 1_000_000
"""Characters of the whole result."""
NULL = make_unsupported("format(…, null)", "format of null is not evaluated")
BASES = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}


def format_text(template: str, args: tuple[Value, ...]) -> Value:
    """A template with its verbs replaced by the arguments. Raises Rejected."""
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
            raise Rejected("format has fewer arguments than verbs")
        done = _one(match, args[used - 1])
        if isinstance(done, UnknownValue):
            return done
        parts.append(done)
        if sum(map(len, parts)) > MAX_FORMATTED_CHARACTERS:
            return make_too_large("a formatted string")
    if most < len(args):
        raise Rejected("format has more arguments than verbs")
    return "".join([*parts, template[at:]])


def _one(match: re.Match[str], value: Value) -> str | UnknownValue:
    if value is None:
        return NULL
    flags, verb = match["flags"], match["verb"] or ""
    if any(len(part or "") > 5 for part in (match["width"], match["precision"])):  # noqa: PLR2004
        return make_too_large("a formatted string")
    width = int(match["width"] or 0)
    precision = None if match["precision"] is None else int(match["precision"] or 0)
    if max(width, precision or 0) > MAX_WIDTH_CHARACTERS:
        return make_too_large("a formatted string")
    text = _written(verb, flags, precision, value)
    if isinstance(text, UnknownValue) or len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and verb not in {"s", "q", "v", "t"}:
        sign = text[:1] if text[:1] in {"+", "-", " "} else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _written(verb: str, flags: str, precision: int | None, value: Value) -> str | UnknownValue:
    if verb == "v":
        return _any(flags, precision, value)
    if verb == "t":
        return "true" if to_bool(value) else "false"
    if verb in {"s", "q"}:
        text = str(to_text(value))
        text = text if precision is None else text[:precision]
        return text if verb == "s" else write_json(text, escapes_html=False)
    if verb in BASES:
        return _whole(verb, flags, value)
    if verb in {"e", "E", "f", "F", "g", "G"}:
        return _fraction(verb, flags, precision, value)
    raise Rejected("format has a verb that Terraform does not know")


def _any(flags: str, precision: int | None, value: Value) -> str | UnknownValue:
    if isinstance(value, bool) and "#" not in flags:
        return "true" if value else "false"
    if isinstance(value, str) and "#" not in flags:
        return value if precision is None else value[:precision]
    if isinstance(value, int | float) and not isinstance(value, bool) and "#" not in flags:
        text = format_number(value)
        return "+" + text if "+" in flags and not text.startswith("-") else text
    return write_json(value)


def _whole(verb: str, flags: str, value: Value) -> str:
    found = to_number(value)
    if not isinstance(found, int):
        raise Rejected("format requires a whole number")
    text = format(abs(found), BASES[verb])
    if "#" in flags and verb in {"x", "X", "o"}:
        text = {"x": "0x", "X": "0X", "o": "0"}[verb] + text
    return _sign(flags, negative=found < 0) + text


def _fraction(verb: str, flags: str, precision: int | None, value: Value) -> str:
    found = to_decimal(_float(value))
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
        raise Rejected("format requires a number")
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
    """One string for each element of the lists, which must have one length; other arguments are used in each.

    Raises Rejected.
    """
    lengths = {len(arg) for arg in args if isinstance(arg, list)}
    if len(lengths) > 1:
        raise Rejected("the lists of formatlist have different lengths")
    rows = lengths.pop() if lengths else 1
    found: list[Value] = []
    size = 0
    for row in range(rows):
        these = tuple(arg[row] if isinstance(arg, list) else arg for arg in args)
        waiting = find_unknown(these)
        text = format_text(template, these) if waiting is None else forget_origin(waiting)
        size += len(text) if isinstance(text, str) else 1
        if size > 4 * MAX_FORMATTED_CHARACTERS:
            return make_too_large("a list of formatted strings")
        found.append(text)
    return found
