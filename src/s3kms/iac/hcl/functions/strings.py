"""Functions of strings."""

import posixpath
import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from s3kms.iac.hcl.composite_values import join_template
from s3kms.iac.hcl.functions.formats import format_list, format_text
from s3kms.iac.hcl.functions.interface import (
    Function,
    ParameterKind,
    count_characters,
    is_emptiness_known,
)
from s3kms.iac.hcl.functions.regular_expressions import count_match_steps, regex, regexall, replaced
from s3kms.iac.hcl.scalars import forget_origin, make_too_large
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Unicode calls white space; Python's `strip` knows four more."""
MAX_JOINED_CHARACTERS = 1_000_000
"""Characters of a string that a function makes."""

_PLAIN_VERB = re.compile("%[sv]")


def _case(upper: bool) -> Function:
    def change(text: str) -> Value:
        if text.isascii():
            return text.upper() if upper else text.lower()
        changed = ((c, c.upper() if upper else c.lower()) for c in text)
        return "".join(new if len(new) == 1 else old for old, new in changed)

    return Function(change, (ParameterKind.TEXT,), work=_by_character)


def _by_character(args: tuple[Value, ...]) -> int:
    """The steps of a function that takes its strings apart, one character after another."""
    return count_characters(args) // 16


def _title(text: str) -> Value:
    found: list[str] = []
    before = " "
    for character in text:
        starts = not (before == "_" or before.isalnum() or (ord(before) > 127 and not before.isspace()))  # noqa: PLR2004
        new = character.title()
        found.append(new if starts and len(new) == 1 else character)
        before = character
    return "".join(found)


def characters(text: str) -> list[str]:
    """The grapheme clusters of a string: a letter and what combines with it are one."""
    if text.isascii() and "\r\n" not in text:
        return [*text]
    found: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if found and (unicodedata.combining(character) or (found[-1] == "\r" and character == "\n")):
            found[-1] += character
        else:
            found.append(character)
    return found


def _strrev(text: str) -> Value:
    return "".join(reversed(characters(text)))


def _substr(text: str, offset: int, length: int) -> Value:
    whole = characters(text)
    if offset < 0:
        offset = max(0, offset + len(whole))
    return "".join(whole[offset:] if length < 0 else whole[offset : offset + length])


def _chomp(text: str) -> Value:
    return text.rstrip("\r\n")


def _indent(spaces: int, text: str) -> Value:
    if spaces * max(1, text.count("\n")) > MAX_JOINED_CHARACTERS:
        return make_too_large("an indented string")
    return text.replace("\n", "\n" + " " * spaces)


def _joined(parts: Sequence[Value], between: Sequence[str]) -> Value:
    """Parts of which some are unknown as one text, as a template makes it; `between` stands between them."""
    texts = [text for pair in zip_longest(parts, between, fillvalue="") for text in pair]
    waiting = find_unknown(texts)
    if waiting is None or sum(len(text) for text in texts if isinstance(text, str)) > MAX_JOINED_CHARACTERS:
        return make_too_large("a joined string")
    if any(isinstance(text, list | dict | SetValue) for text in texts):
        return forget_origin(waiting)
    return join_template(texts)


def _join(separator: str, *lists: list[Value]) -> Value:
    parts = [part for items in lists for part in items]
    if len(parts) == 1 and isinstance(parts[0], UnknownValue):
        return parts[0]
    waiting = find_unknown(parts)
    if waiting is not None:
        return forget_origin(waiting) if None in parts else _joined(parts, [separator] * (len(parts) - 1))
    if not lists or None in parts:
        raise Rejected("join needs at least one list, without null elements")
    if sum(len(str(part)) + len(separator) for part in parts) > MAX_JOINED_CHARACTERS:
        return make_too_large("a joined string")
    return separator.join(map(str, parts))


def _split(separator: str, text: str) -> Value:
    return [*text.split(separator)] if separator else [*text]


def _replace(text: str, old: str, new: str) -> Value:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return replaced(text, old[1:-1], new)
    if len(text) * (1 + len(new)) > MAX_JOINED_CHARACTERS and len(new) > len(old):
        return make_too_large("a string with replacements")
    return text.replace(old, new)


def _work_of_replace(args: tuple[Value, ...]) -> int:
    if len(args) > 1 and isinstance(args[1], str) and args[1].startswith("/"):
        return count_match_steps(args[1][1:-1], args[0])
    return 0


def _format(template: str, *args: Value) -> Value:
    if len(args) == 1 and template == "%s" and isinstance(args[0], UnknownValue):
        return args[0]
    waiting = find_unknown(args)
    if waiting is not None:
        texts = _PLAIN_VERB.split(template)
        is_plain = len(texts) == len(args) + 1 and "%" not in "".join(texts) and None not in args
        return _joined(["", *args, ""], texts) if is_plain else forget_origin(waiting)
    return format_text(template, args)


def _formatlist(template: str, *args: Value) -> Value:
    given: list[Value] = [list(arg.items) if isinstance(arg, SetValue) else arg for arg in args]
    if any(isinstance(arg, UnknownValue) and not is_emptiness_known(arg) for arg in given):
        return find_unknown(given)
    return format_list(template, given)


def _dirname(path: str) -> Value:
    return posixpath.normpath(path.rpartition("/")[0] or ("/" if path.startswith("/") else "."))


def _basename(path: str) -> Value:
    trimmed = path.rstrip("/")
    return trimmed.rpartition("/")[2] if trimmed else ("/" if path else ".")


_ONE, _TWO = (ParameterKind.TEXT,), (ParameterKind.TEXT, ParameterKind.TEXT)

TABLE = {
    "basename": Function(_basename, _ONE),
    "chomp": Function(_chomp, _ONE),
    "dirname": Function(_dirname, _ONE),
    "endswith": Function(lambda text, end: text.endswith(end), _TWO),
    "format": Function(_format, _ONE, rest=ParameterKind.ANYTHING),
    "formatlist": Function(_formatlist, _ONE, rest=ParameterKind.ANYTHING, has_new_parts=True),
    "indent": Function(_indent, (ParameterKind.INTEGER, ParameterKind.TEXT)),
    "join": Function(_join, _ONE, rest=ParameterKind.TEXTS),
    "lower": _case(upper=False),
    "regex": Function(regex, _TWO, work=lambda args: count_match_steps(*args[:2])),
    "regexall": Function(regexall, _TWO, work=lambda args: count_match_steps(*args[:2]), has_new_parts=True),
    "replace": Function(
        _replace, (ParameterKind.TEXT, ParameterKind.TEXT, ParameterKind.TEXT), work=_work_of_replace
    ),
    "split": Function(_split, _TWO, has_new_parts=True),
    "startswith": Function(lambda text, start: text.startswith(start), _TWO),
    "strcontains": Function(lambda text, part: part in text, _TWO),
    "strrev": Function(_strrev, _ONE, work=_by_character),
    "substr": Function(
        _substr, (ParameterKind.TEXT, ParameterKind.INTEGER, ParameterKind.INTEGER), work=_by_character
    ),
    "title": Function(_title, _ONE, work=_by_character),
    "trim": Function(lambda text, those: text.strip(those) if those else text, _TWO),
    "trimprefix": Function(lambda text, start: text.removeprefix(start), _TWO),
    "trimspace": Function(lambda text: text.strip(SPACE), _ONE),
    "trimsuffix": Function(lambda text, end: text.removesuffix(end), _TWO),
    "upper": _case(upper=True),
}
