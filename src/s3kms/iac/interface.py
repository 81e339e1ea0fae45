"""The seams of this room: what a language of infrastructure code is, and what its reader and its editor are given."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import AnyStr, Generic, Protocol

from s3kms.iac.budget import DEFAULT_LIMITS, Limits, WorkBudget
from s3kms.iac.command_budget import CommandBudget, UnitBudget
from s3kms.iac.files import Files
from s3kms.iac.hcl.values import Value
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.encryption import Encryption


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
    """The file of it whose buckets are wanted, and those of the modules that this file calls; None for all."""


@dataclass(frozen=True, slots=True)
class UnreadUnit:
    """A file or a folder that may declare buckets, and is not read."""

    path: Path
    why: str
    """What follows its path: `cannot be read: Permission denied`."""


Unit = Document | Folder | UnreadUnit
"""What is read at once."""


class DocumentTree(Protocol):
    """The files of the checked tree, by name: what code names by an address may stand there under the same name."""

    def named(self, name: str) -> tuple[Path, ...]:
        """The paths of the files of this name, as readers are given them; without those of hidden folders."""
        ...


@dataclass(frozen=True, slots=True)
class _NoTree:
    def named(self, name: str) -> tuple[Path, ...]:  # noqa: ARG002 - it is a DocumentTree
        return ()


NO_TREE: DocumentTree = _NoTree()


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What surrounds a unit while it is read: the files it may refer to, and what the user says beside the code."""

    files: Files
    inputs: CodeInputs = DEFAULT_CODE_INPUTS
    named: tuple[Path, ...] = ()
    """The folders that were named, and those of the files that were; files are edited below them alone. Where there
    are none, the folder of the unit is."""
    tree: DocumentTree = NO_TREE
    """The files of the checked tree, by name."""
    limits: Limits = DEFAULT_LIMITS
    """What reading one unit may cost."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What a tool around Terraform gives the variables of the unit that is read."""
    claimed: Mapping[str, Sequence[Unit]] = field(default_factory=dict)
    """All units that are read, by the name of their language: what one declares may be about a bucket of another."""
    claimed_paths: AbstractSet[Path] = frozenset()
    """The paths of all units that are read."""
    command: CommandBudget | None = None
    """What all units together may cost; None where one is read alone."""
    unit_budget: UnitBudget | None = None
    """What is left for the unit that is being read."""

    def open_budget(self) -> WorkBudget:
        """A budget for a reader that takes part in reading the unit."""
        return WorkBudget(self.limits) if self.unit_budget is None else self.unit_budget.open()

    @contextmanager
    def for_unit(self, unit: Unit, purpose: str = "") -> "Iterator[ReadContext]":
        """A `with` block that reads a unit for a purpose, within what the command has left for it."""
        if self.command is None:
            yield self
            return
        only = unit.only if isinstance(unit, Folder) else None
        with self.command.unit((unit.path, only, purpose), self.limits) as budget:
            yield replace(self, unit_budget=budget)


class DeclarationOrigin(Enum):
    """What declares a bucket; of several origins with one address, the first in this order counts."""

    CODE = "code"
    TEMPLATE = "template"
    PLAN = "plan"
    STATE = "state"

    @property
    def is_written(self) -> bool:
        """Whether people write it, so that it may be edited; a plan and a state only report what is written."""
        return self in {DeclarationOrigin.CODE, DeclarationOrigin.TEMPLATE}


@dataclass(frozen=True, slots=True)
class UnitNote:
    """Something beside the buckets of a unit that a person must know to read the result right."""

    sentence: Sentence
    explains_absence: bool = False
    """Whether it says why buckets that the unit declares are not made: then "declares no bucket" is untrue."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds the buckets that units of one language declare. Pure: it sees bytes, through the context's files."""

    name: str
    """For a sentence: `a CloudFormation template`."""
    claims: Callable[[Unit], bool]
    """Whether the unit is in this language; it must be quick, and may not raise."""
    read: Callable[[Unit, ReadContext], Iterator[Bucket]]
    """The buckets that it declares, with their places. What cannot be told is Unknown, with what would settle it;
    a unit that cannot be read at all is one bucket without a name, whose encryption is Unknown."""
    included_files: Callable[[Unit, ReadContext], frozenset[Path]] = lambda _unit, _context: frozenset()
    """The files, without `..` in their paths, whose buckets are read as a part of the unit; it may not raise what
    reading it would not."""
    origin: Callable[[Unit], DeclarationOrigin] = lambda _unit: DeclarationOrigin.CODE
    """What a unit that it claims is, to whoever looks for the declaration of a live bucket."""
    notes: Callable[[Unit, ReadContext], Iterable[UnitNote]] = lambda _unit, _context: ()
    """What to say beside the buckets of a unit: files of values that lie there and are not read. It is asked after
    `read`, and may not raise what that would not."""
    read_with_notes: Callable[[Unit, ReadContext], Iterator[Bucket | UnitNote]] | None = None
    """`read` and `notes` at once, where the notes come from the same evaluation as the buckets."""

    def items(self, unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
        """The buckets of a unit, and what to say beside them."""
        if self.read_with_notes is not None:
            yield from self.read_with_notes(unit, context)
            return
        yield from self.read(unit, context)
        yield from self.notes(unit, context)


@dataclass(frozen=True, slots=True)
class Splice(Generic[AnyStr]):
    """The places `start` up to `end` of a text, and what stands there instead. `start == end` is an insertion.

    Places are bytes where the text is bytes (a file), characters where it is a string.
    """

    start: int
    end: int
    text: AnyStr


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
    """Edits that belong together, and which buckets they fix. Proven: the editor read the files again with the
    edits in them, those buckets pass, and no other bucket came out differently.
    """

    buckets: tuple[str, ...]
    """Their addresses."""
    splices: tuple[tuple[Path, Splice[bytes]], ...]
    """Of each file that it edits, by its path."""
    why: str
    """Where it is written and why there: `variable "algorithm" has the value; 3 buckets get it from there`."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A bucket that is not edited, why, and what a person does instead."""

    bucket: str
    """Its address."""
    why: str
    remedy: Advice
    snippet: str = ""
    """Code to paste, where there is some."""
    is_lasting: bool = False
    """Whether it holds even where another edit changes what the code says of the bucket."""


Edit = Proposal | Declined

Editor = Callable[[Unit, ReadContext, Sequence[BucketToEdit], EditTarget], Iterator[Edit]]
"""Proposes edits: one Edit for every bucket, some together; splices of different proposals do not overlap. Pure: it
sees bytes through the context's files, and writes nothing. It is asked only for units that people write."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language of infrastructure code: a folder of this room, and its line in `iac.LANGUAGES`."""

    name: str
    """As its makers write it: `CloudFormation`."""
    reader: Reader
    editor: Editor | None = None
    """None where its files are read and never edited."""
    options: tuple[str, ...] = ()
    """The fields of `CodeInputs` that are about this language alone: `parameter_files`."""
    unused_inputs: Callable[[Sequence[Unit], ReadContext], tuple[str, ...]] = lambda _units, _context: ()
    """The names of values in the inputs that none of these units takes: mistyped ones."""
