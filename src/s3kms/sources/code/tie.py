"""Live buckets and the code that declares them: who is whose. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from s3kms.estate.bucket import Bucket, Place
from s3kms.estate.unknown import Unknown
from s3kms.sources.code import terraform
from s3kms.sources.code.cloudformation import READER as CLOUDFORMATION
from s3kms.sources.code.interface import Context, Document, Folder, Reader, Unit

STACK = "aws:cloudformation:stack-name"
LOGICAL_ID = "aws:cloudformation:logical-id"
"""The tags that CloudFormation gives a bucket that it makes."""


class Origin(Enum):
    """What declares a bucket; the first counts where several have the same address."""

    CODE = "code"
    TEMPLATE = "template"
    PLAN = "plan"
    STATE = "state"


_ORDER = list(Origin)


@dataclass(frozen=True, slots=True)
class Declared:
    """A bucket of code, and where it was read."""

    bucket: Bucket
    origin: Origin
    file: Path
    """The file, or the folder of a Terraform root module."""
    folder: Path
    """The folder that it stands in, or is."""

    @property
    def words(self) -> str:
        """What to call it in a sentence: `the code (main.tf:12, aws_s3_bucket.b)`."""
        return f"the {self.origin.value} ({self.where}, {self.bucket.resource})"

    @property
    def where(self) -> str:
        """`main.tf:12`."""
        place = self.bucket.places[0] if self.bucket.places else Place(str(self.file))
        return place.uri if place.line is None else f"{place.uri}:{place.line}"


@dataclass(frozen=True, slots=True)
class Tie:
    """What declares a live bucket, and what says so."""

    declared: Declared
    how: str
    """In words: `by its name`."""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Unclear:
    """Several places declare the bucket, and nothing tells which is its own."""

    among: tuple[Declared, ...]


def declared_in(units: Iterable[tuple[Unit, Reader]], context: Context) -> Iterator[Declared]:
    """The buckets of code, with what tells states from code. Raises what the units raise."""
    for unit, reader in units:
        origin = _origin(unit, reader)
        folder = unit.path if isinstance(unit, Folder) else unit.path.parent
        for bucket in reader.read(unit, context):
            yield Declared(bucket, origin, unit.path, folder)


def _origin(unit: Unit, reader: Reader) -> Origin:
    if reader is CLOUDFORMATION:
        return Origin.TEMPLATE
    if reader is terraform.READER and isinstance(unit, Document):
        return Origin.PLAN if b'"planned_values"' in unit.data else Origin.STATE
    return Origin.CODE


class Ties:
    """All buckets of code, found again by what is known of a live one."""

    def __init__(self, declared: Iterable[Declared]) -> None:
        once = {(one.file, one.bucket.resource, one.bucket.places): one for one in declared}
        everything = sorted(once.values(), key=lambda one: _ORDER.index(one.origin))
        self.unreadable = tuple(one for one in everything if one.bucket.resource is None)
        self._addresses: dict[str, list[Declared]] = {}
        self._logical_ids: dict[str, list[Declared]] = {}
        """Of templates; the last part of an address in a nested stack."""
        self._names: dict[str, list[Declared]] = {}
        self.declared: list[Declared] = []
        """Each resource once: where it is written, rather than where it is only told of."""
        for one in everything:
            if one.bucket.resource is not None:
                self._take(one, one.bucket.resource)

    def _take(self, one: Declared, address: str) -> None:
        if one.bucket.name is not None:
            self._names.setdefault(one.bucket.name, []).append(one)
        if self._written(one) is one:
            self._addresses.setdefault(address, []).append(one)
            if one.origin is Origin.TEMPLATE:
                self._logical_ids.setdefault(address.rpartition(".")[2], []).append(one)
            self.declared.append(one)

    @property
    def has_templates(self) -> bool:
        """Whether tags can tell what declares a bucket."""
        return any(one.origin is Origin.TEMPLATE for one in self.declared)

    def of(self, live: Bucket) -> Tie | Unclear | None:
        """What declares the bucket: by a state, by its name, or by the tags of its stack."""
        named = [one for one in self._names.get(live.name or "", ()) if _may_be(one.bucket, live)]
        for states in ([one for one in named if one.origin is Origin.STATE], named):
            written = {id(found): found for found in map(self._written, states)}
            if len(written) == 1:
                how = f"by the state {states[0].file}" if states[0].origin is Origin.STATE else "by its name"
                return Tie(next(iter(written.values())), how)
            if written:
                return Unclear(tuple(written.values()))
        return self._by_tags(live)

    def _written(self, one: Declared) -> Declared:
        """Where the resource of a plan or a state is written: in the same folder, or elsewhere if only once."""
        if one.origin in {Origin.CODE, Origin.TEMPLATE}:
            return one
        found = [
            other
            for other in self._addresses.get(one.bucket.resource or "", ())
            if other.origin is not Origin.TEMPLATE and _may_be(other.bucket, one.bucket)
        ]
        near = [other for other in found if other.folder == one.folder]
        for some in (near, found):
            if len(some) == 1 and not (one.origin is some[0].origin is Origin.PLAN):
                return some[0]
        return one

    def _by_tags(self, live: Bucket) -> Tie | Unclear | None:
        if isinstance(live.tags, Unknown):
            return None
        stack, logical_id = live.tags.get(STACK), live.tags.get(LOGICAL_ID)
        found = [one for one in self._logical_ids.get(logical_id or "", ()) if _may_be(one.bucket, live)]
        named = [one for one in found if stack and _stem(one.file) == stack]
        if len(named) == 1:
            return Tie(named[0], f"by its tags, as {logical_id} of the stack {stack}")
        if len(found) == 1:
            how = f"by its tag {LOGICAL_ID} alone, which no other template has: its stack is {stack}"
            return Tie(found[0], how, is_sure=False)
        return Unclear(tuple(found)) if found else None


@dataclass(frozen=True, slots=True)
class Sorted:
    """Live buckets, by whether code declares them."""

    tied: tuple[tuple[Bucket, Tie], ...]
    unclear: tuple[tuple[Bucket, Unclear], ...]
    untied: tuple[Bucket, ...]

    def holds(self, declared: Bucket) -> bool:
        """Whether a bucket, as it was read from code, is the code of one of these."""
        return any(
            tie.declared.bucket.resource == declared.resource
            and tie.declared.bucket.places == declared.places
            for _, tie in self.tied
        )


def sort_out(live: Iterable[Bucket], ties: Ties) -> Sorted:
    """Whose code is known, and whose is not: for a fix that edits code instead of the account."""
    found = [(bucket, ties.of(bucket)) for bucket in live]
    return Sorted(
        tuple((bucket, tie) for bucket, tie in found if isinstance(tie, Tie)),
        tuple((bucket, tie) for bucket, tie in found if isinstance(tie, Unclear)),
        tuple(bucket for bucket, tie in found if tie is None),
    )


def _stem(file: Path) -> str:
    """What the CDK calls the stack of a file: `Prod` of `cdk.out/Prod.template.json`."""
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
