"""Plans edits of code: which buckets need one, what the editors propose, and what fits together. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.editing.assessment import NeedsEdit
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
from s3kms.iac.interface import (
    BucketToEdit,
    Document,
    Editor,
    EditTarget,
    Language,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.skipped import Skipped, SkippedBucket


@dataclass(frozen=True, slots=True)
class EditedBuckets:
    """Buckets that are fixed together, and where that is written."""

    buckets: tuple[Bucket, ...]
    after: tuple[Bucket, ...]
    """The same buckets, as they read with the edits of the whole plan."""
    why: str
    splices: tuple[tuple[Path, Splice[bytes]], ...]
    """What is written for them; other buckets may share some."""


@dataclass(slots=True)
class EditPlan:
    """The patches to write, the buckets that they fix, and the buckets that are skipped."""

    patches: tuple[Patch, ...] = ()
    edited: tuple[EditedBuckets, ...] = ()
    skipped: list[SkippedBucket] = field(default_factory=list)
    reads: list[UnitRead] = field(default_factory=list)
    lasting: set[int] = field(default_factory=set)
    """The `id()` of each bucket that is skipped even where another edit makes its code compliant."""

    @property
    def bucket_count(self) -> int:
        """How many buckets are fixed."""
        return sum(len(edited.buckets) for edited in self.edited)

    @property
    def is_unsure(self) -> bool:
        """Whether some bucket may need an edit, or needs one that is not made."""
        return any(one.skipped.is_unknown for one in self.skipped)


@dataclass(frozen=True, slots=True)
class EditPlanner:
    """Plans edits of code. It needs to know what becomes of a bucket, and which files may be written."""

    assess: AssessBucket
    refusal: Callable[[Path], str | None]
    """Why a file may not be written; None where it may."""
    assess_alone: AssessBucket | None = None
    """In the place of `assess`, where one bucket is all that the units declare."""

    def plan(self, units: Iterable[tuple[Unit, Language]], context: ReadContext) -> EditPlan:
        """The patches that fix the buckets of these units, proven together, and who is skipped.

        Raises what the iterable of units raises.
        """
        plan = EditPlan()
        snapshot = FilesSnapshot(context.files)
        context = replace(context, files=snapshot)
        for unit, language in units:
            if isinstance(unit, Document):
                snapshot.keep(unit.path, unit.data)
            plan.reads.append(read_unit(unit, language, context, {}))
        return self._for(plan.reads).plan_read(plan, context)

    def plan_read(self, plan: EditPlan, context: ReadContext) -> EditPlan:
        """The patches for the units that are read in a plan, which is completed. `context` has their files."""
        candidates = [one for read in plan.reads for one in self._candidates(read, context, plan)]
        self._settle(plan, candidates, context)
        return plan

    def _for(self, reads: Sequence[UnitRead]) -> "EditPlanner":
        """This planner, with `assess_alone` where that is to be asked."""
        is_alone = sum(len(read.buckets) for read in reads) == 1
        return replace(self, assess=self.assess_alone) if is_alone and self.assess_alone else self

    def unmet(self, plan: EditPlan, context: ReadContext) -> tuple[Bucket, ...]:
        """The edited buckets that are not compliant, with the context's files as they are now."""
        edited = {id(bucket) for edited in plan.edited for bucket in edited.buckets}
        assess = self._for(plan.reads).assess
        now = read_contents((patch.path for patch in plan.patches), context.files)
        return tuple(
            was
            for before, after in read_units_again(plan.reads, now, context)
            for was, is_ in pair_by_address(before, after)
            if was is not None and id(was) in edited and not (is_ is not None and is_compliant(assess(is_)))
        )

    def _candidates(self, read: UnitRead, context: ReadContext, plan: EditPlan) -> Iterator[Candidate]:
        """What the editor proposes; whom it declines is skipped."""
        groups: dict[EditTarget, list[BucketToEdit]] = {}
        for bucket in read.buckets:
            found = self.assess(bucket)
            if isinstance(found, NeedsEdit):
                groups.setdefault(found.target, []).append(found.to_edit)
            else:
                plan.skipped.append(SkippedBucket(bucket, found))
        editor, origin = read.language.editor, read.language.reader.origin(read.unit)
        for target, to_edit in groups.items():
            if editor is not None and origin.is_written:
                yield from _proposed(editor, read, context, to_edit, target, plan)
                continue
            what = (
                read.language.reader.name if origin.is_written else f"a {read.language.name} {origin.value}"
            )
            skipped = Skipped(
                f"is declared in {what}, which is not edited",
                Advice("fix the code that it is made from: {fix}", {"fix": Command("fix", ("FOLDER",))}),
                is_unknown=True,
            )
            plan.skipped += (SkippedBucket(one.bucket, skipped) for one in to_edit)

    def _settle(self, plan: EditPlan, candidates: list[Candidate], context: ReadContext) -> None:
        """Take out what does not fit, until everything that is left comes out right together."""
        while True:
            patches, proof = self._try(plan, candidates, context)
            refused = proof.wrong or self._find_guilty(plan, candidates, context, proof)
            if not refused:
                break
            for number, why in refused.items():
                skipped = Skipped(
                    why, Advice(f"edit it by hand: {candidates[number].proposal.why}"), is_unknown=True
                )
                plan.skipped += (SkippedBucket(bucket, skipped) for bucket in candidates[number].buckets)
            candidates = [one for number, one in enumerate(candidates) if number not in refused]
        plan.patches = patches
        plan.edited = tuple(_edited(one, proof) for one in candidates)
        helped = proof.helped.keys() - plan.lasting
        plan.skipped = [
            one for one in plan.skipped if one.skipped.is_compliant or id(one.bucket) not in helped
        ]

    def _try(
        self, plan: EditPlan, candidates: Sequence[Candidate], context: ReadContext
    ) -> tuple[tuple[Patch, ...], EditProof]:
        """The patches of these candidates together, and their proof; without one where some cannot be written."""
        builder = PatchBuilder(context.files, self.refusal)
        refused = {
            number: why
            for number, candidate in enumerate(candidates)
            if (why := builder.add(candidate.proposal)) is not None
        }
        if refused:
            return (), EditProof(wrong=refused)
        patches = builder.patches()
        changed = {patch.path: patch.after for patch in patches}
        return patches, EditProver(plan.reads, candidates, self.assess, context).prove(changed)

    def _find_guilty(
        self, plan: EditPlan, candidates: Sequence[Candidate], context: ReadContext, proof: EditProof
    ) -> dict[int, str]:
        """Of several candidates in the files of a bucket that comes out differently, those that make it so: each half
        is tried without the other, so that no innocent edit is taken out with a guilty one.
        """
        guilty: dict[int, str] = {}
        waiting = [list(proof.suspects)] if proof.suspects else []
        while waiting:
            numbers = waiting.pop()
            if len(numbers) == 1:
                guilty[numbers[0]] = proof.suspects[numbers[0]]
                continue
            half = len(numbers) // 2
            parts = [
                part
                for part in (numbers[:half], numbers[half:])
                if self._do_harm(plan, candidates, context, part)
            ]
            if not parts:  # they harm together alone
                guilty |= {number: proof.suspects[number] for number in numbers}
            waiting += parts
        return guilty

    def _do_harm(
        self, plan: EditPlan, candidates: Sequence[Candidate], context: ReadContext, numbers: Sequence[int]
    ) -> bool:
        return bool(self._try(plan, [candidates[number] for number in numbers], context)[1].suspects)


