"""Pairs live buckets with the code that declares them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.interface import DeclarationOrigin, Folder, Language, ReadContext, Unit
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown

STACK_NAME_TAG = "aws:cloudformation:stack-name"
LOGICAL_ID_TAG = "aws:cloudformation:logical-id"
"""The tags that CloudFormation gives a bucket that it makes."""


_ORDER = list(DeclarationOrigin)


@dataclass(frozen=True, slots=True)
class DeclaredBucket:
    """A bucket of code, and where it was read."""

    bucket: Bucket
    origin: DeclarationOrigin
    file: Path
    """The file, or the folder of a Terraform root module."""
    folder: Path
    """The folder that it stands in, or is."""

    @property
    def words(self) -> str:
        """How a sentence calls it: `the code (main.tf:12, aws_s3_bucket.b)`."""
        return f"the {self.origin.value} ({self.where}, {self.bucket.resource})"

    @property
    def where(self) -> str:
        """The file and line: `main.tf:12`."""
        place = self.bucket.places[0] if self.bucket.places else Place(str(self.file))
        return place.uri if place.line is None else f"{place.uri}:{place.line}"


@dataclass(frozen=True, slots=True)
class Pairing:
    """The declaration of a live bucket, and how it was found."""

    declared: DeclaredBucket
    how: str
    """In words: `by its name`."""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class AmbiguousPairing:
    """Several declarations that may be the live bucket's, of which nothing tells the right one."""

    among: tuple[DeclaredBucket, ...]


def read_declarations(
    units: Iterable[tuple[Unit, Language]], context: ReadContext
) -> Iterator[DeclaredBucket]:
    """Every bucket that the units declare, with its origin. Raises what the iterable of units raises."""
    for unit, language in units:
        origin = language.reader.origin(unit)
        folder = unit.path if isinstance(unit, Folder) else unit.path.parent
        for bucket in read_buckets(language.reader, unit, context):
            yield DeclaredBucket(bucket, origin, unit.path, folder)


class DeclarationIndex:
    """All declared buckets, to be found by what is known of a live one."""

    def __init__(self, declared: Iterable[DeclaredBucket]) -> None:
        once = {(one.file, one.bucket.resource, one.bucket.places): one for one in declared}
        everything = sorted(once.values(), key=lambda one: _ORDER.index(one.origin))
        self.unreadable = tuple(one for one in everything if one.bucket.resource is None)
        self._addresses: dict[str, list[DeclaredBucket]] = {}
        self._logical_ids: dict[str, list[DeclaredBucket]] = {}
        """Of templates; the last part of an address in a nested stack."""
        self._names: dict[str, list[DeclaredBucket]] = {}
        self.declared: list[DeclaredBucket] = []
        """Each resource once: where it is written, rather than where it is only told of."""
        for one in everything:
            if one.bucket.resource is not None:
                self._take(one, one.bucket.resource)

    def _take(self, one: DeclaredBucket, address: str) -> None:
        if one.bucket.name is not None:
            self._names.setdefault(one.bucket.name, []).append(one)
        if self._written(one) is one:
            self._addresses.setdefault(address, []).append(one)
            if one.origin is DeclarationOrigin.TEMPLATE:
                self._logical_ids.setdefault(address.rpartition(".")[2], []).append(one)
            self.declared.append(one)

    @property
    def has_templates(self) -> bool:
        """Whether tags can tell what declares a bucket."""
        return any(one.origin is DeclarationOrigin.TEMPLATE for one in self.declared)

    def of(self, live: Bucket) -> Pairing | AmbiguousPairing | None:
        """The declaration of a live bucket: by a state, by its name, or by the tags of its stack. None where there is
        none.
        """
        named = [one for one in self._names.get(live.name or "", ()) if _may_be(one.bucket, live)]
        for states in ([one for one in named if one.origin is DeclarationOrigin.STATE], named):
            written = {id(found): found for found in map(self._written, states)}
            if len(written) == 1:
                how = (
                    f"by the state {states[0].file}"
                    if states[0].origin is DeclarationOrigin.STATE
                    else "by its name"
                )
                return Pairing(next(iter(written.values())), how)
            if written:
                return AmbiguousPairing(tuple(written.values()))
        return self._by_tags(live)

    def _written(self, one: DeclaredBucket) -> DeclaredBucket:
        """Where the resource of a plan or a state is written: in the same folder, or elsewhere if only once."""
        if one.origin.is_written:
            return one
        found = [
            other
            for other in self._addresses.get(one.bucket.resource or "", ())
            if other.origin is not DeclarationOrigin.TEMPLATE and _may_be(other.bucket, one.bucket)
        ]
        near = [other for other in found if other.folder == one.folder]
        for some in (near, found):
            if len(some) == 1 and not (one.origin is some[0].origin is DeclarationOrigin.PLAN):
                return some[0]
        return one

    def _by_tags(self, live: Bucket) -> Pairing | AmbiguousPairing | None:
        if isinstance(live.tags, Unknown):
            return None
        stack, logical_id = live.tags.get(STACK_NAME_TAG), live.tags.get(LOGICAL_ID_TAG)
        found = [one for one in self._logical_ids.get(logical_id or "", ()) if _may_be(one.bucket, live)]
        named = [one for one in found if stack and _stem(one.file) == stack]
        if len(named) == 1:
            return Pairing(named[0], f"by its tags, as {logical_id} of the stack {stack}")
        if len(found) == 1:
            how = f"by its tag {LOGICAL_ID_TAG} alone, which no other template has: its stack is {stack}"
            return Pairing(found[0], how, is_sure=False)
        return AmbiguousPairing(tuple(found)) if found else None


@dataclass(frozen=True, slots=True)
class PairedBuckets:
    """Live buckets, by whether code declares them."""

    tied: tuple[tuple[Bucket, Pairing], ...]
    unclear: tuple[tuple[Bucket, AmbiguousPairing], ...]
    untied: tuple[Bucket, ...]

    def live_of(self, declared: Bucket) -> Bucket | None:
        """The live bucket whose code a bucket is, as it was read from code; None where it is the code of none."""
        return next(
            (
                live
                for live, tie in self.tied
                if tie.declared.bucket.resource == declared.resource
                and tie.declared.bucket.places == declared.places
            ),
            None,
        )

    def holds(self, declared: Bucket) -> bool:
        """Whether a bucket, as it was read from code, is the code of one of these."""
        return self.live_of(declared) is not None


def pair_buckets(live: Iterable[Bucket], ties: DeclarationIndex) -> PairedBuckets:
    """Live buckets by whether their declaration is known, ambiguous or not there: for a fix that edits code."""
    found = [(bucket, ties.of(bucket)) for bucket in live]
    return PairedBuckets(
        tuple((bucket, tie) for bucket, tie in found if isinstance(tie, Pairing)),
        tuple((bucket, tie) for bucket, tie in found if isinstance(tie, AmbiguousPairing)),
        tuple(bucket for bucket, tie in found if tie is None),
    )


def _stem(file: Path) -> str:
    """How the CDK names the stack of a file: `Prod` of `cdk.out/Prod.template.json`."""
    return file.name.partition(".")[0]


def _may_be(declared: Bucket, other: Bucket) -> bool:
    """Whether nothing that both say contradicts it. The name of a directory bucket is its account's own."""
    return declared.kind is other.kind and all(
        None in {one, two} or one == two
        for one, two in (
            (declared.name, other.name),
            (declared.account, other.account),
            (declared.region, other.region),
        )
    )
