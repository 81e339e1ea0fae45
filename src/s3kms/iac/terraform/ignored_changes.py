"""The arguments whose changes `lifecycle { ignore_changes = […] }` leaves out of every plan."""

from collections.abc import Iterator

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.syntax_tree import (
    Body,
    Expression,
    GetAttribute,
    GetIndex,
    Literal,
    RootName,
    Splat,
    TupleConstructor,
)

NamePath = tuple[str, ...]
"""The names of blocks and at last of an argument, without the numbers of blocks: `("rule", "bucket_key_enabled")`."""
ALL = "all"


def ignored_changes(body: Body) -> Iterator[NamePath]:
    """The paths in the body of a resource whose changes are ignored; `("all",)` for everything."""
    for lifecycle in find_nested_blocks(body, "lifecycle"):
        ignored = lifecycle.body.attributes.get("ignore_changes")
        if ignored is not None:
            found = ignored.expression
            items = found.items if isinstance(found, TupleConstructor) else (found,)
            yield from filter(None, map(_path_of, items))


def is_ignored(path: NamePath, ignored: NamePath) -> bool:
    """Whether a change at a path is one of those that a path of `ignored_changes` covers."""
    return ignored == (ALL,) or path[: len(ignored)] == ignored


def _path_of(expression: Expression) -> NamePath:
    """The names of a traversal; in JSON the traversal is a text."""
    names: list[str] = []
    while isinstance(expression, GetAttribute | GetIndex | Splat):
        if isinstance(expression, GetAttribute):
            names.append(expression.name)
        expression = expression.of
    if isinstance(expression, RootName):
        return (expression.name, *reversed(names))
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return tuple(part.partition("[")[0] for part in expression.value.split("."))
    return ()
