"""What a form of remediation is."""

from collections.abc import Callable
from dataclasses import dataclass

from s3kms.estate.changes import Change


@dataclass(frozen=True, slots=True)
class Form:
    """One way to carry out a change by hand or by other tools. Pure."""

    name: str
    title: str
    language: str
    """The language of the text, as Markdown fences name it; empty for prose."""
    render: Callable[[Change], str]
    """The text to follow, paste or save."""
    run: Callable[[Change], str] | None = None
    """The shell commands that carry the text out, where it does not do so by itself."""
    prove: Callable[[Change], str] | None = None
    """How to see, by the same means, that it worked."""
