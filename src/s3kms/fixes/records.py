"""The lines of a journal as types, for decoding: a file from outside is checked before it is believed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from s3kms.estate.bucket import BucketKind
from s3kms.estate.changes import Change
from s3kms.estate.encryption import Encryption


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncryptionRecord(_Line):
    """All three parts of a rule."""

    algorithm: str | None
    key: str | None
    bucket_key: bool | None
    blocked: tuple[str, ...] | None

    def encryption(self) -> Encryption:
        """In the estate's words."""
        return Encryption(self.algorithm, self.key, self.bucket_key, self.blocked)


class ChangeRecord(_Line):
    """One change."""

    bucket: str
    account: str
    region: str
    kind: BucketKind
    before: EncryptionRecord
    after: EncryptionRecord

    def change(self) -> Change:
        """In the estate's words."""
        before, after = self.before.encryption(), self.after.encryption()
        return Change(self.bucket, self.account, self.region, before, after, self.kind)


class _Record(_Line):
    version: Literal[1]
    sum: str


class RunRecord(_Record):
    """The first line."""

    type: Literal["run"]
    run: str
    at: datetime
    command: str
    account: str
    endpoint: str
    undoes: str | None


class IntendRecord(_Record):
    """A write that is about to be made."""

    type: Literal["intend"]
    change: ChangeRecord


class DoneRecord(_Record):
    """A write that was read back."""

    type: Literal["done"]
    bucket: str


class OutcomeRecord(_Record):
    """A write that went wrong, or a bucket left alone."""

    type: Literal["failed", "kept"]
    bucket: str
    why: str


class EndRecord(_Record):
    """The last line."""

    type: Literal["end"]
    at: datetime
    stopped: str | None


AnyRecord = RunRecord | IntendRecord | DoneRecord | OutcomeRecord | EndRecord
DECODER: TypeAdapter[AnyRecord] = TypeAdapter(Annotated[AnyRecord, Field(discriminator="type")])
