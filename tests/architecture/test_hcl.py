"""The room of HCL knows the language, and neither AWS nor S3: a schema is handed in."""

import ast
import re
from pathlib import Path

import pytest
from tests.architecture.test_rooms import SOURCE, imported

ROOM = SOURCE / "iac" / "hcl"
FILES = sorted(ROOM.rglob("*.py"))
MAY_IMPORT = (
    "s3kms.iac.budget",
    "s3kms.iac.files",
    "s3kms.iac.hcl",
    "s3kms.iac.values",
    "s3kms.iac.worlds",
    "s3kms.model.advice",
    "s3kms.model.code_inputs",
    "s3kms.model.unknown",
    "s3kms.text",
)
"""What is not about AWS. These modules themselves import no more than that."""
OWN_NAME = re.compile(r"\bs3kms\.[\w.]+")
OF_AWS = re.compile(r"aws|amazon|s3|kms|bucket|\barns?\b|terraform-aws", re.IGNORECASE)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOM)))
def test_no_word_of_it_is_about_aws(path: Path) -> None:
    found = [line for line in path.read_text().splitlines() if OF_AWS.search(OWN_NAME.sub("", line))]

    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOM)))
def test_it_imports_nothing_that_is_about_aws(path: Path) -> None:
    own = {name for name in imported(path) if name.startswith("s3kms.")}

    assert {name for name in own if not name.startswith(MAY_IMPORT)} == set()


@pytest.mark.parametrize("name", ["files", "values", "worlds"])
def test_what_it_shares_with_other_languages_is_not_about_aws_either(name: str) -> None:
    own = {name for name in imported(SOURCE / "iac" / f"{name}.py") if name.startswith("s3kms.")}

    assert {name for name in own if not name.startswith(MAY_IMPORT)} == set()


def test_no_module_of_it_imports_in_a_circle() -> None:
    modules = {_dotted(path): path for path in FILES}
    assert len(modules) > 30
    waits_for = {name: _imports_within(path, modules) for name, path in modules.items()}
    while free := {name for name, others in waits_for.items() if not others & set(waits_for)}:
        for name in free:
            del waits_for[name]

    assert waits_for == {}


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def _imports_within(path: Path, modules: dict[str, Path]) -> set[str]:
    """Wherever in the file: under TYPE_CHECKING and within functions, too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            submodules = names & set(modules) - {node.module}
            found |= submodules or names & set(modules)
    return found - {_dotted(path)}
