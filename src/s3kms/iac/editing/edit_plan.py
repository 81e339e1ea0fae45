"""From units of code to patches: who is to be edited, what the editors propose, and what fits together. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.editing.assessment import NeedsEdit, Skipped
from s3kms.iac.editing.interface import BucketToEdit, Editor, EditTarget, Proposal
from s3kms.iac.editing.patch import Patch
from s3kms.iac.editing.patch_builder import PatchBuilder
from s3kms.iac.editing.proof import AssessBucket, EditProof, EditProver, is_compliant
from s3kms.iac.editing.read_units import (
    Candidate,
    UnitRead,
    pair_by_address,
    read_contents,
    read_unit,
    read_units_again,
)
from s3kms.iac.editing.snapshot import FilesSnapshot
from s3kms.iac.interface import Document, ReadContext, Reader, Unit
from s3kms.model.bucket import Bucket


@dataclass(frozen=True, slots=True)
class SkippedBucket:
    """A bucket that is left alone."""

    bucket: Bucket
    leave: Skipped
    snippet: str = ""
    """Code to paste, where an editor offers some."""


@dataclass(frozen=True, slots=True)
class EditedBuckets:
    """Buckets that are put right together, and where that is written."""

    buckets: tuple[Bucket, ...]
    why: str


@dataclass(slots=True)
class EditPlan:
    """What is to be written, and what is not."""

    patches: tuple[Patch, ...] = ()
    edited: tuple[EditedBuckets, ...] = ()
    left: list[SkippedBucket] = field(default_factory=list)
    reads: list[UnitRead] = field(default_factory=list)

    @property
    def bucket_count(self) -> int:
        """How many buckets are put right."""
        return sum(len(edited.buckets) for edited in self.edited)

    @property
    def is_unsure(self) -> bool:
        """Whether some bucket may need an edit, or needs one that is not made."""
        return any(left.leave.is_unknown for left in self.left)


@dataclass(frozen=True, slots=True)
class EditPlanner:
    """Who is asked about a bucket, who edits, and which files may be written."""

    ask: AssessBucket
    editors: Sequence[Editor]
    refusal: Callable[[Path], str | None]
    """Why a file may not be written; None where it may."""

    def plan(self, units: Iterable[tuple[Unit, Reader]], context: ReadContext) -> EditPlan:
        """Raises what the units raise."""
        plan = EditPlan()
        snapshot = FilesSnapshot(context.files)
        context = replace(context, files=snapshot)
        offers: list[Candidate] = []
        for unit, reader in units:
            if isinstance(unit, Document):
                snapshot.keep(unit.path, unit.data)
            read = read_unit(unit, reader, context, {})
            plan.reads.append(read)
            offers += self._offers(read, context, plan)
        self._settle(plan, offers, context)
        return plan

    def unmet(self, plan: EditPlan, context: ReadContext) -> tuple[Bucket, ...]:
        """The edited buckets that are not as they are asked for, as the context's files are now."""
        edited = {id(bucket) for edited in plan.edited for bucket in edited.buckets}
        now = read_contents((patch.path for patch in plan.patches), context.files)
        return tuple(
            was
            for before, after in read_units_again(plan.reads, now, context)
            for was, is_ in pair_by_address(before, after)
            if was is not None and id(was) in edited and not (is_ is not None and is_compliant(self.ask(is_)))
        )

    def _offers(self, read: UnitRead, context: ReadContext, plan: EditPlan) -> Iterator[Candidate]:
        """What the editor proposes; whom it declines is left."""
        groups: dict[EditTarget, list[BucketToEdit]] = {}
        for bucket in read.buckets:
            found = self.ask(bucket)
            if isinstance(found, NeedsEdit):
                groups.setdefault(found.desired, []).append(found.wanting)
            else:
                plan.left.append(SkippedBucket(bucket, found))
        editor = next((one for one in self.editors if one.name == read.reader.name), None)
        for desired, wantings in groups.items():
            if editor is not None:
                yield from _proposed(editor, read, context, wantings, desired, plan)
                continue
            why = f"is declared in {read.reader.name}, which is not edited"
            leave = Skipped(why, "fix the code that it is made from: s3kms fix FOLDER", is_unknown=True)
            plan.left += (SkippedBucket(wanting.bucket, leave) for wanting in wantings)

    def _settle(self, plan: EditPlan, offers: list[Candidate], context: ReadContext) -> None:
        """Take out what does not fit, until everything that is left comes out right together."""
        while True:
            merging = PatchBuilder(context.files, self.refusal)
            refused = {
                number: why
                for number, offer in enumerate(offers)
                if (why := merging.add(offer.proposal)) is not None
            }
            proof = EditProof()
            if not refused:
                plan.patches = merging.patches()
                changed = {patch.path: patch.after for patch in plan.patches}
                proof = EditProver(plan.reads, offers, self.ask, context).prove(changed)
                refused = proof.wrong
            if not refused:
                break
            for number, why in refused.items():
                leave = Skipped(why, f"edit it by hand: {offers[number].proposal.why}", is_unknown=True)
                plan.left += (SkippedBucket(bucket, leave) for bucket in offers[number].buckets)
            offers = [offer for number, offer in enumerate(offers) if number not in refused]
        plan.edited = tuple(EditedBuckets(offer.buckets, offer.proposal.why) for offer in offers)
        plan.left = [
            left for left in plan.left if left.leave.is_compliant or id(left.bucket) not in proof.helped
        ]


def _proposed(  # noqa: PLR0917 - what an editor is given, and where the rest goes
    editor: Editor,
    read: UnitRead,
    context: ReadContext,
    wantings: Sequence[BucketToEdit],
    desired: EditTarget,
    plan: EditPlan,
) -> Iterator[Candidate]:
    """An editor that forgets a bucket does not make it a bucket that is well."""
    waiting = {wanting.bucket.resource: wanting.bucket for wanting in wantings}
    for edit in editor.edit(read.unit, context, wantings, desired):
        if isinstance(edit, Proposal):
            for address in edit.buckets:
                waiting.pop(address, None)
            yield Candidate(read, edit)
        elif bucket := waiting.pop(edit.bucket, None):
            leave = Skipped(edit.why, edit.remedy, is_unknown=True)
            plan.left.append(SkippedBucket(bucket, leave, edit.snippet))
    forgotten = Skipped("no edit was found for it", "edit it by hand", is_unknown=True)
    plan.left += (SkippedBucket(bucket, forgotten) for bucket in waiting.values())
