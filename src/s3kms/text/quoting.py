"""Names from outside, made literal in the languages that the forms are written in."""

import shlex


def quote_shell(text: str) -> str:
    """One word of a POSIX shell. No name in AWS has a character that cannot be printed."""
    return shlex.quote(escape_comment(text))


def quote_hcl(text: str) -> str:
    """A string of Terraform's language: `${` and `%{` stay two characters and a brace."""
    return _escaped(text).replace("${", "$${").replace("%{", "%%{")


def quote_yaml(text: str) -> str:
    """A double-quoted scalar of YAML."""
    return _escaped(text)


def quote_toml(text: str) -> str:
    """A basic string of TOML; letters of any script stay readable, what cannot be printed is escaped."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape_toml(c) for c in text) + '"'


def escape_comment(text: str) -> str:
    """One line that cannot end the comment it stands in, and that a terminal only shows."""
    return "".join(c if c.isprintable() else "?" for c in text)


def quote_markdown(text: str) -> str:
    """Code inside a line of Markdown: a backtick would end it."""
    return f"`{escape_comment(text).replace('`', '?')}`"


def _escaped(text: str) -> str:
    """In double quotes; YAML and HCL know the same escapes for what is not plain ASCII."""
    return '"' + "".join(_escape(c) for c in text) + '"'


def _escape_toml(character: str) -> str:
    """As YAML and HCL; half of a surrogate pair, which is no character, has no escape there."""
    return "\\ufffd" if "\ud800" <= character <= "\udfff" else _escape(character)


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - the plane's end
