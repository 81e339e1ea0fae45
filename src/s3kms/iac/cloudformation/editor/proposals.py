"""Proposes edits of a template: every candidate is tried, and the first that is proven is taken."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from s3kms.iac.cloudformation.editor.candidates import TemplateCandidates, TemplateEdit
from s3kms.iac.cloudformation.editor.deciding_places import PlaceFix
from s3kms.iac.cloudformation.editor.edit_attempt import EditedTemplate, try_edit, try_edits
from s3kms.iac.cloudformation.editor.generated_templates import TemplateGenerator, cdk_snippet, find_generator
from s3kms.iac.cloudformation.editor.render_yaml import (
    BlockStyle,
    FlowStyle,
    TemplateValue,
    render_block,
    render_flow,
)
from s3kms.iac.cloudformation.editor.style import block_style
from s3kms.iac.cloudformation.editor.syntax import TemplateSource, parse_source
from s3kms.iac.cloudformation.editor.target import (
    TemplateTarget,
    meets_template_target,
    template_target_for,
)
from s3kms.iac.cloudformation.editor.text_splices import merge_splices
from s3kms.iac.cloudformation.loops import unroll_loops
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.cloudformation.template import read_template
from s3kms.iac.cloudformation.tree import Table, TemplateSyntaxError, parse_template
from s3kms.iac.editing.attempt import EditAttempt, describe_unknowns, read_with_edit
from s3kms.iac.editing.target import NotExpressible, outcomes_of
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Document,
    Edit,
    EditTarget,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket

_BY_HAND = Advice("edit the template by hand, then run {check}", {"check": Command("check")})


def propose_edits(
    unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together; none for one that is as desired already."""
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
    before = read_with_edit(READER, unit, context, {}) if files else {}
    edited = _Unit(unit, context, everything, desired, before)
    if len(files) > 1 and (together := _all_files(edited, files)):
        yield from together
        return
    for path, names in files.items():
        yield from _file(edited, path, names)


@dataclass(frozen=True, slots=True)
class _Unit:
    document: Document
    context: ReadContext
    wanted: frozenset[str]
    desired: EditTarget
    buckets: Mapping[str, Bucket]
    """As they are before any edit."""

    def case(self, path: Path) -> EditedTemplate | None:
        """One file of the unit, ready to be edited; None where it cannot be read as a template."""
        is_own = path == self.document.path
        data = self.document.data if is_own else self.context.files.read(path)
        if not isinstance(data, bytes):
            return None
        try:
            root = parse_template(data)
            source = parse_source(data)
        except (TemplateSyntaxError, yaml.YAMLError):
            return None
        if not isinstance(root, Table):
            return None
        template = unroll_loops(read_template(root, str(path)))
        return EditedTemplate(
            self.document,
            self.context,
            path,
            data,
            source,
            root,
            template,
            self.buckets,
            self.wanted,
            self.desired,
        )


def _file(unit: _Unit, path: Path, names: Sequence[str]) -> Iterator[Edit]:
    """The edits of one file of a unit: one for every bucket that is not as desired."""
    case = unit.case(path)
    if case is None:
        yield from (Declined(name, f"{path} cannot be read as a template", _BY_HAND) for name in names)
        return
    known = [name for name in names if name in case.buckets and case.resource(name)]
    for name in names:
        if name not in known:
            yield Declined(name, f"{path} declares no bucket {name} of its own: a text in it does", _BY_HAND)
    left = [name for name in known if not _is_granted(case, case.buckets[name])]
    by = find_generator(path, unit.context, case.source)
    if by is not None:
        yield from (_declined_as_generated(case, name, by) for name in left)
        return
    yield from _compatible(case, list(_edits(case, left)))


def _is_granted(case: EditedTemplate, bucket: Bucket) -> bool:
    return all(
        meets_template_target(o, bucket.kind, case.desired, case.template) for o in outcomes_of(bucket)
    )


