"""The room of HCL knows the language, and neither AWS nor S3: a schema is handed in."""

import re
from pathlib import Path

import pytest
from tests.support.source_files import SOURCE, read_source

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


def test_no_word_of_it_is_about_aws() -> None:
    found = [
        (path.name, line)
        for path in FILES
        for line in path.read_text().splitlines()
        if OF_AWS.search(OWN_NAME.sub("", line))
    ]

    assert found == []


def imports_about_aws(path: Path) -> set[str]:
    own = {name for name in read_source(path).imports if name.startswith("s3kms.")}
    return {name for name in own if not name.startswith(MAY_IMPORT)}


def test_it_imports_nothing_that_is_about_aws() -> None:
    assert {path.name: found for path in FILES if (found := imports_about_aws(path))} == {}


@pytest.mark.parametrize("name", ["files", "values", "worlds"])
def test_what_it_shares_with_other_languages_is_not_about_aws_either(name: str) -> None:
    assert imports_about_aws(SOURCE / "iac" / f"{name}.py") == set()


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
    for origin, name in read_source(path).imported_from:
        names = {f"{origin}.{name}", origin}
        submodules = names & set(modules) - {origin}
        found |= submodules or names & set(modules)
    return found - {_dotted(path)}
