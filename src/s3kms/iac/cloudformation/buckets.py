"""The buckets of a template, with every way they may come out."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from s3kms.iac.budget import StepsExhausted, WorkBudget
from s3kms.iac.cloudformation.bucket_schema import unknown_properties
from s3kms.iac.cloudformation.encryption import DecidedEncryption, properties_of, read_encryption
from s3kms.iac.cloudformation.evaluation import start_resolver
from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Mark, Scalar, Table
from s3kms.iac.cloudformation.unread_parts import find_unread_entries
from s3kms.iac.cloudformation.values import (
    CORRECT_TEMPLATE,
    UNSETTLED,
    NoValue,
    Undecided,
    known_at_deployment,
    or_check_deployed,
    unknown_of,
)
from s3kms.iac.conditions import describe_conditions
from s3kms.iac.fair_shares import STEPS_OF_BUCKET, FairShares, Question
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import TooManyWorlds, World, explore_worlds
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

BUCKET_KINDS = {
    "AWS::S3::Bucket": BucketKind.GENERAL_PURPOSE,
    "AWS::S3Express::DirectoryBucket": BucketKind.DIRECTORY,
    "AWS::S3Tables::TableBucket": BucketKind.TABLE,
    "AWS::S3Vectors::VectorBucket": BucketKind.VECTOR,
}

_NAME_PROPERTIES = {BucketKind.TABLE: "TableBucketName", BucketKind.VECTOR: "VectorBucketName"}
"""The property that names the bucket, where that is not `BucketName`."""

T = TypeVar("T")
_PART_FOR_THE_REST = 4
"""The part of the steps that is left for what stands beside the buckets, such as their use."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A resource, and the stack that it is in."""

    root: CloudFormationTemplate
    stacks: tuple[str, ...]
    """The logical ids that lead to the stack."""
    template: CloudFormationTemplate
    resource: TemplateResource

    @property
    def address(self) -> str:
        """The logical ids of the stacks that lead to it and its own, joined by dots."""
        return ".".join((*self.stacks, self.resource.logical_id))

    def resolver(self, world: World) -> Resolver:
        """A resolver of the stack that the resource is in, in this world."""
        return start_resolver(self.root, world).inside(self.stacks)

    def places(self, mark: Mark) -> tuple[Place, ...]:
        """A position in the file of its template, as a bucket's places."""
        return (Place(mark.uri or self.template.uri, mark.line, mark.column),)


