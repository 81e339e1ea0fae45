"""Finds where an algorithm is written that a bucket gets from elsewhere: a parameter's Default, or a mapping."""

import re
from collections.abc import Iterator

from s3kms.iac.cloudformation.editor.deciding_places import AlgorithmExpression, PlaceFix
from s3kms.iac.cloudformation.editor.syntax import (
    SyntaxKind,
    SyntaxNode,
    TemplateSource,
    find_entry,
    find_value,
    function_call,
)
from s3kms.iac.cloudformation.editor.target import TemplateTarget
from s3kms.iac.cloudformation.editor.text_splices import replace_value, rewrite_scalar
from s3kms.iac.interface import Splice

_PARTS = 3
_MAX_PATTERN_CHARACTERS = 200
_LIMITS = ("AllowedPattern", "MinLength", "MaxLength")


def place_fixes_of(
    source: TemplateSource,
    expression: AlgorithmExpression,
    target: TemplateTarget,
    algorithms: frozenset[int],
    near: SyntaxNode,
) -> Iterator[PlaceFix]:
    """The place where it is written, if nothing but algorithms comes from there; then the place that asks.

    `algorithms` is where the algorithms of all buckets begin.
    """
    called = function_call(expression.written)
    if called and called[0] == "Ref":
        yield from _default(source, called[1].text, target, algorithms)
    if called and called[0] == "Fn::FindInMap" and len(called[1].children) >= _PARTS:
        yield from _cells(source, called[1].children, expression, target, algorithms)
    cuts = replace_value(source, expression.owner, expression.written, target.algorithm, near)
    what = f"!Ref {called[1].text}" if called and called[0] == "Ref" else "the expression"
    line = expression.written.mark.line
    yield PlaceFix(
        tuple(cuts), f"the algorithm replaces {what} in line {line}, which has other values or uses"
    )


def _default(
    source: TemplateSource, name: str, target: TemplateTarget, algorithms: frozenset[int]
) -> Iterator[PlaceFix]:
    parameters = find_value(source.root, "Parameters")
    parameter = find_value(parameters.plain, name) if parameters else None
    default = find_value(parameter.plain, "Default") if parameter else None
    if parameter is None or default is None or not _is_text(default):
        return
    if find_entry(parameter.plain, "AllowedValues") or not _is_for_algorithms(source, name, algorithms):
        return
    if not _allows(parameter.plain, target.algorithm):
        return
    cuts = rewrite_scalar(source, default.plain, target.algorithm)
    why = f"the parameter {name} has the value in its Default, and nothing else uses it"
    yield PlaceFix(
        tuple(cuts), f"{why}; a stack that exists keeps the value it has until it is given another"
    )


def _allows(parameter: SyntaxNode, text: str) -> bool:
    """Whether the pattern and the lengths of a parameter allow a value; not where they cannot be told."""
    limits = {name: found for name in _LIMITS if (found := find_value(parameter, name))}
    if not all(_is_text(found) for found in limits.values()):
        return False
    texts = {name: found.plain.text for name, found in limits.items()}
    if len(texts.get("AllowedPattern", "")) > _MAX_PATTERN_CHARACTERS:
        return False
    try:
        pattern = re.compile(texts.get("AllowedPattern", ".*"), re.DOTALL)
        least, most = int(texts.get("MinLength", "0")), int(texts.get("MaxLength", str(len(text))))
    except (re.error, ValueError):
        return False
    return bool(pattern.fullmatch(text)) and least <= len(text) <= most


def _is_for_algorithms(source: TemplateSource, name: str, algorithms: frozenset[int]) -> bool:
    """Whether every use of a parameter is the algorithm of some bucket."""
    if name in source.substituted:
        return False
    return all(piece.start in algorithms for piece in source.references.get(name, ()))


def _cells(
    source: TemplateSource,
    parts: tuple[SyntaxNode, ...],
    expression: AlgorithmExpression,
    target: TemplateTarget,
    algorithms: frozenset[int],
) -> Iterator[PlaceFix]:
    name, first, second = (part.plain for part in parts[:_PARTS])
    mappings = find_value(source.root, "Mappings")
    mapping = find_value(mappings.plain, name.text) if mappings and _is_text(name) else None
    if mapping is None or not _is_only_for(source, name.text, second, algorithms):
        return
    cells = [cell for row in _under(mapping, first) for cell in _under(row, second)]
    options = parts[-1].plain
    if len(parts) > _PARTS and (fallback := find_value(options, "DefaultValue")):
        cells.append(fallback.plain)
    wrong = [cell for cell in cells if _is_text(cell) and cell.text in expression.told]
    cuts: list[Splice[str]] = [
        cut for cell in wrong for cut in rewrite_scalar(source, cell, target.algorithm)
    ]
    if cuts:
        yield PlaceFix(tuple(cuts), f"the mapping {name.text} has the value")


def _under(table: SyntaxNode, key: SyntaxNode) -> list[SyntaxNode]:
    """The values that a key may find: one, or all where the key is open."""
    if _is_text(key):
        found = find_value(table, key.text)
        return [found.plain] if found else []
    return [value.plain for _, value in table.pairs]


def _is_only_for(source: TemplateSource, name: str, second: SyntaxNode, algorithms: frozenset[int]) -> bool:
    """Whether every other look-up of the mapping is for an algorithm, or for another of its columns."""
    for piece, argument in source.calls.get("Fn::FindInMap", ()):
        if piece.start in algorithms:
            continue
        parts = [part.plain for part in argument.children[:_PARTS]]
        if len(parts) < _PARTS or (_is_text(parts[0]) and parts[0].text != name):
            continue
        if not (_is_text(parts[2]) and _is_text(second) and parts[2].text != second.text):
            return False
    return True


def _is_text(piece: SyntaxNode) -> bool:
    piece = piece.plain
    return piece.kind is SyntaxKind.SCALAR and not (piece.tag or "").startswith("!")
