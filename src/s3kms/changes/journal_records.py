"""The lines of a journal as types, for decoding: a file from outside is checked before it is believed."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from s3kms.changes.files.file_edit import FileEdit
from s3kms.iac.editing.splices import ReverseSplice
from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


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


class ReverseRecord(_Line):
    """What stood in one place of a file."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: str


class EditRecord(_Line):
    """One edit of a file."""

    path: Annotated[str, Field(pattern=r"^/[^\x00]*$")]
    before: _Digest
    after: _Digest
    reverse: tuple[ReverseRecord, ...]
    buckets: tuple[str, ...]

    def edit(self) -> FileEdit:
        """In the words of `fixes.code`."""
        reverse = tuple(ReverseSplice(span.start, span.end, span.text) for span in self.reverse)
        return FileEdit(Path(self.path), self.before, self.after, reverse, self.buckets)


class _Record(_Line):
    version: Literal[1, 2]
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


class IntendEditRecord(_Record):
    """A file that is about to be written."""

    type: Literal["edit"]
    edit: EditRecord


class EditedRecord(_Record):
    """A file that was read back."""

    type: Literal["edited"]
    path: str


class NotEditedRecord(_Record):
    """A file whose write went wrong."""

    type: Literal["not edited"]
    path: str
    why: str


class EndRecord(_Record):
    """The last line."""

    type: Literal["end"]
    at: datetime
    stopped: str | None


AnyRecord = (
    RunRecord
    | IntendRecord
    | DoneRecord
    | OutcomeRecord
    | IntendEditRecord
    | EditedRecord
    | NotEditedRecord
    | EndRecord
)
DECODER: TypeAdapter[AnyRecord] = TypeAdapter(Annotated[AnyRecord, Field(discriminator="type")])
