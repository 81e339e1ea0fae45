"""What the pipeline of changes asks of a medium: a sort of thing that is changed, such as buckets or files.

The pipeline (plan, apply, journal, proof, undo) knows a medium by this protocol alone. Three types belong to one:
`ChangeT` is a planned change, `EntryT` what the journal keeps of it (enough to undo it, and no more), and `StateT`
what is read of the thing now.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from s3kms.model.advice import Advice

ChangeT = TypeVar("ChangeT")
EntryT = TypeVar("EntryT")
StateT = TypeVar("StateT")


class Standing(StrEnum):
    """How the state of a thing stands to a change of it."""

    BEFORE = "before"
    """It is as it was before the change."""
    AFTER = "after"
    """It is as the change makes it."""
    OTHER = "other"
    """It is neither: somebody else changed it."""


@dataclass(frozen=True, slots=True)
class MediumKind(Generic[EntryT]):
    """A medium as the journal knows it, without any access to the things themselves. Pure."""

    name: str
    """Stands in the header of a run: `buckets`, `files`."""
    noun: str
    """What one thing is called: `bucket`, `file`."""
    identify: Callable[[EntryT], str]
    """What names the thing in the journal, once and for all: a bucket's name, a file's path."""
    to_record: Callable[[EntryT], Mapping[str, Any]]
    """The entry as JSON data."""
    from_record: Callable[[Mapping[str, Any]], EntryT]
    """The entry of JSON data; raises ValueError (pydantic_core's ValidationError) for what is none."""


class Medium(Protocol[ChangeT, EntryT, StateT]):
    """The things themselves, to read and to write. Every method but the pure ones may raise S3kmsError.

    An AwsError that is no CredentialsProblem is about one thing alone; any other error ends a run.
    """

    @property
    def kind(self) -> MediumKind[EntryT]:
        """How the journal knows it."""
        ...

    @property
    def account(self) -> str:
        """Whose things they are: an account id; `code` for files."""
        ...

    @property
    def endpoint(self) -> str:
        """The host that is talked to; empty where there is none."""
        ...

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders outside of which nothing is written; empty where that does not apply."""
        ...

    @property
    def is_one_unit(self) -> bool:
        """Whether the changes of one run were proven together: all are checked before the first is written, and
        the first failure ends the run.
        """
        ...

    @property
    def read_back_waits_seconds(self) -> Sequence[float]:
        """How long to wait between read-backs while what was there still shows."""
        ...

    @property
    def ignored_write_advice(self) -> Advice:
        """What to do where a write was accepted and something else is there."""
        ...

    def entry_of(self, change: ChangeT) -> EntryT:
        """What the journal keeps of a planned change. Pure."""
        ...

    def describe(self, entry: EntryT) -> str:
        """The thing in a sentence: `s3://logs`, `/infra/main.tf`. Pure."""
        ...

    def describe_difference(self, entry: EntryT, state: StateT) -> str:
        """What is there other than the change writes: `the bucket has another key than was written`. Pure."""
        ...

    def compare(self, entry: EntryT, state: StateT) -> Standing:
        """How a state stands to the change. Pure."""
        ...

    def read(self, entry: EntryT) -> StateT:
        """What is there now."""
        ...

    def found_instead(self, entry: EntryT, state: StateT) -> EntryT | None:
        """The change that a write made of the thing, where the state is not what was meant, so that it can be put
        back; None where the medium cannot. Pure.
        """
        ...

    def rebase(self, change: ChangeT, state: StateT) -> ChangeT:
        """The change from exactly this state, which stands BEFORE it, so that the undo restores every part. Pure."""
        ...

    def write(self, change: ChangeT, run: str) -> None:
        """Write what the change makes of the thing; a return proves nothing."""
        ...

    def reverse(self, entry: EntryT, state: StateT) -> ChangeT:
        """The change that restores what was there before, from a state that stands AFTER. Pure; may refuse."""
        ...

    def remove_leftovers(self, entry: EntryT, run: str) -> None:
        """Remove what a run that was killed left beside the thing."""
        ...
