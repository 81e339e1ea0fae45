"""What an edit is, and who makes one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.interface import ReadContext, Unit
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes `start` up to `end` of a file, and what stands there instead. `start == end` is an insertion."""

    path: Path
    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True)
class DesiredKey:
    """The key that the code is to name."""

    literal: str | None = None
    """A key id, ARN or alias; None together with no `address` is aws/s3."""
    address: str | None = None
    """What the code itself declares: `aws_kms_key.main`, or the logical id of an AWS::KMS::Key or a parameter."""


@dataclass(frozen=True, slots=True)
class EditTarget:
    """What the default encryption of every bucket that is edited becomes. What is None stays as it is, or as it is
    usual: SSE-KMS; the key it has, or aws/s3; the bucket key on with SSE-KMS (fact A15: never with DSSE-KMS).
    """

    algorithm: str | None = None
    key: DesiredKey | None = None
    bucket_key: bool | None = None


@dataclass(frozen=True, slots=True)
class BucketToEdit:
    """A bucket that is to be edited, and how it is now: in its worst outcome, where code leaves several open."""

    bucket: Bucket
    before: Encryption


@dataclass(frozen=True, slots=True)
class Proposal:
    """Edits that belong together, and which buckets they put right. Proven: the editor read the files again with
    the edits in them, those buckets pass, and no other bucket came out differently.
    """

    buckets: tuple[str, ...]
    """Their addresses."""
    splices: tuple[Splice, ...]
    why: str
    """Where it is written and why there: `variable "algorithm" has the value; 3 buckets get it from there`."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A bucket that is not edited, why, and what a person does instead."""

    bucket: str
    why: str
    remedy: str
    snippet: str = ""
    """Code to paste, where there is some."""


Edit = Proposal | Declined


@dataclass(frozen=True, slots=True)
class Editor:
    """One language whose files are edited. Pure: it sees bytes through the context's files, and writes nothing."""

    name: str
    """The name of the reader whose units these are."""
    edit: Callable[[Unit, ReadContext, Sequence[BucketToEdit], EditTarget], Iterator[Edit]]
    """One Edit for every wanting bucket, some together. Splices of different proposals do not overlap."""
