"""One root module that is edited, and what an edit of it comes to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.files import OverlayFiles
from s3kms.iac.interface import DesiredKey, EditTarget, Folder, ReadContext
from s3kms.iac.terraform.editor.line_format import TextSplice, apply_changes, changes_overlap
from s3kms.iac.terraform.editor.module_tree import ModuleTree
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import DSSE_KMS, KMS_ALGORITHMS, SSE_KMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyForm, KeyReference
from s3kms.model.unknown import Unknown

Changes = Sequence[tuple[Path, TextSplice]]
ReadBuckets = Callable[[Folder, ReadContext], Iterator[Bucket]]


@dataclass(frozen=True, slots=True)
class TerraformEditAttempt:
    """What came of an edit."""

    passed: frozenset[str] = frozenset()
    """The wanting buckets that came out differently, and as desired."""
    strangers: tuple[str, ...] = ()
    """Other buckets that came out differently, too."""
    unfinished: frozenset[str] = frozenset()
    """The wanting buckets that came out differently, but not as desired."""

    @property
    def is_harmless(self) -> bool:
        """Whether nobody else was reached."""
        return not self.strangers


@dataclass(frozen=True, slots=True)
class RootModuleEdit:
    """A unit, as it is, and what it is to become."""

    unit: Folder
    context: ReadContext
    read: ReadBuckets
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

    def after(self, changes: Changes) -> dict[str, Bucket]:
        """The buckets, by address, with the changes in the files."""
        files: dict[Path, list[TextSplice]] = {}
        for path, change in changes:
            files.setdefault(path, []).append(change)
        overlay = {path: apply_changes(self.data(path), mine) for path, mine in files.items()}
        return read_buckets(
            self.read, self.unit, ReadContext(OverlayFiles(self.context.files, overlay), self.context.inputs)
        )

    def attempt(self, changes: Changes) -> TerraformEditAttempt:
        """The changes together, tried."""
        for path in {path for path, _ in changes}:
            if changes_overlap([change for at, change in changes if at == path]):
                return TerraformEditAttempt(strangers=("another edit",))
        after = self.after(changes)
        reached = {a for a in self.before.keys() & after.keys() if _facts(self.before[a]) != _facts(after[a])}
        strangers = (reached - self.wanted) | (self.before.keys() ^ after.keys())
        passed = frozenset(a for a in reached & self.wanted if self.is_right(after[a], self.before[a]))
        return TerraformEditAttempt(
            passed, tuple(sorted(strangers)), frozenset(reached & self.wanted) - passed
        )

    def is_right(self, bucket: Bucket, before: Bucket | None = None) -> bool:
        """Whether a bucket is as desired in every way it may come out; with what it was, whether the rest stayed."""
        if before and (before.name, before.kind) != (bucket.name, bucket.kind):
            return False
        if not all(is_as_desired(outcome, bucket.kind, self.desired) for outcome in outcomes_of(bucket)):
            return False
        was = {one.blocked for one in encryptions_of(before)} if before else None
        return was is None or {one.blocked for one in encryptions_of(bucket)} <= was | {None}


def read_buckets(read: ReadBuckets, unit: Folder, context: ReadContext) -> dict[str, Bucket]:
    """The buckets of a unit, by their addresses."""
    return {bucket.resource: bucket for bucket in read(unit, context) if bucket.resource}


def outcomes_of(bucket: Bucket) -> tuple[BucketOutcome, ...]:
    """Every way a bucket may come out."""
    one = BucketOutcome("", bucket.encryption, bucket.key, bucket.places)
    return bucket.outcomes or (one,)


def encryptions_of(bucket: Bucket) -> Iterator[Encryption]:
    """Those that are known."""
    return (found.encryption for found in outcomes_of(bucket) if isinstance(found.encryption, Encryption))


def algorithms_of(bucket: Bucket) -> Iterable[str]:
    """Those that are known."""
    return (found.algorithm for found in encryptions_of(bucket) if found.algorithm)


def is_as_desired(outcome: BucketOutcome, kind: BucketKind, desired: EditTarget) -> bool:
    """Whether a bucket that comes out this way is as desired."""
    found = outcome.encryption
    if isinstance(found, Unknown) or not is_sufficient_algorithm(found.algorithm, desired):
        return False
    if desired.key is not None and not _has_key(outcome, found, desired.key):
        return False
    if found.algorithm == DSSE_KMS or kind is not BucketKind.GENERAL_PURPOSE or desired.bucket_key is None:
        return True
    return bool(found.bucket_key) == desired.bucket_key


def is_sufficient_algorithm(algorithm: str | None, desired: EditTarget) -> bool:
    """Whether an algorithm may stay."""
    return algorithm in (KMS_ALGORITHMS if desired.algorithm is None else (desired.algorithm,))


def _has_key(outcome: BucketOutcome, found: Encryption, key: DesiredKey) -> bool:
    form = KeyReference.parse(found.key).form
    if key.address is not None:
        return isinstance(outcome.key, DeclaredKey) or form is not KeyForm.AWS_MANAGED
    if KeyReference.parse(key.literal).form is KeyForm.AWS_MANAGED:
        return form is KeyForm.AWS_MANAGED
    return found.key == key.literal


def _facts(bucket: Bucket) -> tuple[object, ...]:
    ways = tuple((one.when, one.encryption) for one in outcomes_of(bucket))
    return bucket.name, bucket.kind, bucket.region, ways
