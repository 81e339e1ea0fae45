"""Buckets where they are defined: files and folders of code, read by whoever claims them."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.estate.bucket import BucketKind, Sighting
from s3kms.estate.errors import BadInput, NothingToCheck
from s3kms.estate.facts import Fact
from s3kms.estate.inputs import NO_INPUTS, Inputs
from s3kms.estate.operations import Operation
from s3kms.sources.code import terraform
from s3kms.sources.code.cloudformation import READER as CLOUDFORMATION
from s3kms.sources.code.files import Disk
from s3kms.sources.code.interface import Context, Reader, Unit
from s3kms.sources.code.parts import normal, parts_below
from s3kms.sources.code.terraform import code as terraform_code
from s3kms.sources.code.units import units_of

READERS: tuple[Reader, ...] = (CLOUDFORMATION, terraform.READER, terraform_code.READER)
"""In the order in which they are asked."""


class CodeSource:
    """The buckets that files declare. It asks nobody: no AWS, no network."""

    def __init__(
        self, paths: tuple[Path, ...], inputs: Inputs = NO_INPUTS, *, directory_buckets: bool = True
    ) -> None:
        """`directory_buckets` is whether those are wanted, too."""
        self._paths = paths
        self._directory_buckets = directory_buckets
        self.context = Context(Disk(), inputs)

    def operations(self, _: frozenset[Fact]) -> frozenset[Operation]:
        """None."""
        return frozenset()

    def buckets(self, _: frozenset[Fact]) -> Iterator[Sighting]:
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
        for path in self._paths:
            inner = parts_below(path, READERS, self.context)
            for unit in units_of(path):
                if normal(unit.path) in inner:
                    continue
                reader = next((reader for reader in READERS if reader.claims(unit)), None)
                if reader is None:
                    if not path.is_dir():
                        known = ", ".join(reader.name for reader in READERS)
                        raise BadInput(f"{path} declares no buckets in a language that is known", hint=known)
                    continue
                claimed += 1
                yield unit, reader
        if not claimed:
            raise NothingToCheck("there was no file that declares buckets")
