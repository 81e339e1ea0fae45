"""A root module that is edited: what is asked for, and what an edit of it comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.editing.attempt import EditAttempt, compare_buckets, read_with_edit
from s3kms.iac.editing.splices import SpliceError, apply_splices
from s3kms.iac.editing.target import (
    is_sufficient_algorithm,
    key_problem,
    known_encryptions,
    meets_target,
    names_key,
    outcomes_of,
)
from s3kms.iac.files import OverlayFiles
from s3kms.iac.hcl.conditions import FailedCondition, failed_conditions, may_have_conditions
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.interface import EditTarget, Folder, ReadContext, Reader, Splice
from s3kms.iac.terraform.code import read_unconditionally
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terraform.code.bucket_conditions import self_of
from s3kms.iac.terraform.editor.module_tree import ModuleTree
from s3kms.iac.terraform.provider_versions import ALL_VERSIONS, VersionRange
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyForm, KeyReference
from s3kms.model.unknown import Unknown, known

FileSplice = tuple[Path, Splice[bytes]]
"""A splice, after the file that it is for."""


@dataclass(frozen=True, slots=True)
class RootModuleEdit:
    """A root module as it was read, and what its buckets are to become."""

    unit: Folder
    context: ReadContext
    reader: Reader
    tree: ModuleTree
    before: Mapping[str, Bucket]
    """All its buckets, by address."""
    to_edit: frozenset[str]
    """The addresses of those that are to be edited."""
    target: EditTarget
    failed_before: frozenset[FailedCondition] | None = frozenset()
    """The conditions that are false as it was read; None where it has no conditions at all."""
    versions: VersionRange = ALL_VERSIONS
    """Those of the AWS provider with which it may be run."""

    @property
    def algorithm(self) -> str:
        """The algorithm that is written where there is none of KMS yet."""
        return self.target.algorithm or SSE_KMS

    def data(self, path: Path) -> bytes:
        """The bytes of a file; none where it is not there."""
        found = self.context.files.read(path)
        return found if isinstance(found, bytes) else b""

    def attempt(self, splices: Sequence[FileSplice]) -> EditAttempt:
        """What becomes of the buckets with all these splices in the files."""
        try:
            contents = self._contents_with(splices)
        except SpliceError:
            return EditAttempt(strangers=("another edit",))
        if broken := self._conditions_broken_by(contents):
            return EditAttempt(impossible=f"no plan would pass with it: {broken}")
        after = read_with_edit(self.reader, self.unit, self.context, contents)
        attempt = compare_buckets(self.before, after, self.to_edit, self._is_right_after)
        off = {name for name in attempt.passed if has_bucket_key_off(after[name])}
        was_off = {name for name in attempt.passed if turns_bucket_key_off(self.before[name])}
        return replace(
            attempt,
            bucket_key_off=frozenset(name for name in off if not is_kms(self.before[name])),
            bucket_key_on=frozenset(was_off - off),
        )

    def read_marked(self, splices: Sequence[FileSplice]) -> dict[str, Bucket]:
        """The buckets by their addresses, read with markers in the files, which no condition of the code can stop.

        Raises SpliceError if two overlap.
        """
        reader = replace(self.reader, read=read_unconditionally)
        return read_with_edit(reader, self.unit, self.context, self._contents_with(splices))

    def _contents_with(self, splices: Sequence[FileSplice]) -> dict[Path, bytes]:
        return {path: apply_splices(self.data(path), mine) for path, mine in splices_by_file(splices).items()}

    def _conditions_broken_by(self, contents: Mapping[Path, bytes]) -> FailedCondition | None:
        """The first condition of the code that is false with an edit and was not before."""
        if self.failed_before is None:
            return None
        failed = find_failed_conditions(self.unit, self.context, contents) or frozenset()
        return min(failed - self.failed_before, key=str, default=None)

    def is_right(self, bucket: Bucket) -> bool:
        """Whether a bucket is as desired in every way it may come out."""
        return all(
            meets_target(outcome, bucket.kind, self.target, _has_declared_key)
            and (self.target.key is None or key_problem(outcome, bucket) is None)
            for outcome in outcomes_of(bucket)
        )

    def have_sufficient_algorithm(self, group: Iterable[str]) -> bool:
        """Whether all of these buckets have an algorithm that may stay."""
        return all(
            is_sufficient_algorithm(algorithm, self.target)
            for address in group
            for algorithm in [*algorithms_of(self.before[address])] or [""]
        )

    def has_other_key(self, bucket: Bucket) -> bool:
        """Whether a bucket has, in some way it may come out, a KMS key that is not known to be the desired one."""
        key = self.target.key
        return key is not None and any(
            isinstance(one.encryption, Encryption) and one.encryption.is_kms and not names_key(one, key)
            for one in outcomes_of(bucket)
        )

    def _is_right_after(self, before: Bucket, after: Bucket) -> bool:
        """Whether an edited bucket is as desired, and what nobody asked for is kept."""
        if (before.name, before.kind) != (after.name, after.kind) or not self.is_right(after):
            return False
        blocked = {one.blocked for one in known_encryptions(before)}
        if all(isinstance(one, Unknown) for one in blocked):
            blocked |= {
                ("SSE-C",)
            }  # what a new configuration says where the provider would remove AWS's own block
        return {one.blocked for one in known_encryptions(after)} <= blocked | {None}


def find_failed_conditions(
    unit: Folder, context: ReadContext, contents: Mapping[Path, bytes]
) -> frozenset[FailedCondition] | None:
    """The conditions of a root module that are false with these contents in its files; None where it has none."""
    root = RootModule(
        unit.path, OverlayFiles(context.files, contents), context.inputs, AWS_SCHEMA, values=context.values
    )
    return failed_conditions(root, self_of) if may_have_conditions(root) else None


def splices_by_file(splices: Iterable[FileSplice]) -> dict[Path, list[Splice[bytes]]]:
    """The splices of each file, in their order."""
    files: dict[Path, list[Splice[bytes]]] = {}
    for path, splice in splices:
        files.setdefault(path, []).append(splice)
    return files


def algorithms_of(bucket: Bucket) -> Iterable[str]:
    """The algorithms of a bucket's outcomes, where they are known."""
    return (found.algorithm for found in known_encryptions(bucket) if found.algorithm)


def is_kms(bucket: Bucket) -> bool:
    """Whether a bucket has a KMS key in some way it may come out."""
    return any(found.is_kms for found in known_encryptions(bucket))


def has_bucket_key_off(bucket: Bucket) -> bool:
    """Whether a bucket has SSE-KMS without the S3 Bucket Key in some way it may come out."""
    return bucket.kind is BucketKind.GENERAL_PURPOSE and any(
        found.algorithm == SSE_KMS and known(found.bucket_key) is not True
        for found in known_encryptions(bucket)
    )


def turns_bucket_key_off(bucket: Bucket) -> bool:
    """Whether the code of a bucket with SSE-S3 turns the S3 Bucket Key off, which has no bearing there."""
    return not is_kms(bucket) and any(found.bucket_key is False for found in known_encryptions(bucket))


def _has_declared_key(outcome: BucketOutcome, encryption: Encryption, _: str) -> bool:
    """Whether the key is one of the customer; which one it is, an address of code cannot be compared with."""
    form = KeyReference.parse(encryption.key).form
    return isinstance(outcome.key, DeclaredKey) or form is not KeyForm.AWS_MANAGED
