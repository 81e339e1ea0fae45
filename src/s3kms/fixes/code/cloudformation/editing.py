"""From wanting buckets to edits: every way is tried, and the first that is proven is taken."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from s3kms.estate.bucket import Bucket
from s3kms.fixes.code.cloudformation.drafts import Candidate, Drafts
from s3kms.fixes.code.cloudformation.generated import Generated, cdk_snippet, generated
from s3kms.fixes.code.cloudformation.proof import Case, Trial, attempt, read_buckets, unknowns
from s3kms.fixes.code.cloudformation.sites import Way
from s3kms.fixes.code.cloudformation.slots import Cut, merged
from s3kms.fixes.code.cloudformation.style import block_style
from s3kms.fixes.code.cloudformation.syntax import Source, parse_source
from s3kms.fixes.code.cloudformation.wish import Refused, Wish, is_granted, outcomes_of, wish_for
from s3kms.fixes.code.cloudformation.writing import BlockStyle, FlowStyle, Value, block, flow
from s3kms.fixes.code.interface import Declined, Desired, Edit, Proposal, Splice, Wanting
from s3kms.sources.code.cloudformation.loops import written_out
from s3kms.sources.code.cloudformation.template import read_template
from s3kms.sources.code.cloudformation.tree import Broken, Table, parse
from s3kms.sources.code.interface import Context, Document, Unit

_BY_HAND = "edit the template by hand; s3kms check tells when it is right"


def edit(unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired) -> Iterator[Edit]:
    """One Edit for every wanting bucket, some together; none for one that is as desired already."""
    if not isinstance(unit, Document):
        return
    files: dict[Path, list[str]] = {}
    for wanted in wanting:
        bucket = wanted.bucket
        if bucket.resource is None:
            yield Declined(bucket.label, "its declaration was not found", _BY_HAND)
            continue
        path = Path(bucket.places[0].uri) if bucket.places else unit.path
        names = files.setdefault(path, [])
        if bucket.resource not in names:
            names.append(bucket.resource)
    everything = frozenset(name for names in files.values() for name in names)
    for path, names in files.items():
        yield from _file(_Unit(unit, context, everything, desired), path, names)


@dataclass(frozen=True, slots=True)
class _Unit:
    document: Document
    context: Context
    wanted: frozenset[str]
    desired: Desired

    def case(self, path: Path) -> Case | None:
        """Of one of its files; None where it cannot be read."""
        is_own = path == self.document.path
        data = self.document.data if is_own else self.context.files.read(path)
        try:
            root = parse(data or b"")
            source = parse_source(data or b"")
        except (Broken, yaml.YAMLError):
            return None
        if data is None or not isinstance(root, Table):
            return None
        template = written_out(read_template(root, str(path)))
        buckets = read_buckets(self.document, self.context)
        return Case(
            self.document,
            self.context,
            path,
            data,
            source,
            root,
            template,
            buckets,
            self.wanted,
            self.desired,
        )


def _file(unit: _Unit, path: Path, names: Sequence[str]) -> Iterator[Edit]:
    """The edits of one file."""
    case = unit.case(path)
    if case is None:
        yield from (Declined(name, f"{path} cannot be read as a template", _BY_HAND) for name in names)
        return
    known = [name for name in names if name in case.buckets and case.resource(name)]
    for name in names:
        if name not in known:
            yield Declined(name, f"{path} declares no bucket {name}", "check it again")
    left = [name for name in known if not _is_granted(case, case.buckets[name])]
    by = generated(path, unit.context, case.source)
    if by is not None:
        yield from (_declined_as_generated(case, name, by) for name in left)
        return
    yield from _compatible(case, list(_edits(case, left)))


def _is_granted(case: Case, bucket: Bucket) -> bool:
    return all(is_granted(o, bucket.kind, case.desired, case.template) for o in outcomes_of(bucket))


def _edits(case: Case, names: Sequence[str]) -> Iterator[Edit]:
    """One for every bucket that is left."""
    drafts = Drafts(case)
    if together := _together(case, drafts, names):
        yield from together
        return
    done: set[str] = set()
    for name in names:
        if name in done:
            continue
        try:
            if drafts.is_said(name):
                continue
            found = _proposal(case, drafts, name)
        except Refused as refused:
            found = Declined(name, str(refused), refused.remedy)
        if isinstance(found, Proposal):
            done.update(found.buckets)
        yield found


def _together(case: Case, drafts: Drafts, names: Sequence[str]) -> list[Proposal]:
    """The first way of each, proven all at once; nothing where that cannot be."""
    firsts: dict[str, Candidate] = {}
    for name in names:
        try:
            first = None if drafts.is_said(name) else next(drafts.candidates(name), None)
        except Refused:
            first = None
        if first is None:
            return []
        firsts[name] = first
    trial = attempt(case, (cut for _, cuts in firsts.values() for cut in cuts))
    if trial.why_not or trial.unfinished or trial.reached != firsts.keys():
        return []
    return [
        _proven(
            case,
            frozenset(group),
            [cut for name in group for cut in firsts[name][1]],
            [way for name in group for way in firsts[name][0]],
        )
        for group in _groups(firsts)
    ]


def _groups(firsts: Mapping[str, Candidate]) -> Iterable[list[str]]:
    """The buckets whose edits touch, together."""
    group = dict(zip(firsts, range(len(firsts)), strict=True))
    end, of = -1, ""
    places = ((cut.start, cut.end, name) for name, (_, cuts) in firsts.items() for cut in cuts)
    for start, stop, name in sorted(places):
        if start <= end and group[name] != group[of]:
            old, new = group[name], group[of]
            group = {one: new if number == old else number for one, number in group.items()}
        if stop >= end:
            end, of = stop, name
    found: dict[int, list[str]] = {}
    for name, number in group.items():
        found.setdefault(number, []).append(name)
    return found.values()


def _proposal(case: Case, drafts: Drafts, name: str) -> Edit:
    """The first way that is proven. Raises Refused where what is desired cannot be said in this template."""
    wish = drafts.wish(name)
    why = ""
    for ways, cuts in drafts.candidates(name):
        taken, trial = _with_sharers(case, drafts, name, cuts)
        if not trial.why_not and not trial.unfinished and name in trial.reached:
            return _proven(case, trial.reached, taken, ways)
        why = why or trial.why_not or trial.still_open
    if wish.shape.needs_key and wish.key is None:
        kind = _kind(case, name)
        why = f"{kind} takes SSE-KMS only with a customer managed key, and none was named (facts A20, A22)"
        return Declined(name, why, "name a key: the logical id of one that the template declares, or an ARN")
    return Declined(name, why or _why_open(case.buckets[name]), _BY_HAND, _snippet(case.source, wish))


def _with_sharers(
    case: Case, drafts: Drafts, name: str, cuts: tuple[Cut, ...]
) -> tuple[tuple[Cut, ...], Trial]:
    """The edits of a bucket, and those that other wanting buckets need, too, once they are reached."""
    group = {name}
    trial = attempt(case, cuts)
    while more := trial.unfinished - group:
        group |= more
        firsts = (next(drafts.candidates(other), ((), ())) for other in sorted(more))
        cuts = (*cuts, *(cut for _, first in firsts for cut in first))
        trial = attempt(case, cuts)
    return cuts, trial


def _proven(case: Case, reached: frozenset[str], cuts: Iterable[Cut], ways: Sequence[Way]) -> Proposal:
    path, source = case.path, case.source
    splices = tuple(
        Splice(path, source.offset(cut.start), source.offset(cut.end), cut.text.encode())
        for cut in merged(cuts) or ()
    )
    why = "; ".join(dict.fromkeys(way.why for way in ways)) or "the key or the bucket key is not as desired"
    buckets = tuple(name for name in case.buckets if name in reached)
    return Proposal(buckets, splices, why)


def _compatible(case: Case, edits: Sequence[Edit]) -> Iterator[Edit]:
    """The same, if all proposals together do what they do alone; else those that do, in their order."""
    taken: list[Proposal] = []
    proposals = [found for found in edits if isinstance(found, Proposal)]
    is_fine = len(proposals) <= 1 or _are_right(case, proposals)
    for found in edits:
        if is_fine or isinstance(found, Declined):
            yield found
        elif _are_right(case, [*taken, found]):
            taken.append(found)
            yield found
        else:
            why = f"its edit does not go with that of {', '.join(n for p in taken for n in p.buckets)}"
            yield from (Declined(name, why, "apply the others, then fix it again") for name in found.buckets)


def _are_right(case: Case, proposals: Sequence[Proposal]) -> bool:
    splices = sorted((s for p in proposals for s in p.splices), key=lambda s: (s.start, s.end))
    if any(b.start < a.end or a.start == b.start for a, b in pairwise(splices)):
        return False
    trial = attempt(case, _cuts(case.source, splices))
    names = {name for proposal in proposals for name in proposal.buckets}
    return not trial.why_not and not trial.unfinished and trial.reached == names


def _cuts(source: Source, splices: Sequence[Splice]) -> list[Cut]:
    """Back from bytes to characters."""
    data = source.text.encode()

    def index(offset: int) -> int:
        return len(data[: offset - source.prefix].decode())

    return [Cut(index(s.start), index(s.end), s.text.decode()) for s in splices]


def _why_open(bucket: Bucket) -> str:
    return next(unknowns(bucket), "no edit was found whose result passes")


def _declined_as_generated(case: Case, name: str, by: Generated) -> Declined:
    kind = _kind(case, name)
    try:
        wish = wish_for(case.template, kind, case.desired)
    except Refused as refused:
        return Declined(name, by.why, f"{by.remedy}; {refused}")
    if by.is_cdk:
        return Declined(
            name,
            by.why,
            by.remedy,
            cdk_snippet(case.source, name.rpartition(".")[2], kind, wish, case.desired),
        )
    return Declined(name, by.why, by.remedy, _snippet(case.source, wish))


def _kind(case: Case, name: str) -> str:
    resource = case.resource(name)
    return resource.kind if resource else ""


def _snippet(source: Source, wish: Wish) -> str:
    """The property, to paste."""
    value: Value = {wish.shape.property: wish.encryption()}
    if source.is_json:
        lines = flow(value, FlowStyle(is_json=True, newline="\n")).splitlines()
        return "".join(line.removeprefix("  ") + "\n" for line in lines[1:-1])
    style = block_style(source, source.root)
    return block(value, BlockStyle("\n", style.step, style.dash, style.item_step, style.is_long), 0) + "\n"
