"""What an engine of `reencrypt` is: it brings versions under the wanted key, and says of each what became of it.

The spine (`reencrypt.py`) reads the evidence, selects, asks the engine what it would harm, writes the log, hands the
versions over, and verifies. An engine is one `EngineKind` constant, `ENGINE`, named in `engines/__init__.py`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.model.operations import Operation
from s3kms.model.plan import PlannedHazard
from s3kms.objects.selection import ObjectSelection

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.s3.client import S3Client


class Outcome(StrEnum):
    """The outcome of one version."""

    CHANGED = "changed"
    """It is under the wanted key: S3 reported success, and it was read back."""
    ALREADY = "already"
    """It was under the wanted key before."""
    OVERTAKEN = "overtaken"
    """Another writer modified or deleted the object during the run; nothing was overwritten."""
    IMMOVABLE = "immovable"
    """This engine cannot re-encrypt it: a lock, an archive, a delete marker."""
    FAILED = "failed"
    """S3 refused, or its response is invalid; the object is unchanged, or the reason says otherwise."""


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """The result of one version, and its reason."""

    version: ObjectVersion
    outcome: Outcome
    reason: str = ""
    """The class of reasons it is counted under, a word: `object-lock`, `archived`, `AccessDenied`."""
    sentence: str = ""
    """What happened, for whoever reads the list; hostile text of the server is printable."""
    request_id: str | None = None
    bytes_moved: int = 0
    """Bytes that S3 copied for it; none where it was changed in place."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the versions of one bucket are brought under."""

    bucket: str
    region: str
    account: str
    key_arn: str
    """The full ARN: UpdateObjectEncryption takes nothing else (fact D3)."""
    bucket_key: bool
    is_aws_managed: bool = False
    """Whether the key is aws/s3."""


class Marks(Protocol):
    """Small texts that an engine keeps in the log of the run: an upload's id, a job's. They are there at a resume."""

    def put(self, name: str, text: str) -> None:
        """Keep a text under a name, on disk when this returns; an empty one forgets the name. Raises Stopped."""
        ...

    def all(self) -> Mapping[str, str]:
        """What was kept, earlier processes of the same run included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """What an engine works with, for one bucket in one run."""

    wanted: Wanted
    selection: ObjectSelection
    """An engine that looks at an object before it writes asks this whether the object is meant still."""
    client: "S3Client"
    """For what runs once an object."""
    connection: "Connection"
    """For everything else: clients of botocore."""
    run: str
    """The id of the run: `20261123T114000Z-1a2b3c`. Part of the name of whatever an engine leaves anywhere."""
    marks: Marks
    folder: Path
    """A folder of this run beside its journal, for files that an engine needs. It may not be there yet."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What was asked of this engine alone, by the names of `EngineKind.settings`."""
    canary: int = 10
    """Objects that go before all others, for engines that see to it themselves: those of jobs."""
    prefix: str | None = None
    """Keys that begin so alone are meant, where that is known: an engine that lets AWS list objects has to say it."""
    is_paused: Callable[[], bool] = lambda: False
    """For engines that wait long by themselves; the others are simply given no more versions."""
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class SelectedCounts:
    """How many versions, and bytes, one engine would be given: what its cost and its harm depend on."""

    versions: int
    size: int
    """Bytes, as far as the evidence tells them."""
    by_encryption: Mapping[ObjectEncryption, int] = field(default_factory=dict)
    by_storage_class: Mapping[str, int] = field(default_factory=dict)
    noncurrent: int = 0
    largest: int | None = None
    """Bytes of the largest version."""
    is_exact: bool = True
    """False where a sample was looked at, or the evidence is old."""


class Engine(Protocol):
    """One way to bring versions under the wanted key, opened for one bucket and one run."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """What it would do to this bucket besides, each to be accepted by its id; READY ones are told only.

        Reads; writes nothing. Raises Refused where it cannot work here at all, AwsError.
        """
        ...

    async def prepare(self) -> None:
        """What comes before the first version, with writing allowed: the proof on an endpoint that is not AWS, and
        at a resume the removal of what a killed process left. Raises Refused, AwsError.
        """
        ...

    def carry_out(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult]:
        """Move the versions; each of them comes back once, in any order, and none waits for the next version to come:
        who gives them waits for results, too (`concurrent_results`).

        The iterator makes it wait where the run is paused, and ends where the run is to stop. Raises S3kmsError where
        going on would harm: a server that overwrites objects, a lost session.
        """
        ...

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What the version that this engine was given has come to: CHANGED where it is under the wanted key, else
        IMMOVABLE, OVERTAKEN (gone, or rewritten since) or FAILED (as it was). Asked at a resume, of what was under
        way, and by the verification. Writes nothing. Raises AwsError.
        """
        ...


class JobEngine(Protocol):
    """One way that leaves the work to AWS: it follows a job instead of moving versions itself."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """As `Engine.hazards`."""
        ...

    def run(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator["ObjectResult | JobProgress"]:
        """Make the jobs, or find those of an earlier process by their marks, follow them to their ends, and join
        their reports: each result once, in the same order each time. `versions` are those selected, for an engine
        that needs a list; one that does not leaves them unread.

        What was told of one part for good is not told again at a resume: the engine yields a JobProgress, by which
        all results so far are written down, and then puts a mark whose name has `.told.` in it.
        """
        ...

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """As `Engine.read_back`."""
        ...


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job of AWS's has come."""

    job: str
    """Its id."""
    state: str
    """AWS's word: `Active`."""
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    is_canary: bool = False
    """Whether the few objects that go first are through: all others follow when the next item is asked for."""
    note: str = ""
    """What else there is to say of it, in a sentence; hostile text of the server is printable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """An engine as a value: what it can do, and how it is opened. Pure but for `open`."""

    name: str
    """`update`, `copy`, `batch`."""
    what: str
    """What it does with an object, in a sentence without its subject: `changes the encryption in place`."""
    moves: frozenset[ObjectEncryption]
    """What an object may be encrypted with for this engine to move it."""
    moves_noncurrent: bool
    """Whether it moves every version, or the current one alone."""
    operations: frozenset[Operation]
    """Every call it may make, for the printed policy."""
    why_immovable: Callable[[ObjectVersion], str | None]
    """The reason's word where this engine cannot move what the evidence tells; None where it can."""
    open: Callable[[EngineContext], "Engine | JobEngine"]
    is_job: bool = False
    """Whether `open` makes a `JobEngine`."""
    accepts: tuple[str, ...] = ()
    """The ids of all hazards that it may tell."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What can be asked of it alone: the name of each, and what it means."""
