"""The edits that may fix a bucket of a template, the best first. None of them is proven yet."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from s3kms.iac.cloudformation.editor.deciding_places import (
    AlgorithmExpression,
    DecidingPlaces,
    PlaceFinder,
    PlaceFix,
    RequiredFixes,
    key_splices,
)
from s3kms.iac.cloudformation.editor.edit_attempt import EditedTemplate
from s3kms.iac.cloudformation.editor.syntax import SyntaxNode, find_entry, has_own_entry
from s3kms.iac.cloudformation.editor.target import (
    TemplateTarget,
    meets_template_target,
    template_target_for,
)
from s3kms.iac.cloudformation.editor.text_splices import append_entry
from s3kms.iac.cloudformation.editor.value_origins import place_fixes_of
from s3kms.iac.cloudformation.tree import Mark
from s3kms.iac.editing.target import NotExpressible, outcomes_of
from s3kms.iac.interface import Splice
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

TemplateEdit = tuple[tuple[PlaceFix, ...], tuple[Splice[str], ...]]


class TemplateCandidates:
    """Finds candidate edits for the buckets of one template."""

    def __init__(self, case: EditedTemplate) -> None:
        self._case = case

    @cached_property
    def _algorithms(self) -> frozenset[int]:
        """Where the algorithm of every bucket of the file begins."""
        return frozenset(self._all_algorithms())

    def target(self, name: str) -> TemplateTarget:
        """What is to be written for a bucket. Raises NotExpressible."""
        resource = self._case.resource(name)
        return template_target_for(self._case.template, resource.kind if resource else "", self._case.desired)

    def candidates(self, name: str) -> Iterator[TemplateEdit]:
        """The candidate edits for one bucket, the best first. Raises NotExpressible."""
        target, walk = self.target(name), self._walk(name, self._undesired(name))
        if walk is None:
            return
        found, body = walk.run(), walk.body
        for ways in self._choices(found, target, body):
            cuts = tuple(cut for way in ways for cut in way.cuts)
            for adds in (True, False):
                more = tuple(self._new(key_splices(self._case.source, found, target, body, adds=adds)))
                if cuts or more:
                    yield ways, (*cuts, *more)
                if not found.changed:
                    break
        yield from self._overriding(body, target)

    def is_satisfied(self, name: str) -> bool:
        """Whether nothing is left to write: a key that is a parameter has a value that the template does not tell."""
        case, bucket = self._case, self._case.buckets[name]
        ways = outcomes_of(bucket)
        if not all(
            meets_template_target(o, bucket.kind, case.desired, case.template, is_after=True) for o in ways
        ):
            return False
        return next(self.candidates(name), None) is None

    def _new(self, cuts: Iterable[Splice[str]]) -> Iterator[Splice[str]]:
        """These splices without those that write what stands there already."""
        text = self._case.source.text
        return (cut for cut in cuts if text[cut.start : cut.end] != cut.text)

    def _choices(
        self, found: RequiredFixes, target: TemplateTarget, near: SyntaxNode
    ) -> Iterator[tuple[PlaceFix, ...]]:
        """One fix for every place: first the best of each, then the second best."""
        every = [list(self._resolved(ways, target, near)) for ways in found.ways]
        for number in range(max((len(ways) for ways in every), default=1)):
            yield tuple(ways[min(number, len(ways) - 1)] for ways in every)

    def _resolved(
        self, ways: list[PlaceFix | AlgorithmExpression], target: TemplateTarget, near: SyntaxNode
    ) -> Iterator[PlaceFix]:
        for way in ways:
            if isinstance(way, PlaceFix):
                yield way
            else:
                yield from place_fixes_of(self._case.source, way, target, self._algorithms, near)

    def _overriding(self, body: SyntaxNode, target: TemplateTarget) -> Iterator[TemplateEdit]:
        """Beside what a merge key brings, an entry of the bucket's own, which wins."""
        found = find_entry(body, "Properties")
        if found is None:
            return
        properties, name = found[1].plain, target.schema.property
        if find_entry(properties, name) and not has_own_entry(properties, name):
            cuts = tuple(append_entry(self._case.source, properties, name, target.encryption(), body))
            yield (PlaceFix(cuts, "what its merge key brings is used elsewhere, too"),), cuts

    def _walk(self, name: str, undesired: DecidingPlaces) -> PlaceFinder | None:
        """The search for the places that decide a bucket; None where its declaration is not in this file. Raises
        NotExpressible.
        """
        resource = self._case.resource(name)
        body = self._case.source.tables.get(resource.body.mark) if resource else None
        if resource is None or body is None:
            return None
        return PlaceFinder(self._case.source, body, self.target(name), undesired, resource.mark)

    def _undesired(self, name: str) -> DecidingPlaces:
        """The places of every way a bucket comes out that is not desired."""
        case, bucket = self._case, self._case.buckets[name]
        undesired: dict[Mark, list[Encryption | Unknown]] = {}
        for outcome in outcomes_of(bucket):
            if meets_template_target(outcome, bucket.kind, case.desired, case.template):
                continue
            for place in outcome.places:
                if place.line is not None and place.column is not None:
                    undesired.setdefault(Mark(place.line, place.column), []).append(outcome.encryption)
        return undesired

    def _all_algorithms(self) -> Iterator[int]:
        seen = set[Mark]()
        for name in self._case.buckets:
            resource = self._case.resource(name)
            if resource is None or resource.mark in seen:
                continue  # a file that is nested many times has its buckets once
            seen.add(resource.mark)
            try:
                walk = self._walk(name, {})
            except NotExpressible:
                continue
            if walk is not None:
                walk.run()
                yield from (piece.start for piece in walk.algorithms)
