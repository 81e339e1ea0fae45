"""A page taken apart, as a browser's parser and the page's own script read it."""

import json
from html.parser import HTMLParser
from typing import Any

from s3kms.reports.html.text_table import NAME_MARK

_NUMBERED = {"text", "command"}


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._inside = ""
        self.feed(text)
        self.close()
        self.rows: list[list[Any]] = json.loads(self.raw["script"][0])
        self.data: dict[str, Any] = json.loads(self.raw["script"][1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.raw:
            self._inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside][-1] += data
        else:
            self.text += data

    @property
    def tags(self) -> list[str]:
        """The names of its elements."""
        return [tag for tag, _ in self.elements]

    def cells(self, row: int = 0) -> dict[str, Any]:
        """A row as the script reads it, by the ids of its fields."""
        cells, texts = self.rows[row], self.data["texts"]
        return {
            field["id"]: texts[value].replace(NAME_MARK, cells[1]) if field["kind"] in _NUMBERED else value
            for field, value in zip(self.data["fields"], cells, strict=True)
        }

    def items(self, field: str, row: int = 0) -> list[list[Any]]:
        """The items of a row: mark, title, paragraphs, code."""
        name, texts = self.rows[row][1], self.data["texts"]

        def text(number: int) -> str:
            found: str = texts[number].replace(NAME_MARK, name)
            return found

        found = [self.data["items"][number] for number in self.cells(row)[field] or []]
        return [[label, text(title), [*map(text, said)], text(code)] for _, label, title, said, code in found]
