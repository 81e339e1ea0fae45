"""From units of code to patches: who is to be edited, what the editors propose, and what fits together. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.estate.bucket import Bucket
from s3kms.fixes.code.interface import Desired, Editor, Proposal, Wanting
from s3kms.fixes.code.merging import Merging
from s3kms.fixes.code.needs import Leave, Need
from s3kms.fixes.code.patch import Patch
from s3kms.fixes.code.proving import Ask, Proof, Prover, is_well
from s3kms.fixes.code.reading import Offer, Read, contents, paired, read_again, read_unit
from s3kms.fixes.code.snapshot import Snapshot
from s3kms.sources.code.interface import Context, Document, Reader, Unit


@dataclass(frozen=True, slots=True)
class Left:
    """A bucket that is left alone."""

    bucket: Bucket
    leave: Leave
    snippet: str = ""
    """Code to paste, where an editor offers some."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Buckets that are put right together, and where that is written."""

    buckets: tuple[Bucket, ...]
    why: str


@dataclass(slots=True)
class CodePlan:
    """What is to be written, and what is not."""

    patches: tuple[Patch, ...] = ()
    edited: tuple[Edited, ...] = ()
    left: list[Left] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)

    @property
    def bucket_count(self) -> int:
        """How many buckets are put right."""
        return sum(len(edited.buckets) for edited in self.edited)

    @property
    def is_unsure(self) -> bool:
        """Whether some bucket may need an edit, or needs one that is not made."""
        return any(left.leave.is_unknown for left in self.left)


@dataclass(frozen=True, slots=True)
class Planner:
    """Who is asked about a bucket, who edits, and which files may be written."""

    ask: Ask
    editors: Sequence[Editor]
    refusal: Callable[[Path], str | None]
    """Why a file may not be written; None where it may."""

    def plan(self, units: Iterable[tuple[Unit, Reader]], context: Context) -> CodePlan:
        """Raises what the units raise."""
        plan = CodePlan()
        snapshot = Snapshot(context.files)
        context = replace(context, files=snapshot)
        offers: list[Offer] = []
        for unit, reader in units:
            if isinstance(unit, Document):
                snapshot.keep(unit.path, unit.data)
            read = read_unit(unit, reader, context, {})
            plan.reads.append(read)
            offers += self._offers(read, context, plan)
        self._settle(plan, offers, context)
        return plan

    def unmet(self, plan: CodePlan, context: Context) -> tuple[Bucket, ...]:
        """The edited buckets that are not as they are asked for, as the context's files are now."""
        edited = {id(bucket) for edited in plan.edited for bucket in edited.buckets}
        now = contents((patch.path for patch in plan.patches), context.files)
        return tuple(
            was
            for before, after in read_again(plan.reads, now, context)
            for was, is_ in paired(before, after)
            if was is not None and id(was) in edited and not (is_ is not None and is_well(self.ask(is_)))
        )

    def _offers(self, read: Read, context: Context, plan: CodePlan) -> Iterator[Offer]:
        """What the editor proposes; whom it declines is left."""
        groups: dict[Desired, list[Wanting]] = {}
        for bucket in read.buckets:
            found = self.ask(bucket)
            if isinstance(found, Need):
                groups.setdefault(found.desired, []).append(found.wanting)
            else:
                plan.left.append(Left(bucket, found))
        editor = next((one for one in self.editors if one.name == read.reader.name), None)
        for desired, wantings in groups.items():
            if editor is not None:
                yield from _proposed(editor, read, context, wantings, desired, plan)
                continue
            why = f"is declared in {read.reader.name}, which is not edited"
            leave = Leave(why, "fix the code that it is made from: s3kms fix FOLDER", is_unknown=True)
            plan.left += (Left(wanting.bucket, leave) for wanting in wantings)

    def _settle(self, plan: CodePlan, offers: list[Offer], context: Context) -> None:
        """Take out what does not fit, until everything that is left comes out right together."""
        while True:
            merging = Merging(context.files, self.refusal)
            refused = {
                number: why
                for number, offer in enumerate(offers)
                if (why := merging.add(offer.proposal)) is not None
            }
            proof = Proof()
            if not refused:
                plan.patches = merging.patches()
                changed = {patch.path: patch.after for patch in plan.patches}
                proof = Prover(plan.reads, offers, self.ask, context).prove(changed)
                refused = proof.wrong
            if not refused:
                break
            for number, why in refused.items():
                leave = Leave(why, f"edit it by hand: {offers[number].proposal.why}", is_unknown=True)
                plan.left += (Left(bucket, leave) for bucket in offers[number].buckets)
            offers = [offer for number, offer in enumerate(offers) if number not in refused]
        plan.edited = tuple(Edited(offer.buckets, offer.proposal.why) for offer in offers)
        plan.left = [left for left in plan.left if left.leave.is_well or id(left.bucket) not in proof.helped]


def _proposed(  # noqa: PLR0917 - what an editor is given, and where the rest goes
    editor: Editor,
    read: Read,
    context: Context,
    wantings: Sequence[Wanting],
    desired: Desired,
    plan: CodePlan,
) -> Iterator[Offer]:
    """An editor that forgets a bucket does not make it a bucket that is well."""
    waiting = {wanting.bucket.resource: wanting.bucket for wanting in wantings}
    for edit in editor.edit(read.unit, context, wantings, desired):
        if isinstance(edit, Proposal):
            for address in edit.buckets:
                waiting.pop(address, None)
            yield Offer(read, edit)
        elif bucket := waiting.pop(edit.bucket, None):
            leave = Leave(edit.why, edit.remedy, is_unknown=True)
            plan.left.append(Left(bucket, leave, edit.snippet))
    forgotten = Leave("no edit was found for it", "edit it by hand", is_unknown=True)
    plan.left += (Left(bucket, forgotten) for bucket in waiting.values())
