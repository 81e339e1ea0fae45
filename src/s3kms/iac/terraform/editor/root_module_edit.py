"""A root module that is edited: what is asked for, and what an edit of it comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.editing.attempt import EditAttempt, compare_buckets, read_with_edit
from s3kms.iac.editing.target import known_encryptions, meets_target, outcomes_of
from s3kms.iac.interface import EditTarget, Folder, ReadContext, Reader, Splice
from s3kms.iac.terraform.editor.line_format import apply_changes, changes_overlap
from s3kms.iac.terraform.editor.module_tree import ModuleTree
from s3kms.model.bucket import Bucket, BucketOutcome
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyForm, KeyReference

Changes = Sequence[tuple[Path, Splice[bytes]]]


@dataclass(frozen=True, slots=True)
class RootModuleEdit:
    """A root module as it was read, and what its buckets are to become."""

    unit: Folder
    context: ReadContext
    reader: Reader
    layout: ModuleTree
    before: Mapping[str, Bucket]
    wanted: frozenset[str]
    desired: EditTarget

    @property
    def algorithm(self) -> str:
        """What is written where there is none of KMS yet."""
        return self.desired.algorithm or SSE_KMS

    def data(self, path: Path) -> bytes:
        """What is in a file."""
        return self.context.files.read(path) or b""

    def attempt(self, changes: Changes) -> EditAttempt:
        """Tries the changes together."""
        for path in {path for path, _ in changes}:
            if changes_overlap([change for at, change in changes if at == path]):
                return EditAttempt(strangers=("another edit",))
        return compare_buckets(self.before, self.after(changes), self.wanted, self._is_right_after)

    def after(self, changes: Changes) -> dict[str, Bucket]:
        """The buckets by their addresses, with the changes in the files."""
        files: dict[Path, list[Splice[bytes]]] = {}
        for path, change in changes:
            files.setdefault(path, []).append(change)
        contents = {path: apply_changes(self.data(path), mine) for path, mine in files.items()}
        return read_with_edit(self.reader, self.unit, self.context, contents)

    def is_right(self, bucket: Bucket) -> bool:
        """Whether a bucket is as desired in every way it may come out."""
        return all(
            meets_target(outcome, bucket.kind, self.desired, _has_declared_key)
            for outcome in outcomes_of(bucket)
        )

    def _is_right_after(self, before: Bucket, after: Bucket) -> bool:
        """Whether an edited bucket is as desired, and what nobody asked for is kept."""
        if (before.name, before.kind) != (after.name, after.kind) or not self.is_right(after):
            return False
        blocked = {one.blocked for one in known_encryptions(before)}
        return {one.blocked for one in known_encryptions(after)} <= blocked | {None}


def algorithms_of(bucket: Bucket) -> Iterable[str]:
    """The algorithms of a bucket's outcomes, where they are known."""
    return (found.algorithm for found in known_encryptions(bucket) if found.algorithm)


def _has_declared_key(outcome: BucketOutcome, encryption: Encryption, _: str) -> bool:
    return isinstance(outcome.key, DeclaredKey) or (
        KeyReference.parse(encryption.key).form is not KeyForm.AWS_MANAGED
    )
