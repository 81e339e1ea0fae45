"""Names, tags and error texts come from outside: hostile text, made harmless for each kind of output."""

import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that move the cursor, hide text or turn its direction round."""


_FORMULA_STARTS = {*"=+-@|%", *"\uff1d\uff0b\uff0d\uff20"}
"""After blanks, too, which some programs drop; the last four are the first in full width, the same to some."""


def printable(text: str) -> str:
    """The text on one line, with every control and invisible character spelled out, `ESC` as `x1b`."""
    if text.isprintable():  # most of it is, and this is called once an object
        return text
    return "".join(_spelled(c) if _is_invisible(c) else c for c in text)


def _is_invisible(character: str) -> bool:
    """Also what is no character in Unicode, and never will be: XML 1.0 has none of these."""
    return unicodedata.category(character) in _INVISIBLE or ord(character) & 0xFFFE == 0xFFFE  # noqa: PLR2004


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()


def csv_cell(text: str) -> str:
    """Never a formula: a spreadsheet runs a cell that begins with one of these."""
    safe = printable(text)
    return f"'{safe}" if safe.lstrip()[:1] in _FORMULA_STARTS else safe


def markdown_cell(text: str) -> str:
    """Plain text in a Markdown table: no markup, no HTML, no further cell."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]|~#!" else c for c in printable(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml_text(text: str) -> str:
    """Plain text in XML, also in an attribute: no markup, and no character that XML 1.0 does not have."""
    return (
        printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command: on one line, `%` spelled out."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command: no further property, and no end of the properties."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")
