"""A small table in HTML, as a notebook shows it: hostile text is text, and never more rows than a reader looks at."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

from s3kms.text.sanitize import printable

MAX_ROWS = 20
"""Of one table; the others are counted in its last line."""
MAX_CELL_CHARACTERS = 300
_LEFT = ' style="text-align: left"'


def html_text(text: str) -> str:
    """One line of text from outside, as content of an element: no markup, no control or invisible characters."""
    line = printable(text)
    return escape(line if len(line) <= MAX_CELL_CHARACTERS else f"{line[:MAX_CELL_CHARACTERS]}…")


def html_paragraph(*sentences: str) -> str:
    """Sentences, each in a line."""
    return f"<p>{'<br>'.join(map(html_text, sentences))}</p>"


def html_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, total: int, notes: Sequence[str]
) -> str:
    """The first rows, how many more there are of `total`, and sentences below them. Empty columns are left out."""
    shown = list(islice(rows, MAX_ROWS))
    used = [column for column in range(len(titles)) if any(row[column] for row in shown)]
    head = "".join(f"<th{_LEFT}>{html_text(titles[column])}</th>" for column in used)
    body = "".join(
        f"<tr>{''.join(f'<td{_LEFT}>{html_text(row[column])}</td>' for column in used)}</tr>" for row in shown
    )
    more = [f"and {total - len(shown)} more"] if total > len(shown) else []
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if shown else ""
    return f"<div>{table}{html_paragraph(*more, *notes)}</div>"
