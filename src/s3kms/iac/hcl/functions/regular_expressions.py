"""Go's regular expressions (RE2), matched with Python's `re`.

What differs is translated, rejected as Go does, or unknown; so is what could take too long, because Python backtracks
and RE2 does not.
"""

import math
import re
from dataclasses import dataclass, field

from s3kms.iac.hcl.scalars import make_too_large, make_unsupported
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue

MAX_PATTERN_CHARACTERS = 1000
"""Characters of a regular expression."""
MAX_MATCH_STEPS = 8_000_000
"""Steps that a match over a string may take in the worst case."""
MATCHES_PER_STEP = 160
"""Steps of a match in the time of one step of the budget."""
MAX_REPLACED_CHARACTERS = 1_000_000
"""Characters of the result of a replacement."""
MAX_REPEATS = 1000
"""Go's limit for a counted repetition."""

CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7F",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1F\\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
ESCAPES = frozenset("dDwWbBaftnrvA")
SPACES = "\\t\\n\\f\\r "


class _Different(Exception):
    """The expression has a form that is not translated."""


@dataclass(slots=True)
class _Translation:
    """One expression being translated; `at` is the next character."""

    source: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    groups: list[bool] = field(default_factory=list)
    """Of each open parenthesis: whether what is in it can match in more than one way."""
    loops: int = 0
    choices: int = 1
    """Ways through what `?` and `|` leave open, in the worst case."""
    is_nested: bool = False
    is_multiline: bool = False
    last_group: bool = False
    copies: list[int] = field(default_factory=lambda: [1])
    """How often the counted repetitions within repeat a part at most: in the whole, and in each open parenthesis."""
    last_copies: int = 1
    """That of the parenthesis right before `at`."""
    repeats: str = ""
    """The repetition right before `at`; empty if there is none."""

    def peek(self, text: str) -> bool:
        return self.source.startswith(text, self.at)

    def run(self) -> str:
        self._flags()
        while self.at < len(self.source):
            character = self.source[self.at]
            if character in "*+?" or (character == "{" and self._count() is not None):
                self._repeat()
                continue
            self.repeats = ""
            self._other(character)
        return "".join(self.out)

    def _other(self, character: str) -> None:
        if character != ")":
            self.last_group, self.last_copies = False, 1
        if character == "\\":
            self.out.append(self._escape())
        elif character == "[":
            self._class()
        elif character == "(":
            self._open()
        else:
            self.at += 1
            self._plain(character)

    def _plain(self, character: str) -> None:
        if character == ")":
            self.last_group = self.groups.pop() if self.groups else False
            self.last_copies = self.copies.pop() if len(self.copies) > 1 else 1
            self.copies[-1] = max(self.copies[-1], self.last_copies)
            if self.last_group and self.groups:
                self.groups[-1] = True
        if character == "|":
            self._choose()
        if character == "$":
            character = "$" if self.is_multiline else "\\Z"
        self.out.append("\\{" if character == "{" else character)

    def _flags(self) -> None:
        found = re.match(r"\(\?([ims]+)\)", self.source)
        if found is not None:
            self.at = found.end()
            self.is_multiline = "m" in found[1]
            self.out.append(found[0])

    def _count(self) -> re.Match[str] | None:
        return re.compile(r"\{(\d{1,9})(,(\d{0,9}))?\}").match(self.source, self.at)

    def _repeat(self) -> None:
        counted = self._count()
        text = counted[0] if counted else self.source[self.at]
        if self.repeats and not (text == "?" and len(self.repeats) == 1):
            raise Rejected("the regular expression repeats a repetition")
        copies = self.last_copies * max(int(counted[1]), int(counted[3] or 0), 1) if counted else 1
        if copies > MAX_REPEATS:
            raise Rejected("the regular expression repeats more than 1000 times")
        self.copies[-1] = max(self.copies[-1], copies)
        self.at += len(text)
        self.out.append(text)
        if self.repeats:
            self.repeats = "lazy"
            return
        self.repeats = "*"
        if text == "?":
            self._choose()
            return
        self.loops += counted is None or counted[2] is not None
        self.is_nested = self.is_nested or self.last_group
        if self.groups:
            self.groups[-1] = True

    def _choose(self) -> None:
        self.choices *= 2
        if self.groups:
            self.groups[-1] = True

    def _open(self) -> None:
        named = re.compile(r"\(\?P?<([A-Za-z_]\w*)>", re.ASCII).match(self.source, self.at)
        if named is not None:
            self.at = named.end()
            self.out.append(f"(?P<{named[1]}>")
        elif self.peek("(?:"):
            self.at += 3
            self.out.append("(?:")
        elif self.peek("(?=") or self.peek("(?!") or self.peek("(?<") or self.peek("(?#") or self.peek("(?>"):
            raise Rejected("the regular expression uses lookaround, which Go (RE2) does not have")
        elif self.peek("(?"):
            raise _Different("flags within the expression")
        else:
            self.at += 1
            self.out.append("(")
        self.groups.append(False)
        self.copies.append(1)

    def _escape(self, *, in_class: bool = False) -> str:
        following = self.source[self.at + 1 : self.at + 2]
        hexadecimal = re.compile(r"\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))").match(
            self.source, self.at
        )
        if hexadecimal is not None:
            self.at = hexadecimal.end()
            code = int(hexadecimal[1] or hexadecimal[2], 16)
            if code > 0x10FFFF:  # noqa: PLR2004
                raise Rejected("the regular expression names a character that does not exist")
            return re.escape(chr(code))
        if following == "Q" and not in_class:
            end = self.source.find("\\E", self.at)
            literal = self.source[self.at + 2 : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.source)
            return re.escape(literal)
        self.at += 2
        return self._short(following, in_class=in_class)

    def _short(self, following: str, *, in_class: bool) -> str:
        if following in {"s", "S"}:
            if in_class and following == "S":
                raise _Different("`\\S` in brackets")
            return SPACES if in_class else f"[{'^' if following == 'S' else ''}{SPACES}]"
        if following == "z" and not in_class:
            return "\\Z"
        if following in {"p", "P"}:
            raise _Different("a class of Unicode")
        if following in ESCAPES - ({"b", "B", "A"} if in_class else set()):
            return f"\\{following}"
        if not following or following.isalnum() or ord(following) > 127:  # noqa: PLR2004
            raise Rejected("the regular expression has an escape that Go (RE2) does not have")
        return f"\\{following}"

    def _class(self) -> None:
        self.at += 1
        parts = ["["]
        if self.peek("^"):
            self.at += 1
            parts.append("^")
        is_first = True
        while is_first or not self.peek("]"):
            parts.append(self._member())
            is_first = False
        self.at += 1
        self.out.append("".join(parts) + "]")

    def _member(self) -> str:
        if self.at >= len(self.source):
            raise Rejected("the regular expression has a bracket that is not closed")
        character = self.source[self.at]
        if character == "\\":
            return self._escape(in_class=True)
        posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.source, self.at)
        if posix is not None:
            if posix[1] or posix[2] not in CLASSES:
                raise _Different("a negated class in brackets")
            self.at = posix.end()
            return CLASSES[posix[2]]
        self.at += 1
        return f"\\{character}" if character in "[]&~|" else character


