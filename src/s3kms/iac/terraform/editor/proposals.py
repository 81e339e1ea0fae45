"""Proposes edits of a root module: every candidate is tried, and the first that is proven is taken."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Self

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
    Unit,
)
from s3kms.iac.terraform.editor.candidates import CandidateEdit, CandidateEdits
from s3kms.iac.terraform.editor.cloud_control import is_of_cloud_control, propose_argument
from s3kms.iac.terraform.editor.decline_reasons import (
    decline_bucket,
    decline_not_installed,
    decline_stack,
    decline_table_bucket,
    is_of_stack,
    then_check,
)
from s3kms.iac.terraform.editor.ignored_edits import decline_ignored
from s3kms.iac.terraform.editor.line_format import align_splices, coalesce_splices, reach
from s3kms.iac.terraform.editor.module_tree import read_module_tree
from s3kms.iac.terraform.editor.root_module_edit import (
    FileSplice,
    RootModuleEdit,
    find_failed_conditions,
    splices_by_file,
)
from s3kms.iac.terraform.editor.rule_blocks import find_algorithm_sources
from s3kms.iac.terraform.provider_versions import aws_provider_versions
from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_S3


@dataclass(frozen=True, slots=True)
class _ProvenEdit:
    """A candidate, and the buckets that it was proven for."""

    candidate: CandidateEdit
    buckets: frozenset[str]
    bucket_key_off: frozenset[str] = frozenset()
    """Those of them whose S3 Bucket Key stays off."""
    bucket_key_on: frozenset[str] = frozenset()
    """Those of them whose S3 Bucket Key the code turned off, and that is turned on."""

    @classmethod
    def of(cls, candidate: CandidateEdit, attempt: EditAttempt) -> Self:
        """A candidate, for those of its buckets that came out as desired in an attempt."""
        buckets = candidate.group & attempt.passed
        return cls(candidate, buckets, attempt.bucket_key_off & buckets, attempt.bucket_key_on & buckets)


def propose_edits(
    reader: Reader, unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together; none for one that is as desired already."""
    if not isinstance(unit, Folder):
        return
    unit = Folder(unit.path)
    before = read_with_edit(reader, unit, context, {})
    to_edit: set[str] = set()
    for bucket in (one.bucket for one in buckets):
        if bucket.resource is None or bucket.resource not in before:
            address = bucket.resource or bucket.label
            yield Declined(address, "its declaration was not found", then_check("edit it by hand"))
        elif is_of_stack(bucket.resource):
            yield decline_stack(bucket)
        elif bucket.kind is BucketKind.TABLE:
            yield decline_table_bucket(bucket.resource)
        else:
            to_edit.add(bucket.resource)
    tree = read_module_tree(unit.path, context)
    not_there = sorted(address for address in to_edit if tree.node_of(address) is None)
    yield from map(decline_not_installed, not_there)
    to_edit.difference_update(not_there)
    failed = find_failed_conditions(unit, context, {})
    versions = aws_provider_versions(unit.path, context.files, (node.module for node in tree.root.walk()))
    edit = RootModuleEdit(unit, context, reader, tree, before, frozenset(to_edit), target, failed, versions)
    left = sorted(
        address
        for address in to_edit
        if edit.has_other_key(before[address]) or not edit.is_right(before[address])
    )
    yield from _propose_arguments(edit, [address for address in left if is_of_cloud_control(address)])
    left = [address for address in left if not is_of_cloud_control(address)]
    if left:
        algorithms = {SSE_S3, *(one.before.algorithm for one in buckets if one.before.algorithm)}
        sources = find_algorithm_sources(edit, frozenset(algorithms))
        declined = {one: found for one in left if (found := decline_ignored(edit, sources, one))}
        yield from declined.values()
        left = [address for address in left if address not in declined]
        for proposed in _prove(edit, CandidateEdits(edit, sources), left):
            yield _without(proposed, declined.keys())


def _propose_arguments(edit: RootModuleEdit, left: list[str]) -> Iterator[Edit]:
    """The edits of buckets whose default encryption is an argument of their own."""
    proven: dict[str, _ProvenEdit] = {}
    for address in left:
        if address not in proven:
            found = propose_argument(edit, address)
            if isinstance(found, Declined):
                yield found
            else:
                proven |= dict.fromkeys(found.group, _ProvenEdit(found, found.group))
    yield from _proposals(edit, list(dict.fromkeys(proven.values())))


def _prove(edit: RootModuleEdit, candidates: CandidateEdits, left: list[str]) -> Iterator[Edit]:
    """The best candidates of all buckets at once, where that is proven; else bucket by bucket."""
    firsts = _best_candidates(candidates, left)
    attempt = edit.attempt(_together(firsts))
    if firsts and attempt.is_harmless and attempt.passed >= set(left):
        yield from _proposals(edit, [_ProvenEdit.of(one, attempt) for one in firsts])
        return
    proven: list[_ProvenEdit] = []
    done: set[str] = set()
    for address in left:
        if address in done:
            continue
        found = _first_proven(edit, candidates, address, [one.candidate for one in proven])
        if isinstance(found, Declined):
            yield found
        else:
            proven.append(found)
            done |= found.buckets
    yield from _proposals(edit, proven)


