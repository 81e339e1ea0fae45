"""Names from outside, made literal in the languages that the forms are written in."""

import json


def hcl(text: str) -> str:
    """A string of Terraform's language: `${` and `%{` stay two characters and a brace."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def yaml(text: str) -> str:
    """A string of YAML: a double-quoted scalar reads JSON's escapes."""
    return json.dumps(text)


def comment(text: str) -> str:
    """One line that cannot end the comment it stands in."""
    return "".join(c if c.isprintable() else "?" for c in text)
