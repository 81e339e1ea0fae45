"""Renders values as a template has them: in blocks, or in brackets (flow style and JSON)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.text import quoting

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9]|:[A-Za-z]))*")
"""What needs no quotes anywhere; a colon is no key's where a letter or digit follows."""
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


@dataclass(frozen=True, slots=True)
class TemplateFunction:
    """A function of CloudFormation: `!GetAtt Key.Arn`, or `{"Fn::GetAtt": ["Key", "Arn"]}`."""

    name: str
    """The short one."""
    parts: tuple[str, ...]

    @property
    def long(self) -> "TemplateValue":
        """The call in its long form: `{"Fn::GetAtt": ["Key", "Arn"]}`."""
        name = self.name if self.name == "Ref" else f"Fn::{self.name}"
        return {name: list(self.parts) if len(self.parts) > 1 else self.parts[0]}


TemplateValue = str | bool | TemplateFunction | dict[str, "TemplateValue"] | list["TemplateValue"]
"""What is written into a template."""


@dataclass(frozen=True, slots=True)
class FlowStyle:
    """How a mapping in brackets is written."""

    is_json: bool = False
    """Keys and texts in double quotes, and no short forms."""
    colon: str = ": "
    gap: str = " "
    """Behind a comma, on one line."""
    pad: str = ""
    """Within the braces, on one line."""
    newline: str | None = None
    """How lines end, where every entry has its own."""
    unit: str = "  "
    """One step of indentation."""


@dataclass(frozen=True, slots=True)
class BlockStyle:
    """How a mapping without brackets is written."""

    newline: str = "\n"
    step: int = 2
    dash: int = 2
    """How far a list stands in from its key."""
    item_step: int = 2
    """The step below a key that stands behind a dash."""
    is_long: bool = False
    """Whether functions have their long form."""


def render_scalar(text: str, *, is_json: bool = False, style: str = "") -> str:
    """A text, quoted in the style asked for, or where it has to be."""
    if is_json:
        return _json(text)
    if not style and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if style == '"' or not text.isprintable():
        return quoting.quote_yaml(text)
    return "'" + text.replace("'", "''") + "'"


def render_flow(value: TemplateValue, style: FlowStyle, indent: str = "") -> str:
    """A value in brackets. Entries on lines of their own stand one unit deeper than `indent`."""
    if isinstance(value, TemplateFunction):
        if style.is_json:
            return render_flow(value.long, style, indent)
        return f"!{value.name} {render_scalar('.'.join(value.parts))}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return render_scalar(value, is_json=style.is_json)
    deeper = indent + style.unit
    if isinstance(value, dict):
        parts = [render_pair(key, item, style, deeper) for key, item in value.items()]
        return _bracketed("{", parts, "}", style, indent)
    return _bracketed("[", [render_flow(item, style, deeper) for item in value], "]", style, indent)


def render_pair(key: str, value: TemplateValue, style: FlowStyle, indent: str) -> str:
    """A key and its value, as an entry in braces."""
    return render_scalar(key, is_json=style.is_json) + style.colon + render_flow(value, style, indent)


def _bracketed(opening: str, parts: list[str], closing: str, style: FlowStyle, indent: str) -> str:
    if style.newline is None:
        pad = style.pad if opening == "{" else ""
        return opening + pad + f",{style.gap}".join(parts) + pad + closing
    line = style.newline + indent
    return opening + ",".join(line + style.unit + part for part in parts) + line + closing


def render_block(value: TemplateValue, style: BlockStyle, column: int) -> str:
    """A value in lines without brackets, all at this column; the first line has no indentation."""
    return (style.newline + " " * column).join(_lines(value, style))


def _lines(value: TemplateValue, style: BlockStyle, step: int = 0) -> Iterator[str]:
    if isinstance(value, TemplateFunction) and style.is_long:
        value = value.long
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _entry(key, item, style, step or style.step)
    elif isinstance(value, list):
        for item in value:
            first, *rest = _lines(item, style, style.item_step)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield render_flow(value, FlowStyle())


def _entry(key: str, value: TemplateValue, style: BlockStyle, step: int) -> Iterator[str]:
    if isinstance(value, TemplateFunction) and style.is_long:
        value = value.long
    if not isinstance(value, dict | list):
        yield f"{render_scalar(key)}: {render_flow(value, FlowStyle())}"
        return
    inset = style.dash if isinstance(value, list) else step
    yield f"{render_scalar(key)}:"
    yield from (" " * inset + line for line in _lines(value, style))


def _json(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in quoted)  # noqa: PLR2004 - the plane's end
