"""A wheel has what the package reads besides its modules: templates of pages, schemas, queries, examples."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "s3kms"


def test_every_file_of_the_package_that_is_no_module_is_in_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["s3kms"]
    packed = {path for pattern in patterns for path in PACKAGE.glob(pattern) if path.is_file()}
    others = {
        path
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and "__pycache__" not in path.parts
    }

    assert others - packed == set()
    assert {path.name for path in packed} >= {"page.css", "page.js", "parts.html", "check-v1.schema.json"}
