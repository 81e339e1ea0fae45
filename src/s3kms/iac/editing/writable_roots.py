"""Which files may be written: plain files below the folders that were named, and never through a link."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_MADE = {
    ".terraform": "terraform init",
    ".terragrunt-cache": "terragrunt",
    "cdktf.out": "the CDK for Terraform",
    "cdk.out": "the AWS CDK",
    ".aws-sam": "sam build",
    ".serverless": "the Serverless Framework",
}
"""Folders whose files a tool writes, and writes again."""


def generator_of(path: Path) -> str | None:
    """The tool that writes a file, by the folders in which it really is; None where a person does."""
    parts = Path(os.path.realpath(path)).parent.parts
    return next((_MADE[part] for part in reversed(parts) if part in _MADE), None)


@dataclass(frozen=True, slots=True)
class WritableRoots:
    """The real paths of the folders in which files may be written."""

    folders: tuple[Path, ...]
    meaning: str = "the named files and folders"
    """What they are, in a sentence."""

    @classmethod
    def of(cls, named: tuple[Path, ...]) -> Self:
        """The folders that were named, and those of the files that were."""
        return cls(tuple(Path(os.path.realpath(path if path.is_dir() else path.parent)) for path in named))

    def refusal(self, path: Path) -> str | None:
        """Why this file may not be written; None where it may."""
        try:
            found = path.lstat()
        except (OSError, ValueError) as error:
            return f"{path} cannot be inspected: {getattr(error, 'strerror', None) or error}"
        if stat.S_ISLNK(found.st_mode):
            return f"{path} is a symbolic link, and only the file itself is written"
        real = Path(os.path.realpath(path))
        if not _is_text(str(real)):
            return f"{path} has a name that is not UTF-8"
        if not any(real.is_relative_to(folder) for folder in self.folders):
            return f"{path} is outside {self.meaning}"
        if maker := generator_of(real):
            return f"{path} is written by {maker}, which writes it again"
        return file_refusal(path, found)


def _is_text(name: str) -> bool:
    """Whether the journal can keep it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def file_refusal(path: Path, found: os.stat_result) -> str | None:
    """Why a file of this kind is not written, whatever folder it is in; None where it is."""
    if not stat.S_ISREG(found.st_mode):
        return f"{path} is not a file"
    if found.st_nlink != 1:
        return f"{path} has a second hard link, which would keep the old contents"
    if not os.access(path, os.W_OK):
        return f"{path} is read-only"
    return None
