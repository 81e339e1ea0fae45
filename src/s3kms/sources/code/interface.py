"""What a reader of code is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.estate.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Document:
    """One file that may declare buckets."""

    path: Path
    """As it is to be shown: as it was named, or below the folder that was."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Reader:
    """One language in which buckets are declared. Pure: it is given the bytes."""

    name: str
    """For a sentence: `a CloudFormation template`."""
    claims: Callable[[Document], bool]
    """Whether the file is in this language; it must be quick, and may not raise."""
    read: Callable[[Document], Iterator[Bucket]]
    """The buckets that it declares, with their places. What cannot be told is Unknown, with what would settle it;
    a file that cannot be read at all is one bucket without a name, whose encryption is Unknown."""
