"""The change since an earlier result as a picture: from each verdict then to each verdict now."""

from collections import Counter
from dataclasses import dataclass

from s3kms.model.findings import Difference, DifferenceSummary, Finding, GoneFinding, Verdict
from s3kms.reports.html.tallies import address

NEW, GONE = "new", "gone"
_ORDER = (Verdict.FAIL.value, Verdict.UNKNOWN.value, Verdict.EXEMPT.value, Verdict.PASS.value)
_LEFT, _RIGHT = (*_ORDER, NEW), (*_ORDER, GONE)
_COLORS = {"fail": "bad", "unknown": "unsure", "exempt": "calm", "pass": "good", NEW: "none", GONE: "none"}
_SHOWN = (
    Difference.WORSE,
    Difference.NEW,
    Difference.CHANGED,
    Difference.GONE,
    Difference.UNCOMPARED,
    Difference.BETTER,
)
WIDTH, HEIGHT, GAP, NODE, TOP = 640, 220, 10, 10, 26
_X_LEFT, _X_RIGHT = 130, WIDTH - 130 - NODE
_MIN_THICKNESS = 1.5
"""Three buckets of 50,000 are still seen."""


@dataclass(frozen=True, slots=True)
class Node:
    """A verdict on one side."""

    label: str
    count: int
    color: str
    x: float
    y: float
    height: float
    text_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Findings that went from one verdict to another one."""

    before: str
    now: str
    count: int
    color: str
    path: str


@dataclass(frozen=True, slots=True)
class DrawnFlow:
    """The picture, and what it shows in numbers."""

    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    differences: tuple[tuple[str, int, str, str], ...]
    """Word, count, meaning, address of the page with that filter; what is gone has no rows, and no address."""
    height: int


class Flow:
    """Findings counted by what they were and what they are."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()

    def add(self, finding: Finding) -> None:
        """One finding of the check."""
        was = finding.before.verdict.value if finding.before else NEW
        if finding.before is None and finding.difference is Difference.UNCHANGED:
            was = finding.verdict.value  # what could not be listed then, either
        self._pairs[was, finding.verdict.value] += 1

    def add_gone(self, gone: GoneFinding) -> None:
        """One finding of the earlier result whose bucket is gone."""
        self._pairs[gone.before.verdict.value, GONE] += 1

    def drawn(self, since: DifferenceSummary) -> DrawnFlow | None:
        """The picture; None where there is nothing in it."""
        total = sum(self._pairs.values())
        if not total:
            return None
        scale = HEIGHT / total
        left = self._nodes(_LEFT, 0, scale, _X_LEFT)
        right = self._nodes(_RIGHT, 1, scale, _X_RIGHT)
        ribbons = self._ribbons(left, right, scale)
        nodes = (*left.values(), *right.values())
        bottom = max(node.y + node.height for node in nodes)
        return DrawnFlow(nodes, ribbons, _differences(since), int(bottom) + 24)

    def _nodes(self, names: tuple[str, ...], side: int, scale: float, x: float) -> dict[str, Node]:
        found: dict[str, Node] = {}
        y: float = TOP
        for name in names:
            count = sum(number for pair, number in self._pairs.items() if pair[side] == name)
            if not count:
                continue
            height = max(count * scale, _MIN_THICKNESS)
            text_x, anchor = (x - 8, "end") if side == 0 else (x + NODE + 8, "start")
            found[name] = Node(name, count, _COLORS[name], x, round(y, 1), round(height, 1), text_x, anchor)
            y += max(height, 14) + GAP
        return found

    def _ribbons(self, left: dict[str, Node], right: dict[str, Node], scale: float) -> tuple[Ribbon, ...]:
        starts = {name: node.y for name, node in left.items()}
        ends = {name: node.y for name, node in right.items()}
        found: list[Ribbon] = []
        for was in left:
            for now in right:
                if not (count := self._pairs[was, now]):
                    continue
                thickness = max(count * scale, _MIN_THICKNESS)
                path = _path(starts[was], ends[now], thickness)
                found.append(Ribbon(was, now, count, _COLORS[now], path))
                starts[was] += count * scale
                ends[now] += count * scale
        return tuple(found)


def _path(start: float, end: float, thickness: float) -> str:
    """A band from the left to the right with a bend in the middle."""
    x1, x2 = _X_LEFT + NODE, _X_RIGHT
    middle = (x1 + x2) / 2
    a, b, c, d = (f"{number:.1f}" for number in (start, end, end + thickness, start + thickness))
    return f"M{x1} {a}C{middle} {a} {middle} {b} {x2} {b}V{c}C{middle} {c} {middle} {d} {x1} {d}Z"


def _differences(since: DifferenceSummary) -> tuple[tuple[str, int, str, str], ...]:
    return tuple(
        (
            one.value,
            since.differences.get(one, 0),
            one.meaning,
            "" if one is Difference.GONE else address(change=one.value),
        )
        for one in _SHOWN
        if since.differences.get(one, 0) or one in {Difference.WORSE, Difference.NEW, Difference.BETTER}
    )
