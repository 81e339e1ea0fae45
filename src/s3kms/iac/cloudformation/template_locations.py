"""Finds the file of the checked tree that is the template at an address: uploaded, it keeps the end of its path."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

from s3kms.iac.cloudformation.template import TEMPLATE_SUFFIXES

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_AFTER_HOLE = re.compile(r".*\}", re.DOTALL)
_HOLE = "${"
_USUAL_STEMS = {"template", "main", "index", "stack", "packaged", "cloudformation", "root", "master", "cfn"}
"""Names that many folders have a template of: they alone do not tell which is meant."""


def is_address(location: str) -> bool:
    """Whether a location is that of an uploaded template: a URL, or a text whose beginning is open."""
    return bool(_SCHEME.match(location)) or location.startswith(_HOLE)


def steps_of_address(location: str) -> tuple[str, ...]:
    """The steps of the path of an address, the last one the file's name; of a step that begins with an open value,
    its end. Empty where the name is open, or is none of a template.
    """
    path = re.split(r"[?#]", _SCHEME.sub("", location), maxsplit=1)[0]
    steps: list[str] = []
    for step in reversed(path.split("/")):
        plain = unquote(_AFTER_HOLE.sub("", step))
        if not steps and (plain != unquote(step) or not plain.lower().endswith(TEMPLATE_SUFFIXES)):
            return ()
        if plain:
            steps.append(plain)
        if _HOLE in step:
            break
    return tuple(reversed(steps))


def find_template(
    location: str, parent: Path, named: Callable[[str], Sequence[Path]], fits: Callable[[Path], bool]
) -> tuple[Path, ...]:
    """The files that the template at an address may be: one where exactly one fits, several where none fits better
    than the others. The more steps of its path are those of the address the better; then the more folders lead both
    to it and to `parent`.
    """
    steps = steps_of_address(location)
    if not steps:
        return ()
    scored: dict[int, list[Path]] = {}
    for path in named(steps[-1]):
        if fits(path):
            scored.setdefault(_shared_end(path, steps), []).append(path)
    if not scored:
        return ()
    best = max(scored)
    found = scored[best]
    if best == 1 and _is_usual(steps[-1]) and len(steps) > 1:
        found = [path for path in found if path.parent == parent.parent]
    if len(found) > 1:
        shared = {path: _shared_start(parent.parent, path.parent) for path in found}
        found = [path for path in found if shared[path] == max(shared.values())]
    return tuple(found)


def describe_missing(location: str, named: Callable[[str], Sequence[Path]], way: Sequence[Path]) -> str:
    """Why no file is the template at an address, in words that follow it; `way` is the files that lead to it."""
    steps = steps_of_address(location)
    if not steps:
        return "that names no template file"
    others = [path for path in named(steps[-1]) if path not in way]
    if not others:
        return f"the checked files have no {steps[-1]}"
    return f"{others[0]} is another template: its folder or its parameters are others"


def _is_usual(name: str) -> bool:
    return name.partition(".")[0].lower() in _USUAL_STEMS


def _shared_end(path: Path, steps: Sequence[str]) -> int:
    """How many steps at the end of a path are those of an address; the first of those may be the end of one."""
    count = 0
    for own, step in zip(reversed(path.parts), reversed(steps), strict=False):
        is_first = count == len(steps) - 1
        if own != step and not (is_first and count and own.endswith(step)):
            break
        count += 1
    return count


def _shared_start(one: Path, other: Path) -> int:
    """How many folders lead to both."""
    count = 0
    for left, right in zip(one.parts, other.parts, strict=False):
        if left != right:
            break
        count += 1
    return count
