"""Where an algorithm is written that a bucket gets from elsewhere: a parameter's Default, or a mapping."""

from collections.abc import Iterator

from s3kms.fixes.code.cloudformation.sites import Expression, Way
from s3kms.fixes.code.cloudformation.slots import Cut, rewrite, substitute
from s3kms.fixes.code.cloudformation.syntax import Kind, Piece, Source, call, entry, value_of
from s3kms.fixes.code.cloudformation.wish import Wish

_PARTS = 3


def ways_of(
    source: Source, expression: Expression, wish: Wish, algorithms: frozenset[int], near: Piece
) -> Iterator[Way]:
    """The place where it is written, if nothing but algorithms comes from there; then the place that asks.

    `algorithms` is where the algorithms of all buckets begin.
    """
    called = call(expression.written)
    if called and called[0] == "Ref":
        yield from _default(source, called[1].text, wish, algorithms)
    if called and called[0] == "Fn::FindInMap" and len(called[1].children) >= _PARTS:
        yield from _cells(source, called[1].children, expression, wish, algorithms)
    cuts = substitute(source, expression.owner, expression.written, wish.algorithm, near)
    what = f"!Ref {called[1].text}" if called and called[0] == "Ref" else "the expression"
    line = expression.written.mark.line
    yield Way(tuple(cuts), f"the algorithm replaces {what} in line {line}, which has other values or uses")


def _default(source: Source, name: str, wish: Wish, algorithms: frozenset[int]) -> Iterator[Way]:
    parameters = value_of(source.root, "Parameters")
    parameter = value_of(parameters.plain, name) if parameters else None
    default = value_of(parameter.plain, "Default") if parameter else None
    if parameter is None or default is None or not _is_text(default):
        return
    if entry(parameter.plain, "AllowedValues") or not _is_for_algorithms(source, name, algorithms):
        return
    cuts = rewrite(source, default.plain, wish.algorithm)
    yield Way(tuple(cuts), f"the parameter {name} has the value in its Default, and nothing else uses it")


def _is_for_algorithms(source: Source, name: str, algorithms: frozenset[int]) -> bool:
    """Whether every use of a parameter is the algorithm of some bucket."""
    for piece in source.pieces:
        if piece.kind is Kind.SCALAR and "${" + name in piece.text:
            return False
        called = call(piece)
        if called and called[0] == "Ref" and called[1].text == name and piece.start not in algorithms:
            return False
    return True


def _cells(
    source: Source, parts: tuple[Piece, ...], expression: Expression, wish: Wish, algorithms: frozenset[int]
) -> Iterator[Way]:
    name, first, second = (part.plain for part in parts[:_PARTS])
    mappings = value_of(source.root, "Mappings")
    mapping = value_of(mappings.plain, name.text) if mappings and _is_text(name) else None
    if mapping is None or not _is_only_for(source, name.text, second, algorithms):
        return
    cells = [cell for row in _under(mapping, first) for cell in _under(row, second)]
    options = parts[-1].plain
    if len(parts) > _PARTS and (fallback := value_of(options, "DefaultValue")):
        cells.append(fallback.plain)
    wrong = [cell for cell in cells if _is_text(cell) and cell.text in expression.told]
    cuts: list[Cut] = [cut for cell in wrong for cut in rewrite(source, cell, wish.algorithm)]
    if cuts:
        yield Way(tuple(cuts), f"the mapping {name.text} has the value")


def _under(table: Piece, key: Piece) -> list[Piece]:
    """The values that a key may find: one, or all where the key is open."""
    if _is_text(key):
        found = value_of(table, key.text)
        return [found.plain] if found else []
    return [value.plain for _, value in table.pairs]


def _is_only_for(source: Source, name: str, second: Piece, algorithms: frozenset[int]) -> bool:
    """Whether every other look-up of the mapping is for an algorithm, or for another of its columns."""
    for piece in source.pieces:
        called = call(piece)
        if not called or called[0] != "Fn::FindInMap" or piece.start in algorithms:
            continue
        parts = [part.plain for part in called[1].children[:_PARTS]]
        if len(parts) < _PARTS or (_is_text(parts[0]) and parts[0].text != name):
            continue
        if not (_is_text(parts[2]) and _is_text(second) and parts[2].text != second.text):
            return False
    return True


def _is_text(piece: Piece) -> bool:
    piece = piece.plain
    return piece.kind is Kind.SCALAR and not (piece.tag or "").startswith("!")
