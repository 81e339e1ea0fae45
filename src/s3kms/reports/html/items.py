"""What stands in the details of several rows alike, a hazard or a group of principals: once, by its number."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from s3kms.reports.html.text_table import TextTable

Item = tuple[str, str, int, list[int], int]
"""Color and word of its mark, and the numbers of its title, its paragraphs and its code."""


class ItemTable:
    """Numbers for items."""

    def __init__(self, texts: TextTable) -> None:
        self._texts = texts
        self._numbers: dict[str, int] = {}
        self.items: list[Item] = []

    def number(
        self,
        mark: tuple[str, str],
        title: str,
        paragraphs: Iterable[str],
        name: str,
        statements: Iterable[Mapping[str, Any]] = (),
    ) -> int:
        """The number of an item, its texts with a mark in the place of the row's name."""
        number = self._texts.number
        said = [found for one in paragraphs if (found := number(one, name))]
        code = number("\n".join(describe_statement(one) for one in statements), name)
        item: Item = (*mark, number(title, name), said, code)
        found = self._numbers.setdefault(json.dumps(item), len(self.items))
        if found == len(self.items):
            self.items.append(item)
        return found


def describe_statement(statement: Mapping[str, Any]) -> str:
    """A statement of a policy as one line of JSON."""
    return json.dumps(statement, ensure_ascii=True)