def read_buckets(root: CloudFormationTemplate) -> Iterator[Bucket]:
    """Every bucket that a stack of this template may have, in its order; those of nested stacks in their place."""
    questions = list(_questions(root))
    root.budget.add(len(questions) * STEPS_OF_BUCKET)
    with root.budget.part(root.budget.left - root.budget.left // _PART_FOR_THE_REST):
        yield from FairShares[Bucket](root.budget).answers(questions)
    for place, unknown in dict(_unread(root)).items():
        yield Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


def _questions(root: CloudFormationTemplate) -> Iterator[Question[Bucket]]:
    for spot in _spots(root, root, ()):
        if spot.resource.kind in BUCKET_KINDS:
            yield _question(root.budget, partial(_bucket, spot, BUCKET_KINDS[spot.resource.kind]))
        elif unknown := spot.template.missing.get(spot.resource.logical_id):
            yield _question(root.budget, partial(_untold, spot, unknown))


def _question(budget: WorkBudget, read: Callable[[], Iterator[Bucket]]) -> Question[Bucket]:
    """One whose answer says itself what took more than the budget."""
    last: list[Bucket] = []

    def ask() -> list[Bucket]:
        last[:] = read()
        if budget.is_exhausted:
            raise StepsExhausted("")
        return list(last)

    return Question(ask, lambda _: last)


def _unread(template: CloudFormationTemplate) -> Iterator[tuple[Place, Unknown]]:
    """What parts of a template and of those it nests may bring, by their places."""
    for part in (*template.unread, *find_unread_entries(template.entries)):
        mark = part.mark
        yield Place(mark.uri or template.uri, mark.line, mark.column), part.unknown
    for inner in template.nested.values():
        yield from _unread(inner)


def find_absent_buckets(root: CloudFormationTemplate) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The address of every bucket that no stack of this template has, with the conditions that keep it away."""
    for spot in _spots(root, root, ()):
        if spot.resource.kind in BUCKET_KINDS and not _may_be_made(spot):
            stacks = (
                _template_at(spot.root, spot.stacks[:number]).resources[logical_id]
                for number, logical_id in enumerate(spot.stacks)
            )
            named = (one.body.get("Condition") for one in (*stacks, spot.resource))
            yield spot.address, tuple(one.text for one in named if isinstance(one, Scalar))


def _template_at(root: CloudFormationTemplate, stacks: tuple[str, ...]) -> CloudFormationTemplate:
    for logical_id in stacks:
        root = root.nested[logical_id]
    return root


def _spots(
    root: CloudFormationTemplate, template: CloudFormationTemplate, stacks: tuple[str, ...]
) -> Iterator[_Spot]:
    """Every resource of a template, those of nested stacks in place of the stack."""
    for logical_id, resource in template.resources.items():
        if logical_id in template.nested:
            yield from _spots(root, template.nested[logical_id], (*stacks, logical_id))
        else:
            yield _Spot(root, stacks, template, resource)


def _may_be_made(spot: _Spot) -> bool:
    """Whether the resource is made in some world, or may be in one that is not looked at."""

    def ask(world: World) -> bool:
        try:
            return is_resource_made(spot.resolver(world), spot.resource)
        except UNSETTLED:
            return True

    try:
        return any(is_made for _, is_made in explore_worlds(ask))
    except TooManyWorlds:
        return True


def _untold(spot: _Spot, unknown: Unknown) -> Iterator[Bucket]:
    """Stands for the buckets that a resource may bring and that are not here to be read: none that is counted."""
    if _may_be_made(spot):
        places = spot.places(spot.resource.mark)
        yield Bucket(None, places=places, encryption=unknown, tags=unknown, key=unknown)


def _bucket(spot: _Spot, kind: BucketKind) -> Iterator[Bucket]:
    reads = _reads(spot, kind)
    if not reads:
        return
    outcomes = tuple(
        BucketOutcome(when, read.encryption, read.key, spot.places(read.mark)) for when, read in reads.items()
    )
    first = outcomes[0]
    yield Bucket(
        name=_same_everywhere(spot, partial(_name, written=_NAME_PROPERTIES.get(kind, "BucketName"))),
        kind=kind,
        resource=spot.address,
        places=first.places,
        encryption=first.encryption,
        tags=_tags(spot),
        key=first.key,
        outcomes=outcomes if len(outcomes) > 1 else (),
        caveat=_caveat(spot, kind),
    )


def _reads(spot: _Spot, kind: BucketKind) -> dict[str, DecidedEncryption]:
    """Every default encryption that it may come out with, by a sentence for when it does."""

    def ask(world: World) -> DecidedEncryption | None:
        resolver = spot.resolver(world)
        try:
            if not is_resource_made(resolver, spot.resource):
                return None
        except UNSETTLED as error:
            return DecidedEncryption(unknown_of(error), unknown_of(error), error.mark)
        return read_encryption(resolver, spot.resource, kind)

    found: dict[DecidedEncryption, list[dict[str, str]]] = {}
    is_possible = False
    try:
        for world, read in explore_worlds(ask):
            is_possible = True
            if read is not None:
                found.setdefault(read, []).append(world.said)
    except TooManyWorlds as error:
        is_possible = True
        unknown = error.unknown(or_check_deployed("narrow AllowedValues"))
        found.setdefault(DecidedEncryption(unknown, unknown, spot.resource.mark), []).append({})
    if not is_possible:
        lacking = "a key of !FindInMap, an index of !Select or an output of a nested stack"
        unknown = Unknown(
            UnknownCause.UNRESOLVED,
            f"{spot.address} cannot be deployed: {lacking} is not there",
            CORRECT_TEMPLATE,
        )
        return {"": DecidedEncryption(unknown, unknown, spot.resource.mark)}
    return describe_conditions(found)


def is_resource_made(resolver: Resolver, resource: TemplateResource) -> bool:
    """Whether the resource is made in this world: every stack around it is, and its own condition holds. Raises
    Undecided, Rejected.
    """
    if resolver.outer:
        try:
            if not is_resource_made(resolver.outer.resolver, resolver.outer.resource):
                return False
        except UNSETTLED as error:
            raise Undecided(unknown_of(error), resource.mark) from None
    condition = resource.body.get("Condition")
    if condition is None:
        return True
    if not isinstance(condition, Scalar):
        raise Rejected("Condition is not a name", condition.mark)
    truth = resolver.is_true(condition.text, condition.mark)
    resolver.note_decision(resolver.name(condition.text), str(truth).lower())
    return truth


def _same_everywhere(spot: _Spot, ask: Callable[[Resolver, Table], T]) -> T | None:
    """The answer, if it is the same in all worlds where the bucket is made."""

    def asked(world: World) -> tuple[bool, T | None]:
        resolver = spot.resolver(world)
        try:
            if not is_resource_made(resolver, spot.resource):
                return False, None
            return True, ask(resolver, properties_of(resolver, spot.resource))
        except UNSETTLED:
            return True, None

    first: list[T | None] = []
    with suppress(TooManyWorlds):
        for _, (is_made, answer) in explore_worlds(asked):
            if not is_made:
                continue
            if answer is None or (first and first[0] != answer):
                return None
            first = [answer]
        return first[0] if first else None
    return None


def _name(resolver: Resolver, properties: Table, written: str) -> str | None:
    value = resolver.field(properties, written)
    return value.text if isinstance(value, Scalar) and value.text else None


def _tags(spot: _Spot) -> dict[str, str] | Unknown:
    tags = _same_everywhere(spot, _read_tags)
    if tags is None:
        return known_at_deployment("the template leaves the bucket's tags open")
    return tags


def _read_tags(resolver: Resolver, properties: Table) -> dict[str, str] | None:
    node = properties.get("Tags")
    items = () if node is None else resolver.items(node, "Tags")
    if isinstance(items, NoValue):
        return {}
    if isinstance(items, UnknownValue):
        return None
    tags: dict[str, str] = {}
    for item in items:
        if not isinstance(item, Table):
            return None
        key, value = resolver.field(item, "Key"), resolver.field(item, "Value")
        if not isinstance(key, Scalar) or not isinstance(value, Scalar):
            return None
        tags[key.text] = value.text
    return tags


def _caveat(spot: _Spot, kind: BucketKind) -> str | None:
    """What weakens every verdict of a bucket."""
    ways = (spot.stacks[:number] for number in range(len(spot.stacks) + 1))
    macros = [macro for way in ways for macro in _template_at(spot.root, way).macros]
    if macros:
        return f"the macro {', '.join(dict.fromkeys(macros))} may change the template before it is deployed"
    unknown = _same_everywhere(spot, lambda _, properties: unknown_properties(properties, kind))
    return f"{spot.resource.kind} has no property {', '.join(unknown)}" if unknown else None
