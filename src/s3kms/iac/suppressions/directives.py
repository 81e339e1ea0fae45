"""Parses comments that exempt a bucket: `# s3kms: exempt RULE until 2027-03-31 REASON`, and those of other tools."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from s3kms.iac.suppressions.comments import Comment
from s3kms.iac.suppressions.equivalent_rules import ANY_RULE, CHECKOV, KICS, TRIVY, equivalent_rules_of
from s3kms.iac.suppressions.misspelt import resembles_own_exemption, tool_of_malformed
from s3kms.model.place import Place
from s3kms.model.suppressions import Suppression

_MENTION = re.compile(
    rb"s3[-_]?kms|exempt|(?<!aws_)s3_(?:table_|vector_)?bucket_|checkov|bridgecrew|trivy|tfsec|kics|"
    rb"(?:#|//|\*)\s*@?\w{3,6}[\s:=-]+(?:ignor|skip|suppress|disabl|allow|accept|leave|no-?(?:qa|sec|lint))",
    re.IGNORECASE,
)
EXEMPT_SYNTAX = "write s3kms: exempt RULE until YYYY-MM-DD REASON"


@dataclass(frozen=True, slots=True)
class ResourceLines:
    """The lines of a file that a resource stands on, from 1."""

    first: int
    """With its header."""
    last: int
    column: int | None = None
    """Of the header, where indentation tells what belongs to it, and no brace does: a comment that is indented
    deeper is not above it, but the end of what is before."""


def may_have_suppressions(data: bytes) -> bool:
    """Whether a file mentions any tool whose comments are read, so that it is worth parsing. Quick."""
    return _MENTION.search(data) is not None


def suppressions_in_comments(
    comments: Sequence[Comment], block: ResourceLines, uri: str
) -> tuple[Suppression, ...]:
    """The suppressions of one resource: in comments directly above it, on its header, or within it."""
    above = _directly_above(comments, block.first, block.column)
    within = [c for c in comments if block.first <= c.line <= block.last]
    suppressions = [skip for c in (*above, *within) for skip in _own(c.text, _place(uri, c))]
    suppressions += [skip for c in within for skip in _checkov(c.text, _place(uri, c))]
    suppressions += [skip for c in (*above, *within) for skip in _trivy(c.text, _place(uri, c))]
    suppressions += [skip for c in above for skip in _kics(c, block.first, _place(uri, c))]
    suppressions += [skip for c in _head(comments) for skip in _kics_of_file(c.text, _place(uri, c))]
    suppressions += [skip for c in (*above, *within) for skip in _malformed(c.text, _place(uri, c))]
    return tuple(suppressions)


def parse_exemption(rules: str, until: str | None, reason: str, place: Place) -> Iterator[Suppression]:
    """Suppressions of this tool from their parts, one a rule; one with a flaw where they are malformed. `rules` is
    ids with commas or blanks between, `until` a date in ISO form.
    """
    named = [rule for rule in re.split(r"[\s,]+", rules) if rule]
    last_day = None if until is None else _date(until)
    if not named:
        yield malformed_suppression(f"no rule is named; {EXEMPT_SYNTAX}", place)
    elif until is not None and last_day is None:
        yield malformed_suppression(f"{until!r} is not a date; {EXEMPT_SYNTAX}", place)
    elif not reason.strip():
        yield malformed_suppression(f"there is no reason; {EXEMPT_SYNTAX}", place)
    else:
        for rule in named:
            yield Suppression(rule, reason.strip(), last_day, place)


def malformed_suppression(why: str, place: Place) -> Suppression:
    """A suppression of this tool that cannot be parsed, and why. It exempts nothing."""
    return Suppression(None, "", None, place, flaw=why)


def suppressions_of_other_tool(
    tool: str, other_id: str, reason: str, until: date | None, place: Place
) -> Iterator[Suppression]:
    """The suppressions that a directive of another tool amounts to: one for each of our rules that is equivalent."""
    for equal in equivalent_rules_of(tool, other_id):
        yield Suppression(equal.rule, reason, until, place, tool, other_id, equal.unset_only)


def _place(uri: str, comment: Comment) -> Place:
    return Place(uri, comment.line, comment.column)


def _directly_above(comments: Sequence[Comment], line: int, column: int | None) -> tuple[Comment, ...]:
    """The comments, alone on their lines, that end on the line before; indented no deeper than it."""
    alone = {c.line: c for c in comments if c.is_alone}
    found: list[Comment] = []
    while (comment := alone.get(line - 1)) and (column is None or comment.column <= column):
        found.append(comment)
        line -= 1
    return tuple(reversed(found))


_OWN = re.compile(r"s3kms\s*:\s*(?P<said>.*)|s3kms\s+(?P<forgot>exempt\b.*)", re.IGNORECASE)
_EXEMPT = re.compile(
    r"exempt\b\s*(?P<rules>[\w*-]+(?:\s*,\s*[\w*-]+)*)?"
    r"\s*(?:\buntil\b\s*(?P<until>[^\s,;:]*)[,;:]?)?\s*(?P<reason>.*)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"reason\b\s*:?\s*|[:-]\s*", re.IGNORECASE)
_MEANT_UNTIL = re.compile(r"un?till?\b|\d{4}-\d", re.IGNORECASE)
"""A reason that begins so was to be a last day, and would else be one that never ends."""


def _own(text: str, place: Place) -> Iterator[Suppression]:
    found = _OWN.match(text)
    if not found:
        if resembles_own_exemption(text):
            yield malformed_suppression(EXEMPT_SYNTAX, place)
        return
    said = _EXEMPT.fullmatch(found["said"] or "")
    if found["forgot"] or not said:
        yield malformed_suppression(EXEMPT_SYNTAX, place)
        return
    label = _LABEL.match(said["reason"])
    reason = said["reason"][label.end() :] if label else said["reason"]
    rules = said["rules"] or ""
    if rules.lower() == "until":
        rules = ""
    elif said["until"] is None and _MEANT_UNTIL.match(reason):
        yield malformed_suppression(f"the last day cannot be read; {EXEMPT_SYNTAX}", place)
        return
    yield from parse_exemption(rules, said["until"], reason, place)


def _malformed(text: str, place: Place) -> Iterator[Suppression]:
    """A comment that was meant for another tool, and that the tool does not understand."""
    if found := tool_of_malformed(text):
        tool, form = found
        yield replace(malformed_suppression(f"{tool} reads {form}", place), by=tool)


_CHECKOV = re.compile(r"(?:checkov|bridgecrew):skip= *(?P<id>\w+)(?::(?P<reason>.*))?")


def _checkov(text: str, place: Place) -> Iterator[Suppression]:
    """The suppression in a comment for checkov, with a reason or without. It counts only within a block."""
    if found := _CHECKOV.search(text):
        yield from suppressions_of_other_tool(
            CHECKOV, found["id"], (found["reason"] or "").strip(), None, place
        )


_PAIR = 2


def _trivy(text: str, place: Place) -> Iterator[Suppression]:
    """The suppressions in a comment for Trivy, which reads tfsec's, too; with a last day or without. One for some
    workspace or value is no equal.
    """
    for word in text.split():
        tool, colon, rest = word.lstrip("#/*").partition(":")
        parts = rest.split(":")
        if tool not in {"trivy", "tfsec"} or not colon or len(parts) % _PAIR:
            continue
        sections = dict(zip(parts[::_PAIR], parts[1::_PAIR], strict=True))
        if not {"ignore"} <= sections.keys() <= {"ignore", "exp"}:
            continue
        end = _date(sections["exp"]) if "exp" in sections else None
        if "exp" in sections and (end is None or end == date.min):
            continue
        # Trivy stops at the first moment of that day.
        until = end - timedelta(days=1) if end else None
        for skip in suppressions_of_other_tool(TRIVY, sections["ignore"], "", until, place):
            yield replace(skip, by=tool)


def _kics(comment: Comment, first: int, place: Place) -> Iterator[Suppression]:
    """`ignore-block` above a block, `ignore-line` on the line above: whatever it finds there."""
    command = _kics_command(comment.text)
    if command == "ignore-block" or (command == "ignore-line" and comment.line == first - 1):
        yield from suppressions_of_other_tool(KICS, ANY_RULE, "", None, place)


def _kics_of_file(text: str, place: Place) -> Iterator[Suppression]:
    """`disable=ID,ID` and `ignore`, at the head of a file."""
    name, _, ids = (_kics_command(text) or "").partition("=")
    named = [ANY_RULE] if name == "ignore" else ids.split(",") if name == "disable" else []
    for other_id in named:
        yield from suppressions_of_other_tool(KICS, other_id.strip(), "", None, place)


def _kics_command(text: str) -> str | None:
    word, _, command = text.partition(" ")
    return command.strip() if word == "kics-scan" else None


def _head(comments: Iterable[Comment]) -> Iterator[Comment]:
    """The comments with which a file begins."""
    for expected, comment in enumerate(comments, 1):
        if comment.line != expected or not comment.is_alone:
            return
        yield comment


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
