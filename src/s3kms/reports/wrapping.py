"""Sentences on lines that fit a page."""

import textwrap
from collections.abc import Iterator

from s3kms.reports.interface import ReportStyle


def wrapped(text: str, style: ReportStyle) -> Iterator[str]:
    """The lines of a sentence, each with its end; all but the first are indented. No word is broken."""
    lines = textwrap.wrap(
        text, style.width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    yield from (f"{line}\n" for line in lines)
