"""What an engine of `reencrypt` is: it brings versions under the wanted key, and says of each what became of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from s3kms.model.objects import ObjectVersion


class Outcome(StrEnum):
    """What became of one version."""

    CHANGED = "changed"
    """It is under the wanted key; S3 has said so and was read back."""
    ALREADY = "already"
    """It was under the wanted key before."""
    OVERTAKEN = "overtaken"
    """Somebody wrote the object meanwhile, and nothing was overwritten."""
    IMMOVABLE = "immovable"
    """This engine cannot move it: a lock, an archive, a delete marker."""
    FAILED = "failed"
    """S3 refused, or its answer makes no sense; what is there is as it was, or is told by the reason."""


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """What became of one version, and why."""

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


class Engine(Protocol):
    """One way to bring versions under the wanted key."""

    @property
    def name(self) -> str:
        """`update`, `copy`, `batch`."""
        ...

    def why_immovable(self, version: ObjectVersion) -> str | None:
        """The reason's word where this engine cannot move what the evidence tells; None where it can. Pure."""
        ...

    def carry_out(
        self, wanted: Wanted, versions: AsyncIterator[ObjectVersion]
    ) -> AsyncIterator[ObjectResult]:
        """Move the versions; each of them comes back once, in any order.

        Raises S3kmsError where going on would harm: a server that overwrites objects, a lost session.
        """
        ...
