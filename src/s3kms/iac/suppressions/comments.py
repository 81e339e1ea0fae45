"""Finds the comments of a file of code: what looks like one in a text or a heredoc is none."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comment:
    """The part of a comment that stands on one line."""

    line: int
    """From 1, like the column; columns are in characters."""
    column: int
    text: str
    """Without the marks around it."""
    is_alone: bool
    """Whether nothing else is on the line."""


_CODE = re.compile(
    r"(?P<line>(?:\#|//)[^\n]*) | (?P<block>/\*.*?(?:\*/|\Z))"
    r"| (?P<heredoc><<[-~]?(?P<tag>[^\W\d][\w-]*)[ \t]*\r?\n) | (?P<quote>\") | (?P<open>\{) | (?P<close>\})",
    re.DOTALL | re.VERBOSE,
)
_STRING = re.compile(r"(?P<rest>\\.|\$\$\{|%%\{)|(?P<open>[$%]\{)|(?P<close>[\"\n])", re.DOTALL)


def hcl_comments(text: str) -> tuple[Comment, ...]:
    """The comments of a file of HCL (`#`, `//` and `/* */`), in order, one for each line that they are on."""
    return tuple(_by_line(text, _hcl_spans(text)))


def _hcl_spans(text: str) -> Iterator[Span]:
    around: list[str] = []
    """What is open here: texts, by their quote, and braces."""
    at = 0
    while found := (_STRING if around[-1:] == ['"'] else _CODE).search(text, at):
        at = found.end()
        match found.lastgroup:
            case "line" | "block":
                yield found.span()
            case "heredoc":
                end = re.compile(rf"^[ \t]*{re.escape(found['tag'])}[ \t]*\r?$", re.MULTILINE).search(
                    text, at
                )
                at = end.end() if end else len(text)
            case "quote":
                around.append('"')
            case "open":
                around.append("{")
            case "close" if around:
                around.pop()


_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
"""What ends a line in YAML, besides a line feed."""


def yaml_comments(text: str) -> tuple[Comment, ...]:
    """The comments of a YAML text, in order; empty where it cannot be parsed."""
    text = _BREAK.sub("\n", text)
    return tuple(_by_line(text, _yaml_spans(text)))


def _yaml_spans(text: str) -> Iterator[Span]:
    """The spans between the parser's tokens that begin with the mark of a comment."""
    import yaml  # noqa: PLC0415 - an extra, and slow to import

    last = 0
    try:
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            yield from _in_gap(text, last, token.start_mark.index)
            last = max(last, token.end_mark.index)
    except yaml.YAMLError:
        return
    yield from _in_gap(text, last, len(text))


def _in_gap(text: str, start: int, end: int) -> Iterator[Span]:
    while (begin := text.find("#", start, end)) >= 0:
        start = _until(text, begin, len(text))
        yield begin, start


def _by_line(text: str, spans: Iterable[Span]) -> Iterator[Comment]:
    line, start = 1, 0
    for begin, end in spans:
        breaks = text.count("\n", start, begin)
        line, start = line + breaks, text.rfind("\n", start, begin) + 1 if breaks else start
        at = begin
        while at < end:
            stop = _until(text, at, end)
            beside = text[start:at] + text[stop : _until(text, stop, len(text))]
            yield Comment(line, at - start + 1, _bare(text[at:stop]), not beside.strip())
            if stop >= end:
                break
            line, start, at = line + 1, stop + 1, stop + 1


def _until(text: str, at: int, end: int) -> int:
    """The offset at which the line ends."""
    found = text.find("\n", at, end)
    return end if found < 0 else found


_OPENING = re.compile(r"\s*(?:#+|//+|/\*+|\*+(?!/))?\s*")
_CLOSING = "*/"


def _bare(piece: str) -> str:
    piece = piece.rstrip().removesuffix(_CLOSING)
    opening = _OPENING.match(piece)
    return piece[opening.end() if opening else 0 :].rstrip()
