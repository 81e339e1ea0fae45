"""Proposes edits of a root module: every candidate is tried, and the first that is proven is taken."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from s3kms.iac.editing.attempt import EditAttempt, read_with_edit
from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Edit,
    EditTarget,
    Folder,
    Proposal,
    ReadContext,
    Reader,
    Splice,
    Unit,
)
from s3kms.iac.terraform.editor.candidates import CandidateEdit, CandidateEdits
from s3kms.iac.terraform.editor.decline_reasons import decline_bucket, decline_table_bucket
from s3kms.iac.terraform.editor.line_format import align_changes, coalesce_changes, reach
from s3kms.iac.terraform.editor.module_tree import read_module_tree
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import find_algorithm_sources
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_S3

_BY_HAND = Advice("edit it by hand; {check} says when it is right", {"check": Command("check")})


def propose_edits(
    reader: Reader, unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together; none for one that is as desired already."""
    if not isinstance(unit, Folder):
        return
    unit = Folder(unit.path)
    before = read_with_edit(reader, unit, context, {})
    for bucket in (wanted.bucket for wanted in wanting):
        if bucket.resource not in before:
            yield Declined(bucket.resource or bucket.label, "its declaration was not found", _BY_HAND)
        elif bucket.kind is BucketKind.TABLE:
            yield decline_table_bucket(bucket.resource)
    wanted = frozenset(
        w.bucket.resource
        for w in wanting
        if w.bucket.resource in before and w.bucket.resource and w.bucket.kind is not BucketKind.TABLE
    )
    layout = read_module_tree(unit.path, context)
    case = RootModuleEdit(unit, context, reader, layout, before, wanted, desired)
    left = sorted(address for address in wanted if not case.is_right(before[address]))
    if not left:
        return
    values = {SSE_S3, *(w.before.algorithm for w in wanting if w.before.algorithm)}
    ground = find_algorithm_sources(case, frozenset(values))
    yield from _edits(case, CandidateEdits(case, ground), left)


def _edits(case: RootModuleEdit, drafts: CandidateEdits, left: list[str]) -> Iterator[Edit]:
    firsts = _firsts(drafts, left)
    joint = case.attempt(_together(firsts))
    if firsts and joint.is_harmless and joint.passed >= set(left):
        yield from _proposals(case, [(draft, draft.group & joint.passed) for draft in firsts])
        return
    taken: list[tuple[CandidateEdit, frozenset[str]]] = []
    done: set[str] = set()
    for address in left:
        if address in done:
            continue
        found = _first_proven(case, drafts, address, [draft for draft, _ in taken])
        if isinstance(found, Declined):
            yield found
        else:
            taken.append(found)
            done |= found[1]
    yield from _proposals(case, taken)


def _firsts(drafts: CandidateEdits, left: Iterable[str]) -> list[CandidateEdit]:
    """The best draft of each; none where some bucket has none."""
    found: dict[CandidateEdit, None] = {}
    covered: set[str] = set()
    for address in left:
        if address in covered:
            continue
        try:
            draft = next(drafts.of(address), None)
        except NotExpressible:
            draft = None
        if draft is None:
            return []
        found[draft] = None
        covered |= draft.group
    return list(found)


def _together(drafts: Iterable[CandidateEdit]) -> list[tuple[Path, Splice[bytes]]]:
    return list(dict.fromkeys(change for draft in drafts for change in draft.changes))


def _first_proven(
    case: RootModuleEdit, drafts: CandidateEdits, address: str, taken: list[CandidateEdit]
) -> tuple[CandidateEdit, frozenset[str]] | Declined:
    tried: list[tuple[CandidateEdit, EditAttempt]] = []
    try:
        for draft in drafts.of(address):
            trial = case.attempt(draft.changes)
            if trial.is_harmless and address in trial.passed and not trial.unfinished:
                both = case.attempt(_together([*taken, draft])) if taken else trial
                if both.is_harmless and both.passed >= trial.passed:
                    return draft, trial.passed
            tried.append((draft, trial))
    except NotExpressible as refused:
        return Declined(address, str(refused), refused.remedy)
    return decline_bucket(case, drafts.ground, address, tried)


def _proposals(
    case: RootModuleEdit, taken: Sequence[tuple[CandidateEdit, frozenset[str]]]
) -> Iterator[Proposal]:
    """One of each draft; of several that are about the same lines, one together."""
    for numbers in _groups(case, [draft for draft, _ in taken]):
        drafts = [taken[number][0] for number in numbers]
        buckets = {address for number in numbers for address in taken[number][1]}
        why = "; ".join(dict.fromkeys(draft.why for draft in drafts))
        yield Proposal(tuple(sorted(buckets)), tuple(_splices(case, _together(drafts))), why)


def _groups(case: RootModuleEdit, drafts: Sequence[CandidateEdit]) -> list[list[int]]:
    """The numbers of the drafts that are about the same lines, or those that are written in the same columns."""
    group = list(range(len(drafts)))
    reaches = sorted(
        (path, *reach(case.data(path), change), number)
        for number, draft in enumerate(drafts)
        for path, change in draft.changes
    )
    for (path, _, end, number), (other, start, _, following) in pairwise(_widened(reaches)):
        if path == other and start <= end and group[number] != group[following]:
            old, new = group[following], group[number]
            group = [new if one == old else one for one in group]
    found: dict[int, list[int]] = {}
    for number, one in enumerate(group):
        found.setdefault(one, []).append(number)
    return list(found.values())


def _widened(reaches: Iterable[tuple[Path, int, int, int]]) -> Iterator[tuple[Path, int, int, int]]:
    """Each up to the furthest end that one before it has in its file."""
    last: tuple[Path, int] | None = None
    for path, start, end, number in reaches:
        furthest = max(end, last[1]) if last and last[0] == path else end
        last = path, furthest
        yield path, start, furthest, number


def _splices(
    case: RootModuleEdit, changes: Iterable[tuple[Path, Splice[bytes]]]
) -> Iterator[tuple[Path, Splice[bytes]]]:
    files: dict[Path, list[Splice[bytes]]] = {}
    for path, change in changes:
        files.setdefault(path, []).append(change)
    for path, mine in files.items():
        for change in (
            coalesce_changes(mine) if path.name.endswith(".json") else align_changes(case.data(path), mine)
        ):
            yield path, change
