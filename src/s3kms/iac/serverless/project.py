"""A project of services that are deployed together: `serverless-compose.yml` names them and gives them parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.tree import Mark, Node, Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.files import Files
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import Document, ReadContext

PROJECT_NAMES = tuple(f"serverless-compose.{ending}" for ending in ("yml", "yaml", "json"))
_SERVICE_NAMES = tuple(
    f"serverless.{ending}" for ending in ("yml", "yaml", "json", "js", "cjs", "mjs", "ts", "cts", "mts")
)
"""In this order; only the first ones are read."""


@dataclass(frozen=True, slots=True)
class ProjectService:
    """One service of a project."""

    name: str
    path: Path
    """Its file: the one that the project names, or that is there, else the usual one in its folder."""
    mark: Mark
    """Where the project names it."""


def is_project(path: Path, root: Node) -> bool:
    """Whether it is a project with services."""
    return path.name in PROJECT_NAMES and isinstance(root, Table) and isinstance(root.get("services"), Table)


def services_of(path: Path, root: Node, files: Files) -> Iterator[ProjectService]:
    """The services of a project, in its order."""
    services = root.get("services") if isinstance(root, Table) else None
    for name, entry in services.entries.items() if isinstance(services, Table) else ():
        if isinstance(entry.node, Table) and (folder := _text(entry.node, "path")) is not None:
            place = normalize_path(path.parent / folder)
            yield ProjectService(name, place / _file_of(entry.node, place, files), entry.mark)


def find_projects_of(service: Path, context: ReadContext, language: str) -> Iterator[tuple[Path, str]]:
    """The projects in the checked tree that deploy the service in a file, each with the name that it has there."""
    for unit in context.claimed.get(language, ()):
        if isinstance(unit, Document) and unit.path.name in PROJECT_NAMES:
            try:
                root = parse_template(unit.data)
            except TemplateSyntaxError:
                continue  # it is named when it is read itself
            for found in services_of(unit.path, root, context.files):
                if normalize_path(found.path) == normalize_path(service):
                    yield unit.path, found.name


def _file_of(service: Table, folder: Path, files: Files) -> str:
    if (config := _text(service, "config")) is not None:
        return config
    there = files.names(folder)
    return next((name for name in _SERVICE_NAMES if name in there), _SERVICE_NAMES[0])


def _text(table: Table, name: str) -> str | None:
    found = table.get(name)
    return found.text if isinstance(found, Scalar) and found.text else None
