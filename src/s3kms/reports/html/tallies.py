"""Counts of a page: how many rows of each status, by account, by region, by reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from s3kms.reports.html.fields import Status
from s3kms.reports.html.text_table import shown

MAX_BARS = 12
"""As many lines of a chart are drawn: the table has a filter for the others."""
WIDTH = 1000
"""Of a chart, in units of its own."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar."""

    status: Status
    count: int
    x: float
    width: float
    share: str
    """`12 %`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart."""

    label: str
    address: str
    """Of the page with that filter: `account=111122223333`."""
    total: int
    segments: tuple[Segment, ...]

    def count(self, status: str) -> int:
        """How many have this status."""
        return sum(one.count for one in self.segments if one.status.id == status)


def address(**filters: str) -> str:
    """The part of a page's address that holds these filters, after the `#`."""
    return "&".join(f"{name}={quote(shown(value), safe='')}" for name, value in filters.items() if value)


def segments(
    counts: Sequence[int], statuses: Sequence[Status], scale: int | None = None
) -> tuple[Segment, ...]:
    """The parts of a bar whose whole length is `scale` rows, by default all of these."""
    total = sum(counts)
    whole, x = scale or total or 1, 0.0
    found: list[Segment] = []
    for status, count in zip(statuses, counts, strict=True):
        width = count / whole * WIDTH
        found.append(Segment(status, count, round(x, 2), round(width, 2), _share(count, total)))
        x += width
    return tuple(found)


def _share(count: int, total: int) -> str:
    """Never 0 % of something, never 100 % of less than all."""
    if not count or not total:
        return "0 %"
    percent = count / total * 100
    if count < total:
        percent = min(max(percent, 1), 99)
    return f"{percent:.0f} %"


class StatusTally:
    """Rows counted by a text and their status."""

    def __init__(self, field: str, statuses: Sequence[Status]) -> None:
        self.field = field
        self._statuses = statuses
        self._counts: dict[str, list[int]] = {}
        self._addresses: dict[str, str] = {}

    def add(self, text: str | None, status: int) -> None:
        """One more; None is not counted."""
        if text:
            self._counts.setdefault(text, [0] * len(self._statuses))[status] += 1

    def add_counts_of(self, text: str, other: "StatusTally", key: str) -> None:
        """As many more as another tally has of `key`; the line of a chart leads to those."""
        counts = self._counts.setdefault(text, [0] * len(self._statuses))
        for place, count in enumerate(other._counts[key]):  # noqa: SLF001 - of its own class
            counts[place] += count
        self._addresses[text] = address(**{other.field: key})

    def __len__(self) -> int:
        return len(self._counts)

    def __contains__(self, text: str) -> bool:
        return text in self._counts

    @property
    def bars(self) -> list[Bar]:
        """Those with most rows of the first, gravest statuses first; at most `MAX_BARS`."""
        ordered = sorted(self._counts.items(), key=lambda item: ([-count for count in item[1]], item[0]))
        longest = max((sum(counts) for _, counts in ordered[:MAX_BARS]), default=1)
        return list(self._bars(ordered[:MAX_BARS], longest))

    def _bars(self, ordered: Sequence[tuple[str, list[int]]], longest: int) -> Iterator[Bar]:
        for text, counts in ordered:
            visible = shown(text)
            found = segments(counts, self._statuses, longest)
            link = self._addresses.get(text) or address(**{self.field: visible})
            yield Bar(visible, link, sum(counts), found)

    @property
    def left(self) -> int:
        """How many have no bar."""
        return max(0, len(self._counts) - MAX_BARS)