def _edits(case: EditedTemplate, names: Sequence[str]) -> Iterator[Edit]:
    """An Edit for every bucket; together where one attempt proves all of them, else one after the other."""
    drafts = TemplateCandidates(case)
    if together := _together(case, drafts, names):
        yield from together
        return
    done: set[str] = set()
    for name in names:
        if name in done:
            continue
        try:
            if drafts.is_satisfied(name):
                continue
            found = _proposal(case, drafts, name)
        except NotExpressible as refused:
            found = Declined(name, str(refused), refused.remedy)
        if isinstance(found, Proposal):
            done.update(found.buckets)
        yield found


def _all_files(unit: _Unit, files: Mapping[Path, Sequence[str]]) -> list[Proposal]:
    """Proposals from the best candidate of each bucket in all files of a unit, proven all at once: a template of many
    nested ones is read once for all of them. Empty where that cannot be.
    """
    cases: dict[str, EditedTemplate] = {}
    firsts: list[tuple[EditedTemplate, dict[str, TemplateEdit]]] = []
    for path, names in files.items():
        case = unit.case(path)
        if case is None or find_generator(path, unit.context, case.source) is not None:
            return []
        if any(name not in case.buckets or not case.resource(name) for name in names):
            return []
        left = [name for name in names if not _is_granted(case, case.buckets[name])]
        found = _first_edits(TemplateCandidates(case), left)
        if len(found) != len(left):
            return []
        firsts.append((case, found))
        cases |= dict.fromkeys(names, case)
    edits = [(case, [cut for _, cuts in found.values() for cut in cuts]) for case, found in firsts if found]
    if not edits:
        return []
    trial = try_edits(edits, lambda name: cases.get(name, edits[0][0]))
    wanted = {name for _, found in firsts for name in found}
    if trial.impossible or trial.unfinished or trial.passed != wanted:
        return []
    return [proposal for case, found in firsts for proposal in _proposals(case, found)]


def _first_edits(drafts: TemplateCandidates, names: Sequence[str]) -> dict[str, TemplateEdit]:
    """The best candidate of each bucket; without those that have none."""
    firsts: dict[str, TemplateEdit] = {}
    for name in names:
        with suppress(NotExpressible):
            first = None if drafts.is_satisfied(name) else next(drafts.candidates(name), None)
            if first is not None:
                firsts[name] = first
    return firsts


def _together(case: EditedTemplate, drafts: TemplateCandidates, names: Sequence[str]) -> list[Proposal]:
    """Proposals from the best candidate of each bucket, proven all at once; empty where that cannot be."""
    firsts = _first_edits(drafts, names)
    if len(firsts) != len(names):
        return []
    trial = try_edit(case, (cut for _, cuts in firsts.values() for cut in cuts))
    if trial.impossible or trial.unfinished or trial.passed != firsts.keys():
        return []
    return _proposals(case, firsts)


def _proposals(case: EditedTemplate, firsts: Mapping[str, TemplateEdit]) -> list[Proposal]:
    return [
        _proven(
            case,
            frozenset(group),
            [cut for name in group for cut in firsts[name][1]],
            [way for name in group for way in firsts[name][0]],
        )
        for group in _groups(firsts)
    ]


def _groups(firsts: Mapping[str, TemplateEdit]) -> Iterable[list[str]]:
    """The buckets whose edits touch one another, in groups."""
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


def _proposal(case: EditedTemplate, drafts: TemplateCandidates, name: str) -> Edit:
    """The first candidate that is proven, or why there is none. Raises NotExpressible where the target cannot be
    written into this template.
    """
    target = drafts.target(name)
    why = ""
    for ways, cuts in drafts.candidates(name):
        taken, trial = _with_sharers(case, drafts, name, cuts)
        if not trial.impossible and not trial.unfinished and name in trial.passed:
            return _proven(case, trial.passed, taken, ways)
        why = why or trial.impossible or trial.still_unknown
    if target.schema.needs_key and target.key is None:
        kind = _kind(case, name)
        why = f"{kind} accepts SSE-KMS only with a customer managed key, and none was named"  # facts A20, A22
        return Declined(
            name, why, Advice("name a key: the logical id of one that the template declares, or an ARN")
        )
    return Declined(name, why or _why_open(case.buckets[name]), _BY_HAND, _snippet(case.source, target))


