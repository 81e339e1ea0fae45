"""Buckets where they are defined: files and folders of code, read by whoever claims them."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.iac import terraform
from s3kms.iac.cloudformation import READER as CLOUDFORMATION
from s3kms.iac.files import DiskFiles
from s3kms.iac.hcl.module import read_module
from s3kms.iac.included_files import find_included_files, normalize_path
from s3kms.iac.interface import Folder, ReadContext, Reader, Unit
from s3kms.iac.terraform import code as terraform_code
from s3kms.iac.units import find_units
from s3kms.model.bucket import BucketKind
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import ScanItem

READERS: tuple[Reader, ...] = (CLOUDFORMATION, terraform.READER, terraform_code.READER)
"""In the order in which they are asked."""


class CodeSource:
    """The buckets that files declare. It asks nobody: no AWS, no network."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        inputs: CodeInputs = DEFAULT_CODE_INPUTS,
        *,
        directory_buckets: bool = True,
    ) -> None:
        """`directory_buckets` is whether those are wanted, too."""
        self._paths = paths
        self._directory_buckets = directory_buckets
        self._folders: list[Path] = []
        self.context = ReadContext(DiskFiles(), inputs)

    def operations(self, _: frozenset[Fact]) -> frozenset[Operation]:
        """None."""
        return frozenset()

    def buckets(self, _: frozenset[Fact]) -> Iterator[ScanItem]:
        """Every bucket of every unit that some reader claims, in the order of the files.

        Raises BadInput for a path that cannot be read or that nobody claims, NothingToCheck where there is none.
        """
        for unit, reader in self.units():
            for bucket in reader.read(unit, self.context):
                if self._directory_buckets or bucket.kind is not BucketKind.DIRECTORY:
                    yield bucket

    def units(self) -> Iterator[tuple[Unit, Reader]]:
        """What there is to read, and who reads it. Raises as `buckets` does."""
        claimed = 0
        seen = set[tuple[Path, Path | None]]()
        for path in self._paths:
            inner = find_included_files(path, READERS, self.context)
            for unit in find_units(path):
                if normalize_path(unit.path) in inner or _is_among(unit, seen):
                    continue
                reader = next((reader for reader in READERS if reader.claims(unit)), None)
                if reader is None:
                    if not path.is_dir():
                        known = ", ".join(reader.name for reader in READERS)
                        raise BadInput(
                            f"{path} declares no buckets in a language that is known", advice=known
                        )
                    continue
                claimed += 1
                if isinstance(unit, Folder):
                    self._folders.append(unit.path)
                yield unit, reader
        if not claimed:
            named = ", ".join(map(str, self._paths))
            raise NothingToCheck(f"there was no file that declares buckets in {named}")

    def undeclared(self) -> tuple[str, ...]:
        """The names after `--var` that no root module declares, of those that were read so far: slips of a pen."""
        given = dict.fromkeys(name for name, _ in self.context.inputs.variables)
        for folder in self._folders if given else ():
            declared = read_module(self.context.files, folder).variables
            given = {name: None for name in given if name not in declared}
        return tuple(given)


def _is_among(unit: Unit, seen: set[tuple[Path, Path | None]]) -> bool:
    """Whether it came up before, alone or as a part of its whole folder; it is noted."""
    path, only = normalize_path(unit.path), unit.only if isinstance(unit, Folder) else None
    if (path, None) in seen or (path, only) in seen:
        return True
    seen.add((path, only))
    return False
