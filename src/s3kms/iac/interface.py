"""What a reader of code is, and what it is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs


class Files(Protocol):
    """The files that a unit may refer to. A reader opens nothing by itself, so that an edit can be tried before
    it is written.
    """

    def read(self, path: Path) -> bytes | None:
        """What is in the file; None where there is none that may be read."""
        ...

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the files in a folder, sorted; none where there is no such folder."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """One file that may declare buckets."""

    path: Path
    """As it is to be shown: as it was named, or below the folder that was."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder whose files are one unit: a Terraform root module."""

    path: Path
    only: Path | None = None
    """The file of it whose buckets are wanted; None for all of them, and those of the modules it calls."""


Unit = Document | Folder
"""What is read at once."""


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What surrounds a unit."""

    files: Files
    inputs: CodeInputs = DEFAULT_CODE_INPUTS


@dataclass(frozen=True, slots=True)
class Reader:
    """One language in which buckets are declared. Pure: it sees bytes, through the context's files."""

    name: str
    """For a sentence: `a CloudFormation template`."""
    claims: Callable[[Unit], bool]
    """Whether the unit is in this language; it must be quick, and may not raise."""
    read: Callable[[Unit, ReadContext], Iterator[Bucket]]
    """The buckets that it declares, with their places. What cannot be told is Unknown, with what would settle it;
    a unit that cannot be read at all is one bucket without a name, whose encryption is Unknown."""
    parts: Callable[[Unit, ReadContext], frozenset[Path]] = lambda _unit, _context: frozenset()
    """The files, without `..` in their paths, whose buckets are read as a part of the unit; it may not raise what
    reading it would not."""
