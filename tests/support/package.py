"""What an installation of s3kms is built from, in a folder of its own: a build leaves files behind."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", ".pre-commit-hooks.yaml")


def copy_package(folder: Path) -> None:
    """The package's source in this folder, which is made."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignored)
