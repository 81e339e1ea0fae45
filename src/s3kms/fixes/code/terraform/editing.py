"""From wanting buckets to edits: every way is tried, and the first that is proven is taken."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from s3kms.estate.bucket import BucketKind
from s3kms.estate.encryption import SSE_S3
from s3kms.fixes.code.interface import Declined, Desired, Edit, Proposal, Splice, Wanting
from s3kms.fixes.code.terraform.case import Case, Read, Trial, read_buckets
from s3kms.fixes.code.terraform.declining import decline, decline_table
from s3kms.fixes.code.terraform.drafts import Draft, Drafts
from s3kms.fixes.code.terraform.holders import survey
from s3kms.fixes.code.terraform.keys import Refused
from s3kms.fixes.code.terraform.layout import read_layout
from s3kms.fixes.code.terraform.text import Change, coalesced, reach, tidied
from s3kms.sources.code.interface import Context, Folder, Unit

_BY_HAND = "edit it by hand; s3kms check tells when it is right"


def edit(
    read: Read, unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired
) -> Iterator[Edit]:
    """One Edit for every wanting bucket, some together; none for one that is as desired already."""
    if not isinstance(unit, Folder):
        return
    unit = Folder(unit.path)
    before = read_buckets(read, unit, context)
    for bucket in (wanted.bucket for wanted in wanting):
        if bucket.resource not in before:
            yield Declined(bucket.resource or bucket.label, "its declaration was not found", _BY_HAND)
        elif bucket.kind is BucketKind.TABLE:
            yield decline_table(bucket.resource)
    wanted = frozenset(
        w.bucket.resource
        for w in wanting
        if w.bucket.resource in before and w.bucket.resource and w.bucket.kind is not BucketKind.TABLE
    )
    layout = read_layout(unit.path, context)
    case = Case(unit, context, read, layout, before, wanted, desired)
    left = sorted(address for address in wanted if not case.is_right(before[address]))
    if not left:
        return
    values = {SSE_S3, *(w.before.algorithm for w in wanting if w.before.algorithm)}
    ground = survey(case, frozenset(values))
    yield from _edits(case, Drafts(case, ground), left)


def _edits(case: Case, drafts: Drafts, left: list[str]) -> Iterator[Edit]:
    firsts = _firsts(drafts, left)
    joint = case.attempt(_together(firsts))
    if firsts and joint.is_harmless and joint.passed >= set(left):
        yield from _proposals(case, [(draft, draft.group & joint.passed) for draft in firsts])
        return
    taken: list[tuple[Draft, frozenset[str]]] = []
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


def _firsts(drafts: Drafts, left: Iterable[str]) -> list[Draft]:
    """The best draft of each; none where some bucket has none."""
    found: dict[Draft, None] = {}
    covered: set[str] = set()
    for address in left:
        if address in covered:
            continue
        try:
            draft = next(drafts.of(address), None)
        except Refused:
            draft = None
        if draft is None:
            return []
        found[draft] = None
        covered |= draft.group
    return list(found)


def _together(drafts: Iterable[Draft]) -> list[tuple[Path, Change]]:
    return list(dict.fromkeys(change for draft in drafts for change in draft.changes))


def _first_proven(
    case: Case, drafts: Drafts, address: str, taken: list[Draft]
) -> tuple[Draft, frozenset[str]] | Declined:
    tried: list[tuple[Draft, Trial]] = []
    try:
        for draft in drafts.of(address):
            trial = case.attempt(draft.changes)
            if trial.is_harmless and address in trial.passed and not trial.unfinished:
                both = case.attempt(_together([*taken, draft])) if taken else trial
                if both.is_harmless and both.passed >= trial.passed:
                    return draft, trial.passed
            tried.append((draft, trial))
    except Refused as refused:
        return Declined(address, str(refused), refused.remedy)
    return decline(case, drafts.ground, address, tried)


def _proposals(case: Case, taken: Sequence[tuple[Draft, frozenset[str]]]) -> Iterator[Proposal]:
    """One of each draft; of several that are about the same lines, one together."""
    for numbers in _groups(case, [draft for draft, _ in taken]):
        drafts = [taken[number][0] for number in numbers]
        buckets = {address for number in numbers for address in taken[number][1]}
        why = "; ".join(dict.fromkeys(draft.why for draft in drafts))
        yield Proposal(tuple(sorted(buckets)), tuple(_splices(case, _together(drafts))), why)


def _groups(case: Case, drafts: Sequence[Draft]) -> list[list[int]]:
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


def _splices(case: Case, changes: Iterable[tuple[Path, Change]]) -> Iterator[Splice]:
    files: dict[Path, list[Change]] = {}
    for path, change in changes:
        files.setdefault(path, []).append(change)
    for path, mine in files.items():
        for change in coalesced(mine) if path.name.endswith(".json") else tidied(case.data(path), mine):
            yield Splice(path, change.start, change.end, change.text)
