"""The interface of the engines of `reencrypt`: an engine re-encrypts versions, and returns a result for each.

The spine (`reencrypt/spine.py`) reads the evidence, selects versions, asks the engine for hazards, writes the log,
hands versions to the engine, and verifies. An engine is one `EngineKind` constant, `ENGINE`, named in
`engines/__init__.py`.
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
    """The id under which the result is counted: `object-lock`, `archived`, `AccessDenied`."""
    sentence: str = ""
    """What happened, for the reader of a report; untrusted text of the server is made printable."""
    request_id: str | None = None
    bytes_moved: int = 0
    """Bytes that S3 copied for it; 0 if it was re-encrypted in place."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The key and settings that the versions of one bucket are re-encrypted with."""

    bucket: str
    region: str
    account: str
    key_arn: str
    """The full key ARN: UpdateObjectEncryption accepts nothing else (fact D3)."""
    bucket_key: bool
    is_aws_managed: bool = False
    """Whether the key is aws/s3."""


class Marks(Protocol):
    """Small texts that an engine stores in the log of the run, such as the id of an upload or job, for a resume."""

    def put(self, name: str, text: str) -> None:
        """Store a text under a name, on disk when this returns; an empty text removes the name. Raises Stopped."""
        ...

    def all(self) -> Mapping[str, str]:
        """All stored texts, including those of earlier processes of the same run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """The context of an engine for one bucket in one run."""

    wanted: Wanted
    selection: ObjectSelection
    """Decides whether an object is still selected, for engines that read an object before they write it."""
    client: "S3Client"
    """The client for calls per object."""
    connection: "Connection"
    """The connection for all other calls, with botocore clients."""
    run: str
    """The id of the run: `20261123T114000Z-1a2b3c`. It is part of the name of everything that an engine creates."""
    marks: Marks
    folder: Path
    """A folder of this run next to its journal, for files that an engine needs. It may not exist yet."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Engine-specific settings, by the names in `EngineKind.settings`."""
    canary: int = 10
    """Number of canary objects, for engines that run the canary themselves: those with jobs."""
    prefix: str | None = None
    """Only keys with this prefix are selected, if known; needed by an engine that lets AWS list the objects."""
    is_paused: Callable[[], bool] = lambda: False
    """For engines that wait for long by themselves; others simply receive no more versions."""
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class SelectedCounts:
    """The number of versions and bytes that one engine would receive; its cost and hazards depend on them."""

    versions: int
    size: int
    """Bytes, as far as the evidence includes sizes."""
    by_encryption: Mapping[ObjectEncryption, int] = field(default_factory=dict)
    by_storage_class: Mapping[str, int] = field(default_factory=dict)
    noncurrent: int = 0
    largest: int | None = None
    """Size of the largest version, in bytes."""
    is_exact: bool = True
    """False if only a sample was read, or the evidence is old."""


class Engine(Protocol):
    """An engine that re-encrypts versions with the wanted key, opened for one bucket and one run."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """The hazards of this engine for the bucket, each accepted by its id; READY ones are only reported.

        Reads only; writes nothing. Raises Refused if the engine cannot be used here at all, AwsError.
        """
        ...

    async def prepare(self) -> None:
        """Prepare before the first version, with writes allowed: test an endpoint that is not AWS, and at a resume
        clean up after a killed process. Raises Refused, AwsError.
        """
        ...

    def carry_out(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult]:
        """Re-encrypt the versions; yields one result for each, in any order. A result must not wait for the next
        version, because the producer of versions waits for results, too (`concurrent_results`).

        The iterator blocks while the run is paused, and ends when the run is to stop. Raises S3kmsError if continuing
        would do harm: a server that overwrites objects, an expired session.
        """
        ...

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """Read a version back: CHANGED if it is under the wanted key, else IMMOVABLE, OVERTAKEN (deleted, or modified
        by another writer) or FAILED (unchanged). Used at a resume, for versions in progress, and by the verification.
        Writes nothing. Raises AwsError.
        """
        ...


class JobEngine(Protocol):
    """An engine that leaves the work to AWS: it follows jobs instead of re-encrypting versions itself."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """As `Engine.hazards`."""
        ...

    def run(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator["ObjectResult | JobProgress"]:
        """Create the jobs, or find those of an earlier process by their marks; follow them to their ends, and join
        their reports. Yields each result once, in the same order each time. `versions` are the selected versions, for
        an engine that needs a manifest; other engines do not read them.

        Results that were reported for good are not reported again at a resume: the engine yields a JobProgress, upon
        which all results so far are logged, and then puts a mark whose name contains `.told.`.
        """
        ...

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """As `Engine.read_back`."""
        ...


@dataclass(frozen=True, slots=True)
class JobProgress:
    """The progress of an AWS job."""

    job: str
    """The id of the job."""
    state: str
    """The job status as AWS returns it: `Active`."""
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    is_canary: bool = False
    """Whether this ends the canary: all other objects follow when the next item is requested."""
    note: str = ""
    """A note in a sentence; untrusted text of the server is made printable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """An engine as a value: what it can do, and how it is opened. Pure except for `open`."""

    name: str
    """The name of the engine: `update`, `copy`, `batch`."""
    what: str
    """What it does with an object, as a predicate: `changes the encryption in place`."""
    moves: frozenset[ObjectEncryption]
    """The encryptions from which this engine can re-encrypt an object."""
    moves_noncurrent: bool
    """Whether it re-encrypts all versions, or only the current one."""
    operations: frozenset[Operation]
    """Every operation that it may call, for the printed policy."""
    why_immovable: Callable[[ObjectVersion], str | None]
    """The id of the reason why this engine cannot re-encrypt a version, from the evidence; None if it can."""
    open: Callable[[EngineContext], "Engine | JobEngine"]
    is_job: bool = False
    """Whether `open` returns a `JobEngine`."""
    accepts: tuple[str, ...] = ()
    """The ids of all hazards that it may report."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Engine-specific settings: the name and meaning of each."""