def _with_sharers(
    case: EditedTemplate, drafts: TemplateCandidates, name: str, cuts: tuple[Splice[str], ...]
) -> tuple[tuple[Splice[str], ...], EditAttempt]:
    """Tries the edits of a bucket, with those of other buckets to edit that they reach."""
    group = {name}
    trial = try_edit(case, cuts)
    while more := trial.unfinished - group:
        group |= more
        firsts = (next(drafts.candidates(other), ((), ())) for other in sorted(more))
        cuts = (*cuts, *(cut for _, first in firsts for cut in first))
        trial = try_edit(case, cuts)
    return cuts, trial


def _proven(
    case: EditedTemplate, reached: frozenset[str], cuts: Iterable[Splice[str]], ways: Sequence[PlaceFix]
) -> Proposal:
    path, source = case.path, case.source
    splices = tuple(
        (path, Splice(source.offset(cut.start), source.offset(cut.end), cut.text.encode()))
        for cut in merge_splices(cuts) or ()
    )
    why = "; ".join(dict.fromkeys(way.why for way in ways)) or "the key or the bucket key is not as desired"
    buckets = tuple(name for name in case.buckets if name in reached)
    return Proposal(buckets, splices, why)


def _compatible(case: EditedTemplate, edits: Sequence[Edit]) -> Iterator[Edit]:
    """These edits, where all proposals together do what each does alone; else those that do, in their order, and the
    others declined.
    """
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
            why = f"its edit conflicts with that of {', '.join(n for p in taken for n in p.buckets)}"
            yield from (
                Declined(name, why, Advice("apply the others, then fix it again")) for name in found.buckets
            )


def _are_right(case: EditedTemplate, proposals: Sequence[Proposal]) -> bool:
    splices = sorted(
        (splice for one in proposals for _, splice in one.splices), key=lambda s: (s.start, s.end)
    )
    if any(b.start < a.end or a.start == b.start for a, b in pairwise(splices)):
        return False
    trial = try_edit(case, _cuts(case.source, splices))
    names = {name for proposal in proposals for name in proposal.buckets}
    return not trial.impossible and not trial.unfinished and trial.passed == names


def _cuts(source: TemplateSource, splices: Sequence[Splice[bytes]]) -> list[Splice[str]]:
    """Splices of bytes as splices of characters of the source."""
    data = source.text.encode()

    def index(offset: int) -> int:
        return len(data[: offset - source.prefix].decode())

    return [Splice(index(s.start), index(s.end), s.text.decode()) for s in splices]


def _why_open(bucket: Bucket) -> str:
    return next(describe_unknowns(bucket), "no edit was found whose result passes")


def _declined_as_generated(case: EditedTemplate, name: str, by: TemplateGenerator) -> Declined:
    kind = _kind(case, name)
    try:
        target = template_target_for(case.template, kind, case.desired)
    except NotExpressible as refused:
        return Declined(name, by.why, Advice(f"{by.remedy}; {refused}"))
    if by.is_cdk:
        return Declined(
            name,
            by.why,
            Advice(by.remedy),
            cdk_snippet(case.source, name.rpartition(".")[2], kind, target, case.desired),
        )
    return Declined(name, by.why, Advice(by.remedy), _snippet(case.source, target))


def _kind(case: EditedTemplate, name: str) -> str:
    resource = case.resource(name)
    return resource.kind if resource else ""


def _snippet(source: TemplateSource, target: TemplateTarget) -> str:
    """The property to paste into the template, in its syntax."""
    value: TemplateValue = {target.schema.property: target.encryption()}
    if source.is_json:
        lines = render_flow(value, FlowStyle(is_json=True, newline="\n")).splitlines()
        return "".join(line.removeprefix("  ") + "\n" for line in lines[1:-1])
    style = block_style(source, source.root)
    return (
        render_block(value, BlockStyle("\n", style.step, style.dash, style.item_step, style.is_long), 0)
        + "\n"
    )