def _edited(candidate: Candidate, proof: EditProof) -> EditedBuckets:
    """A candidate that was proven."""
    buckets, proposal = candidate.buckets, candidate.proposal
    after = tuple(proof.helped[id(bucket)] for bucket in buckets)
    return EditedBuckets(buckets, after, proposal.why, proposal.splices)


def _proposed(  # noqa: PLR0917 - what an editor is given, and where the rest goes
    editor: Editor,
    read: UnitRead,
    context: ReadContext,
    to_edit: Sequence[BucketToEdit],
    target: EditTarget,
    plan: EditPlan,
) -> Iterator[Candidate]:
    """What an editor proposes for these buckets. One that it forgets is skipped, not taken for compliant."""
    waiting = {one.bucket.resource: one.bucket for one in to_edit}
    for edit in editor(read.unit, context, to_edit, target):
        if isinstance(edit, Proposal):
            for address in edit.buckets:
                waiting.pop(address, None)
            yield Candidate(read, edit)
        elif bucket := waiting.pop(edit.bucket, None):
            skipped = Skipped(edit.why, edit.remedy, is_unknown=True)
            plan.skipped.append(SkippedBucket(bucket, skipped, edit.snippet))
            plan.lasting |= {id(bucket)} if edit.is_lasting else set()
    forgotten = Skipped("no edit was found for it", Advice("edit it by hand"), is_unknown=True)
    plan.skipped += (SkippedBucket(bucket, forgotten) for bucket in waiting.values())
