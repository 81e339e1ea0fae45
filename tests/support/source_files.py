"""What the tests of the architecture ask of a file of ours, read in one walk through its syntax."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "s3kms"
FILES = sorted(SOURCE.rglob("*.py"))
LONG_LINES = 60
"""Of a function."""


@dataclass(slots=True)
class SourceFile:
    """A file of Python."""

    line_count: int
    imports: set[str] = field(default_factory=set)
    """Of modules, and of names as `module.name`; under TYPE_CHECKING and within functions, too."""
    imported_from: list[tuple[str, str]] = field(default_factory=list)
    """Module and name."""
    classes: list[str] = field(default_factory=list)
    long_functions: list[str] = field(default_factory=list)
    blind_handlers: list[int] = field(default_factory=list)
    """Lines that catch everything and raise nothing."""
    docstrings: list[tuple[str, str]] = field(default_factory=list)
    """Name and text; the name of a module is empty."""
    strings: list[tuple[int, str]] = field(default_factory=list)
    """Line and text of those that are no documentation of what stands above or below them."""


@functools.cache
def read_source(path: Path) -> SourceFile:
    """What is in a file. A file is parsed once."""
    text = path.read_text()
    found = SourceFile(text.count("\n"))
    documentation: set[int] = set()
    for node in ast.walk(ast.parse(text)):  # an expression comes before the constant in it
        match node:
            case ast.Expr():
                documentation.add(id(node.value))
            case ast.Constant(str(value)) if id(node) not in documentation:
                found.strings.append((node.lineno, value))
            case ast.Import():
                found.imports |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=str()):
                found.imported_from.extend((node.module or "", alias.name) for alias in node.names)
            case ast.ExceptHandler() if _is_blind(node):
                found.blind_handlers.append(node.lineno)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Module():
                _read_definition(node, found)
    found.imports |= {".".join(one) for one in found.imported_from}
    return found


def sources() -> Iterator[tuple[str, SourceFile]]:
    """Every file of the product, by its path from `s3kms` on."""
    for path in FILES:
        yield str(path.relative_to(SOURCE)), read_source(path)


def _read_definition(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module, found: SourceFile
) -> None:
    name = "" if isinstance(node, ast.Module) else node.name
    found.docstrings.append((name, ast.get_docstring(node) or ""))
    if isinstance(node, ast.ClassDef):
        found.classes.append(name)
    elif not isinstance(node, ast.Module) and (node.end_lineno or 0) - node.lineno >= LONG_LINES:
        found.long_functions.append(name)


def _is_blind(handler: ast.ExceptHandler) -> bool:
    catches_all = handler.type is None or getattr(handler.type, "id", "") in {"Exception", "BaseException"}
    return catches_all and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