def count_match_steps(source: Value, text: Value) -> int:
    """The steps of the budget that a match takes in the worst case."""
    if not isinstance(source, str) or not isinstance(text, str) or len(source) > MAX_PATTERN_CHARACTERS:
        return 0
    translation = _Translation(source)
    try:
        translation.run()
    except (_Different, Rejected):
        return 0
    return min(_worst(translation, len(text)), MAX_MATCH_STEPS) // MATCHES_PER_STEP


def _compiled(source: str, text: str) -> re.Pattern[str] | UnknownValue:
    if len(source) > MAX_PATTERN_CHARACTERS:
        return make_too_large("the regular expression")
    translation = _Translation(source)
    try:
        pattern = re.compile(translation.run(), re.ASCII)
    except _Different as error:
        return _different(str(error))
    except (re.error, OverflowError, RecursionError):
        return _different("a form of its own")
    if pattern.flags & re.IGNORECASE and not (source.isascii() and text.isascii()):
        return _different("letters beyond ASCII whose case is ignored")
    if _worst(translation, len(text)) > MAX_MATCH_STEPS:
        return make_too_large("the match of the regular expression")
    return pattern


def _worst(translation: _Translation, length: int) -> int:
    if translation.is_nested:
        return int(2 ** min(length, 60))
    ways = math.comb(length + translation.loops, translation.loops + 1) if length else 1
    return ways * translation.choices


def _different(what: str) -> UnknownValue:
    why = f"the regular expression has {what}, which is not evaluated"
    return make_unsupported("the regular expression", why)


def _matches(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """The matches as Go finds them: an empty match right after another one does not count."""
    found: list[re.Match[str]] = []
    at = behind = 0
    while at <= len(text):
        match = pattern.search(text, at)
        if match is None:
            break
        if match.end() > match.start() or match.start() != behind or not found:
            found.append(match)
        behind = match.end()
        at = match.end() + (match.end() == match.start())
    return found


def _captured(pattern: re.Pattern[str], match: re.Match[str]) -> Value:
    if pattern.groupindex:
        if len(pattern.groupindex) != pattern.groups:
            raise Rejected("the regular expression mixes named and unnamed groups")
        return dict(sorted(match.groupdict().items()))
    return [*match.groups()] if pattern.groups else match.group()


def regex(source: str, text: str) -> Value:
    """The first match: a string, or a list or a map of its groups. Raises Rejected where there is none."""
    pattern = _compiled(source, text)
    if isinstance(pattern, UnknownValue):
        return pattern
    match = pattern.search(text)
    if match is None:
        raise Rejected("the regular expression does not match the string")
    return _captured(pattern, match)


def regexall(source: str, text: str) -> Value:
    """All matches, each as `regex` returns it."""
    pattern = _compiled(source, text)
    if isinstance(pattern, UnknownValue):
        return pattern
    return [_captured(pattern, match) for match in _matches(pattern, text)]


def replaced(text: str, source: str, new: str) -> Value:
    """The string with each match replaced; `$1` and `${name}` stand for groups."""
    pattern = _compiled(source, text)
    if isinstance(pattern, UnknownValue):
        return pattern
    parts: list[str] = []
    at = size = 0
    for match in _matches(pattern, text):
        parts += [text[at : match.start()], _filled(new, match)]
        at = match.end()
        size += len(parts[-1])
        if size > MAX_REPLACED_CHARACTERS:
            return make_too_large("a string with replacements")
    return "".join([*parts, text[at:]])


_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def _filled(new: str, match: re.Match[str]) -> str:
    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        if name.isdigit():
            return (match[int(name)] or "") if len(name) < 4 and int(name) <= (match.re.groups) else ""  # noqa: PLR2004
        return (match[name] or "") if name in match.re.groupindex else ""

    return _REFERENCE.sub(group, new)