def _best_candidates(candidates: CandidateEdits, left: Iterable[str]) -> list[CandidateEdit]:
    """The best candidate of each bucket; none at all where some bucket has none."""
    found: dict[CandidateEdit, None] = {}
    covered: set[str] = set()
    for address in left:
        if address in covered:
            continue
        try:
            candidate = next(candidates.of(address), None)
        except NotExpressible:
            candidate = None
        if candidate is None:
            return []
        found[candidate] = None
        covered |= candidate.group
    return list(found)


def _together(candidates: Iterable[CandidateEdit]) -> list[FileSplice]:
    return list(dict.fromkeys(splice for candidate in candidates for splice in candidate.splices))


def _first_proven(
    edit: RootModuleEdit, candidates: CandidateEdits, address: str, taken: list[CandidateEdit]
) -> _ProvenEdit | Declined:
    """The first candidate that is proven by itself, and together with those that are taken already."""
    tried: list[tuple[CandidateEdit, EditAttempt]] = []
    try:
        for candidate in candidates.of(address):
            if any(one.impossible and other.why != candidate.why for other, one in tried):
                break  # what the code forbids there is not written past it elsewhere
            attempt = edit.attempt(candidate.splices)
            if attempt.is_harmless and address in attempt.passed and not attempt.unfinished:
                both = edit.attempt(_together([*taken, candidate])) if taken else attempt
                if both.is_harmless and both.passed >= attempt.passed:
                    return _ProvenEdit.of(replace(candidate, group=attempt.passed), attempt)
            tried.append((candidate, attempt))
    except NotExpressible as error:
        return Declined(address, str(error), error.remedy)
    return decline_bucket(edit, candidates, address, tried)


def _proposals(edit: RootModuleEdit, proven: Sequence[_ProvenEdit]) -> Iterator[Proposal]:
    """One for each edit; for several that are about the same lines, one together."""
    for numbers in _group_by_lines(edit, [one.candidate for one in proven]):
        candidates = [proven[number].candidate for number in numbers]
        buckets = {address for number in numbers for address in proven[number].buckets}
        why = "; ".join(dict.fromkeys(candidate.why for candidate in candidates))
        if edit.target.bucket_key is None:
            why += _describe_bucket_key([proven[number] for number in numbers], len(buckets))
        yield Proposal(tuple(sorted(buckets)), tuple(_formatted(edit, _together(candidates))), why)


def _describe_bucket_key(proven: Sequence[_ProvenEdit], count: int) -> str:
    """What to say of the S3 Bucket Key, of which nothing was asked; empty where nothing is to be said."""
    on = sorted(address for one in proven for address in one.bucket_key_on)
    off = sorted(address for one in proven for address in one.bucket_key_off)
    text = f"; the S3 Bucket Key{_of_some(on, count)}, which was off, is turned on" if on else ""
    return text + (
        f"; the S3 Bucket Key{_of_some(off, count)} stays off: no edit turns it on there alone" if off else ""
    )


def _of_some(some: Sequence[str], count: int) -> str:
    """` of A, B`, where it is not of all."""
    return "" if len(some) == count else f" of {', '.join(some)}"


def _without(edit: Edit, declined: Collection[str]) -> Edit:
    """A proposal, and none of the buckets that were declined: what it changes there comes to nothing."""
    if isinstance(edit, Declined):
        return edit
    return replace(edit, buckets=tuple(one for one in edit.buckets if one not in declined))


def _group_by_lines(edit: RootModuleEdit, candidates: Sequence[CandidateEdit]) -> list[list[int]]:
    """The numbers of the candidates, together where they are about the same lines, or about lines whose equals signs
    stand in one column.
    """
    group = list(range(len(candidates)))
    reaches = sorted(
        (path, *reach(edit.data(path), splice), number)
        for number, candidate in enumerate(candidates)
        for path, splice in candidate.splices
    )
    for (path, _, end, number), (other, start, _, following) in pairwise(_widened(reaches)):
        if path == other and start <= end:
            group[_first_of(group, following)] = _first_of(group, number)
    found: dict[int, list[int]] = {}
    for number in range(len(group)):
        found.setdefault(_first_of(group, number), []).append(number)
    return list(found.values())


def _first_of(group: list[int], number: int) -> int:
    """The number that stands for a group, each of which names another of it or itself."""
    while group[number] != number:
        group[number] = group[group[number]]
        number = group[number]
    return number


def _widened(reaches: Iterable[tuple[Path, int, int, int]]) -> Iterator[tuple[Path, int, int, int]]:
    """Each reach up to the furthest end that one before it has in its file."""
    last: tuple[Path, int] | None = None
    for path, start, end, number in reaches:
        furthest = max(end, last[1]) if last and last[0] == path else end
        last = path, furthest
        yield path, start, furthest, number


def _formatted(edit: RootModuleEdit, splices: Iterable[FileSplice]) -> Iterator[FileSplice]:
    """The splices with what keeps the columns of native syntax; splices that touch are put together."""
    for path, mine in splices_by_file(splices).items():
        is_json = path.name.endswith(".json")
        for splice in coalesce_splices(mine) if is_json else align_splices(edit.data(path), mine):
            yield path, splice
